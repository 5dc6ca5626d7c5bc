/** Invitations through the Management API (contract §7): made, found, accepted, revoked, rejected, deleted. */
import { expect, test } from 'vitest';
import { day, type Entity, keysOf, nobody, openDoor, unique, uniqueAddress } from './fixture.ts';

const door = openDoor();

const properties = [
  ...['acceptedUserId', 'createdAt', 'expiresAt', 'id', 'invitee', 'inviterId', 'organizationId'],
  ...['organizationRoles', 'status', 'tenantId', 'updatedAt'],
];
const invalid = [422, 'request.invalid_input'] as const;
const duplicate = [422, 'entity.unique_integrity_violation'] as const;
const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;
const path = (id: string, rest = '') => `/organization-invitations/${id}${rest}`;
const get = (id: string) => door.done<Record<string, unknown>>(200, 'GET', path(id));
const list = (query: string) => door.done<Entity[]>(200, 'GET', `/organization-invitations?${query}`);
const ids = async (query: string) => (await list(query)).map((invitation) => invitation.id);
const end = (id: string, status: string, acceptedUserId?: string) =>
  door.done<Record<string, unknown>>(200, 'PUT', path(id, '/status'), { status, acceptedUserId });
const order = (organizationId: string, fields: object = {}) => ({
  organizationId,
  invitee: uniqueAddress(),
  expiresAt: door.now() + day,
  ...fields,
});

test('POST makes one: 201, exactly the entity, Pending, the roles by name', async () => {
  const { id: organizationId } = await door.organization();
  const inviter = await door.user();
  const [b, a] = [await door.role({ name: unique('b') }), await door.role({ name: unique('a') })];
  const before = door.now();
  const expiresAt = before + day;
  const invitation = await door.done(201, 'POST', '/organization-invitations', {
    organizationId,
    invitee: 'New@Example.com',
    expiresAt,
    inviterId: inviter.id,
    organizationRoleIds: [b.id, a.id, b.id],
  });
  expect(keysOf(invitation)).toEqual(properties);
  expect(invitation).toEqual({
    tenantId: 'default',
    id: invitation.id,
    inviterId: inviter.id,
    invitee: 'new@example.com',
    acceptedUserId: null,
    organizationId,
    status: 'Pending',
    createdAt: invitation.createdAt,
    updatedAt: invitation.createdAt,
    expiresAt,
    organizationRoles: [
      { id: a.id, name: a.name },
      { id: b.id, name: b.name },
    ],
  });
  expect(invitation.id).toMatch(/^[0-9a-z]{21}$/);
  expect(invitation.createdAt).toBeGreaterThanOrEqual(before);
});

test('create, get and list tell the same of the same invitation, also in pages', async () => {
  const { id: organizationId } = await door.organization();
  const role = await door.role();
  const made = await door.invitation(organizationId, { organizationRoleIds: [role.id], messagePayload: {} });
  expect(await get(made.id)).toEqual(made);
  expect(await list(`organizationId=${organizationId}`)).toEqual([made]);
  expect(await list(`organizationId=${organizationId}&page=1`)).toEqual([made]);
});

test('without a message payload no mail is queued; with one, one is', async () => {
  const { id } = await door.organization();
  for (const messagePayload of [undefined, false]) {
    const quiet = await door.invitation(id, { messagePayload });
    expect(await door.done(200, 'GET', path(quiet.id, '/deliveries'))).toEqual([]);
  }
  const told = await door.invitation(id, { messagePayload: {} });
  expect(await door.done(200, 'GET', path(told.id, '/deliveries'))).toMatchObject([
    { status: 'queued', recipient: told.invitee },
  ]);
});

test('POST refuses what has no right shape, and names it', async () => {
  const { id } = await door.organization();
  const bad: [object, string][] = [
    [{ organizationId: undefined }, 'organizationId'],
    [{ organizationId: '' }, 'organizationId'],
    [{ invitee: undefined }, 'invitee'],
    [{ invitee: 'ann' }, 'invitee'],
    [{ invitee: 'ann@example.com\r\nBcc: evil@example.com' }, 'invitee'],
    [{ invitee: 'ann@example.com/evil' }, 'invitee'],
    [{ invitee: `${'x'.repeat(300)}@example.com` }, 'invitee'],
    [{ expiresAt: undefined }, 'expiresAt'],
    [{ expiresAt: '2030-01-01' }, 'expiresAt'],
    [{ expiresAt: door.now() + 1000.5 }, 'expiresAt'],
    [{ expiresAt: 1e17 }, 'expiresAt'],
    [{ inviterId: 5 }, 'inviterId'],
    [{ organizationRoleIds: 'owner' }, 'organizationRoleIds'],
    [{ organizationRoleIds: [''] }, 'organizationRoleIds.0'],
    [{ messagePayload: true }, 'messagePayload'],
    [{ messagePayload: 'hello' }, 'messagePayload'],
    [{ messagePayload: { locale: 5 } }, 'messagePayload.locale'],
    [{ messagePayload: { link: 'not a link' } }, 'messagePayload.link'],
    [{ messagePayload: { link: 'data:text/html,x' } }, 'messagePayload.link'],
  ];
  for (const [fields, field] of bad) {
    const { data } = await door.refused(
      400,
      'guard.invalid_input',
      'POST',
      '/organization-invitations',
      order(id, fields),
    );
    expect(data.issues[0]!.path.join('.')).toBe(`body.${field}`);
  }
});

