/** The organization template: roles, scopes, and what roles give (contract §6). */
import { expect, test } from 'vitest';
import { type Entity, keysOf, nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();
const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;
const taken = [422, 'entity.unique_integrity_violation'] as const;
const byName = <T extends { name: string }>(items: T[]): T[] =>
  [...items].sort((a, b) => (a.name < b.name ? -1 : 1));

async function resourceScope() {
  const resource = await door.done(201, 'POST', '/resources', {
    name: unique('api'),
    indicator: `https://${unique('api')}.example`,
  });
  const scope = await door.done(201, 'POST', `/resources/${resource.id}/scopes`, { name: unique('read') });
  return { resource, scope };
}

test('POST makes a role with defaults: 201, the entity without scope arrays', async () => {
  const role = await door.role({ name: 'Auditor' });
  expect(role).toEqual({
    tenantId: 'default',
    id: role.id,
    name: 'Auditor',
    description: null,
    type: 'User',
  });
  expect(role.id).toMatch(/^[0-9a-z]{21}$/);
  expect(await door.done(200, 'GET', `/organization-roles/${role.id}`)).toEqual(role);
  expect(await door.role({ type: 'MachineToMachine', description: '' })).toMatchObject({
    type: 'MachineToMachine',
    description: null,
  });
});

test('POST with scopes of the organization and of resources gives both; the list shows them', async () => {
  const [a, b] = [await door.scope(), await door.scope()];
  const { resource, scope } = await resourceScope();
  const role = await door.role({ organizationScopeIds: [b.id, a.id, a.id], resourceScopeIds: [scope.id] });
  expect(keysOf(role)).toEqual(['description', 'id', 'name', 'tenantId', 'type']);
  const [listed] = await door.done<object[]>(200, 'GET', `/organization-roles?q=${role.id}`);
  expect(listed).toEqual({
    ...role,
    scopes: byName([a, b]).map(({ id, name }) => ({ id, name })),
    resourceScopes: [{ id: scope.id, name: scope.name, resource: { id: resource.id, name: resource.name } }],
  });
});

test('POST refuses a taken name, unknown scopes, and fields out of their limits; nothing is made', async () => {
  const role = await door.role();
  const scope = await door.scope();
  const path = '/organization-roles';
  await door.refused(...taken, 'POST', path, { name: role.name });
  expect((await door.role({ name: role.name.toUpperCase() })).name).toBe(role.name.toUpperCase());
  await door.refused(...foreign, 'POST', path, {
    name: unique('r'),
    organizationScopeIds: [scope.id, nobody],
  });
  await door.refused(...foreign, 'POST', path, { name: unique('r'), resourceScopeIds: [nobody] });
  await door.refused(...foreign, 'POST', path, { name: unique('r'), extends: nobody });
  for (const fields of [
    {},
    { name: '' },
    { name: 'x'.repeat(129) },
    { name: 'x', description: 'x'.repeat(257) },
    { name: 'x', type: 'Robot' },
    { name: 'x', rank: 1.5 },
    { name: 'x', organizationScopeIds: 'a' },
  ])
    await door.refused(400, 'guard.invalid_input', 'POST', path, fields);
});

test('GET lists by name; q looks into id, name and description', async () => {
  const tag = unique('tag');
  const roles = [
    await door.role({ name: `${tag}-b` }),
    await door.role({ name: `${tag}-a` }),
    await door.role({ description: `x ${tag}` }),
  ];
  const found = await door.done<Entity[]>(200, 'GET', `/organization-roles?q=${tag.toUpperCase()}`);
  expect(found.map((role) => role.name)).toEqual(byName(roles).map((role) => role.name));
  expect(await door.done<object[]>(200, 'GET', `/organization-roles?q=${roles[0]!.id}`)).toHaveLength(1);
});

test('PATCH changes what is given; with nothing it changes nothing', async () => {
  const role = await door.role({ description: 'd' });
  const path = `/organization-roles/${role.id}`;
  expect(await door.done(200, 'PATCH', path, {})).toEqual(role);
  expect(await door.done(200, 'PATCH', path, { id: 'mine', tenantId: 'other', createdAt: 1 })).toEqual(role);
  const name = unique('renamed');
  expect(await door.done(200, 'PATCH', path, { name })).toEqual({ ...role, name });
  expect(await door.done(200, 'PATCH', path, { description: null })).toEqual({
    ...role,
    name,
    description: null,
  });
  const other = await door.role();
  await door.refused(...taken, 'PATCH', path, { name: other.name });
  for (const fields of [{ name: '' }, { name: null }, { type: 'x' }, { description: 'x'.repeat(257) }])
    await door.refused(400, 'guard.invalid_input', 'PATCH', path, fields);
});

test('an unknown role: GET, PATCH, DELETE and its scopes', async () => {
  const path = `/organization-roles/${nobody}`;
  const scope = await door.scope();
  await door.refused(404, 'entity.not_found', 'GET', path);
  await door.refused(404, 'entity.not_exists', 'PATCH', path, { name: unique('r') });
  await door.refused(404, 'entity.not_found', 'DELETE', path);
  for (const [segment, field] of [
    ['scopes', 'organizationScopeIds'],
    ['resource-scopes', 'scopeIds'],
  ] as const) {
    await door.refused(404, 'entity.not_found', 'GET', `${path}/${segment}`);
    await door.refused(404, 'entity.not_found', 'POST', `${path}/${segment}`, { [field]: [scope.id] });
    await door.refused(404, 'entity.not_found', 'PUT', `${path}/${segment}`, { [field]: [] });
    await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${segment}/${scope.id}`);
  }
});

test('DELETE: who held it holds it no more, and it vanishes from bots, joining rules and open invitations', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const role = await door.role();
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  await door.done(201, 'POST', `/organizations/${id}/jit/roles`, { organizationRoleIds: [role.id] });
  const user = await door.user();
  const invitation = await door.invitation(id, {
    invitee: user.primaryEmail,
    organizationRoleIds: [role.id],
  });
  await door.done(204, 'DELETE', `/organization-roles/${role.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `/organization-roles/${role.id}`);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${member.id}/roles`)).toEqual([]);
  expect(await door.done(200, 'GET', `/organizations/${id}/jit/roles`)).toEqual([]);
  expect(await door.done(200, 'GET', `/organization-invitations/${invitation.id}`)).toMatchObject({
    organizationRoles: [],
  });
  // A role of the same name is another role: nobody gets it by what was promised before.
  await door.role({ name: role.name });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${user.id}/roles`)).toEqual([]);
});

