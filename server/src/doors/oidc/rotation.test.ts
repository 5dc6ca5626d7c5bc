import { setTimeout as sleep } from 'node:timers/promises';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acting } from '../../act.ts';
import { type Db, sql } from '../../db/db.ts';
import { openKeys } from '../../domain/keys.ts';
import { retireSigningKey } from '../../domain/signing-keys/signing-keys.ts';
import {
  ask,
  type Door,
  management,
  openDoor,
  publicUrl,
  seed,
  type TestDatabase,
  testDatabase,
  testKeys,
} from './fixture.ts';

const hour = 3_600_000;
let database: TestDatabase;
let db: Db;
let now = Date.now();
const doors: Door[] = [];

beforeEach(async () => {
  database = await testDatabase();
  db = database.open();
  now = Date.now();
  await seed(db, now);
});
afterEach(async () => {
  for (const door of doors.splice(0)) {
    await door.close();
    expect(door.problems).toEqual([]);
  }
  await database.close();
});

async function open(options: Parameters<typeof openDoor>[1] = {}): Promise<Door> {
  const door = await openDoor(database.open(), { clock: () => now, ...options });
  doors.push(door);
  return door;
}

const issue = async (door: Door) =>
  (await ask(door, { resource: management, scope: 'all' })).body.access_token;
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
const published = async (door: Door) => {
  const { keys } = (await (await fetch(`${door.url}/jwks`)).json()) as {
    keys: { kid: string; alg: string }[];
  };
  return keys.map(({ kid }) => kid);
};

/** An API of somebody else that fetches the key set when it meets a key that it does not know. */
const foreignApi = (door: Door) => {
  const keys = createRemoteJWKSet(new URL(`${door.url}/jwks`), { cooldownDuration: 0 });
  return (token: string) =>
    jwtVerify(token, keys, { issuer: `${publicUrl}/oidc`, audience: management, currentDate: new Date(now) });
};

const until = async (true_: () => Promise<boolean>) => {
  for (let i = 0; !(await true_()); i++) {
    if (i > 100) throw new Error('It never came true');
    await sleep(20);
  }
};

test('a rotation is published at once, signs later, and breaks no token, in any process', async () => {
  const [one, two] = [await open(), await open()];
  const verifies = foreignApi(two);
  const before = await issue(one);
  const oldKid = kidOf(before)!;
  await verifies(before);

  const newKid = await one.oidc.rotateKeys();
  expect(await published(one)).toEqual([oldKid, newKid]);
  await until(async () => (await published(two)).length === 2);
  now += 3 * hour - 1;
  const last = await issue(two);
  expect(kidOf(last)).toBe(oldKid);

  now += 1;
  expect([kidOf(await issue(one)), kidOf(await issue(two))]).toEqual([newKid, newKid]);
  expect(await published(two)).toEqual([newKid, oldKid]);
  for (const token of [last, await issue(one), await issue(two)]) {
    await verifies(token);
    expect(await two.oidc.verify(token)).toMatchObject({ sub: 'app' });
  }

  now += hour - 2000;
  await verifies(last);
  expect(await one.oidc.verify(last)).toMatchObject({ sub: 'app' });
  now += 62_000;
  expect(await published(one)).toEqual([newKid]);
  expect(await published(two)).toEqual([newKid]);
});

test('a key stays as long as the longest life that a resource gives to its tokens', async () => {
  await db.run(sql`update resources set access_token_ttl = 86400 where id = 'm'`);
  const door = await open();
  await door.oidc.rotateKeys(now);
  const before = await published(door);
  now += 24 * hour;
  expect(await published(door)).toEqual(before);
  now += 60_000;
  expect(await published(door)).toHaveLength(1);
});

test('no token outlives the key that signed it, even when lives become longer during a rotation', async () => {
  const door = await open();
  await door.oidc.rotateKeys();
  await db.run(sql`update resources set access_token_ttl = 864000 where id = 'm'`);
  const { body } = await ask(door, { resource: management });
  expect(body.expires_in).toBe((4 * hour + 60_000) / 1000);
});

test('servers that start together agree on one key, and so does the next start', async () => {
  const started = await Promise.all(Array.from({ length: 6 }, () => open()));
  const kids = await Promise.all(started.map(async (door) => kidOf(await issue(door))));
  expect(new Set(kids).size).toBe(1);
  expect(kidOf(await issue(await open()))).toBe(kids[0]);
  expect(await db.rows(sql`select id from signing_keys`)).toHaveLength(1);
});

test('requests during rotations all succeed, and all their tokens verify', async () => {
  const door = await open();
  const tokens: string[] = [];
  let rotating = true;
  const callers = Array.from({ length: 8 }, async () => {
    while (rotating) tokens.push((await ask(door, { resource: management })).body.access_token);
  });
  for (let i = 0; i < 5; i++) await door.oidc.rotateKeys(++now);
  rotating = false;
  await Promise.all(callers);
  const verifies = foreignApi(door);
  for (const token of tokens) await verifies(token);
  expect(new Set(tokens.map(kidOf)).size).toBeGreaterThan(1);
});

test('a key that is not trusted any more goes at once, with its tokens, and another signs', async () => {
  const [one, two] = [await open(), await open()];
  const token = await issue(one);
  await two.oidc.verify(token);
  const act = acting(
    db,
    testKeys,
    () => now,
    'default',
    () => undefined,
  );
  expect(
    await act({ kind: 'system', id: 'test' }, (a) => retireSigningKey(a, testKeys, kidOf(token)!, 'ES256')),
  ).toBe(true);
  await until(
    async () => kidOf(await issue(one)) !== kidOf(token) && !(await published(two)).includes(kidOf(token)!),
  );
  await expect(Promise.resolve(token).then(two.oidc.verify)).rejects.toMatchObject({ reason: 'key' });
  expect(await two.oidc.verify(await issue(one))).toMatchObject({ sub: 'app' });
  expect(
    await db.first(sql`select length(private_jwk) as left from signing_keys where id = ${kidOf(token)}`),
  ).toEqual({ left: 0 });
});

test.each(['ES384', 'RS256'] as const)(
  '%s can be chosen, also for a server that signed otherwise before',
  async (algorithm) => {
    const before = await issue(await open());
    const door = await open({ algorithm });
    expect(kidOf(await issue(door))).toBe(kidOf(before));
    now += 3 * hour;
    const after = await issue(door);
    expect(decodeProtectedHeader(after).alg).toBe(algorithm);
    for (const token of [after]) await foreignApi(door)(token);
    expect(await door.oidc.verify(after)).toMatchObject({ sub: 'app' });
    const discovery = await (await fetch(`${door.url}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({
      id_token_signing_alg_values_supported: expect.arrayContaining([algorithm]),
    });
  },
);

test('the private half is sealed: another secret key cannot open it, and another row cannot use it', async () => {
  const door = await open();
  const stranger = openKeys([{ id: 'one', value: Buffer.alloc(32, 2) }]);
  await expect(open({ keys: stranger })).rejects.toThrow();
  const { sealed } = (await db.first<{ sealed: Buffer }>(
    sql`select private_jwk as sealed from signing_keys`,
  ))!;
  expect(sealed.toString('latin1')).not.toContain('"d"');
  // A server that runs would notice, and say so.
  await door.close();
  await db.run(sql`update signing_keys set id = 'moved'`);
  await expect(open()).rejects.toThrow();
});
