import { Type } from 'typebox';
import {
  changeResource,
  createResource,
  deleteResource,
  findResources,
  getResource,
  setDefaultResource,
} from '../../domain/resources/resources.ts';
import {
  changeResourceScope,
  createResourceScope,
  deleteResourceScope,
  findResourceScopes,
  searchableScopeFields,
} from '../../domain/resources/scopes.ts';
import { DoorError, invalidField } from './errors.ts';
import { routesOf } from './route.ts';
import { Flag, Id, isYes, NullableText, Text } from './schema.ts';
import { readSearch } from './search.ts';

export const ResourceScope = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  resourceId: Type.String(),
  name: Type.String(),
  description: NullableText(),
  createdAt: Type.Integer(),
});
const resourceFields = {
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  indicator: Type.String(),
  isDefault: Type.Boolean(),
  accessTokenTtl: Type.Integer(),
};
const Resource = Type.Object(resourceFields);
const ResourceWithScopes = Type.Object({
  ...resourceFields,
  scopes: Type.Optional(Type.Array(ResourceScope)),
});
const Ttl = Type.Integer({ minimum: 1, maximum: 31_536_000, description: 'Seconds' });
const Indicator = Type.String({
  minLength: 1,
  maxLength: 2048,
  pattern: '^[a-zA-Z][a-zA-Z0-9+.-]*:[^\\s#]+$',
});
const ScopeName = Type.String({ minLength: 1, maxLength: 256, description: 'Without white space' });
const ScopeChange = Type.Object({
  name: Type.Optional(ScopeName),
  description: Type.Optional(NullableText(1024)),
});
const ResourcePath = Type.Object({ id: Id });
const ScopePath = Type.Object({ id: Id, scopeId: Id });
const searched = Object.keys(searchableScopeFields);
const isManagement = { 'resource.is_management': [400, 'resource.cannot_delete_management_api'] } as const;
const route = routesOf('API resources');

/** Audiences of tokens that say something else than that they are for a resource of the tenant's. */
function mustBeFree(indicator: string, { publicUrl }: { publicUrl: string }): void {
  if (!/^urn:logto:/i.test(indicator) && indicator.replace(/\/+$/, '') !== `${publicUrl}/api`) return;
  throw invalidField('body.indicator', 'Reserved: tokens with this audience mean something else');
}

/** Scopes travel in space-separated lists. */
function mustScopeName(name: string | undefined): void {
  if (name === undefined || !/\s/.test(name)) return;
  throw new DoorError(400, 'scope.name_with_space', 'The name of a scope has no white space.', {
    field: 'body.name',
  });
}

export const resourceRoutes = [
  route({
    method: 'GET',
    path: '/resources',
    summary: 'List API resources',
    query: Type.Object({ includeScopes: Flag }),
    paging: 'optional',
    success: [200, Type.Array(ResourceWithScopes)],
    handle: ({ db, tenantId, query, page }) =>
      findResources(db, tenantId, { withScopes: isYes(query.includeScopes), page }),
  }),
  route({
    method: 'POST',
    path: '/resources',
    summary: 'Create an API resource',
    body: Type.Object({ name: Text(1, 256), indicator: Indicator, accessTokenTtl: Type.Optional(Ttl) }),
    success: [201, ResourceWithScopes],
    handle: ({ act, body: { name, indicator, accessTokenTtl }, services }) => {
      mustBeFree(indicator, services);
      return act(async (a) => ({
        ...(await createResource(a, { name, indicator, accessTokenTtl })),
        scopes: [],
      }));
    },
  }),
  route({
    method: 'GET',
    path: '/resources/:id',
    summary: 'Get an API resource',
    params: ResourcePath,
    success: [200, Resource],
    handle: ({ db, tenantId, params }) => getResource(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/resources/:id',
    summary: 'Change an API resource',
    params: ResourcePath,
    body: Type.Object({ name: Type.Optional(Text(1, 256)), accessTokenTtl: Type.Optional(Ttl) }),
    success: [200, Resource],
    handle: ({ act, params, body: { name, accessTokenTtl } }) =>
      act((a) => changeResource(a, params.id, { name, accessTokenTtl })),
  }),
  route({
    method: 'DELETE',
    path: '/resources/:id',
    summary: 'Delete an API resource with its scopes',
    params: ResourcePath,
    success: [204, null],
    refusals: isManagement,
    handle: ({ act, params }) => act((a) => deleteResource(a, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/resources/:id/is-default',
    summary: 'Make an API resource the default one, or no longer',
    params: ResourcePath,
    body: Type.Object({ isDefault: Type.Boolean() }),
    success: [200, Resource],
    handle: ({ act, params, body }) => act((a) => setDefaultResource(a, params.id, body.isDefault)),
  }),
  route({
    method: 'GET',
    path: '/resources/:id/scopes',
    summary: 'List the scopes of an API resource, newest first',
    params: ResourcePath,
    query: Type.Object({ search: Type.Optional(Type.Unsafe<unknown>({})) }),
    paging: 'always',
    success: [200, Type.Array(ResourceScope)],
    handle: ({ db, tenantId, params, query, page }) =>
      findResourceScopes(db, tenantId, params.id, { search: readSearch(query, searched), page }),
  }),
  route({
    method: 'POST',
    path: '/resources/:id/scopes',
    summary: 'Add a scope to an API resource',
    params: ResourcePath,
    body: Type.Object({ ...ScopeChange.properties, name: ScopeName }),
    success: [201, ResourceScope],
    handle: ({ act, params, body }) => {
      mustScopeName(body.name);
      return act((a) => createResourceScope(a, params.id, body));
    },
  }),
  route({
    method: 'PATCH',
    path: '/resources/:id/scopes/:scopeId',
    summary: 'Change a scope of an API resource',
    params: ScopePath,
    body: ScopeChange,
    success: [200, ResourceScope],
    handle: ({ act, params, body: { name, description } }) => {
      mustScopeName(name);
      return act((a) => changeResourceScope(a, params.id, params.scopeId, { name, description }));
    },
  }),
  route({
    method: 'DELETE',
    path: '/resources/:id/scopes/:scopeId',
    summary: 'Delete a scope of an API resource',
    params: ScopePath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteResourceScope(a, params.id, params.scopeId)),
  }),
];
