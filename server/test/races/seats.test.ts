/** Rule 9 on parallel connections: the counter, its triggers and the check on the organization's row. */
import { expect, test } from 'vitest';
import { countBy, makeInvitation, makeOrganization, makeUser, parallel } from '../builders.ts';
import { appForTest, type TestApp } from '../harness.ts';

async function ledger(t: TestApp, organizationId: string) {
  const [row] = await t.sql(
    `select seat_limit as limit, seats_used as used,
            (select count(*)::int from members m where m.organization_id = o.id) +
            (select count(*)::int from invitations i where i.organization_id = o.id and accepted_at is null
                and rejected_at is null and revoked_at is null and lapsed_at is null) as rows
       from organizations o where id = $1`,
    [organizationId],
  );
  return row;
}

test('of 60 invitations at once for 10 seats exactly 10 are made', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await t.api('PUT', `/organizations/${organizationId}/seats`, { limit: 10 });
  const answers = await parallel(60, (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: `p${index}@example.com`,
      expiresAt: t.now() + 60_000,
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 10, 422: 50 });
  expect(await ledger(t, organizationId)).toEqual({ limit: 10, used: 10, rows: 10 });
});

test('of 40 direct joins and 40 invitations at once for 15 seats exactly 15 succeed', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await t.api('PUT', `/organizations/${organizationId}/seats`, { limit: 15 });
  const users = await parallel(40, (index) => makeUser(t, `u${index}@example.com`));
  const answers = await parallel(80, (index) =>
    index % 2 === 0
      ? t.api('POST', `/organizations/${organizationId}/users`, { userIds: [users[index / 2]] })
      : t.api('POST', '/organization-invitations', {
          organizationId,
          invitee: `i${index}@example.com`,
          expiresAt: t.now() + 60_000,
        }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 15, 422: 65 });
  expect(await ledger(t, organizationId)).toEqual({ limit: 15, used: 15, rows: 15 });
});

test('accepting at the limit takes no second seat, and all who hold an invitation get in', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await t.api('PUT', `/organizations/${organizationId}/seats`, { limit: 10 });
  const pairs = await parallel(10, async (index) => {
    const userId = await makeUser(t, `p${index}@example.com`);
    return { userId, id: (await makeInvitation(t, organizationId, `p${index}@example.com`)).id };
  });
  const answers = await parallel(50, (index) => {
    const { id, userId } = pairs[index % 10]!;
    return t.api('PUT', `/organization-invitations/${id}/status`, {
      status: 'Accepted',
      acceptedUserId: userId,
    });
  });
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 200: 10, 422: 40 });
  expect(await ledger(t, organizationId)).toEqual({ limit: 10, used: 10, rows: 10 });
});

// Holds by FOR UPDATE in setSeatLimit: it waits for joins under way, which hold KEY SHARE on the organization.
test('a limit set while people join counts every one of them', async () => {
  const t = await appForTest();
  for (let round = 0; round < 10; round++) {
    const organizationId = await makeOrganization(t);
    const answers = await parallel(31, (index) =>
      index === 15
        ? t.api('PUT', `/organizations/${organizationId}/seats`, { limit: 100 })
        : t.api('POST', '/organization-invitations', {
            organizationId,
            invitee: `r${round}-${index}@example.com`,
            expiresAt: t.now() + 60_000,
          }),
    );
    expect(countBy(answers, (answer) => answer.status)).toEqual({ 200: 1, 201: 30 });
    expect(await ledger(t, organizationId)).toEqual({ limit: 100, used: 30, rows: 30 });
  }
});

test('seats of expired invitations are free for the next who asks', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await t.api('PUT', `/organizations/${organizationId}/seats`, { limit: 2 });
  await makeInvitation(t, organizationId, 'a@example.com', { expiresAt: t.now() + 1000 });
  await makeInvitation(t, organizationId, 'b@example.com', { expiresAt: t.now() + 1000 });
  t.advance(2000);
  await t.token();
  const answers = await parallel(6, (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: `c${index}@example.com`,
      expiresAt: t.now() + 60_000,
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 2, 422: 4 });
  expect(await ledger(t, organizationId)).toEqual({ limit: 2, used: 2, rows: 2 });
});
