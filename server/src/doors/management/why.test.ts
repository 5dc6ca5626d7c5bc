/** Asking whether something is allowed: the verdict is that of the attempt, and nothing is done for it. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, makeInvitation, makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type Answer, type TestApp, testApp } from '../../../test/harness.ts';
import { type Insider, insiderOf } from '../../../test/insiders.ts';

let t: TestApp;
let roles: string[];
let count = 0;
beforeAll(async () => {
  t = await testApp();
  roles = [await roleNamed(t, 'owner'), await roleNamed(t, 'admin'), await roleNamed(t, 'member')];
});
afterAll(() => t.close());

type Caller = Pick<TestApp, 'api'>;
const ask = (own: string, who: Caller, act: string, input: object) =>
  who.api('POST', `/organizations/${own}/why`, { act, input });
const traces = async () =>
  (
    await t.sql(
      'select (select count(*) from journal)::int as journal, (select count(*) from deliveries)::int as mails',
    )
  )[0];

test('the answer says the rule, the code of the attempt and what would make it possible', async () => {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [roles[0]!]);
  const peer = await insiderOf(t, own, [roles[2]!]);
  expect((await ask(own, boss, 'suspendMember', { userId: peer.id })).body).toEqual({ allowed: true });
  expect((await ask(own, boss, 'removeMember', { userId: boss.id })).body).toMatchObject({
    allowed: false,
    rule: 10,
    code: 'organization.last_owner',
    remedy: expect.stringContaining('owner'),
  });
  expect((await ask(own, peer, 'invite', { invitee: 'x@y.example' })).body).toMatchObject({
    allowed: false,
    rule: 6,
    code: 'auth.forbidden',
  });
  expect(
    (await ask(own, boss, 'invite', { invitee: 'no address', expiresAt: t.now() + day })).body,
  ).toMatchObject({
    allowed: false,
    rule: 20,
    code: 'guard.invalid_input',
  });
  expect((await ask(own, boss, 'sing', {})).status).toBe(400);
  const elsewhere = await makeOrganization(t);
  expect((await ask(elsewhere, boss, 'removeMember', { userId: boss.id })).status).toBe(404);
  const foreign = await makeInvitation(t, elsewhere, 'f@why.example');
  expect((await ask(own, t, 'revokeInvitation', { invitationId: foreign.id })).body).toMatchObject({
    allowed: false,
    rule: 18,
  });
});

test('asking does nothing: no row changes, no mail goes out, an allowed act can still be done', async () => {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [roles[0]!]);
  const peer = await insiderOf(t, own, [roles[2]!]);
  const invitation = await makeInvitation(t, own, `n${count++}@why.example`);
  const before = await traces();
  const input = { invitee: `n${count++}@why.example`, expiresAt: t.now() + day, messagePayload: {} };
  const asked: [string, object][] = [
    ['invite', input],
    ['resendInvitation', { invitationId: invitation.id }],
    ['renewInvitation', { invitationId: invitation.id }],
    ['revokeInvitation', { invitationId: invitation.id }],
    ['setRoles', { userId: peer.id, organizationRoleIds: [roles[1]] }],
    ['removeMember', { userId: peer.id }],
    ['offerOwnership', { userId: peer.id }],
    ['deleteOrganization', {}],
  ];
  for (const [act, given] of asked)
    expect((await ask(own, boss, act, given)).body, act).toEqual({ allowed: true });
  expect(await traces()).toEqual(before);
  expect((await t.api('GET', `/organizations/${own}/users`)).body).toHaveLength(2);
});

type Step = { act: string; by: number; whom: number; roles: number[]; place: number; isSuspended: boolean };
const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(
    'invite',
    'resendInvitation',
    'renewInvitation',
    'revokeInvitation',
    'approveInvitation',
    'assignRoles',
    'setRoles',
    'removeRole',
    'removeMember',
    'suspendMember',
    'reinstateMember',
    'changeMember',
    'offerOwnership',
    'changeOrganization',
  ),
  by: fc.nat(4),
  whom: fc.nat(3),
  roles: fc.subarray([0, 1, 2], { maxLength: 2 }),
  place: fc.nat(3),
  isSuspended: fc.boolean(),
});

/** The attempt that an intention stands for. */
function attempt(own: string, who: Caller, act: string, input: any): Promise<Answer> {
  const { userId, invitationId, organizationRoleId, ...body } = input;
  const user = `/organizations/${own}/users/${userId}`;
  const invitation = `/organization-invitations/${invitationId}`;
  switch (act) {
    case 'invite':
      return who.api('POST', '/organization-invitations', { ...body, organizationId: own });
    case 'resendInvitation':
      return who.api('POST', `${invitation}/message`, body);
    case 'renewInvitation':
      return who.api('POST', `${invitation}/renew`, body);
    case 'revokeInvitation':
      return who.api('PUT', `${invitation}/status`, { status: 'Revoked' });
    case 'approveInvitation':
      return who.api('POST', `${invitation}/approve`);
    case 'assignRoles':
      return who.api('POST', `${user}/roles`, body);
    case 'setRoles':
      return who.api('PUT', `${user}/roles`, body);
    case 'removeRole':
      return who.api('DELETE', `${user}/roles/${organizationRoleId}`);
    case 'removeMember':
      return who.api('DELETE', user);
    case 'suspendMember':
    case 'reinstateMember':
      return who.api('PATCH', `${user}/is-suspended`, { isSuspended: act === 'suspendMember' });
    case 'changeMember':
      return who.api('PATCH', user, body);
    case 'offerOwnership':
      return who.api('POST', `/organizations/${own}/ownership-transfers`, { userId });
    default:
      return who.api('PATCH', `/organizations/${own}`, body);
  }
}

