import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Act } from '../../act.ts';
import { type Db, sql } from '../../db/db.ts';
import { openSession } from '../../domain/sessions/sessions.ts';
import { forgetExpiredRecords, recordsOf } from './adapter.ts';
import { type TestDatabase, testDatabase } from './fixture.ts';
import { sessionsOf } from './sessions.ts';

let database: TestDatabase;
let db: Db;
let now = 1_000_000;
const model = (name: string, tenant = 'default') => recordsOf(name, db, tenant, () => now);

beforeAll(async () => {
  database = await testDatabase();
  db = database.open();
});
afterAll(() => database.close());

test('a record is found until it expires or is destroyed, and only as what it is and where it is', async () => {
  const sessions = model('Session');
  await sessions.upsert('one', { uid: 'u1', accountId: 'a' }, 60);
  expect(await sessions.find('one')).toEqual({ uid: 'u1', accountId: 'a' });
  expect(await sessions.findByUid('u1')).toEqual({ uid: 'u1', accountId: 'a' });
  expect(await model('Interaction').find('one')).toBeUndefined();
  expect(await model('Session', 'other').find('one')).toBeUndefined();
  await sessions.upsert('one', { uid: 'u2' }, 60);
  expect(await sessions.findByUid('u1')).toBeUndefined();
  now += 60_000;
  expect(await sessions.find('one')).toBeUndefined();
  expect(await sessions.findByUid('u2')).toBeUndefined();
  await sessions.upsert('two', {});
  now += 1e12;
  expect(await sessions.find('two')).toEqual({});
  await sessions.destroy('two');
  expect(await sessions.find('two')).toBeUndefined();
  expect(await sessions.find('\0')).toBeUndefined();
});

test('what has been consumed says when, in seconds, and stays so', async () => {
  const codes = model('AuthorizationCode');
  await codes.upsert('code', { grantId: 'g' }, 60);
  await codes.consume('code');
  const at = Math.floor(now / 1000);
  now += 5000;
  await codes.consume('code');
  expect(await codes.find('code')).toEqual({ jti: 'code', grantId: 'g', consumed: at });
});

test('the value of a code or token is in no row', async () => {
  for (const name of ['AuthorizationCode', 'RefreshToken', 'AccessToken']) {
    await model(name).upsert('the-value', { jti: 'the-value', grantId: 'g' }, 60);
    expect(await model(name).find('the-value')).toEqual({ jti: 'the-value', grantId: 'g' });
  }
  const rows = await db.rows<{ row: string }>(
    sql`select r::text as row from oidc_records r where grant_id = 'g'`,
  );
  expect(rows.length).toBeGreaterThan(2);
  expect(rows.filter(({ row }) => row.includes('the-value'))).toEqual([]);
});

test('a session is that of somebody who is there and not suspended, until it ends', async () => {
  const sessions = sessionsOf(db, 'default', () => now);
  await db.run(sql`insert into tenants (id, created_at) values ('default', 0) on conflict do nothing`);
  await db.run(
    sql`insert into users (tenant_id, id, created_at, updated_at) values ('default', 'ann', 0, 0)`,
  );
  const act = { tenantId: 'default', db, at: now } as unknown as Act;
  const { value, session } = await openSession(act, 'ann', { methods: ['pwd'] });
  const expected = { accountId: 'ann', uid: session.uid, amr: ['pwd'], loginTs: Math.floor(now / 1000) };
  expect(await sessions.find(value)).toMatchObject({ ...expected, jti: value });
  expect(await sessions.findByUid(session.uid)).toMatchObject(expected);
  await db.run(sql`update users set suspended_at = 1`);
  expect(await sessions.find(value)).toBeUndefined();
  expect(await sessions.findByUid(session.uid)).toBeUndefined();
  await db.run(sql`update users set suspended_at = null`);
  await sessions.destroy(value);
  await sessions.upsert(value, { accountId: 'ann', uid: session.uid }, 60);
  expect(await sessions.find(value)).toBeUndefined();
});

test('revoking a grant ends what came of it, and nothing else', async () => {
  const tokens = model('RefreshToken');
  for (const [id, grantId] of [
    ['a', 'g1'],
    ['b', 'g1'],
    ['c', 'g2'],
  ])
    await tokens.upsert(id!, { grantId }, 60);
  await tokens.revokeByGrantId('g1');
  expect([await tokens.find('a'), await tokens.find('b'), await tokens.find('c')]).toEqual([
    undefined,
    undefined,
    { jti: 'c', grantId: 'g2' },
  ]);
});

test('a device is found by the code that its user types', async () => {
  await model('DeviceCode').upsert('d', { userCode: 'ABCD' }, 60);
  expect(await model('DeviceCode').findByUserCode('ABCD')).toEqual({ userCode: 'ABCD' });
});

test('expired records are removed, others are not', async () => {
  await db.run(sql`delete from oidc_records`);
  for (const seconds of [1, 2, 3, undefined]) await model('Session').upsert(`${seconds}`, {}, seconds);
  now += 2000;
  expect(await forgetExpiredRecords(db, now)).toBe(2);
  expect(await db.rows(sql`select id from oidc_records order by id`)).toEqual([
    { id: '3' },
    { id: 'undefined' },
  ]);
});