test('an expiry that is not in the future is refused', async () => {
  const { id } = await door.organization();
  for (const expiresAt of [0, 1, door.now() - 1])
    await door.refused(
      400,
      'request.invalid_input',
      'POST',
      '/organization-invitations',
      order(id, { expiresAt }),
    );
});

test('an unknown organization, inviter or role is a foreign key that is not there; nothing is made', async () => {
  const { id } = await door.organization();
  const role = await door.role();
  const post = ['POST', '/organization-invitations'] as const;
  await door.refused(...foreign, ...post, order(nobody));
  await door.refused(...foreign, ...post, order(id, { inviterId: nobody }));
  await door.refused(...foreign, ...post, order(id, { organizationRoleIds: [role.id, nobody] }));
  await door.refused(...foreign, ...post, order(id, { organizationRoleIds: [nobody], messagePayload: {} }));
});

test('what another server changed behind this one’s memory counts at once: roles, a policy, a disabled organization', async () => {
  const { id } = await door.organization();
  const [role, gone] = [await door.role(), await door.role()];
  const wanted = (fields: object = {}) => order(id, { organizationRoleIds: [role.id, gone.id], ...fields });
  // Remembers the template, and that the organization has no policy.
  await door.done(201, 'POST', '/organization-invitations', wanted());
  await door.sql('delete from organization_roles where id = $1', [gone.id]);
  await door.refused(...foreign, 'POST', '/organization-invitations', wanted());
  await door.sql("update organization_roles set name = 'renamed elsewhere' where id = $1", [role.id]);
  const made = await door.done(
    201,
    'POST',
    '/organization-invitations',
    order(id, { organizationRoleIds: [role.id] }),
  );
  expect(made.organizationRoles).toEqual([{ id: role.id, name: 'renamed elsewhere' }]);
  await door.sql(
    "insert into organization_policies (tenant_id, organization_id, blocked_domains, changed_at) values ('default', $1, '{blocked.example}', 0)",
    [id],
  );
  const blocked = order(id, { invitee: 'ann@blocked.example' });
  await door.refused(
    422,
    'organization_policy.domain_not_allowed',
    'POST',
    '/organization-invitations',
    blocked,
  );
  await door.sql('delete from organization_policies where organization_id = $1', [id]);
  await door.sql('update organizations set disabled_at = 1 where id = $1', [id]);
  await door.refused(422, 'organization.disabled', 'POST', '/organization-invitations', order(id));
});

test('a role for machines is not offered to a person', async () => {
  const { id } = await door.organization();
  const [role, machineRole] = [await door.role(), await door.machineRole()];
  await door.refused(
    422,
    'entity.db_constraint_violated',
    'POST',
    '/organization-invitations',
    order(id, { organizationRoleIds: [role.id, machineRole.id] }),
  );
});

test('an empty inviter is none, wherever it is read', async () => {
  const { id: organizationId } = await door.organization();
  const made = await door.done(
    201,
    'POST',
    '/organization-invitations',
    order(organizationId, { inviterId: '' }),
  );
  expect(made.inviterId).toBeNull();
  expect(await get(made.id)).toEqual(made);
  expect(await list(`organizationId=${organizationId}`)).toEqual([made]);
});

test('rule 3: the address of a member is not invited again, however it is written', async () => {
  const { id } = await door.organization();
  const user = await door.user({ primaryEmail: 'ana@bücher.example' });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
  for (const invitee of ['ana@bücher.example', 'ANA@BÜCHER.EXAMPLE', ' ana@xn--bcher-kva.example '])
    await door.refused(...invalid, 'POST', '/organization-invitations', order(id, { invitee }));
  await door.done(204, 'DELETE', `/organizations/${id}/users/${user.id}`);
  await door.invitation(id, { invitee: user.primaryEmail });
});