test('the type of a role cannot change while anybody holds it, is to get it by joining, or was offered it', async () => {
  const { id } = await door.organization();
  const held = [422, 'organization_role.type_in_use'] as const;
  const [byMember, byRule, offered, free] = [
    await door.role(),
    await door.role(),
    await door.role(),
    await door.role(),
  ];
  const member = await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [byMember.id],
  });
  await door.done(201, 'POST', `/organizations/${id}/jit/roles`, { organizationRoleIds: [byRule.id] });
  const invitation = await door.invitation(id, { organizationRoleIds: [offered.id] });
  for (const role of [byMember, byRule, offered])
    await door.refused(...held, 'PATCH', `/organization-roles/${role.id}`, { type: 'MachineToMachine' });
  expect(
    await door.done(200, 'PATCH', `/organization-roles/${free.id}`, { type: 'MachineToMachine' }),
  ).toMatchObject({ type: 'MachineToMachine' });
  await door.done(200, 'PATCH', `/organization-roles/${byMember.id}`, {
    type: 'User',
    name: unique('renamed'),
  });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, { status: 'Revoked' });
  await door.done(200, 'PATCH', `/organization-roles/${offered.id}`, { type: 'MachineToMachine' });

  const bot = await door.bot();
  const machineRole = await door.machineRole();
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [bot.id] });
  await door.done(201, 'POST', `/organizations/${id}/applications/${bot.id}/roles`, {
    organizationRoleIds: [machineRole.id],
  });
  await door.refused(...held, 'PATCH', `/organization-roles/${machineRole.id}`, { type: 'User' });
});

test('a role may extend another, never itself by any way round; rank and extends are told only when set (Usher)', async () => {
  const base = await door.role();
  const middle = await door.role({ extends: base.id, rank: 10 });
  expect(middle).toMatchObject({ extends: base.id, rank: 10 });
  const top = await door.role({ extends: middle.id });
  for (const id of [base.id, middle.id, top.id])
    await door.refused(422, 'organization_role.extends_itself', 'PATCH', `/organization-roles/${base.id}`, {
      extends: id,
    });
  await door.refused(...foreign, 'PATCH', `/organization-roles/${base.id}`, { extends: nobody });
  const freed = await door.done(200, 'PATCH', `/organization-roles/${middle.id}`, {
    extends: null,
    rank: null,
  });
  expect(keysOf(freed)).toEqual(['description', 'id', 'name', 'tenantId', 'type']);
  await door.done(204, 'DELETE', `/organization-roles/${middle.id}`);
  expect(await door.done(200, 'GET', `/organization-roles/${top.id}`)).not.toHaveProperty('extends');
});

test('the scopes of a role: added (again is a no-op), listed by name, replaced, taken', async () => {
  const role = await door.role();
  const [a, b] = [await door.scope(), await door.scope()];
  const path = `/organization-roles/${role.id}/scopes`;
  expect(await door.api('POST', path, { organizationScopeIds: [a.id, b.id, a.id] })).toMatchObject({
    status: 201,
    body: undefined,
  });
  await door.done(201, 'POST', path, { organizationScopeIds: [a.id] });
  const found = await door.done<object[]>(200, 'GET', path);
  expect(found).toEqual(byName([a, b]));
  expect(keysOf(found[0]!)).toEqual(['description', 'id', 'name', 'tenantId']);
  await door.done(204, 'PUT', path, { organizationScopeIds: [b.id, b.id] });
  expect(await door.done(200, 'GET', path)).toEqual([b]);
  await door.done(204, 'DELETE', `${path}/${b.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${b.id}`);
  await door.refused(400, 'guard.invalid_input', 'POST', path, { organizationScopeIds: [] });
  await door.refused(400, 'guard.invalid_input', 'POST', path, {});
  await door.refused(...foreign, 'POST', path, { organizationScopeIds: [a.id, nobody] });
  await door.refused(...foreign, 'PUT', path, { organizationScopeIds: [nobody] });
  await door.done(204, 'PUT', path, { organizationScopeIds: [] });
});

