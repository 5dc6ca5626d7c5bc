/** Acts that come at once share statements (db/gather.ts). Each is still judged, done and told by itself. */
import { expect, test } from 'vitest';
import { countBy, makeInvitation, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { appForTest } from '../harness.ts';

test('of acceptances at once those are done that may be, and each other one is told its own reason', {
  timeout: 60_000,
}, async () => {
  const t = await appForTest();
  const [open, disabled] = await parallel(2, () => makeOrganization(t));
  const role = await roleNamed(t, 'member');
  const address = (index: number) => `guest-${index}@example.com`;
  const users = await parallel(70, (index) => makeUser(t, address(index)));
  const invitations = await parallel(70, (index) =>
    makeInvitation(t, index % 7 === 1 ? disabled! : open!, address(index), {
      organizationRoleIds: [role],
      expiresAt: t.now() + (index % 7 === 2 ? 1000 : 60_000),
    }),
  );
  for (const [index, { id }] of invitations.entries()) {
    if (index % 7 === 3) await t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Revoked' });
    if (index % 7 === 4) await t.api('PATCH', `/users/${users[index]}/is-suspended`, { isSuspended: true });
  }
  await t.sql('update organizations set disabled_at = 1 where id = $1', [disabled]);
  t.advance(2000);
  await t.token();
  const answers = await parallel(70, async (index) => {
    // Somebody else's; nobody's.
    const acceptedUserId = [5, 6].includes(index % 7)
      ? index % 7 === 5
        ? users[index - 5]!
        : 'nobody'
      : users[index]!;
    const path = `/organization-invitations/${invitations[index]!.id}/status`;
    const { status, body } = await t.api('PUT', path, { status: 'Accepted', acceptedUserId });
    return { kind: index % 7, status, id: body.id, is: body.status, reason: body.data?.reason };
  });
  const reasons = [
    undefined,
    'organization.disabled',
    'invitation.ended',
    'invitation.ended',
    'user.suspended',
    'invitation.wrong_address',
    'user.not_found',
  ];
  for (const [index, answer] of answers.entries()) {
    expect(answer).toMatchObject(
      answer.kind === 0
        ? { status: 200, id: invitations[index]!.id, is: 'Accepted' }
        : { reason: reasons[answer.kind] },
    );
  }
  const members = await t.sql<{ user_id: string; invitation_id: string }>(
    'select user_id, invitation_id from members',
  );
  const let_in = invitations.flatMap(({ id }, index) =>
    index % 7 === 0 ? [{ user_id: users[index], invitation_id: id }] : [],
  );
  expect(members).toHaveLength(10);
  expect(members).toEqual(expect.arrayContaining(let_in));
  const entries = await t.sql<{ subject_id: string; actor: string; at: string; data: { userId: string } }>(
    `select subject_id, actor, at, data from journal where type = 'invitation.accepted'`,
  );
  expect(entries).toHaveLength(10);
  for (const { subject_id, actor, data } of entries) {
    const index = invitations.findIndex(({ id }) => id === subject_id);
    expect(data.userId).toBe(users[index]);
    expect(actor).toMatch(/^management:/);
  }
});

test('of who asks four times one is let in, and nobody beside is held up', async () => {
  const t = await appForTest();
  const organizations = await parallel(10, (index) => makeOrganization(t, `Organization ${index}`));
  const users = await parallel(10, (index) => makeUser(t, `guest-${index}@example.com`));
  const invitations = await parallel(10, (index) =>
    makeInvitation(t, organizations[index]!, `guest-${index}@example.com`),
  );
  const answers = await parallel(40, (index) =>
    t.api('PUT', `/organization-invitations/${invitations[index % 10]!.id}/status`, {
      status: 'Accepted',
      acceptedUserId: users[index % 10],
    }),
  );
  expect(countBy(answers, ({ status }) => status)).toEqual({ 200: 10, 422: 30 });
  for (let index = 0; index < 10; index++) {
    const of = answers.filter((_, each) => each % 10 === index);
    expect(countBy(of, ({ status }) => status)).toEqual({ 200: 1, 422: 3 });
  }
  expect(await t.sql('select user_id from members')).toHaveLength(10);
});
