import { beforeAll, expect, test } from 'vitest';
import { makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { sql } from '../../db/db.ts';
import { signIn } from '../users/sign-in.ts';
import { findSessionRecord, findSessionRecordsOf, keptForMs, noteEntry, statusOfSession } from './ended.ts';
import { endSession, endSessions, forgetSessions, sessionLifeMs } from './sessions.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
  return () => t.close();
});

const opened = (userId: string, before?: string) =>
  t.app.act({ kind: 'user', id: userId }, (act) =>
    signIn(act, userId, ['otp'], { before, ip: '203.0.113.9' }),
  );

const statusNow = async (uid: string) => {
  const record = await findSessionRecord(t.app.db, t.app.tenantId, uid);
  return record && statusOfSession(record, t.now());
};

test('how a session ended is remembered for thirty days: signed out, taken away, over by itself', async () => {
  const userId = await makeUser(t, 'endings@example.com');
  const [held, left, taken, replaced] = [
    await opened(userId),
    await opened(userId),
    await opened(userId),
    await opened(userId),
  ];
  await opened(userId, replaced.value);
  await endSession(t.app.db, t.app.tenantId, left.value, t.now());
  const by = { kind: 'management', id: 'test' } as const;
  expect(await t.app.act(by, (act) => endSessions(act, userId, { uid: taken.session.uid }))).toBe(1);
  expect(await statusNow(held.session.uid)).toBe('active');
  expect(await statusNow(left.session.uid)).toBe('signed-out');
  expect(await statusNow(replaced.session.uid)).toBe('signed-out');
  expect(await statusNow(taken.session.uid)).toBe('revoked');
  t.advance(sessionLifeMs);
  expect(await statusNow(held.session.uid)).toBe('expired');
  await forgetSessions(t.app.db, t.now());
  expect(await statusNow(held.session.uid)).toBe('expired');
  t.advance(keptForMs);
  await forgetSessions(t.app.db, t.now());
  for (const { session } of [held, left, taken]) expect(await statusNow(session.uid)).toBeUndefined();
});

test('a suspended person’s sessions are remembered as taken away; those of a deleted one are gone', async () => {
  const userId = await makeUser(t, 'suspended@example.com');
  const { session } = await opened(userId);
  await t.api('PATCH', `/users/${userId}/is-suspended`, { isSuspended: true });
  expect(await statusNow(session.uid)).toBe('revoked');
  await t.api('DELETE', `/users/${userId}`);
  expect(await statusNow(session.uid)).toBeUndefined();
});

test('sessions are listed by status and by time', async () => {
  const userId = await makeUser(t, 'pages@example.com');
  const opens: { uid: string; signedInAt: number }[] = [];
  for (let i = 0; i < 3; i++) {
    opens.push((await opened(userId)).session);
    t.advance(1000);
  }
  const slice = { condition: sql`true`, order: sql`s.signed_in_at, s.uid`, limit: sql`limit 10` };
  const list = async (filter: object) => {
    const { rows, total } = await findSessionRecordsOf(
      t.app.db,
      t.app.tenantId,
      userId,
      t.now(),
      filter,
      slice,
    );
    expect(total).toBe(rows.length);
    return rows.map(({ uid }) => uid);
  };
  const [first, second, third] = opens.map(({ uid }) => uid);
  expect(await list({})).toEqual([first, second, third]);
  await t.app.act({ kind: 'user', id: userId }, (act) => endSessions(act, userId, { uid: second }));
  expect(await list({ statuses: ['revoked'] })).toEqual([second]);
  expect(await list({ statuses: ['active', 'expired'] })).toEqual([first, third]);
  expect(await list({ from: opens[1]!.signedInAt, until: opens[2]!.signedInAt })).toEqual([second]);
});

test('what applications got in a session is noted once for each organization, with the last time', async () => {
  const userId = await makeUser(t, 'entries@example.com');
  const { session } = await opened(userId);
  for (const [applicationId, organizationId, at] of [
    ['a', 'x', 1],
    ['a', null, 2],
    ['a', 'x', 3],
    ['b', 'x', 4],
  ] as const)
    await noteEntry(t.app.db, t.app.tenantId, session.uid, { applicationId, organizationId, at });
  const record = await findSessionRecord(t.app.db, t.app.tenantId, session.uid);
  expect(record).toMatchObject({
    ip: '203.0.113.9',
    entered: [
      { applicationId: 'a', organizationId: null, at: 2 },
      { applicationId: 'a', organizationId: 'x', at: 3 },
      { applicationId: 'b', organizationId: 'x', at: 4 },
    ],
  });
});
