/** What an organization says about invitations, and that it holds however they are made, renewed and answered. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  builtInRoles,
  countBy,
  day,
  makeOrganization,
  makeUser,
  parallel,
  roleNamed,
} from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { botOf, type Insider, insiderOf } from '../../../test/insiders.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

type Api = Pick<Insider, 'api'>;
const saying = (id: string, policy: object, who: Api = t) =>
  who.api('PUT', `/organizations/${id}/policy`, policy);
const inviting = (who: Api, organizationId: string, more: object = {}) =>
  who.api('POST', '/organization-invitations', {
    organizationId,
    invitee: `p${Math.random().toString(36).slice(2)}@example.com`,
    expiresAt: t.now() + day,
    ...more,
  });
const refused = (status: number, code: string) => ({ status, body: { code: `organization_policy.${code}` } });

test('a policy says nothing until somebody says something, and is said as a whole', async () => {
  const own = await makeOrganization(t);
  const nothing = {
    allowedDomains: null,
    blockedDomains: [],
    invitableRoles: null,
    longestLifeMs: null,
    defaultLifeMs: null,
    approvalRequired: 'never',
    invitationsPerDay: null,
    organizationMayChange: false,
  };
  expect((await t.api('GET', `/organizations/${own}/policy`)).body).toEqual(nothing);
  const member = await roleNamed(t, 'member');
  const all = {
    allowedDomains: ['example.com', 'xn--mnchen-3ya.de'],
    blockedDomains: ['bad.example'],
    invitableRoles: [{ roleId: member, byRoleIds: null }],
    longestLifeMs: 7 * day,
    defaultLifeMs: day,
    approvalRequired: { roleIds: [member], domains: ['example.com'] },
    invitationsPerDay: 0,
    organizationMayChange: true,
  };
  const answer = await saying(own, { ...all, allowedDomains: ['Example.com', 'München.de'] });
  expect(answer).toMatchObject({ status: 200, body: all });
  expect((await t.api('GET', `/organizations/${own}/policy`)).body).toEqual(all);
  expect((await saying(own, {})).body).toEqual({ ...nothing, organizationMayChange: true });
  const [entry] = await t.sql(
    "select count(*)::int as n from audit_entries where organization_id = $1 and action = 'organization.policy_set'",
    [own],
  );
  expect(entry.n).toBe(2);
});

test('what is no policy is refused by name, and nothing changes', async () => {
  const own = await makeOrganization(t);
  expect(await saying(own, { allowedDomains: ['no domain'] })).toMatchObject({ status: 400 });
  expect(await saying(own, { longestLifeMs: day, defaultLifeMs: 2 * day })).toMatchObject({ status: 400 });
  expect(await saying(own, { approvalRequired: { roleIds: ['nothing'], domains: [] } })).toMatchObject({
    status: 422,
  });
  expect((await saying('nowhere', {})).status).toBe(404);
  const rows = await t.sql('select from organization_policies where organization_id = $1', [own]);
  expect(rows).toHaveLength(0);
});

test('members change it only where the tenant lets them, and never whether it does', async () => {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [await roleNamed(t, 'owner')]);
  expect((await saying(own, { invitationsPerDay: 3 }, boss)).status).toBe(403);
  await saying(own, { organizationMayChange: true });
  expect((await saying(own, { invitationsPerDay: 3 }, boss)).status).toBe(200);
  expect((await saying(own, { organizationMayChange: false }, boss)).status).toBe(403);
  await saying(own, { organizationMayChange: false });
  expect((await saying(own, { organizationMayChange: true }, boss)).status).toBe(403);
});

test('a domain is the whole domain: suffixes, subdomains, look-alikes and dots at the end are others', async () => {
  const own = await makeOrganization(t);
  await saying(own, { allowedDomains: ['example.com'] });
  const no = refused(422, 'domain_not_allowed');
  for (const domain of [
    'attacker-example.com',
    'sub.example.com',
    'example.com.evil.test',
    'exаmple.com',
    'com',
    'example.co',
  ])
    expect([400, 422], domain).toContain((await inviting(t, own, { invitee: `a@${domain}` })).status);
  expect(await inviting(t, own, { invitee: 'a@attacker-example.com' })).toMatchObject(no);
  expect(await inviting(t, own, { invitee: 'a@exаmple.com' })).toMatchObject(no);
  expect((await inviting(t, own, { invitee: 'a@example.com.' })).status).toBe(400);
  expect((await inviting(t, own, { invitee: 'a@EXAMPLE.com' })).status).toBe(201);
  await saying(own, { blockedDomains: ['example.com'] });
  expect(await inviting(t, own)).toMatchObject(no);
  expect((await inviting(t, own, { invitee: 'a@sub.example.com' })).status).toBe(201);
  await saying(own, { allowedDomains: [] });
  expect(await inviting(t, own)).toMatchObject(no);
});

test('an invitation lives as long as the organization says, made or renewed', async () => {
  const own = await makeOrganization(t);
  expect(await inviting(t, own, { expiresAt: undefined })).toMatchObject({ status: 400 });
  await saying(own, { longestLifeMs: 3 * day, defaultLifeMs: day });
  expect(await inviting(t, own, { expiresAt: t.now() + 4 * day })).toMatchObject(
    refused(422, 'life_too_long'),
  );
  const { body } = await inviting(t, own, { expiresAt: undefined });
  expect(body.expiresAt - body.createdAt).toBe(day);
  const renewing = (expiresAt: number) =>
    t.api('POST', `/organization-invitations/${body.id}/renew`, { expiresAt });
  expect(await renewing(t.now() + 4 * day)).toMatchObject(refused(422, 'life_too_long'));
  expect((await renewing(t.now() + 2 * day)).status).toBe(200);
  await saying(own, { blockedDomains: ['example.com'] });
  expect(await renewing(t.now() + day)).toMatchObject(refused(422, 'domain_not_allowed'));
});

test('only the listed roles are put on invitations, by whom the list says; the management is not bound', async () => {
  const own = await makeOrganization(t);
  const { owner, admin, member } = await builtInRoles(t);
  const boss = await insiderOf(t, own, [owner]);
  const who = await insiderOf(t, own, [admin]);
  const bot = await botOf(t, own, ['invite:member', 'read:member']);
  const { body: plain } = await t.api('POST', '/organization-roles', { name: 'plain' });
  await saying(own, {
    invitableRoles: [
      { roleId: member, byRoleIds: null },
      { roleId: admin, byRoleIds: [owner] },
    ],
  });
  const no = refused(403, 'role_not_allowed');
  const as = (...organizationRoleIds: string[]) => ({ organizationRoleIds });
  expect((await inviting(who, own, as(member))).status).toBe(201);
  expect(await inviting(who, own, as(member, admin))).toMatchObject(no);
  expect((await inviting(boss, own, as(member, admin))).status).toBe(201);
  expect(await inviting(boss, own, as(owner))).toMatchObject(no);
  expect(await inviting(bot, own, as(plain.id))).toMatchObject(no);
  expect((await inviting(t, own, as(owner))).status).toBe(201);
  const { body } = await inviting(t, own, as(admin));
  expect(await who.api('POST', `/organization-invitations/${body.id}/renew`, {})).toMatchObject(no);
  await saying(own, { invitableRoles: [{ roleId: plain.id, byRoleIds: null }] });
  expect((await inviting(bot, own, as(plain.id))).status).toBe(201);
  await saying(own, { invitableRoles: [] });
  expect(await inviting(boss, own, as(member))).toMatchObject(no);
  expect((await inviting(boss, own)).status).toBe(201);
});

test('of 30 parallel invitations exactly as many as a day may have are made, and the rest hear when to come again', async () => {
  const own = await makeOrganization(t);
  await inviting(t, own);
  await saying(own, { invitationsPerDay: 10 });
  // The line whose deletion breaks this: the check organization_policies_day.
  const answers = await parallel(30, () => inviting(t, own));
  expect(countBy(answers, ({ status }) => status)).toEqual({ 201: 9, 429: 21 });
  const late = answers.find(({ status }) => status === 429)!;
  expect(late.body).toMatchObject({ code: 'organization_policy.too_many_today' });
  expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(86_000);
  const [counted] = await t.sql('select count(*)::int as n from invitations where organization_id = $1', [
    own,
  ]);
  expect(counted.n).toBe(10);
  await saying(own, { invitationsPerDay: 5 });
  expect((await inviting(t, own)).status).toBe(429);
  await saying(own, { invitationsPerDay: 11 });
  expect((await inviting(t, own)).status).toBe(201);
  expect((await inviting(t, own)).status).toBe(429);
  t.advance(day);
  expect((await inviting(t, own)).status).toBe(201);
  await saying(own, { invitationsPerDay: 0 });
  expect((await inviting(t, own)).status).toBe(429);
});

test('what has to be approved holds a seat, but has no mail, no link and no acceptance before somebody else approves', async () => {
  const own = await makeOrganization(t);
  const [owner, member] = [await roleNamed(t, 'owner'), await roleNamed(t, 'member')];
  const boss = await insiderOf(t, own, [owner]);
  const who = await insiderOf(t, own, [await roleNamed(t, 'admin')]);
  await saying(own, { approvalRequired: 'always' });
  await t.api('PUT', `/organizations/${own}/seats`, { limit: 5 });
  const mails = () => t.mails.filter(({ to }) => to === 'held@example.com').length;
  const { body } = await inviting(who, own, {
    invitee: 'held@example.com',
    organizationRoleIds: [member],
    messagePayload: { message: 'Do come' },
  });
  const at = `/organization-invitations/${body.id}`;
  expect(body.status).toBe('Pending');
  await t.drain();
  expect(mails()).toBe(0);
  const [{ primary_email: address }] = await t.sql('select primary_email from users where id = $1', [
    boss.id,
  ]);
  expect(t.mails.at(-1)).toMatchObject({ to: address, subject: expect.stringContaining('held@example.com') });
  expect((await t.api('GET', `/organizations/${own}/seats`)).body.pending).toBe(1);
  const waiting = { status: 422, body: { code: 'organization_invitation.waiting' } };
  for (const asker of [t, who]) {
    expect(await asker.api('GET', `${at}/link`)).toMatchObject(waiting);
    expect(await asker.api('POST', `${at}/message`, {})).toMatchObject(waiting);
  }
  const held = await makeUser(t, 'held@example.com');
  expect(await t.api('PUT', `${at}/status`, { status: 'Accepted', acceptedUserId: held })).toMatchObject(
    waiting,
  );
  expect((await who.api('POST', `${at}/renew`, { messagePayload: {} })).status).toBe(200);
  await t.drain();
  expect(mails()).toBe(0);
  expect(await who.api('POST', `${at}/approve`)).toMatchObject({
    status: 403,
    body: { code: 'organization_invitation.own_approval' },
  });
  const approvals = await parallel(5, () => boss.api('POST', `${at}/approve`));
  expect(countBy(approvals, ({ status }) => status)).toEqual({ 200: 1, 422: 4 });
  await t.drain();
  expect(mails()).toBe(1);
  expect((await t.api('PUT', `${at}/status`, { status: 'Accepted', acceptedUserId: held })).status).toBe(200);
});

test('approval is asked for the roles and domains that the policy names, and of members and bots only', async () => {
  const own = await makeOrganization(t);
  const [admin, member] = [await roleNamed(t, 'admin'), await roleNamed(t, 'member')];
  const boss = await insiderOf(t, own, [await roleNamed(t, 'owner')]);
  const peer = await insiderOf(t, own, [member], ['invite:member', 'read:member']);
  await saying(own, { approvalRequired: { roleIds: [admin], domains: ['outside.example'] } });
  const isHeld = async (who: Api, more: object) => {
    const { body } = await inviting(who, own, more);
    return (await t.api('GET', `/organization-invitations/${body.id}/link`)).status === 422
      ? body.id
      : undefined;
  };
  expect(await isHeld(boss, { organizationRoleIds: [member] })).toBeUndefined();
  const asAdmin = await isHeld(boss, { organizationRoleIds: [member, admin] });
  expect(asAdmin).toBeDefined();
  expect(await isHeld(boss, { invitee: 'x@outside.example' })).toBeDefined();
  expect(await isHeld(boss, { invitee: 'x@sub.outside.example' })).toBeUndefined();
  expect(await isHeld(t, { organizationRoleIds: [admin] })).toBeUndefined();
  expect((await peer.api('POST', `/organization-invitations/${asAdmin}/approve`)).status).toBe(403);
  const junior = await insiderOf(t, own, [await roleNamed(t, 'admin')]);
  await t.api('PUT', `/organizations/${own}/users/${junior.id}/roles`, { organizationRoleIds: [member] });
  expect((await junior.api('POST', `/organization-invitations/${asAdmin}/approve`)).status).toBe(403);
  // What the management renews is the management's.
  expect((await t.api('POST', `/organization-invitations/${asAdmin}/renew`, {})).status).toBe(200);
  expect((await t.api('GET', `/organization-invitations/${asAdmin}/link`)).status).toBe(200);
});