function inputOf({ act, whom, roles: chosen, place }: Step, users: Insider[], invitations: string[]) {
  const userId = users[whom]!.id;
  const organizationRoleIds = chosen.map((index) => roles[index]!);
  const invitationId = invitations[place % Math.max(invitations.length, 1)] ?? 'none';
  if (act === 'invite')
    return { invitee: `s${place}@why.example`, expiresAt: t.now() + day, organizationRoleIds };
  if (act.endsWith('Invitation')) return { invitationId };
  if (act === 'assignRoles' || act === 'setRoles') return { userId, organizationRoleIds };
  if (act === 'removeRole') return { userId, organizationRoleId: roles[chosen[0] ?? 0]! };
  if (act === 'changeMember') return { userId, expiresAt: place === 0 ? null : t.now() + place * day };
  if (act === 'changeOrganization') return { name: `Name ${place}` };
  return { userId };
}

const histories = Number(process.env.HISTORIES ?? 25);

test('over generated states the verdict is that of the attempt', { timeout: histories * 8000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const own = await makeOrganization(t);
      const users: Insider[] = [];
      for (const held of [[0], [1], [1, 2], [2]])
        users.push(
          await insiderOf(
            t,
            own,
            held.map((index) => roles[index]!),
          ),
        );
      const invitations: string[] = [];
      for (const each of steps) {
        const input = inputOf(each, users, invitations);
        const who: Caller = users[each.by] ?? t;
        const verdict = await ask(own, who, each.act, input);
        const done = await attempt(own, who, each.act, input);
        if (each.act === 'invite' && done.status === 201) invitations.push(done.body.id);
        const told = `${JSON.stringify(each)} ${JSON.stringify(verdict.body)} ${done.status} ${JSON.stringify(done.body)}`;
        // Who is no member any more may not even ask.
        if (verdict.status === 403) expect([403, 404], told).toContain(done.status);
        else expect(verdict.body.allowed, told).toBe(done.status < 300);
        if (verdict.status === 200 && !verdict.body.allowed)
          expect(verdict.body.code, told).toBe(done.body.code);
      }
      await t.drain();
    }),
    { numRuns: histories },
  );
});

test('to ask about what needs another person’s account is to ask about a user who exists', async () => {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [roles[0]!]);
  const stranger = await makeUser(t, `n${count++}@why.example`);
  for (const userId of [stranger, 'nobody'])
    expect((await ask(own, boss, 'suspendMember', { userId })).body).toMatchObject({
      allowed: false,
      rule: 18,
    });
});
