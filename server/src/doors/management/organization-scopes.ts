import { Type } from 'typebox';
import { changeScope, createScope, deleteScope, findScopes, getScope } from '../../domain/roles/scopes.ts';
import { notExists, notFound } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, NullableText, Query } from './schema.ts';

export const OrganizationScope = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  description: NullableText(),
});
/** Scopes travel in space-separated lists: a name has no white space. */
const ScopeName = Type.String({ minLength: 1, maxLength: 128, pattern: '^\\S+$' });
const ScopeChange = Type.Object({
  name: Type.Optional(ScopeName),
  description: Type.Optional(NullableText(256)),
});
const ScopePath = Type.Object({ id: Id });
const route = routesOf('Organization scopes');

export const organizationScopeRoutes = [
  route({
    method: 'GET',
    path: '/organization-scopes',
    access: { permission: 'membership', organization: 'template' },
    summary: 'List organization scopes',
    query: Type.Object({ q: Query }),
    paging: 'optional',
    success: [200, Type.Array(OrganizationScope)],
    handle: ({ db, tenantId, query, page }) => findScopes(db, tenantId, { text: query.q, page }),
  }),
  route({
    method: 'POST',
    path: '/organization-scopes',
    summary: 'Create an organization scope',
    body: Type.Object({ ...ScopeChange.properties, name: ScopeName }),
    success: [201, OrganizationScope],
    handle: ({ act, body }) => act((a) => createScope(a, body)),
  }),
  route({
    method: 'GET',
    path: '/organization-scopes/:id',
    access: { permission: 'membership', organization: 'template' },
    summary: 'Get an organization scope',
    params: ScopePath,
    success: [200, OrganizationScope],
    handle: ({ db, tenantId, params }) => getScope(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/organization-scopes/:id',
    summary: 'Change an organization scope',
    params: ScopePath,
    body: ScopeChange,
    success: [200, OrganizationScope],
    refusals: { 'scope.not_found': notExists },
    handle: ({ act, params, body }) => act((a) => changeScope(a, params.id, body)),
  }),
  route({
    method: 'DELETE',
    path: '/organization-scopes/:id',
    summary: 'Delete an organization scope',
    params: ScopePath,
    success: [204, null],
    refusals: { 'scope.not_found': notFound },
    handle: ({ act, params }) => act((a) => deleteScope(a, params.id)),
  }),
];