test('rules 1 and 2: one open invitation for an address in an organization, however it is written', async () => {
  const { id } = await door.organization();
  const other = await door.organization();
  const first = await door.invitation(id, { invitee: 'josé@bücher.example' });
  const twins = [
    'josé@bücher.example',
    'JOSÉ@Bücher.example',
    'jose\u0301@bu\u0308cher.example',
    ' josé@xn--bcher-kva.example',
  ];
  for (const invitee of twins) {
    const { data } = await door.refused(
      ...duplicate,
      'POST',
      '/organization-invitations',
      order(id, { invitee }),
    );
    expect(data).toMatchObject({ id: first.id });
    await door.refused(
      ...duplicate,
      'POST',
      '/organization-invitations',
      order(id, { invitee, messagePayload: {} }),
    );
  }
  for (const invitee of [
    'jose@bücher.example',
    'josé+1@bücher.example',
    'j.osé@bücher.example',
    'josé@bucher.example',
  ])
    await door.invitation(id, { invitee });
  await door.invitation(other.id, { invitee: twins[0] });
});

test.for([
  ['accepted', 'Accepted'],
  ['revoked', 'Revoked'],
  ['rejected', 'Rejected'],
] as const)('rule 1: an invitation that was %s blocks no new one', async ([, status]) => {
  const { id } = await door.organization();
  const user = await door.user();
  const first = await door.invitation(id, { invitee: user.primaryEmail });
  await end(first.id, status, user.id);
  if (status === 'Accepted') await door.done(204, 'DELETE', `/organizations/${id}/users/${user.id}`);
  const second = await door.invitation(id, { invitee: user.primaryEmail });
  expect(second.id).not.toBe(first.id);
  expect(await get(first.id)).toMatchObject({ status });
});

test('rule 1: an expired invitation blocks no new one, and stays expired', async () => {
  const { id } = await door.organization();
  const invitee = uniqueAddress();
  const first = await door.invitation(id, { invitee, expiresAt: door.now() + 60_000 });
  door.advance(60_001);
  expect(await get(first.id)).toMatchObject({ status: 'Expired' });
  const second = await door.invitation(id, { invitee, messagePayload: {} });
  expect(await get(first.id)).toMatchObject({ status: 'Expired' });
  expect(await get(second.id)).toMatchObject({ status: 'Pending' });
  await door.refused(...duplicate, 'POST', '/organization-invitations', order(id, { invitee }));
});

test('the checks come in the order of the contract: shape, expiry, member, duplicate, references, connector', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const pending = await door.invitation(id);
  const post = ['POST', '/organization-invitations'] as const;
  const past = { expiresAt: 1 };
  const unknown = { inviterId: nobody, organizationRoleIds: [nobody] };
  await door.refused(400, 'guard.invalid_input', ...post, order(id, { ...past, invitee: 'nobody' }));
  await door.refused(
    400,
    'request.invalid_input',
    ...post,
    order(id, { ...past, invitee: member.primaryEmail }),
  );
  await door.refused(...invalid, ...post, order(id, { ...unknown, invitee: member.primaryEmail }));
  await door.refused(...duplicate, ...post, order(id, { ...unknown, invitee: pending.invitee }));
});

test('GET lists newest first, in full, by organization, inviter and address together', async () => {
  const [here, there] = [await door.organization(), await door.organization()];
  const [ann, bob] = [await door.user(), await door.user()];
  const address = uniqueAddress();
  const a = await door.invitation(here.id, { invitee: address, inviterId: ann.id });
  const b = await door.invitation(here.id, { inviterId: bob.id });
  const c = await door.invitation(there.id, { invitee: address, inviterId: ann.id });
  expect(await ids(`organizationId=${here.id}`)).toEqual([b.id, a.id]);
  expect(await ids(`inviterId=${ann.id}`)).toEqual([c.id, a.id]);
  expect(await ids(`invitee=${encodeURIComponent(address.toUpperCase())}`)).toEqual([c.id, a.id]);
  expect(await ids(`invitee=${address}&organizationId=${here.id}&inviterId=${ann.id}`)).toEqual([a.id]);
  expect(await ids(`invitee=${address}&inviterId=${bob.id}`)).toEqual([]);
  for (const query of [
    `organizationId=${nobody}`,
    `inviterId=${nobody}`,
    'invitee=nobody',
    'invitee=',
    'organizationId=',
  ])
    expect(await ids(query), query).toEqual([]);
  expect((await ids('')).slice(0, 3)).toEqual([c.id, b.id, a.id]);
  expect((await door.api('GET', '/organization-invitations')).headers.has('total-number')).toBe(false);
});

