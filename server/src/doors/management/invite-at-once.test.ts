/**
 * Members invite in one statement, on the ground of what they held seconds ago. What counts is still what they hold now:
 * the statement itself says it. The line whose deletion breaks each: areAsGuessed in invite-together.ts, isAsGuessed in invite.ts with mail.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { botOf, type Insider, insiderOf, memberToken } from '../../../test/insiders.ts';

let t: TestApp;
let admin: string;
let member: string;
let count = 0;
beforeAll(async () => {
  t = await testApp();
  [admin, member] = [await roleNamed(t, 'admin'), await roleNamed(t, 'member')];
});
afterAll(() => t.close());

const inviteBy = (who: Insider, own: string, roleIds: string[] = [], more: object = {}) =>
  who.api('POST', '/organization-invitations', {
    organizationId: own,
    invitee: `o${count++}@once.example`,
    expiresAt: t.now() + day,
    organizationRoleIds: roleIds,
    ...more,
  });

/** A member who has just invited, so that it is remembered what they hold. */
async function warm(): Promise<[string, Insider]> {
  const own = await makeOrganization(t);
  const who = await insiderOf(t, own, [admin]);
  expect((await inviteBy(who, own, [admin])).status).toBe(201);
  return [own, who];
}

test('who was demoted, suspended, removed or whose time is over a moment ago invites nobody', async () => {
  const ends: ((own: string, id: string) => Promise<unknown>)[] = [
    (own, id) => t.api('PUT', `/organizations/${own}/users/${id}/roles`, { organizationRoleIds: [member] }),
    (own, id) => t.api('PATCH', `/organizations/${own}/users/${id}/is-suspended`, { isSuspended: true }),
    (own, id) => t.api('DELETE', `/organizations/${own}/users/${id}`),
    (_own, id) => t.sql('update members set expires_at = 1 where user_id = $1', [id]),
    (_own, id) => t.api('PATCH', `/users/${id}/is-suspended`, { isSuspended: true }),
    (own) => t.api('PATCH', `/organizations/${own}/is-disabled`, { isDisabled: true }),
  ];
  for (const end of ends) {
    const [own, who] = await warm();
    await end(own, who.id);
    expect(await inviteBy(who, own, [member])).toMatchObject({
      status: 403,
      body: { code: 'auth.forbidden' },
    });
    const [{ total }] = await t.sql(
      'select count(*)::int as total from invitations where organization_id = $1',
      [own],
    );
    expect(total).toBe(1);
  }
});

test('a role that gives less than a moment ago counts as it is now', async () => {
  const { body: scopes } = await t.api('GET', '/organization-scopes');
  const inviting = scopes.find(({ name }: any) => name === 'invite:member').id;
  const { body: role } = await t.api('POST', '/organization-roles', {
    name: 'Inviter',
    organizationScopeIds: [inviting],
  });
  const own = await makeOrganization(t);
  const who = await insiderOf(t, own, [role.id]);
  expect((await inviteBy(who, own)).status).toBe(201);
  await t.api('DELETE', `/organization-roles/${role.id}/scopes/${inviting}`);
  expect((await inviteBy(who, own)).status).toBe(403);
});

test('who holds more than a moment ago is not refused for what was remembered', async () => {
  const own = await makeOrganization(t);
  const who = await insiderOf(t, own, [admin]);
  const owner = await roleNamed(t, 'owner');
  expect((await inviteBy(who, own, [owner])).status).toBe(403);
  await t.api('POST', `/organizations/${own}/users/${who.id}/roles`, { organizationRoleIds: [owner] });
  expect((await inviteBy(who, own, [owner])).status).toBe(201);
});

test('it answers, records and mails as the careful way does, for members and bots', async () => {
  const [own, who] = await warm();
  const bot = await botOf(t, own, ['invite:member', 'read:member']);
  for (const each of [who, bot]) {
    await inviteBy(each, own);
    const answer = await inviteBy(each, own, [], { messagePayload: {} });
    expect(answer).toMatchObject({ status: 201, body: { inviterId: each === who ? who.id : null } });
    const [row] = await t.sql('select authority_id from invitations where id = $1', [answer.body.id]);
    expect(row.authority_id).toBe(each.id);
    const [entry] = await t.sql('select actor from journal where subject_id = $1', [answer.body.id]);
    expect(entry.actor).toBe(`${each === who ? 'member' : 'bot'}:${each.id}`);
  }
  await t.drain();
  expect(t.mails).toHaveLength(2);
  const email = `known${count++}@once.example`;
  const id = await makeUser(t, email);
  await t.api('POST', `/organizations/${own}/users`, { userIds: [id] });
  expect((await inviteBy(who, own, [], { invitee: email })).status).toBe(422);
  const twice = { invitee: `twice${count++}@once.example` };
  expect((await inviteBy(who, own, [], twice)).status).toBe(201);
  expect((await inviteBy(who, own, [], twice)).status).toBe(422);
  expect((await inviteBy(who, own, [], { expiresAt: 1 })).status).toBe(400);
});

test('a token for less, or of another organization, gets no further for what is remembered of its bearer', async () => {
  const [own, who] = await warm();
  const other = await makeOrganization(t);
  expect((await inviteBy(who, other)).status).toBe(404);
  const token = await memberToken(t, who.id, own, ['read:member']);
  const answer = await t.api(
    'POST',
    '/organization-invitations',
    { organizationId: own, invitee: `less${count++}@once.example`, expiresAt: t.now() + day },
    { authorization: `Bearer ${token}` },
  );
  expect(answer.status).toBe(403);
});
