import { createHmac, generateKeyPairSync } from 'node:crypto';
import { base64url, decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Db } from '../../db/db.ts';
import { findSigningKeys } from '../../domain/signing-keys/signing-keys.ts';
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
import type { Claims } from './verify.ts';

let database: TestDatabase;
let db: Db;
let door: Door;
let now = Date.now();

beforeAll(async () => {
  database = await testDatabase();
  db = database.open();
  await seed(db, now);
  door = await openDoor(db, { clock: () => now });
});
afterAll(async () => {
  expect(door.problems).toEqual([]);
  await door.close();
  await database.close();
});

const issue = async (fields: Record<string, string>) => (await ask(door, fields)).body.access_token;
const verify = async (token: string): Promise<Claims> => door.oidc.verify(token);

test('a token of this server yields what it says', async () => {
  const token = await issue({ resource: management, scope: 'all' });
  const exp = Math.floor(now / 1000) + 3600;
  expect(await verify(token)).toEqual({
    sub: 'app',
    clientId: 'app',
    aud: management,
    scope: new Set(['all']),
    exp,
    organizationId: undefined,
  });
  expect(door.oidc.isManagementAudience(management)).toBe(true);
  expect(door.oidc.isManagementAudience(`${publicUrl}/api`)).toBe(true);
  expect(door.oidc.isManagementAudience(`${management}/`)).toBe(false);
  const bot = await verify(await issue({ organization_id: 'org', scope: 'read:data' }));
  expect(bot).toMatchObject({
    aud: 'urn:logto:organization:org',
    organizationId: 'org',
    scope: new Set(['read:data']),
  });
  const within = await verify(await issue({ organization_id: 'org', resource: management }));
  expect(within).toMatchObject({ aud: management, organizationId: 'org', scope: new Set() });
});

test('a token that has been seen is answered at once, until it expires', async () => {
  const token = await issue({ resource: management });
  const first = door.oidc.verify(token);
  expect(first).toBeInstanceOf(Promise);
  const claims = await first;
  expect(door.oidc.verify(token)).toBe(claims);
  now += 3_600_000;
  await expect(verify(token)).rejects.toMatchObject({ name: 'TokenError', reason: 'expired' });
  await expect(verify(token)).rejects.toMatchObject({ reason: 'expired' });
  now -= 3_600_000;
});

/** A token like ours, changed; signed with our own key unless another is given. */
async function forged(change: { header?: object; claims?: object; key?: Parameters<SignJWT['sign']>[0] }) {
  const [own] = await findSigningKeys(db, testKeys, 'default', now);
  const token = await issue({ resource: management });
  const header = { ...decodeProtectedHeader(token), ...change.header } as { alg: string };
  const claims = { ...decodeJwt(token), ...change.claims };
  return new SignJWT(claims).setProtectedHeader(header).sign(change.key ?? (own!.privateJwk() as never));
}

test('a token that is made with our key and says nothing wrong is good', async () => {
  expect(await verify(await forged({}))).toMatchObject({ sub: 'app' });
});

const foreignKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

test.each([
  ['another key', 'signature', { key: foreignKey }],
  ['an unknown key id', 'key', { header: { kid: 'unknown' } }],
  ['no key id', 'key', { header: { kid: undefined } }],
  ['another issuer', 'issuer', { claims: { iss: 'https://evil.example/oidc' } }],
  ['no issuer', 'issuer', { claims: { iss: undefined } }],
  ['the type of an ID token', 'type', { header: { typ: 'JWT' } }],
  ['no type', 'type', { header: { typ: undefined } }],
  ['its life over', 'expired', { claims: { exp: Math.floor(now / 1000) } }],
  ['no end', 'claims', { claims: { exp: undefined } }],
  ['its life not begun', 'not_yet_valid', { claims: { nbf: Math.floor(now / 1000) + 60 } }],
  ['no subject', 'claims', { claims: { sub: undefined } }],
  ['no client', 'claims', { claims: { client_id: undefined } }],
  ['several audiences', 'claims', { claims: { aud: [management, 'other'] } }],
])('a token with %s is refused: %s', async (_, reason, change) => {
  await expect(verify(await forged(change))).rejects.toMatchObject({ name: 'TokenError', reason });
});

test('nothing that is not a token of ours passes', async () => {
  const token = await issue({ resource: management, scope: 'all' });
  const [header, claims, signature] = token.split('.') as [string, string, string];
  const with_ = (value: object) => base64url.encode(JSON.stringify(value));
  const { kid } = decodeProtectedHeader(token);
  const more = with_({ ...decodeJwt(token), sub: 'other' });
  const symmetric = `${with_({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims}`;
  const publicJwk = JSON.stringify((await findSigningKeys(db, testKeys, 'default', now))[0]!.publicJwk);
  const refused = [
    '',
    'a',
    '..',
    `${header}.${claims}`,
    `${header}.${claims}.`,
    `${header}.${more}.${signature}`,
    `${token}.`,
    `${token}=`,
    ` ${token}`,
    `${with_({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.`,
    `${header}.${with_([])}.${signature}`,
    'x'.repeat(100_000),
    `${token}\n`,
    `${symmetric}.${createHmac('sha256', publicJwk).update(symmetric).digest('base64url')}`,
  ];
  for (const each of refused) await expect(verify(each), each).rejects.toMatchObject({ name: 'TokenError' });
  await expect(verify(refused.at(-1)!)).rejects.toMatchObject({ reason: 'key' });
  expect(await verify(token)).toMatchObject({ sub: 'app' });
});
