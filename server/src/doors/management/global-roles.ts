import { Type } from 'typebox';
import {
  addScopesToGlobalRole,
  changeGlobalRole,
  createGlobalRole,
  deleteGlobalRole,
  findGlobalRoles,
  findScopesOfGlobalRole,
  getGlobalRole,
  removeScopeFromGlobalRole,
  searchableRoleFields,
} from '../../domain/roles/global-roles.ts';
import { ResourceScope } from './resources.ts';
import { routesOf } from './route.ts';
import { Id, Ids, SomeIds, Text } from './schema.ts';
import { readSearch } from './search.ts';

const holderTypes = ['User', 'MachineToMachine'] as const;

export const GlobalRole = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  type: Type.String({ enum: [...holderTypes] }),
  isDefault: Type.Boolean(),
});
const searched = Object.keys(searchableRoleFields);
const RolePath = Type.Object({ id: Id });
const unknownScope = { 'resource_scope.not_found': [404, 'entity.relation_foreign_key_not_found'] } as const;
const route = routesOf('Roles');

export const globalRoleRoutes = [
  route({
    method: 'GET',
    path: '/roles',
    summary: 'List tenant-wide roles',
    description: `Search with \`search\` or \`search.<field>\` over ${searched.join(', ')}; \`mode\`, \`joint\`, \`isCaseSensitive\` say how.`,
    query: Type.Object({ type: Type.Optional(Type.String({ enum: [...holderTypes] })) }),
    paging: 'optional',
    success: [200, Type.Array(GlobalRole)],
    handle: ({ db, tenantId, query, page }) =>
      findGlobalRoles(db, tenantId, { search: readSearch(query, searched), type: query.type, page }),
  }),
  route({
    method: 'POST',
    path: '/roles',
    summary: 'Create a tenant-wide role',
    body: Type.Object({
      name: Text(1, 128),
      description: Type.String({ maxLength: 128 }),
      type: Type.Optional(Type.Union([Type.Literal('User'), Type.Literal('MachineToMachine')])),
      isDefault: Type.Optional(Type.Boolean()),
      scopeIds: Type.Optional(Ids),
    }),
    success: [200, GlobalRole],
    refusals: unknownScope,
    handle: ({ act, body }) => act((a) => createGlobalRole(a, body)),
  }),
  route({
    method: 'GET',
    path: '/roles/:id',
    summary: 'Get a tenant-wide role',
    params: RolePath,
    success: [200, GlobalRole],
    handle: ({ db, tenantId, params }) => getGlobalRole(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/roles/:id',
    summary: 'Change a tenant-wide role',
    params: RolePath,
    body: Type.Object({
      name: Type.Optional(Text(1, 128)),
      description: Type.Optional(Type.String({ maxLength: 128 })),
      isDefault: Type.Optional(Type.Boolean()),
    }),
    success: [200, GlobalRole],
    handle: ({ act, params, body }) => act((a) => changeGlobalRole(a, params.id, body)),
  }),
  route({
    method: 'DELETE',
    path: '/roles/:id',
    summary: 'Delete a tenant-wide role',
    params: RolePath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteGlobalRole(a, params.id)),
  }),
  route({
    method: 'GET',
    path: '/roles/:id/scopes',
    summary: 'List the scopes of a tenant-wide role',
    params: RolePath,
    success: [200, Type.Array(ResourceScope)],
    handle: ({ db, tenantId, params }) => findScopesOfGlobalRole(db, tenantId, params.id),
  }),
  route({
    method: 'POST',
    path: '/roles/:id/scopes',
    summary: 'Add scopes to a tenant-wide role',
    params: RolePath,
    body: Type.Object({ scopeIds: SomeIds }),
    success: [201, Type.Array(ResourceScope)],
    refusals: unknownScope,
    handle: ({ act, params, body }) => act((a) => addScopesToGlobalRole(a, params.id, body.scopeIds)),
  }),
  route({
    method: 'DELETE',
    path: '/roles/:id/scopes/:scopeId',
    summary: 'Take a scope from a tenant-wide role',
    params: Type.Object({ id: Id, scopeId: Id }),
    success: [204, null],
    handle: ({ act, params }) => act((a) => removeScopeFromGlobalRole(a, params.id, params.scopeId)),
  }),
];
