/** The members of an organization and the roles they hold there (contract §3). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor, uniqueAddress } from './fixture.ts';

const door = openDoor();

const roleIds = async (organizationId: string, userId: string) =>
  (
    await door.done<{ id: string }[]>(200, 'GET', `/organizations/${organizationId}/users/${userId}/roles`)
  ).map((role) => role.id);
const memberIds = async (organizationId: string) =>
  (await door.done<{ id: string }[]>(200, 'GET', `/organizations/${organizationId}/users?page_size=100`)).map(
    (user) => user.id,
  );
const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;
const noMember = [422, 'organization.require_membership'] as const;

test('GET lists members by id: the user without hasPassword, with the roles held by name', async () => {
  const { id } = await door.organization();
  const b = await door.role({ name: `b-${id}` });
  const a = await door.role({ name: `a-${id}` });
  const first = await door.member(id);
  const second = await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users/${second.id}/roles`, {
    organizationRoleIds: [b.id, a.id],
  });
  const members = await door.done<Record<string, unknown>[]>(200, 'GET', `/organizations/${id}/users`);
  expect(members.map((member) => member.id)).toEqual([first.id, second.id].sort());
  const member = members.find((one) => one.id === second.id)!;
  const { hasPassword: _, ...user } = await door.done<Record<string, unknown>>(
    200,
    'GET',
    `/users/${second.id}`,
  );
  expect(member).toEqual({
    ...user,
    organizationRoles: [
      { id: a.id, name: a.name },
      { id: b.id, name: b.name },
    ],
  });
});

test('GET with organizationRoleId keeps who holds it, each with all their roles', async () => {
  const { id } = await door.organization();
  const [one, other] = [await door.role(), await door.role()];
  const holder = await door.member(id);
  await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users/${holder.id}/roles`, {
    organizationRoleIds: [one.id, other.id],
  });
  const found = await door.api('GET', `/organizations/${id}/users?organizationRoleId=${one.id}`);
  expect(found.headers.get('total-number')).toBe('1');
  expect(found.body).toMatchObject([{ id: holder.id }]);
  expect(found.body[0].organizationRoles).toHaveLength(2);
  await door.refused(400, 'guard.invalid_input', 'GET', `/organizations/${id}/users?organizationRoleId=`);
});

test('POST adds members and echoes the ids as sent; duplicates and members are no-ops that keep their roles', async () => {
  const { id } = await door.organization();
  const role = await door.role();
  const [a, b] = [await door.user(), await door.user()];
  expect(await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [a.id] })).toEqual({
    userIds: [a.id],
  });
  await door.done(201, 'POST', `/organizations/${id}/users/${a.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  const userIds = [b.id, a.id, b.id];
  expect(await door.done(201, 'POST', `/organizations/${id}/users`, { userIds })).toEqual({ userIds });
  expect(await memberIds(id)).toEqual([a.id, b.id].sort());
  expect(await roleIds(id, a.id)).toEqual([role.id]);
});

test('POST refuses no users, unknown users, an unknown organization; all or nothing', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  const path = `/organizations/${id}/users`;
  for (const body of [{}, { userIds: [] }, { userIds: [''] }, { userIds: user.id }, { userIds: [1] }])
    await door.refused(400, 'guard.invalid_input', 'POST', path, body);
  await door.refused(...foreign, 'POST', path, { userIds: [user.id, nobody] });
  await door.refused(...foreign, 'POST', `/organizations/${nobody}/users`, { userIds: [user.id] });
});

test('PUT makes the members exactly these: who stays keeps their roles, who leaves loses them', async () => {
  const { id } = await door.organization();
  const role = await door.role();
  const [stays, leaves, comes] = [await door.member(id), await door.member(id), await door.user()];
  for (const user of [stays, leaves])
    await door.done(201, 'POST', `/organizations/${id}/users/${user.id}/roles`, {
      organizationRoleIds: [role.id],
    });
  await door.done(204, 'PUT', `/organizations/${id}/users`, { userIds: [stays.id, comes.id, comes.id] });
  expect(await memberIds(id)).toEqual([stays.id, comes.id].sort());
  expect(await roleIds(id, stays.id)).toEqual([role.id]);
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [leaves.id] });
  expect(await roleIds(id, leaves.id)).toEqual([]);
  await door.refused(...foreign, 'PUT', `/organizations/${id}/users`, { userIds: [nobody] });
  await door.refused(...foreign, 'PUT', `/organizations/${nobody}/users`, { userIds: [] });
  await door.refused(400, 'guard.invalid_input', 'PUT', `/organizations/${id}/users`, {});
  await door.done(204, 'PUT', `/organizations/${id}/users`, { userIds: [] });
  expect(await memberIds(id)).toEqual([]);
});

test('DELETE removes the member with their roles there, and only there', async () => {
  const [here, there] = [await door.organization(), await door.organization()];
  const role = await door.role();
  const user = await door.member(here.id);
  await door.done(201, 'POST', `/organizations/${there.id}/users`, { userIds: [user.id] });
  for (const { id } of [here, there])
    await door.done(201, 'POST', `/organizations/${id}/users/${user.id}/roles`, {
      organizationRoleIds: [role.id],
    });
  await door.done(204, 'DELETE', `/organizations/${here.id}/users/${user.id}`);
  expect(await memberIds(here.id)).toEqual([]);
  expect(await roleIds(there.id, user.id)).toEqual([role.id]);
  await door.done(201, 'POST', `/organizations/${here.id}/users`, { userIds: [user.id] });
  expect(await roleIds(here.id, user.id)).toEqual([]);
  await door.refused(404, 'entity.not_found', 'DELETE', `/organizations/${here.id}/users/${nobody}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `/organizations/${nobody}/users/${user.id}`);
});

test('POST /users/roles grants every pair', async () => {
  const { id } = await door.organization();
  const [a, b] = [await door.member(id), await door.member(id)];
  const [one, two] = [await door.role(), await door.role()];
  const path = `/organizations/${id}/users/roles`;
  const answer = await door.api('POST', path, {
    userIds: [a.id, b.id, a.id],
    organizationRoleIds: [one.id, two.id],
  });
  expect(answer).toMatchObject({ status: 201, body: undefined });
  for (const user of [a, b]) expect((await roleIds(id, user.id)).sort()).toEqual([one.id, two.id].sort());
});

test('POST /users/roles refuses who is no member, unknown and machine roles; all or nothing', async () => {
  const { id } = await door.organization();
  const [member, stranger] = [await door.member(id), await door.user()];
  const [role, machineRole] = [await door.role(), await door.machineRole()];
  const path = `/organizations/${id}/users/roles`;
  const call = (userIds: unknown, organizationRoleIds: unknown) =>
    ['POST', path, { userIds, organizationRoleIds }] as const;
  await door.refused(400, 'guard.invalid_input', ...call([], [role.id]));
  await door.refused(400, 'guard.invalid_input', ...call([member.id], []));
  await door.refused(400, 'guard.invalid_input', 'POST', path, { userIds: [member.id] });
  await door.refused(...foreign, ...call([member.id, stranger.id], [role.id]));
  await door.refused(...foreign, ...call([member.id], [role.id, nobody]));
  await door.refused(422, 'entity.db_constraint_violated', ...call([member.id], [role.id, machineRole.id]));
  await door.refused(...foreign, 'POST', `/organizations/${nobody}/users/roles`, {
    userIds: [member.id],
    organizationRoleIds: [role.id],
  });
});

test('GET /users/{id}/roles gives the role entities by name', async () => {
  const { id } = await door.organization();
  const user = await door.member(id);
  const roles = [await door.role({ description: 'd' }), await door.role()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  await door.done(201, 'POST', `/organizations/${id}/users/${user.id}/roles`, {
    organizationRoleIds: roles.map((role) => role.id),
  });
  const found = await door.done<object[]>(200, 'GET', `/organizations/${id}/users/${user.id}/roles`);
  expect(found).toEqual(roles);
  expect(keysOf(found[0]!)).toEqual(['description', 'id', 'name', 'tenantId', 'type']);
});

test('POST and PUT of roles take ids, names or both; POST answers the union without repetition', async () => {
  const { id } = await door.organization();
  const user = await door.member(id);
  const [a, b, c] = [await door.role(), await door.role(), await door.role()];
  const path = `/organizations/${id}/users/${user.id}/roles`;
  const given = await door.done<{ organizationRoleIds: string[] }>(201, 'POST', path, {
    organizationRoleIds: [a.id, b.id, a.id],
    organizationRoleNames: [b.name, c.name],
  });
  expect(keysOf(given)).toEqual(['organizationRoleIds']);
  expect([...given.organizationRoleIds].sort()).toEqual([a.id, b.id, c.id].sort());
  expect(given.organizationRoleIds).toHaveLength(3);
  for (const body of [undefined, {}, { organizationRoleIds: [], organizationRoleNames: [] }])
    expect(await door.done(201, 'POST', path, body)).toEqual({ organizationRoleIds: [] });
  expect(await door.done(201, 'POST', path, { organizationRoleIds: [a.id] })).toEqual({
    organizationRoleIds: [a.id],
  });
  expect((await roleIds(id, user.id)).sort()).toEqual([a.id, b.id, c.id].sort());

  await door.done(204, 'PUT', path, { organizationRoleNames: [c.name, c.name], organizationRoleIds: [a.id] });
  expect((await roleIds(id, user.id)).sort()).toEqual([a.id, c.id].sort());
  await door.done(204, 'PUT', path, {});
  expect(await roleIds(id, user.id)).toEqual([]);
});

test.for(['POST', 'PUT'] as const)(
  '%s of roles: membership is judged first, then names, ids and types',
  async (method) => {
    const { id } = await door.organization();
    const [member, stranger] = [await door.member(id), await door.user()];
    const [role, machineRole] = [await door.role({ name: `Case-${method}` }), await door.machineRole()];
    await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
      organizationRoleIds: [role.id],
    });
    const path = (userId: string, organizationId = id) =>
      `/organizations/${organizationId}/users/${userId}/roles`;
    for (const userId of [stranger.id, nobody])
      for (const body of [{ organizationRoleIds: [nobody] }, { organizationRoleNames: ['none'] }, {}])
        await door.refused(...noMember, method, path(userId), body);
    await door.refused(...noMember, method, path(member.id, nobody), { organizationRoleIds: [role.id] });
    const { data } = await door.refused(422, 'organization.role_names_not_found', method, path(member.id), {
      organizationRoleNames: [role.name, role.name.toLowerCase()],
    });
    expect(data).toMatchObject({ names: [role.name.toLowerCase()] });
    await door.refused(...foreign, method, path(member.id), { organizationRoleIds: [role.id, nobody] });
    await door.refused(422, 'entity.db_constraint_violated', method, path(member.id), {
      organizationRoleIds: [machineRole.id],
    });
    await door.refused(422, 'entity.db_constraint_violated', method, path(member.id), {
      organizationRoleNames: [machineRole.name],
    });
    await door.refused(400, 'guard.invalid_input', method, path(member.id), { organizationRoleIds: 'x' });
    expect(await roleIds(id, member.id)).toEqual([role.id]);
  },
);

test('DELETE of a role takes that one; membership first, then whether it was held', async () => {
  const { id } = await door.organization();
  const [member, stranger] = [await door.member(id), await door.user()];
  const [role, other] = [await door.role(), await door.role()];
  const path = (userId: string, roleId: string, organizationId = id) =>
    `/organizations/${organizationId}/users/${userId}/roles/${roleId}`;
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id, other.id],
  });
  await door.refused(...noMember, 'DELETE', path(stranger.id, role.id));
  await door.refused(...noMember, 'DELETE', path(member.id, role.id, nobody));
  await door.done(204, 'DELETE', path(member.id, role.id));
  await door.refused(404, 'entity.not_found', 'DELETE', path(member.id, role.id));
  await door.refused(404, 'entity.not_found', 'DELETE', path(member.id, nobody));
  expect(await roleIds(id, member.id)).toEqual([other.id]);
  await door.refused(...noMember, 'GET', `/organizations/${id}/users/${stranger.id}/roles`);
});

test('GET scopes: distinct over all roles held, by name, inherited ones included; nothing for who is no member', async () => {
  const { id } = await door.organization();
  const [member, stranger] = [await door.member(id), await door.user()];
  const [a, b, c] = [await door.scope(), await door.scope(), await door.scope()];
  const parent = await door.role({ organizationScopeIds: [c.id] });
  const role = await door.role({ organizationScopeIds: [a.id, b.id], extends: parent.id });
  const other = await door.role({ organizationScopeIds: [b.id] });
  const path = `/organizations/${id}/users/${member.id}/scopes`;
  expect(await door.done(200, 'GET', path)).toEqual([]);
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id, other.id],
  });
  const scopes = await door.done<{ name: string }[]>(200, 'GET', path);
  expect(scopes).toEqual([a, b, c].sort((x, y) => (x.name < y.name ? -1 : 1)));
  expect(keysOf(scopes[0]!)).toEqual(['description', 'id', 'name', 'tenantId']);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${stranger.id}/scopes`)).toEqual([]);
  await door.done(204, 'DELETE', `/organization-roles/${role.id}/scopes/${a.id}`);
  expect(await door.done<object[]>(200, 'GET', path)).toHaveLength(2);
});

test('GET /users/{id}/organizations: the entities with the roles held in each, never in pages', async () => {
  const user = await door.user();
  const role = await door.role();
  const organizations = [await door.organization(), await door.organization()];
  for (const { id } of organizations)
    await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
  await door.done(201, 'POST', `/organizations/${organizations[0]!.id}/users/${user.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  const answer = await door.api('GET', `/users/${user.id}/organizations?page=1&page_size=1`);
  expect(answer.headers.has('total-number')).toBe(false);
  expect(answer.body).toEqual([
    { ...organizations[1], organizationRoles: [] },
    { ...organizations[0], organizationRoles: [{ id: role.id, name: role.name }] },
  ]);
  await door.refused(404, 'entity.not_found', 'GET', `/users/${nobody}/organizations`);
});

test('rule 17: who is suspended joins nothing, may do nothing, and is let in again when reinstated', async () => {
  const { id } = await door.organization();
  const [member, outsider] = [await door.member(id), await door.user()];
  const role = await door.role({ organizationScopeIds: [(await door.scope()).id] });
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  for (const user of [member, outsider])
    await door.done(200, 'PATCH', `/users/${user.id}/is-suspended`, { isSuspended: true });
  await door.refused(422, 'user.suspended', 'POST', `/organizations/${id}/users`, { userIds: [outsider.id] });
  await door.refused(422, 'user.suspended', 'PUT', `/organizations/${id}/users`, {
    userIds: [member.id, outsider.id],
  });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [member.id] });
  const scopes = () => door.done<object[]>(200, 'GET', `/organizations/${id}/users/${member.id}/scopes`);
  expect(await scopes()).toEqual([]);
  await door.done(200, 'PATCH', `/users/${member.id}/is-suspended`, { isSuspended: false });
  expect(await scopes()).toHaveLength(1);
});

test('rule 8: one person is one membership, by whatever path, and joining again never lowers the roles', async () => {
  const { id } = await door.organization();
  const user = await door.user({ primaryEmail: uniqueAddress() });
  const [held, offered] = [await door.role(), await door.role()];
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    organizationRoleIds: [offered.id],
  });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
  await door.done(201, 'POST', `/organizations/${id}/users/${user.id}/roles`, {
    organizationRoleIds: [held.id],
  });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  expect(await memberIds(id)).toEqual([user.id]);
  expect((await roleIds(id, user.id)).sort()).toEqual([held.id, offered.id].sort());
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
  expect((await roleIds(id, user.id)).sort()).toEqual([held.id, offered.id].sort());
});

test('an unknown organization is 404 in lists of members, bots and permissions, never an empty one', async () => {
  const user = await door.user();
  const missing = [404, 'entity.not_exists_with_id'] as const;
  await door.refused(...missing, 'GET', `/organizations/${nobody}/users`);
  await door.refused(...missing, 'GET', `/organizations/${nobody}/users?page=2&organizationRoleId=x&q=x`);
  await door.refused(...missing, 'GET', `/organizations/${nobody}/applications`);
  await door.refused(...missing, 'GET', `/organizations/${nobody}/users/${user.id}/scopes`);
});
