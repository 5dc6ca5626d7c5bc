/** API resources, their scopes, and tenant-wide roles over them (contract §10). */
import { expect, test } from 'vitest';
import { type Entity, keysOf, nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();

const missing = [404, 'entity.not_exists_with_id'] as const;
const make = (fields: object = {}) =>
  door.done(201, 'POST', '/resources', {
    name: unique('API'),
    indicator: `https://${unique('api')}.example`,
    ...fields,
  });
const makeScope = (resourceId: string, fields: object = {}) =>
  door.done(201, 'POST', `/resources/${resourceId}/scopes`, { name: unique('read'), ...fields });
const makeRole = (fields: object = {}) =>
  door.done(200, 'POST', '/roles', { name: unique('role'), description: 'd', ...fields });

test('POST makes one: 201, the entity with no scopes yet', async () => {
  const indicator = `https://${unique('api')}.example/v1`;
  const resource = await make({ name: 'Shop', indicator });
  expect(resource).toEqual({
    tenantId: 'default',
    id: resource.id,
    name: 'Shop',
    indicator,
    isDefault: false,
    accessTokenTtl: 3600,
    scopes: [],
  });
  const { scopes: _, ...entity } = resource;
  expect(await door.done(200, 'GET', `/resources/${resource.id}`)).toEqual(entity);
  expect(await make({ accessTokenTtl: 60 })).toMatchObject({ accessTokenTtl: 60 });
  await door.refused(422, 'resource.resource_identifier_in_use', 'POST', '/resources', {
    name: 'x',
    indicator,
  });
  for (const fields of [
    { indicator },
    { name: 'x' },
    { name: '', indicator: 'https://x.example' },
    { name: 'x', indicator: 'no url' },
    { name: 'x', indicator: 'https://x.example#f' },
    { name: 'x', indicator: 'https://x.example', accessTokenTtl: 0 },
  ])
    await door.refused(400, 'guard.invalid_input', 'POST', '/resources', fields);
});

test('PATCH changes name and life of tokens, never the indicator; unknown ones are 404', async () => {
  const { scopes: _, ...resource } = await make();
  const path = `/resources/${resource.id}`;
  expect(await door.done(200, 'PATCH', path, {})).toEqual(resource);
  expect(
    await door.done(200, 'PATCH', path, {
      name: 'New',
      accessTokenTtl: 60,
      indicator: 'https://evil.example',
      isDefault: true,
    }),
  ).toEqual({ ...resource, name: 'New', accessTokenTtl: 60 });
  await door.refused(400, 'guard.invalid_input', 'PATCH', path, { name: '' });
  await door.refused(400, 'guard.invalid_input', 'PATCH', path, { accessTokenTtl: -1 });
  await door.done(204, 'DELETE', path);
  await door.refused(...missing, 'GET', path);
  await door.refused(...missing, 'PATCH', path, { name: 'x' });
  await door.refused(...missing, 'DELETE', path);
  await door.refused(...missing, 'PATCH', `${path}/is-default`, { isDefault: true });
  await door.refused(...missing, 'GET', `${path}/scopes`);
  await door.refused(...missing, 'POST', `${path}/scopes`, { name: 'x' });
  await door.refused(...missing, 'PATCH', `${path}/scopes/${nobody}`, { name: 'x' });
  await door.refused(...missing, 'DELETE', `${path}/scopes/${nobody}`);
});

test('at most one resource is the default', async () => {
  const [a, b] = [await make(), await make()];
  const isDefault = async (id: string) => (await door.done(200, 'GET', `/resources/${id}`)).isDefault;
  expect(await door.done(200, 'PATCH', `/resources/${a.id}/is-default`, { isDefault: true })).toMatchObject({
    isDefault: true,
  });
  await door.done(200, 'PATCH', `/resources/${b.id}/is-default`, { isDefault: true });
  expect([await isDefault(a.id), await isDefault(b.id)]).toEqual([false, true]);
  await door.done(200, 'PATCH', `/resources/${b.id}/is-default`, { isDefault: false });
  expect(await isDefault(b.id)).toBe(false);
  await door.refused(400, 'guard.invalid_input', 'PATCH', `/resources/${b.id}/is-default`, {});
});

test('GET lists all with includeScopes or without', async () => {
  const resource = await make();
  const [b, a] = [await makeScope(resource.id, { name: 'b' }), await makeScope(resource.id, { name: 'a' })];
  const find = async (query: string) =>
    (await door.done<Entity[]>(200, 'GET', `/resources${query}`)).find((one) => one.id === resource.id)!;
  expect(await find('')).not.toHaveProperty('scopes');
  expect((await find('?includeScopes=yes')).scopes).toEqual([a, b]);
});

test('the Management API is a resource that nobody changes', async () => {
  const all = await door.done<(Entity & { indicator: string })[]>(200, 'GET', '/resources?includeScopes=1');
  const management = all.find((one) => one.indicator === 'https://default.logto.app/api')!;
  const [scope] = management.scopes as Entity[];
  const path = `/resources/${management.id}`;
  expect(scope!.name).toBe('all');
  const fixed = [400, 'resource.cannot_modify_management_api'] as const;
  await door.refused(...fixed, 'PATCH', path, { name: 'Mine' });
  await door.refused(400, 'resource.cannot_delete_management_api', 'DELETE', path);
  await door.refused(...fixed, 'POST', `${path}/scopes`, { name: 'more' });
  await door.refused(...fixed, 'PATCH', `${path}/scopes/${scope!.id}`, { name: 'less' });
  await door.refused(...fixed, 'DELETE', `${path}/scopes/${scope!.id}`);
});

test('scopes: made, listed newest first, changed, deleted; a name is unique in its resource', async () => {
  const [resource, other] = [await make(), await make()];
  const path = `/resources/${resource.id}/scopes`;
  const scope = await makeScope(resource.id, { name: 'read', description: '' });
  expect(scope).toEqual({
    tenantId: 'default',
    id: scope.id,
    resourceId: resource.id,
    name: 'read',
    description: null,
    createdAt: scope.createdAt,
  });
  const second = await makeScope(resource.id, { name: 'write', description: 'Writes' });
  await makeScope(other.id, { name: 'read' });
  expect(await door.done(200, 'GET', path)).toEqual([second, scope]);
  expect(await door.done(200, 'GET', `${path}?search.name=WRI%25`)).toEqual([second]);
  await door.refused(422, 'scope.name_exists', 'POST', path, { name: 'read' });
  await door.refused(422, 'scope.name_exists', 'PATCH', `${path}/${second.id}`, { name: 'read' });
  expect(await door.done(200, 'PATCH', `${path}/${second.id}`, {})).toEqual(second);
  expect(
    await door.done(200, 'PATCH', `${path}/${second.id}`, { description: null, resourceId: other.id }),
  ).toEqual({ ...second, description: null });
  await door.done(204, 'DELETE', `${path}/${second.id}`);
  await door.refused(...missing, 'DELETE', `${path}/${second.id}`);
  await door.refused(...missing, 'PATCH', `${path}/${second.id}`, { name: 'x' });
});

test('the name of a scope has no white space, when made and when changed', async () => {
  const resource = await make();
  const scope = await makeScope(resource.id);
  for (const name of ['read data', ' read', 'read\t', 'a\u00a0b']) {
    await door.refused(400, 'scope.name_with_space', 'POST', `/resources/${resource.id}/scopes`, { name });
    await door.refused(
      400,
      'scope.name_with_space',
      'PATCH',
      `/resources/${resource.id}/scopes/${scope.id}`,
      { name },
    );
  }
  for (const name of ['', 'x'.repeat(257), 5, null]) {
    await door.refused(400, 'guard.invalid_input', 'POST', `/resources/${resource.id}/scopes`, { name });
    await door.refused(400, 'guard.invalid_input', 'PATCH', `/resources/${resource.id}/scopes/${scope.id}`, {
      name,
    });
  }
});

test('tenant-wide roles: made with scopes, read, changed, deleted', async () => {
  const resource = await make();
  const scope = await makeScope(resource.id);
  const role = await makeRole({ scopeIds: [scope.id], type: 'MachineToMachine', isDefault: true });
  expect(role).toEqual({
    tenantId: 'default',
    id: role.id,
    name: role.name,
    description: 'd',
    type: 'MachineToMachine',
    isDefault: true,
  });
  expect(await makeRole()).toMatchObject({ type: 'User', isDefault: false });
  const path = `/roles/${role.id}`;
  expect(await door.done(200, 'GET', path)).toEqual(role);
  expect(await door.done(200, 'GET', `${path}/scopes`)).toEqual([scope]);
  expect(await door.done(200, 'PATCH', path, { description: 'new', type: 'User' })).toEqual({
    ...role,
    description: 'new',
  });
  const other = await makeRole();
  await door.refused(422, 'role.name_in_use', 'POST', '/roles', { name: role.name, description: '' });
  await door.refused(422, 'role.name_in_use', 'PATCH', path, { name: other.name });
  await door.refused(404, 'entity.relation_foreign_key_not_found', 'POST', '/roles', {
    name: unique('r'),
    description: '',
    scopeIds: [nobody],
  });
  for (const fields of [
    {},
    { name: 'x' },
    { name: '', description: '' },
    { name: 'x'.repeat(129), description: '' },
    { name: 'x', description: 'x'.repeat(129) },
    { name: 'x', description: '', type: 'Robot' },
  ])
    await door.refused(400, 'guard.invalid_input', 'POST', '/roles', fields);
  await door.done(204, 'DELETE', path);
  await door.refused(...missing, 'GET', path);
  await door.refused(...missing, 'PATCH', path, { description: 'x' });
  await door.refused(...missing, 'DELETE', path);
  await door.refused(...missing, 'GET', `${path}/scopes`);
  await door.refused(...missing, 'POST', `${path}/scopes`, { scopeIds: [scope.id] });
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/scopes/${scope.id}`);
});

test('scopes of a tenant-wide role: added once, taken', async () => {
  const resource = await make();
  const [a, b] = [await makeScope(resource.id, { name: 'a' }), await makeScope(resource.id, { name: 'b' })];
  const role = await makeRole();
  const path = `/roles/${role.id}/scopes`;
  expect(await door.done(201, 'POST', path, { scopeIds: [b.id] })).toEqual([b]);
  expect(await door.done(201, 'POST', path, { scopeIds: [a.id] })).toEqual([a, b]);
  await door.refused(422, 'role.scope_exists', 'POST', path, { scopeIds: [a.id] });
  await door.refused(404, 'entity.relation_foreign_key_not_found', 'POST', path, { scopeIds: [nobody] });
  await door.refused(400, 'guard.invalid_input', 'POST', path, { scopeIds: [] });
  await door.done(204, 'DELETE', `${path}/${a.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${a.id}`);
});

test('a role for people never holds a scope of the Management API, when made or given more', async () => {
  const all = await door.done<Entity[]>(200, 'GET', '/resources?includeScopes=1');
  const scope = (all.flatMap((one) => one.scopes) as Entity[]).find((one) => one.name === 'all')!;
  const never = [400, 'role.management_api_scopes_not_assignable_to_user_role'] as const;
  await door.refused(...never, 'POST', '/roles', {
    name: unique('r'),
    description: '',
    scopeIds: [scope.id],
  });
  const role = await makeRole();
  await door.refused(...never, 'POST', `/roles/${role.id}/scopes`, { scopeIds: [scope.id] });
  await door.done(201, 'POST', `/roles/${(await makeRole({ type: 'MachineToMachine' })).id}/scopes`, {
    scopeIds: [scope.id],
  });
});

test('GET lists tenant-wide roles by name, of one type, with a part of their name', async () => {
  const tag = unique('gr');
  const [b, a, m] = [
    await makeRole({ name: `${tag}-b` }),
    await makeRole({ name: `${tag}-a` }),
    await makeRole({ name: `${tag}-m`, type: 'MachineToMachine' }),
  ];
  expect(await door.done(200, 'GET', `/roles?search=%25${tag}%25`)).toEqual([a, b, m]);
  expect(await door.done(200, 'GET', `/roles?search=%25${tag}%25&type=User`)).toEqual([a, b]);
  expect(await door.done(200, 'GET', `/roles?search=${tag}`)).toEqual([]);
  expect(await door.done(200, 'GET', `/roles?search.name=${tag}-A`)).toEqual([a]);
  expect(await door.done(200, 'GET', `/roles?search.name=${tag}-a&search.name=${tag}-m&mode=exact`)).toEqual([
    a,
    m,
  ]);
  await door.refused(400, 'request.invalid_input', 'GET', '/roles?search.type=User');
  expect(keysOf(a)).toEqual(['description', 'id', 'isDefault', 'name', 'tenantId', 'type']);
});

test('an indicator that means something else as an audience is refused: of organizations, and of this API', async () => {
  for (const indicator of [
    'urn:logto:organization:acme',
    'urn:logto:resource:organizations',
    'URN:logto:x',
    `${door.url}/api`,
    `${door.url}/api/`,
  ])
    await door.refused(400, 'guard.invalid_input', 'POST', '/resources', { name: 'r', indicator });
});
