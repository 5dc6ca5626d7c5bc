/** The field's client, unmodified: people, memberships and invitations, with every class of error it knows. */
import {
  ScalekitBadRequestException,
  ScalekitConflictException,
  ScalekitNotFoundException,
  ScalekitTooManyRequestsException,
} from '@scalekit-sdk/node';
import { expect, test } from 'vitest';
import { MembershipStatus } from '../../src/doors/scalekit/descriptors.ts';
import { clientOf, newAddress, openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { countBy, day, parallel } from '../builders.ts';
import { appForTest } from '../harness.ts';

const door = openDoor({ config: { mailBounds: generous() } });
const users = () => door.client.user;
const ms = (time: { seconds: bigint; nanos: number } | undefined) =>
  time && Number(time.seconds) * 1000 + time.nanos / 1e6;
const nowhere = 'org_1000000000000000001';
const nobody = 'usr_1000000000000000001';

function generous() {
  const most = { most: 10_000, windowMs: 60_000 };
  return { recipient: { most: 10, windowMs: 600_000 }, organization: most, inviter: most, client: most };
}

async function organization(): Promise<string> {
  const { organization: made } = await door.client.organization.createOrganization(unique('Acme'));
  return made!.id;
}
async function internalId(name: string): Promise<string> {
  const [row] = await door.sql(
    'select id from organizations where public_number(id) = $1 union all select id from users where public_number(id) = $1',
    [name.slice(4)],
  );
  return row!.id;
}
const invited = async (org: string, email = newAddress(), more: object = {}) =>
  (await users().createUserAndMembership(org, { email, ...more })).user!;
const added = (org: string, email = newAddress(), more: object = {}) =>
  invited(org, email, { sendInvitationEmail: false, ...more });
/** As the person does on the page. */
async function acceptedBy(userName: string): Promise<void> {
  const id = await internalId(userName);
  const [invitation] = await door.sql(
    `select i.id from invitations i join users u on u.primary_email = i.invitee where u.id = $1 and i.accepted_at is null`,
    [id],
  );
  const answer = await door.api('PUT', `/organization-invitations/${invitation!.id}/status`, {
    status: 'Accepted',
    acceptedUserId: id,
  });
  expect(answer.status).toBe(200);
}

test('an invited user is pending for fifteen days, unverified, with the default role, and gets a mail', async () => {
  const org = await organization();
  const email = newAddress();
  const user = await invited(org, email.toUpperCase(), {
    externalId: unique('ext'),
    userProfile: { firstName: 'Ada', lastName: 'Lovelace' },
    metadata: { department: 'Engines' },
  });
  expect(user).toMatchObject({
    id: expect.stringMatching(/^usr_\d{19}$/),
    environmentId: expect.stringMatching(/^env_\d+$/),
    email,
    metadata: { department: 'Engines' },
    userProfile: {
      firstName: 'Ada',
      lastName: 'Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      name: 'Ada Lovelace',
      emailVerified: false,
    },
  });
  const [membership] = user.memberships;
  expect(membership).toMatchObject({
    organizationId: org,
    membershipStatus: MembershipStatus.PENDING_INVITE,
    provisioningMethod: 'invitation',
    roles: [{ name: 'member', id: expect.stringMatching(/^role_\d+$/) }],
    permissions: [],
  });
  expect(ms(membership!.expiresAt)! - ms(membership!.createdAt)!).toBe(15 * day);
  expect(membership!.acceptedAt).toBeUndefined();
  await door.drain();
  expect(door.mails.at(-1)).toMatchObject({ to: email });
  expect((await users().getUser(user.id)).user).toEqual(user);
});

test('whoever accepts is active, with everything the invitation said', async () => {
  const org = await organization();
  const user = await invited(org);
  await acceptedBy(user.id);
  const { user: after } = await users().getUser(user.id);
  const [membership] = after!.memberships;
  expect(membership).toMatchObject({
    membershipStatus: MembershipStatus.ACTIVE,
    provisioningMethod: 'invitation',
  });
  expect(ms(membership!.acceptedAt)).toBe(ms(membership!.joinTime));
  expect(ms(membership!.createdAt)).toBe(ms(user.memberships[0]!.createdAt));
});

test('without mail the membership is active at once and the address counts as verified', async () => {
  const org = await organization();
  await door.drain();
  const mails = door.mails.length;
  const user = await added(org);
  expect(user.userProfile!.emailVerified).toBe(true);
  expect(user.memberships).toMatchObject([
    {
      membershipStatus: MembershipStatus.ACTIVE,
      provisioningMethod: 'direct_provision',
      roles: [{ name: 'member' }],
    },
  ]);
  await door.drain();
  expect(door.mails).toHaveLength(mails);
});

test('an address, and an external id, are one user’s: of twenty at once one is made', async () => {
  const org = await organization();
  const email = newAddress();
  const outcomes = await parallel(20, () => invited(org, email).catch((error) => error.constructor.name));
  const names = outcomes.map((each) => (typeof each === 'string' ? each : 'made'));
  expect(countBy(names, (name) => name)).toEqual({ made: 1, ScalekitConflictException: 19 });
  const externalId = unique('ext');
  await invited(org, newAddress(), { externalId });
  const error = await invited(org, newAddress(), { externalId }).catch((e) => e);
  expect(error).toBeInstanceOf(ScalekitConflictException);
  expect(error).toMatchObject({ httpStatus: 409, errorCode: 'ALREADY_EXISTS' });
});

test('what is wrong with a request is told by field, and an unknown organization is not found', async () => {
  const org = await organization();
  const wrong = [
    () => invited(org, 'not an address'),
    () => invited(org, newAddress(), { metadata: { k: 'too short a key' } }),
    () => invited(org, newAddress(), { userProfile: { firstName: 'x'.repeat(300), lastName: 'y' } }),
    () => users().getUser('nobody'),
    () => users().resendInvite('nowhere', nobody),
    () => users().listOrganizationUsers(org, { pageSize: 101 }),
    () => users().searchUsers('ab'),
    () => users().listOrganizationUsers(org, { pageToken: 'made-up' }),
  ];
  for (const each of wrong) await expect(each()).rejects.toBeInstanceOf(ScalekitBadRequestException);
  const missing = [
    () => invited(nowhere),
    () => users().getUser(nobody),
    () => users().getUserByExternalId('nobody'),
    () => users().updateUser(nobody, { metadata: { key: 'value' } }),
    () => users().deleteUser(nobody),
    () => users().createMembership(nowhere, nobody),
    () => users().createMembership(org, nobody),
    () => users().updateMembership(org, nobody, { roles: ['member'] }),
    () => users().deleteMembership(org, nobody),
    () => users().resendInvite(org, nobody),
    () => users().resendInvite(nowhere, nobody),
    () => users().listOrganizationUsers(nowhere),
    () => users().searchOrganizationUsers(nowhere, 'someone'),
    () => users().listUserRoles(org, nobody),
    () => users().listUserPermissions(org, nobody),
    () => users().assignUserRoles(org, nobody, ['member']),
    () => users().removeUserRole(org, nobody, 'member'),
  ];
  for (const each of missing) await expect(each()).rejects.toBeInstanceOf(ScalekitNotFoundException);
});

test('where mail cannot be ordered nothing is made', async () => {
  const silent = await appForTest({ sender: null });
  const client = clientOf(silent);
  const { organization: org } = await client.organization.createOrganization('Acme');
  const email = newAddress();
  const error = await client.user.createUserAndMembership(org!.id, { email }).catch((e) => e);
  expect(error).toBeInstanceOf(ScalekitBadRequestException);
  expect(error.errorCode).toBe('NO_EMAIL_CONNECTOR');
  expect(await silent.sql('select id from users where primary_email = $1', [email])).toEqual([]);
  expect((await client.user.listOrganizationUsers(org!.id)).users).toEqual([]);
});

test('a user of one organization can be invited to, or added to, others', async () => {
  const [here, there, elsewhere] = [await organization(), await organization(), await organization()];
  const { id, email } = await added(here, newAddress(), { externalId: unique('ext') });
  const answer = await users().createMembership(there, id, {
    roles: ['admin'],
    metadata: { team: 'red' },
  });
  expect(answer.user!.memberships.find(({ organizationId }) => organizationId === there)).toMatchObject({
    membershipStatus: MembershipStatus.PENDING_INVITE,
    roles: [{ name: 'admin' }],
    metadata: { team: 'red' },
  });
  await door.drain();
  expect(door.mails.at(-1)).toMatchObject({ to: email });
  for (const org of [there, here])
    await expect(users().createMembership(org, id)).rejects.toBeInstanceOf(ScalekitConflictException);
  const added2 = await users().createMembership(elsewhere, id, { sendInvitationEmail: false });
  expect(countBy(added2.user!.memberships, (m) => MembershipStatus[m.membershipStatus])).toEqual({
    ACTIVE: 2,
    PENDING_INVITE: 1,
  });
  await acceptedBy(id);
  const { user } = await users().getUser(id);
  expect(user!.memberships.find(({ organizationId }) => organizationId === there)).toMatchObject({
    membershipStatus: MembershipStatus.ACTIVE,
    metadata: { team: 'red' },
    roles: [{ name: 'admin' }],
  });
  await expect(users().createMembership(here, id, { roles: ['no such role'] })).rejects.toBeInstanceOf(
    ScalekitBadRequestException,
  );
});

test('the application’s own id does wherever ours does', async () => {
  const [here, there] = [await organization(), await organization()];
  const externalId = unique('ext');
  const { id } = await added(here, newAddress(), { externalId });
  expect((await users().getUserByExternalId(externalId)).user!.id).toBe(id);
  await users().createMembershipByExternalId(there, externalId, { sendInvitationEmail: false });
  await users().updateMembershipByExternalId(there, externalId, { roles: ['admin'] });
  expect((await users().listUserRoles(there, id)).roles).toMatchObject([{ name: 'admin' }]);
  await users().deleteMembershipByExternalId(there, externalId);
  const other = unique('ext');
  await users().updateUser(id, { externalId: other });
  expect((await users().getUserByExternalId(other)).user!.id).toBe(id);
  await users().updateUserByExternalId(other, { metadata: { floor: 'third' } });
  await users().deleteUserByExternalId(other);
  await expect(users().getUser(id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
});

test('a live invitation is resent as it is, an expired one renewed; every time counts', async () => {
  const own = await appForTest();
  const { client } = Object.assign(own, { client: clientOf(own) });
  const org = (await client.organization.createOrganization('Acme')).organization!.id;
  const { user } = await client.user.createUserAndMembership(org, { email: newAddress() });
  await own.drain();
  const linkOf = () => /\/invitation\/[\w.-]+|https?:\/\/\S+/.exec(String(own.mails.at(-1)!.text))![0];
  const first = linkOf();
  const before = user!.memberships[0]!;
  own.advance(day);
  const { invite } = await client.user.resendInvite(org, user!.id);
  expect(invite).toMatchObject({
    status: 'PENDING_INVITE',
    resentCount: 1,
    userId: user!.id,
    organizationId: org,
  });
  expect(ms(invite!.expiresAt)).toBe(ms(before.expiresAt));
  expect(ms(invite!.createdAt)).toBe(ms(before.createdAt));
  await own.drain();
  expect(linkOf()).toBe(first);
  own.advance(15 * day);
  const shown = async () => (await client.user.listOrganizationUsers(org)).users[0]!.memberships[0]!;
  expect((await shown()).membershipStatus).toBe(MembershipStatus.INVITE_EXPIRED);
  const renewed = (await client.user.resendInvite(org, user!.id)).invite!;
  expect(renewed).toMatchObject({ status: 'PENDING_INVITE', resentCount: 2 });
  expect(ms(renewed.expiresAt)!).toBeGreaterThan(own.now() + 14.9 * day);
  expect(ms(renewed.resentAt)!).toBeGreaterThan(ms(invite!.resentAt)!);
  expect((await shown()).membershipStatus).toBe(MembershipStatus.PENDING_INVITE);
  await own.drain();
  expect(linkOf()).not.toBe(first);
});

test('whoever is a member already, or was never invited, is not invited again', async () => {
  const [org, other] = [await organization(), await organization()];
  const { id } = await added(org);
  const error = await users()
    .resendInvite(org, id)
    .catch((e) => e);
  expect(error).toBeInstanceOf(ScalekitBadRequestException);
  expect(error.errorCode).toBe('INVITATION_ENDED');
  await expect(users().resendInvite(other, id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
});

test('mails to one address are bounded', async () => {
  const org = await organization();
  const { id } = await invited(org);
  const outcomes = [];
  for (let n = 0; n < 10; n++)
    outcomes.push(
      await users()
        .resendInvite(org, id)
        .then(
          () => undefined,
          (error) => error,
        ),
    );
  expect(outcomes.at(-1)).toBeInstanceOf(ScalekitTooManyRequestsException);
  expect(outcomes.filter((each) => each === undefined)).toHaveLength(9);
  await door.drain();
});

test('roles that are sent replace those there were, also while the invitation waits; what is empty stays', async () => {
  const org = await organization();
  for (const make of [invited, added]) {
    const { id } = await make(org, newAddress());
    await users().updateMembership(org, id, { roles: ['admin'], metadata: { one: 'first', two: 'second' } });
    const [membership] = (await users().updateMembership(org, id, {})).user!.memberships;
    expect(membership).toMatchObject({
      roles: [{ name: 'admin' }],
      metadata: { one: 'first', two: 'second' },
    });
    const { user } = await users().updateMembership(org, id, { metadata: { two: 'other' } });
    expect(user!.memberships[0]!.metadata).toEqual({ two: 'other' });
    const { roles } = await users().assignUserRoles(org, id, ['member']);
    expect(roles.map(({ name }) => name)).toEqual(['admin', 'member']);
    await users().removeUserRole(org, id, 'admin');
    expect((await users().listUserRoles(org, id)).roles).toMatchObject([{ name: 'member' }]);
    await expect(users().removeUserRole(org, id, 'admin')).rejects.toBeInstanceOf(ScalekitNotFoundException);
    await expect(users().assignUserRoles(org, id, ['no such'])).rejects.toBeInstanceOf(
      ScalekitBadRequestException,
    );
  }
});

test('permissions are those that the roles give now; a pending membership gives none', async () => {
  const org = await organization();
  const { id } = await invited(org);
  await users().updateMembership(org, id, { roles: ['admin'] });
  expect((await users().listUserPermissions(org, id)).permissions).toEqual([]);
  await acceptedBy(id);
  const { permissions } = await users().listUserPermissions(org, id);
  expect(permissions.map(({ name }) => name)).toContain('invite:member');
  const [listed] = (await users().listOrganizationUsers(org)).users;
  expect(listed!.memberships[0]!.permissions).toEqual(permissions.map(({ name }) => name));
});

test('who is suspended, or whose time is over, is inactive', async () => {
  const org = await organization();
  const { id } = await added(org);
  const path = `/organizations/${await internalId(org)}/users/${await internalId(id)}`;
  const status = async () => (await users().getUser(id)).user!.memberships[0]!.membershipStatus;
  await door.sql('update members set suspended_at = 1 where user_id = $1', [path.split('/').at(-1)]);
  expect(await status()).toBe(MembershipStatus.INACTIVE);
  await door.sql('update members set suspended_at = null, expires_at = 5 where user_id = $1', [
    path.split('/').at(-1),
  ]);
  expect(await status()).toBe(MembershipStatus.INACTIVE);
});

test('the last owner stays', async () => {
  const org = await organization();
  const { id } = await added(org);
  await users().updateMembership(org, id, { roles: ['owner'] });
  const stays = { httpStatus: 400, errorCode: 'LAST_OWNER' };
  await expect(users().deleteMembership(org, id)).rejects.toMatchObject(stays);
  await expect(users().updateMembership(org, id, { roles: ['member'] })).rejects.toMatchObject(stays);
});

test('who loses the last membership is gone; a user of another door stays', async () => {
  const [here, there] = [await organization(), await organization()];
  const { id } = await added(here);
  await users().createMembership(there, id);
  await users().deleteMembership(here, id);
  expect((await users().getUser(id)).user!.memberships).toHaveLength(1);
  await users().deleteMembership(there, id);
  await expect(users().getUser(id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  const { body } = await door.api('POST', '/users', { primaryEmail: newAddress() });
  await door.api('POST', `/organizations/${await internalId(here)}/users`, { userIds: [body.id] });
  const [found] = (await users().listOrganizationUsers(here)).users;
  const other = found!.id;
  await users().deleteMembership(here, other);
  expect((await users().getUser(other)).user!.memberships).toEqual([]);
});

test('a deleted user leaves no seat, no invitation and no name behind', async () => {
  const org = await organization();
  const email = newAddress();
  const externalId = unique('ext');
  const { id } = await invited(org, email, { externalId });
  await users().deleteUser(id);
  await expect(users().getUser(id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(users().deleteUser(id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  const again = await invited(org, email, { externalId });
  expect(again.id).not.toBe(id);
  await door.drain();
});

test('a user changes by what is sent; what is not stays', async () => {
  const org = await organization();
  const { id } = await added(org, newAddress(), {
    userProfile: { firstName: 'Ada', lastName: 'Byron' },
    metadata: { department: 'Engines' },
  });
  const { user } = await users().updateUser(id, {
    userProfile: { firstName: 'Ada', lastName: 'Lovelace' },
  } as never);
  expect(user).toMatchObject({
    userProfile: { givenName: 'Ada', familyName: 'Lovelace', name: 'Ada Lovelace' },
    metadata: { department: 'Engines' },
  });
  const changed = await users().updateUser(id, {
    metadata: { floor: 'third' },
    externalId: unique('ext'),
  } as never);
  expect(changed.user).toMatchObject({ metadata: { floor: 'third' }, userProfile: { lastName: 'Lovelace' } });
  expect(changed.user!.metadata).toEqual({ floor: 'third' });
});

test('of k seats n calls take exactly k', async () => {
  const org = await organization();
  await door.client.organization
    .upsertUserManagementSettings(org, { maxAllowedUsers: 3 })
    .catch(async () =>
      door.sql('update organizations set seat_limit = 3 where id = $1', [await internalId(org)]),
    );
  const outcomes = await parallel(10, (n) =>
    (n % 2 ? invited(org) : added(org)).then(
      () => 'made',
      (error) => error.errorCode,
    ),
  );
  expect(countBy(outcomes, (each) => each)).toEqual({ made: 3, USER_LIMIT_REACHED: 7 });
  expect((await users().listOrganizationUsers(org)).users).toHaveLength(3);
  await door.drain();
});

test('lists go through everybody once, forwards and back, though people come in meanwhile', async () => {
  const org = await organization();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push((await (n % 2 ? invited(org) : added(org))).id);
  const seen: string[] = [];
  let page = await users().listOrganizationUsers(org, { pageSize: 3 });
  expect(page.totalSize).toBe(7);
  expect(page.prevPageToken).toBe('');
  const first = page.users.map(({ id }) => id);
  for (;;) {
    seen.push(...page.users.map(({ id }) => id));
    if (!page.nextPageToken) break;
    await added(org);
    page = await users().listOrganizationUsers(org, { pageSize: 3, pageToken: page.nextPageToken });
    if (seen.length === 3) {
      const back = await users().listOrganizationUsers(org, { pageSize: 3, pageToken: page.prevPageToken });
      expect(back.users.map(({ id }) => id)).toEqual(first);
    }
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(ids));
  const all = await users().listUsers({ pageSize: 2 });
  expect(all.users).toHaveLength(2);
  const next = await users().listUsers({ pageSize: 2, pageToken: all.nextPageToken });
  expect(next.users.map(({ id }) => id)).not.toEqual(expect.arrayContaining(all.users.map(({ id }) => id)));
  await expect(users().listUsers({ pageToken: page.prevPageToken })).rejects.toBeInstanceOf(
    ScalekitBadRequestException,
  );
  await door.drain();
});

test('people are found by a part of their address, id or external id; in an organization only its own', async () => {
  const [here, there] = [await organization(), await organization()];
  const externalId = unique('Needle');
  const user = await added(here, newAddress(), { externalId });
  const found = async (query: string) => (await users().searchUsers(query, 30)).users.map(({ id }) => id);
  expect(await found(externalId.toLowerCase())).toEqual([user.id]);
  expect(await found(user.email.slice(0, -2).toUpperCase())).toEqual([user.id]);
  expect(await found(user.id)).toEqual([user.id]);
  const among = async (org: string) =>
    (await users().searchOrganizationUsers(org, externalId, 30)).users.map(({ id }) => id);
  expect(await among(here)).toEqual([user.id]);
  expect(await among(there)).toEqual([]);
});

test('what one organization holds of a person is not another’s to change', async () => {
  const [here, there] = [await organization(), await organization()];
  const { id } = await added(here);
  const strangers = [
    () => users().updateMembership(there, id, { roles: ['admin'] }),
    () => users().deleteMembership(there, id),
    () => users().assignUserRoles(there, id, ['admin']),
    () => users().listUserRoles(there, id),
    () => users().listUserPermissions(there, id),
  ];
  for (const each of strangers) await expect(each()).rejects.toBeInstanceOf(ScalekitNotFoundException);
});

test('lists read as JSON are what they are as messages', async () => {
  const org = await organization();
  const user = await invited(org, newAddress(), { metadata: { department: 'Engines' } });
  const { accessToken } = (door.client as unknown as { coreClient: { accessToken: string } }).coreClient;
  const response = await fetch(`${door.url}/scalekit.v1.users.UserService/ListOrganizationUsers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ organizationId: org, pageSize: 10 }),
  });
  const body = (await response.json()) as any;
  expect(body).toMatchObject({
    totalSize: 1,
    users: [
      {
        id: user.id,
        email: user.email,
        metadata: { department: 'Engines' },
        memberships: [{ organizationId: org }],
      },
    ],
  });
  const { users: listed } = await users().listOrganizationUsers(org);
  expect(listed).toEqual([user]);
  await door.drain();
});

test('an invitation by an application leads to where its sign-in begins', async () => {
  const org = await organization();
  await door.sql(
    `update applications set oidc_client_metadata = oidc_client_metadata || '{"initiateLoginUri": "https://app.example.com/login"}' where is_admin or type = 'MachineToMachine'`,
  );
  door.advance(6_000);
  const { email } = await invited(org);
  const [row] = await door.sql('select application_id from invitations where invitee = $1', [email]);
  expect(row!.application_id).toBeTruthy();
  await door.drain();
});