test('the resource scopes of a role: the same', async () => {
  const role = await door.role();
  const { scope: a, resource } = await resourceScope();
  const b = await door.done(201, 'POST', `/resources/${resource.id}/scopes`, { name: unique('write') });
  const path = `/organization-roles/${role.id}/resource-scopes`;
  expect(await door.api('POST', path, { scopeIds: [a.id, b.id] })).toMatchObject({
    status: 201,
    body: undefined,
  });
  const found = await door.done<object[]>(200, 'GET', path);
  expect(found).toEqual(byName([a, b]));
  expect(keysOf(found[0]!)).toEqual(['createdAt', 'description', 'id', 'name', 'resourceId', 'tenantId']);
  await door.done(204, 'PUT', path, { scopeIds: [b.id] });
  await door.done(204, 'DELETE', `${path}/${b.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${b.id}`);
  await door.refused(...foreign, 'POST', path, { scopeIds: [nobody] });
  await door.refused(...foreign, 'PUT', path, { scopeIds: [a.id, nobody] });
  await door.refused(400, 'guard.invalid_input', 'POST', path, { scopeIds: [] });
});

test('organization scopes: made, read, changed, deleted', async () => {
  const name = unique('read:data');
  const scope = await door.done(201, 'POST', '/organization-scopes', { name, description: 'Reads' });
  expect(scope).toEqual({ tenantId: 'default', id: scope.id, name, description: 'Reads' });
  const path = `/organization-scopes/${scope.id}`;
  expect(await door.done(200, 'GET', path)).toEqual(scope);
  expect(await door.done(200, 'PATCH', path, {})).toEqual(scope);
  expect(await door.done(200, 'PATCH', path, { description: '' })).toEqual({ ...scope, description: null });
  const other = await door.scope();
  await door.refused(...taken, 'POST', '/organization-scopes', { name });
  await door.refused(...taken, 'PATCH', path, { name: other.name });
  const role = await door.role({ organizationScopeIds: [scope.id] });
  await door.done(204, 'DELETE', path);
  expect(await door.done(200, 'GET', `/organization-roles/${role.id}/scopes`)).toEqual([]);
  await door.refused(404, 'entity.not_exists_with_id', 'GET', path);
  await door.refused(404, 'entity.not_exists', 'PATCH', path, { description: 'x' });
  await door.refused(404, 'entity.not_found', 'DELETE', path);
});

test('the name of a scope has no white space, when made and when changed', async () => {
  const scope = await door.scope();
  for (const name of ['', 'read data', ' read', 'read\t', 'a\u00a0b', 'x'.repeat(129)]) {
    await door.refused(400, 'guard.invalid_input', 'POST', '/organization-scopes', { name });
    await door.refused(400, 'guard.invalid_input', 'PATCH', `/organization-scopes/${scope.id}`, { name });
  }
  await door.refused(400, 'guard.invalid_input', 'POST', '/organization-scopes', {});
});

test('GET lists scopes by name, all of them unless a page is asked for; q looks into the name only', async () => {
  const tag = unique('zz');
  const [b, a] = [
    await door.done(201, 'POST', '/organization-scopes', { name: `${tag}:b` }),
    await door.done(201, 'POST', '/organization-scopes', { name: `${tag}:a` }),
  ];
  await door.done(201, 'POST', '/organization-scopes', { name: unique('other'), description: tag });
  const found = await door.api('GET', `/organization-scopes?q=${tag}`);
  expect(found.body).toEqual([a, b]);
  expect(found.headers.has('total-number')).toBe(false);
});

test('a fresh tenant has the roles owner, admin and member, each with its permissions', async () => {
  const roles = await door.done<{ name: string; rank: number; scopes: Entity[] }[]>(
    200,
    'GET',
    '/organization-roles?page_size=100',
  );
  const of = (name: string) => roles.find((role) => role.name === name)!;
  expect(of('owner').scopes.map((scope) => scope.name)).toEqual([
    'delete:member',
    'delete:organization',
    'invite:member',
    'manage:member',
    'manage:organization',
    'read:member',
  ]);
  expect(of('member').scopes.map((scope) => scope.name)).toEqual(['read:member']);
  expect(of('admin').scopes.map((scope) => scope.name)).not.toContain('delete:organization');
  expect([of('owner').rank, of('admin').rank, of('member').rank]).toEqual([100, 50, 10]);
});