test('GET lists by status as it is now, and by a part of the address (Usher)', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const make = (fields: Record<string, unknown> = {}) => door.invitation(id, fields);
  const expired = await make({ expiresAt: door.now() + 60_000 });
  const lapsed = await make({ expiresAt: door.now() + 60_000 });
  const accepted = await make({ invitee: user.primaryEmail });
  await end(accepted.id, 'Accepted', user.id);
  const revoked = await make();
  await end(revoked.id, 'Revoked');
  const rejected = await make();
  await end(rejected.id, 'Rejected');
  door.advance(60_001);
  const pending = await make({ invitee: lapsed.invitee });
  const by = (status: string) => ids(`organizationId=${id}&status=${status}`);
  expect(await by('Pending')).toEqual([pending.id]);
  expect(await by('Accepted')).toEqual([accepted.id]);
  expect(await by('Revoked')).toEqual([revoked.id]);
  expect(await by('Rejected')).toEqual([rejected.id]);
  expect(await by('Expired')).toEqual([lapsed.id, expired.id]);
  for (const invitation of await list(`organizationId=${id}`))
    expect(await by(invitation.status as string)).toContain(invitation.id);
  await door.refused(400, 'guard.invalid_input', 'GET', '/organization-invitations?status=pending');

  const part = pending.invitee.slice(3, -4).toUpperCase();
  expect(await ids(`organizationId=${id}&q=${encodeURIComponent(part)}`)).toEqual([pending.id, lapsed.id]);
  expect(await ids(`organizationId=${id}&q=%25`)).toEqual([]);
  const paged = await door.api(
    'GET',
    `/organization-invitations?organizationId=${id}&status=Expired&page=2&page_size=1`,
  );
  expect(paged.headers.get('total-number')).toBe('2');
  expect(paged.body).toMatchObject([{ id: expired.id }]);
  await make({ invitee: 'josé@part.example' });
  expect(await list(`organizationId=${id}&q=${encodeURIComponent('JOSE\u0301')}`)).toHaveLength(1);
});

test('a list longer than a slice comes whole, in order, as one JSON array', async () => {
  const { id } = await door.organization();
  await door.sql(
    `insert into invitations (tenant_id, id, organization_id, invitee, created_at, updated_at, expires_at)
     select 'default', 'bulk' || lpad(n::text, 8, '0'), $1, n || '@bulk.example', 1000 + n / 7, 1000, $2 from generate_series(1, 2000) n`,
    [id, door.now() + day],
  );
  const all = await list(`organizationId=${id}`);
  expect(all).toHaveLength(2000);
  expect(all.map((invitation) => invitation.id)).toEqual(
    Array.from({ length: 2000 }, (_, n) => `bulk${String(2000 - n).padStart(8, '0')}`),
  );
  expect(keysOf(all[1500]!)).toEqual(properties);
  const first = await door.api('GET', `/organization-invitations?organizationId=${id}&page=1&page_size=100`);
  expect(first.body).toEqual(all.slice(0, 100));
  await door.done(204, 'DELETE', `/organizations/${id}`);
});

test('an unknown invitation is 404 on every path', async () => {
  const missing = [404, 'entity.not_found'] as const;
  const user = await door.user();
  await door.refused(...missing, 'GET', path(nobody));
  await door.refused(...missing, 'DELETE', path(nobody));
  await door.refused(...missing, 'POST', path(nobody, '/message'), {});
  await door.refused(...missing, 'POST', path(nobody, '/renew'), {});
  await door.refused(...missing, 'GET', path(nobody, '/link'));
  await door.refused(...missing, 'GET', path(nobody, '/deliveries'));
  for (const status of ['Revoked', 'Rejected'])
    await door.refused(...missing, 'PUT', path(nobody, '/status'), { status });
  await door.refused(...missing, 'PUT', path(nobody, '/status'), {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
});

test('rule 7: accepting makes the member with the roles offered and closes the invitation', async () => {
  const { id } = await door.organization();
  const role = await door.role();
  const user = await door.user();
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    organizationRoleIds: [role.id],
  });
  const accepted = await end(invitation.id, 'Accepted', user.id);
  expect(accepted).toEqual({
    ...invitation,
    status: 'Accepted',
    acceptedUserId: user.id,
    updatedAt: accepted.updatedAt,
  });
  expect(accepted.updatedAt).toBeGreaterThanOrEqual(invitation.updatedAt as number);
  expect(await get(invitation.id)).toEqual(accepted);
  expect(await door.done(200, 'GET', `/organizations/${id}/users`)).toMatchObject([
    { id: user.id, organizationRoles: [{ id: role.id, name: role.name }] },
  ]);
});

