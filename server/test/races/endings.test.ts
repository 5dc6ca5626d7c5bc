/** Rule 4 and rule 1 on parallel connections. */
import { expect, test } from 'vitest';
import { countBy, makeInvitation, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { appForTest } from '../harness.ts';

// Holds by the conditions on the row in accept.ts and end.ts: without `${isOpen}` there, several succeed.
test('of 20 accepts and 20 revokes at once exactly one succeeds, a hundred times', {
  timeout: 120_000,
}, async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const role = await roleNamed(t, 'member');
  const winners = { Accepted: 0, Revoked: 0 };
  for (let round = 0; round < 100; round++) {
    const email = `racer-${round}@example.com`;
    const userId = await makeUser(t, email);
    const { id } = await makeInvitation(t, organizationId, email, { organizationRoleIds: [role] });
    const answers = await parallel(40, (index) =>
      t.api('PUT', `/organization-invitations/${id}/status`, {
        status: index % 2 === 0 ? 'Accepted' : 'Revoked',
        ...(index % 2 === 0 ? { acceptedUserId: userId } : {}),
      }),
    );
    expect(countBy(answers, (answer) => answer.status)).toEqual({ 200: 1, 422: 39 });
    const winner = answers.find((answer) => answer.status === 200)!.body.status as keyof typeof winners;
    winners[winner]++;
    const { body } = await t.api('GET', `/organization-invitations/${id}`);
    expect(body.status).toBe(winner);
    const [member] = await t.sql('select user_id from members where user_id = $1', [userId]);
    expect(member !== undefined).toBe(winner === 'Accepted');
  }
  expect(winners.Accepted + winners.Revoked).toBe(100);
});

// Holds by the unique index invitations_open.
test('a hundred invitations of one address at once make one', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const answers = await parallel(100, (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: index % 2 === 0 ? 'one@example.com' : 'ONE@Example.COM',
      expiresAt: t.now() + 60_000,
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 1, 422: 99 });
  expect(await t.sql('select id from invitations')).toHaveLength(1);
});

test('an expired invitation that many replace at once is replaced by one', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const { id } = await makeInvitation(t, organizationId, 'late@example.com', { expiresAt: t.now() + 1000 });
  t.advance(2000);
  await t.token();
  const answers = await parallel(30, () =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: 'late@example.com',
      expiresAt: t.now() + 60_000,
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 1, 422: 29 });
  expect((await t.api('GET', `/organization-invitations/${id}`)).body.status).toBe('Expired');
});

// Holds by accept.ts judging expires_at in the statement that changes the row: no sweep is waited for.
test('a millisecond after its expiry an invitation is accepted by nobody', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const userId = await makeUser(t, 'late@example.com');
  const { id } = await makeInvitation(t, organizationId, 'late@example.com', { expiresAt: t.now() + 5000 });
  t.advance(5001);
  const answer = await t.api('PUT', `/organization-invitations/${id}/status`, {
    status: 'Accepted',
    acceptedUserId: userId,
  });
  expect(answer).toMatchObject({ status: 422, body: { data: { status: 'Expired' } } });
});
