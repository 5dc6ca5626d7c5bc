/** An invitation whose inviter may not give its roles any more waits until somebody approves it who may (rule 6). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInRoles, day, makeOrganization, makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { botOf, type Insider, insiderOf } from '../../../test/insiders.ts';

let t: TestApp;
let owner: string;
let admin: string;
let member: string;
let count = 0;
beforeAll(async () => {
  t = await testApp();
  ({ owner, admin, member } = await builtInRoles(t));
});
afterAll(() => t.close());

/** An organization in which an invitation for admin waits, because who made it is admin no more. */
async function waiting() {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [owner]);
  const inviter = await insiderOf(t, own, [admin]);
  const invitee = `w${count++}@approvals.example`;
  const id = await makeUser(t, invitee);
  const { body } = await inviter.api('POST', '/organization-invitations', {
    organizationId: own,
    invitee,
    expiresAt: t.now() + day,
    organizationRoleIds: [admin],
  });
  await t.api('PUT', `/organizations/${own}/users/${inviter.id}/roles`, { organizationRoleIds: [member] });
  const accept = () =>
    t.api('PUT', `/organization-invitations/${body.id}/status`, { status: 'Accepted', acceptedUserId: id });
  return { own, boss, inviter, invitee, invitation: body.id as string, accept };
}
const approve = (who: Pick<Insider, 'api'>, id: string) =>
  who.api('POST', `/organization-invitations/${id}/approve`);
const listed = async (own: string) =>
  (await t.api('GET', `/organization-invitations?organizationId=${own}&awaitingApproval=true`)).body.map(
    ({ id }: any) => id,
  );

test('it is listed as waiting, is not accepted, and once approved it is', async () => {
  const { own, boss, inviter, invitation, accept } = await waiting();
  expect(await listed(own)).toEqual([invitation]);
  expect(await accept()).toMatchObject({
    status: 422,
    body: { code: 'organization_invitation.waiting' },
  });
  expect((await approve(inviter, invitation)).status).toBe(403);
  expect(await approve(boss, invitation)).toMatchObject({ status: 200, body: { id: invitation } });
  expect(await listed(own)).toEqual([]);
  expect(await approve(boss, invitation)).toMatchObject({
    status: 422,
    body: { code: 'organization_invitation.not_waiting' },
  });
  expect((await accept()).status).toBe(200);
  const types = await t.sql(`select type from journal where subject_id = $1`, [invitation]);
  expect(types.map(({ type }) => type)).toContain('invitation.approved');
  await t.drain();
});

test('only who covers its roles approves or declines it; the management of the tenant may too', async () => {
  const { own, boss, invitation } = await waiting();
  const bot = await botOf(t, own, ['invite:member', 'read:member']);
  const beyond = { status: 403, body: { code: 'organization.beyond_own_authority' } };
  expect(await approve(bot, invitation)).toMatchObject(beyond);
  const revoke = (who: Insider) =>
    who.api('PUT', `/organization-invitations/${invitation}/status`, { status: 'Revoked' });
  expect(await revoke(bot)).toMatchObject(beyond);
  expect(await bot.api('DELETE', `/organization-invitations/${invitation}`)).toMatchObject(beyond);
  expect((await approve(t, invitation)).status).toBe(200);
  expect((await revoke(boss)).status).toBe(200);
  expect(await approve(t, invitation)).toMatchObject({ status: 422 });
});

test('what was approved waits again when who approved it loses the authority, too', async () => {
  const { own, invitation, accept } = await waiting();
  const second = await insiderOf(t, own, [admin]);
  expect((await approve(second, invitation)).status).toBe(200);
  await t.api('DELETE', `/organizations/${own}/users/${second.id}`);
  expect(await listed(own)).toEqual([invitation]);
  expect((await accept()).status).toBe(422);
  await t.drain();
});

test('members who may approve it are asked by mail when its holder tries to accept, once a day, five at most', async () => {
  const { own, boss, invitee, accept } = await waiting();
  for (let i = 0; i < 5; i++) await insiderOf(t, own, [admin]);
  await insiderOf(t, own, [member]);
  await t.drain();
  t.mails.length = 0;
  await Promise.all([accept(), accept(), accept()]);
  await t.drain();
  expect(t.mails).toHaveLength(5);
  const [address] = await t.sql('select primary_email from users where id = $1', [boss.id]);
  expect(t.mails.map(({ to }) => to)).toContain(address.primary_email);
  expect(t.mails[0]!.subject).toContain(`${invitee} is waiting to join Acme`);
  expect(t.mails[0]!.text).toContain('approve the invitation');
  t.advance(day - 60_000);
  await t.api('POST', `/organization-invitations`, {});
  t.mails.length = 0;
  await accept();
  await t.drain();
  expect(t.mails).toHaveLength(0);
});

test('of ten who approve at once, one does', async () => {
  const { own, invitation } = await waiting();
  const all = await Promise.all(Array.from({ length: 4 }, () => insiderOf(t, own, [admin])));
  const answers = await Promise.all([...all, ...all].map((who) => approve(who, invitation)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});