test.for(['Revoked', 'Rejected'] as const)(
  '%s: only the status and its time change; nobody joins',
  async (status) => {
    const { id } = await door.organization();
    const invitation = await door.invitation(id);
    const ended = await end(invitation.id, status);
    expect(ended).toEqual({ ...invitation, status, updatedAt: ended.updatedAt });
    expect(await get(invitation.id)).toEqual(ended);
    expect(await door.done(200, 'GET', `/organizations/${id}/users`)).toEqual([]);
  },
);

test('a status that cannot be set is refused; accepting needs to know who, before anything else', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id);
  for (const body of [
    {},
    { status: 'Pending' },
    { status: 'Expired' },
    { status: 'accepted' },
    { status: null },
    { status: 'Accepted', acceptedUserId: 5 },
  ])
    await door.refused(400, 'guard.invalid_input', 'PUT', path(invitation.id, '/status'), body);
  for (const at of [invitation.id, nobody])
    for (const acceptedUserId of [undefined, null, ''])
      await door.refused(...invalid, 'PUT', path(at, '/status'), { status: 'Accepted', acceptedUserId });
  await door.refused(404, 'entity.not_found', 'PUT', path(invitation.id, '/status'), {
    status: 'Accepted',
    acceptedUserId: nobody,
  });
});

test('rule 4: an invitation ends once; whatever ended it, nothing else does', async () => {
  const { id } = await door.organization();
  for (const how of ['Accepted', 'Revoked', 'Rejected', 'Expired']) {
    const user = await door.user();
    const invitation = await door.invitation(id, {
      invitee: user.primaryEmail,
      expiresAt: door.now() + 60_000,
    });
    if (how === 'Expired') door.advance(60_001);
    else await end(invitation.id, how, user.id);
    for (const status of ['Accepted', 'Revoked', 'Rejected']) {
      const { data } = await door.refused(...invalid, 'PUT', path(invitation.id, '/status'), {
        status,
        acceptedUserId: user.id,
      });
      expect(data).toMatchObject({ reason: 'invitation.ended', status: how });
    }
    expect(await get(invitation.id)).toMatchObject({ status: how });
  }
});

test('rule 4: expiry is judged at the millisecond of the act, without any sweep', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    expiresAt: door.now() + 10_000,
  });
  door.advance((invitation.expiresAt as number) - door.now() + 1);
  await door.refused(...invalid, 'PUT', path(invitation.id, '/status'), {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  expect(await get(invitation.id)).toMatchObject({ status: 'Expired', updatedAt: invitation.updatedAt });
});

test('rule 5: nobody but the owner of the address can accept, however the address is written', async () => {
  const { id } = await door.organization();
  const owner = await door.user({ primaryEmail: 'Jürgen@BÜCHER.example' });
  const others = [
    await door.user(),
    await door.user({ primaryEmail: 'jurgen@bücher.example' }),
    await door.user({ primaryEmail: null }),
  ];
  const invitation = await door.invitation(id, { invitee: 'JÜRGEN@xn--bcher-kva.example' });
  for (const other of others) {
    const { data } = await door.refused(...invalid, 'PUT', path(invitation.id, '/status'), {
      status: 'Accepted',
      acceptedUserId: other.id,
    });
    expect(data).toMatchObject({ reason: 'invitation.wrong_address' });
  }
  await end(invitation.id, 'Accepted', owner.id);
});

test('rule 5: who gives the address away gives the invitation with it', async () => {
  const { id } = await door.organization();
  const [before, after] = [await door.user(), await door.user()];
  const address = before.primaryEmail;
  const invitation = await door.invitation(id, { invitee: address });
  await door.done(200, 'PATCH', `/users/${before.id}`, { primaryEmail: uniqueAddress() });
  await door.done(200, 'PATCH', `/users/${after.id}`, { primaryEmail: address });
  await door.refused(...invalid, 'PUT', path(invitation.id, '/status'), {
    status: 'Accepted',
    acceptedUserId: before.id,
  });
  await end(invitation.id, 'Accepted', after.id);
});

