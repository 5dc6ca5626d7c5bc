import { beforeAll, expect, test } from 'vitest';
import { makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
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

test('sessions are listed newest first, by pages that stand still, by status and by time', async () => {
  const userId = await makeUser(t, 'pages@example.com');
  const uids: string[] = [];
  for (let i = 0; i < 5; i++) {
    uids.unshift((await opened(userId)).session.uid);
    t.advance(1000);
  }
  const list = (filter: object, page: object) =>
    findSessionRecordsOf(t.app.db, t.app.tenantId, userId, t.now(), filter, page as { size: number });
  const first = await list({}, { size: 2 });
  expect(first).toMatchObject({ total: 5, hasMore: true });
  expect(first.items.map(({ uid }) => uid)).toEqual(uids.slice(0, 2));
  await opened(userId);
  const { signedInAt, uid } = first.items[1]!;
  const second = await list({}, { size: 2, from: { signedInAt, uid, isBackward: false } });
  expect(second.items.map((item) => item.uid)).toEqual(uids.slice(2, 4));
  const back = { signedInAt: second.items[0]!.signedInAt, uid: second.items[0]!.uid, isBackward: true };
  expect((await list({}, { size: 2, from: back })).items.map((item) => item.uid)).toEqual(uids.slice(0, 2));
  await t.app.act({ kind: 'user', id: userId }, (act) => endSessions(act, userId, { uid: uids[4]! }));
  expect((await list({ statuses: ['revoked'] }, { size: 9 })).items.map((item) => item.uid)).toEqual([
    uids[4],
  ]);
  const from = second.items[1]!.signedInAt;
  expect((await list({ from, until: signedInAt }, { size: 9 })).items.map((item) => item.uid)).toEqual(
    uids.slice(2, 4),
  );
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