test('rule 17: who is suspended cannot accept', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const invitation = await door.invitation(id, { invitee: user.primaryEmail });
  await door.done(200, 'PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true });
  await door.refused(422, 'user.suspended', 'PUT', path(invitation.id, '/status'), {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  await door.done(200, 'PATCH', `/users/${user.id}/is-suspended`, { isSuspended: false });
  await end(invitation.id, 'Accepted', user.id);
});

test('deleting the inviter, or who accepted, leaves the record as it was', async () => {
  const { id } = await door.organization();
  const [inviter, user] = [await door.user(), await door.user()];
  const open = await door.invitation(id, { inviterId: inviter.id });
  const invitation = await door.invitation(id, { inviterId: inviter.id, invitee: user.primaryEmail });
  const accepted = await end(invitation.id, 'Accepted', user.id);
  await door.done(204, 'DELETE', `/users/${inviter.id}`);
  await door.done(204, 'DELETE', `/users/${user.id}`);
  expect(await get(open.id)).toEqual(open);
  expect(await get(accepted.id as string)).toEqual(accepted);
});

test('an invited address that is deleted and made anew is another person with the same mailbox: the invitation waits', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const invitation = await door.invitation(id, { invitee: user.primaryEmail });
  await door.done(204, 'DELETE', `/users/${user.id}`);
  await door.refused(404, 'entity.not_found', 'PUT', path(invitation.id, '/status'), {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  const again = await door.user({ primaryEmail: user.primaryEmail });
  expect(again.id).not.toBe(user.id);
  expect(await door.done(200, 'GET', `/users/${again.id}/organizations`)).toEqual([]);
  await end(invitation.id, 'Accepted', again.id);
});

test('DELETE forgets the record in any state; a membership that came of it stays', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const accepted = await door.invitation(id, { invitee: user.primaryEmail });
  await end(accepted.id, 'Accepted', user.id);
  const revoked = await door.invitation(id);
  await end(revoked.id, 'Revoked');
  const pending = await door.invitation(id, { messagePayload: {} });
  for (const invitation of [accepted, revoked, pending]) {
    await door.done(204, 'DELETE', path(invitation.id));
    await door.refused(404, 'entity.not_found', 'GET', path(invitation.id));
  }
  expect(await door.done<object[]>(200, 'GET', `/organizations/${id}/users`)).toHaveLength(1);
  await door.invitation(id, { invitee: pending.invitee });
  const sent = door.mails.length;
  await door.drain();
  expect(door.mails.slice(sent).filter((mail) => mail.to === pending.invitee)).toEqual([]);
});

test('renew gives a pending or expired invitation a new end and a new link (Usher)', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { expiresAt: door.now() + 60_000 });
  const linkOf = async () =>
    (await door.done<{ link: string }>(200, 'GET', path(invitation.id, '/link'))).link;
  const link = await linkOf();
  door.advance(30_000);
  const until = door.now() + 90_000;
  const renewed = await door.done(200, 'POST', path(invitation.id, '/renew'), { expiresAt: until });
  expect(renewed).toEqual({ ...invitation, expiresAt: until, updatedAt: renewed.updatedAt });
  expect(await linkOf()).not.toBe(link);
  door.advance(90_001);
  expect(await get(invitation.id)).toMatchObject({ status: 'Expired' });
  const again = await door.done(200, 'POST', path(invitation.id, '/renew'));
  expect(again).toMatchObject({ status: 'Pending' });
  expect(await door.done(200, 'GET', path(invitation.id, '/deliveries'))).toEqual([]);
});

test('renew without an end gives as long again as the invitation lived at first, however often', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { expiresAt: door.now() + 7 * day });
  const life = (invitation.expiresAt as number) - (invitation.createdAt as number);
  for (let i = 0; i < 3; i++) {
    door.advance(5 * day);
    const before = door.now();
    const renewed = await door.done(200, 'POST', path(invitation.id, '/renew'));
    expect(renewed.expiresAt as number).toBeGreaterThanOrEqual(before + life);
    expect(renewed.expiresAt as number).toBeLessThanOrEqual(door.now() + life);
  }
});

test('renew with a message sends the new link, and never an old one', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  await door.done(200, 'POST', path(invitation.id, '/renew'), { messagePayload: { locale: 'fr' } });
  await door.drain();
  const mails = door.mails.filter((mail) => mail.to === invitation.invitee);
  expect(mails).toHaveLength(2);
  for (const mail of mails) expect(mail.text).toMatch(new RegExp(`/invitations/${invitation.id}\\.2\\.m\\.`));
  await door.refused(400, 'guard.invalid_input', 'POST', path(invitation.id, '/renew'), {
    messagePayload: { link: 'javascript:x' },
  });
});

test('renew refuses what has ended, an end in the past, who is a member by now, and an address invited anew', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  for (const status of ['Accepted', 'Revoked', 'Rejected']) {
    const one = await door.user();
    const ended = await door.invitation(id, { invitee: one.primaryEmail });
    await end(ended.id, status, one.id);
    const { data } = await door.refused(...invalid, 'POST', path(ended.id, '/renew'), {});
    expect(data).toMatchObject({ status });
  }
  const pending = await door.invitation(id, { invitee: user.primaryEmail, expiresAt: door.now() + 60_000 });
  await door.refused(400, 'request.invalid_input', 'POST', path(pending.id, '/renew'), {
    expiresAt: door.now() - 1,
  });
  await door.refused(400, 'guard.invalid_input', 'POST', path(pending.id, '/renew'), {
    expiresAt: 'tomorrow',
  });
  door.advance(60_001);
  await door.invitation(id, { invitee: user.primaryEmail });
  await door.refused(...duplicate, 'POST', path(pending.id, '/renew'), {});

  const joined = await door.user();
  const late = await door.invitation(id, { invitee: joined.primaryEmail });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [joined.id] });
  const { data } = await door.refused(...invalid, 'POST', path(late.id, '/renew'), {});
  expect(data).toMatchObject({ reason: 'invitation.already_member' });
});

test('rule 13: a resend repeats the link of a live invitation and is counted', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  await door.drain();
  for (let i = 0; i < 2; i++)
    expect(await door.api('POST', path(invitation.id, '/message'), { locale: 'en' })).toMatchObject({
      status: 204,
      body: undefined,
    });
  await door.drain();
  const links = door.mails
    .filter((mail) => mail.to === invitation.invitee)
    .map((mail) => /http\S+\/invitations\/\S+/.exec(mail.text!)![0]);
  expect(links).toHaveLength(3);
  expect(new Set(links).size).toBe(1);
  expect(await get(invitation.id)).toEqual(invitation);
  expect(await door.sql('select resent_count from invitations where id = $1', [invitation.id])).toEqual([
    { resent_count: 2 },
  ]);
});

test('rule 13: what has ended or expired is not sent again', async () => {
  const { id } = await door.organization();
  for (const status of ['Accepted', 'Revoked', 'Rejected', 'Expired']) {
    const user = await door.user();
    const invitation = await door.invitation(id, {
      invitee: user.primaryEmail,
      expiresAt: door.now() + 60_000,
    });
    if (status === 'Expired') door.advance(60_001);
    else await end(invitation.id, status, user.id);
    const { data } = await door.refused(...invalid, 'POST', path(invitation.id, '/message'), {});
    expect(data).toMatchObject({ status });
    await door.refused(...invalid, 'GET', path(invitation.id, '/link'));
  }
});

test('a mail that still waits when its invitation ends is not sent', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  await end(invitation.id, 'Revoked');
  await door.drain();
  expect(door.mails.filter((mail) => mail.to === invitation.invitee)).toEqual([]);
  expect(await door.done(200, 'GET', path(invitation.id, '/deliveries'))).toMatchObject([
    { status: 'canceled', answer: 'The invitation is revoked' },
  ]);
});

test('the copied link is not the mailed one, is kept nowhere by the way, and asking for it changes nothing', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  await door.drain();
  const before = await door.state();
  const answer = await door.api('GET', path(invitation.id, '/link'));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(keysOf(answer.body)).toEqual(['expiresAt', 'link']);
  expect(answer.body.expiresAt).toBe(invitation.expiresAt);
  expect(answer.body.link).toMatch(
    new RegExp(`^${door.url}/invitations/${invitation.id}\\.1\\.c\\.[\\w-]+\\.[\\w-]{43}$`),
  );
  expect((await door.api('GET', path(invitation.id, '/link'))).body).toEqual(answer.body);
  expect(await door.state()).toBe(before);
});

test('deliveries tell what became of each mail: queued, then sent, with attempts and the answer (Usher)', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: { locale: 'de' } });
  const deliveries = () =>
    door.done<Record<string, unknown>[]>(200, 'GET', path(invitation.id, '/deliveries'));
  const [queued] = await deliveries();
  expect(keysOf(queued!)).toEqual([
    'answer',
    'attempts',
    'createdAt',
    'endedAt',
    'history',
    'id',
    'messageId',
    'nextAttemptAt',
    'recipient',
    'status',
    'usageType',
  ]);
  expect(queued).toMatchObject({
    recipient: invitation.invitee,
    status: 'queued',
    attempts: 0,
    answer: null,
    endedAt: null,
    history: [],
  });
  await door.drain();
  const [sent] = await deliveries();
  expect(sent).toMatchObject({
    id: queued!.id,
    status: 'sent',
    attempts: 1,
    answer: '250 kept',
    nextAttemptAt: null,
    history: [{ outcome: 'sent' }],
  });
  expect(sent!.endedAt).toEqual(expect.any(Number));
});

test('who invites may name themselves and their words, but neither the organization nor the inviter', async () => {
  const { id } = await door.organization({ name: 'The real Acme' });
  const inviter = await door.user({
    name: 'Real Rita',
    profile: { givenName: 'Rita' },
    primaryPhone: '4915112345678',
  });
  await door.done(200, 'PUT', '/email-templates', {
    templates: [
      {
        languageTag: 'en',
        templateType: 'OrganizationInvitation',
        details: {
          subject: 'S {{organization.name}}',
          content:
            '{{inviter.name}}|{{inviter.profile.givenName}}|{{inviter.primaryPhone}}|{{note}}|{{constructor.name}}|{{link}}',
          contentType: 'text/plain',
        },
      },
    ],
  });
  const invitation = await door.invitation(id, {
    inviterId: inviter.id,
    messagePayload: {
      organization: { name: 'Evil Corp' },
      inviter: { name: 'Evil Eve' },
      note: 'Welcome',
      link: 'https://app.example/join?t=1',
    },
  });
  await door.drain();
  const mail = door.mails.find((one) => one.to === invitation.invitee)!;
  expect(mail.subject).toBe('S The real Acme');
  expect(mail.text).toBe(
    'Real Rita|Rita|4915112345678|Welcome|{{constructor.name}}|https://app.example/join?t=1',
  );
  await door.done(200, 'DELETE', '/email-templates?languageTag=en');
});

test('rule 16: names chosen by people carry no URL, markup, control or bidi characters into a mail', async () => {
  const { id } = await door.organization({ name: 'Free money at https://evil.example <b>now</b>\u202e' });
  const inviter = await door.user({ name: 'Eve\u200b www.evil.example' });
  const invitation = await door.invitation(id, { inviterId: inviter.id, messagePayload: {} });
  await door.drain();
  const mail = door.mails.find((one) => one.to === invitation.invitee)!;
  expect(mail.html).not.toContain('<b>now');
  for (const part of [mail.subject, mail.text!, mail.html!]) {
    expect(part).not.toMatch(/https:\/\/evil|www\.evil\.example|[\u202e\u200b]/);
  }
});

test('a link in a message is one for a browser: when made, sent again or renewed', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id);
  for (const link of [
    'javascript:alert(1)',
    'data:text/html,x',
    'https://',
    'https://a.example/ b',
    'https://a.example/"x',
    '/join',
    5,
  ]) {
    const messagePayload = { link };
    await door.refused(
      400,
      'guard.invalid_input',
      'POST',
      '/organization-invitations',
      order(id, { messagePayload }),
    );
    await door.refused(400, 'guard.invalid_input', 'POST', path(invitation.id, '/message'), messagePayload);
    await door.refused(400, 'guard.invalid_input', 'POST', path(invitation.id, '/renew'), { messagePayload });
  }
});

test('a role that is offered does not become one for machines, not even behind our back', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const role = await door.role();
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    organizationRoleIds: [role.id],
  });
  const change = () =>
    door.sql("update organization_roles set type = 'MachineToMachine' where id = $1", [role.id]);
  await expect(change()).rejects.toThrow('held or offered');
  await end(invitation.id, 'Accepted', user.id);
  await expect(change()).rejects.toThrow('held or offered');
  await door.done(204, 'DELETE', `/organizations/${id}/users/${user.id}`);
  await change();
});

test('a role that is deleted while it is offered is not held by who accepts', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const [role, gone] = [await door.role(), await door.role()];
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    organizationRoleIds: [role.id, gone.id],
  });
  await door.done(204, 'DELETE', `/organization-roles/${gone.id}`);
  await end(invitation.id, 'Accepted', user.id);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${user.id}/roles`)).toMatchObject([
    { id: role.id },
  ]);
  expect(await door.sql('select role_id from member_roles where user_id = $1', [user.id])).toEqual([
    { role_id: role.id },
  ]);
});

test('a list names roles as they are called now: renamed, deleted, several and none', async () => {
  const { id: organizationId } = await door.organization();
  const [first, second, gone] = [await door.role(), await door.role(), await door.role()];
  const named = (...roles: { name?: unknown }[]) => roles.map((role) => role.name).sort();
  const listed = async () => {
    const items = await door.done(200, 'GET', `/organization-invitations?organizationId=${organizationId}`);
    return (items as unknown as { organizationRoles: { name: string }[] }[]).map((each) =>
      named(...each.organizationRoles),
    );
  };
  await door.invitation(organizationId, { organizationRoleIds: [] });
  await door.invitation(organizationId, { organizationRoleIds: [second.id, gone.id, first.id] });
  await door.invitation(organizationId, { organizationRoleIds: [gone.id] });
  expect(await listed()).toEqual([named(gone), named(first, second, gone), []]);
  await door.done(204, 'DELETE', `/organization-roles/${gone.id}`);
  const renamed = { name: `${unique('renamed')}"},{"tenantId":"` };
  await door.done(200, 'PATCH', `/organization-roles/${first.id}`, renamed);
  expect(await listed()).toEqual([[], named(second, renamed), []]);
});
