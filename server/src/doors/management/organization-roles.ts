import { Type } from 'typebox';
import {
  addScopesToRole,
  findScopesOfRole,
  type RoleScopes,
  removeScopeFromRole,
  resourceScopesOfRoles,
  scopesOfRoles,
  setScopesOfRole,
} from '../../domain/roles/role-scopes.ts';
import {
  changeRole,
  createRole,
  deleteRole,
  findRoles,
  getRole,
  type Role,
} from '../../domain/roles/roles.ts';
import { loadTemplate } from '../../domain/roles/template.ts';
import { OrganizationScope } from './organization-scopes.ts';
import { foreignKey, notExists } from './refusals.ts';
import { ResourceScope } from './resources.ts';
import { type Route, routesOf } from './route.ts';
import { Id, Ids, Named, NullableId, NullableText, Query, SomeIds, Text } from './schema.ts';

const HolderType = Type.Union([Type.Literal('User'), Type.Literal('MachineToMachine')]);
const Rank = Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0, maximum: 1_000_000 });

const roleFields = {
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  description: NullableText(),
  type: Type.String({ enum: ['User', 'MachineToMachine'] }),
  extends: Type.Optional(
    Type.String({ description: 'Id of the role that this one includes (Usher); absent when none' }),
  ),
  rank: Type.Optional(Type.Integer({ description: 'Higher may hand out lower (Usher); absent when unset' })),
  isOwner: Type.Optional(
    Type.Boolean({ description: 'Of roles whose holders own the organization (Usher)' }),
  ),
};
export const OrganizationRole = Type.Object(roleFields);
const RoleWithScopes = Type.Object({
  ...roleFields,
  scopes: Type.Array(Named),
  resourceScopes: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), resource: Named })),
});
const RoleChange = Type.Object({
  name: Type.Optional(Text(1, 128)),
  description: Type.Optional(NullableText(256)),
  type: Type.Optional(HolderType),
  extends: Type.Optional(NullableId),
  rank: Type.Optional(Rank),
  isOwner: Type.Optional(
    Type.Boolean({
      description: 'Who holds it owns the organization; one that has an owner keeps one (Usher)',
    }),
  ),
});
const NewRole = Type.Object({
  ...RoleChange.properties,
  name: Text(1, 128),
  organizationScopeIds: Type.Optional(Ids),
  resourceScopeIds: Type.Optional(Ids),
});
const RolePath = Type.Object({ id: Id });

/** What is not set is not said: the field's clients know neither property. */
export const presentRole = ({ tenantId, id, name, description, type, extendsId, rank, isOwner }: Role) => ({
  tenantId,
  id,
  name,
  description,
  type,
  ...(extendsId === null ? {} : { extends: extendsId }),
  ...(rank === null ? {} : { rank }),
  ...(isOwner ? { isOwner } : {}),
});

const unknownScope = { 'scope.not_found': foreignKey, 'resource_scope.not_found': foreignKey } as const;
const route = routesOf('Organization roles');

/** The four routes of one kind of scopes under a role. */
function scopeRoutes<Field extends 'organizationScopeIds' | 'scopeIds'>(
  kind: RoleScopes,
  segment: string,
  parameter: 'organizationScopeId' | 'scopeId',
  field: Field,
  what: string,
  entity: typeof OrganizationScope | typeof ResourceScope,
): Route[] {
  const idsOf = (body: unknown) => (body as Record<Field, string[]>)[field];
  return [
    route({
      method: 'GET',
      path: `/organization-roles/:id/${segment}`,
      summary: `List the ${what} of a role`,
      params: RolePath,
      paging: 'optional',
      success: [200, Type.Array(entity)],
      handle: ({ db, tenantId, params, page }) => findScopesOfRole(db, tenantId, kind, params.id, page),
    }),
    route({
      method: 'POST',
      path: `/organization-roles/:id/${segment}`,
      summary: `Add ${what} to a role`,
      params: RolePath,
      body: Type.Object({ [field]: SomeIds }),
      success: [201, null],
      refusals: unknownScope,
      handle: ({ act, params, body }) => act((a) => addScopesToRole(a, kind, params.id, idsOf(body))),
    }),
    route({
      method: 'PUT',
      path: `/organization-roles/:id/${segment}`,
      summary: `Make the ${what} of a role exactly these`,
      params: RolePath,
      body: Type.Object({ [field]: Ids }),
      success: [204, null],
      refusals: unknownScope,
      handle: ({ act, params, body }) => act((a) => setScopesOfRole(a, kind, params.id, idsOf(body))),
    }),
    route({
      method: 'DELETE',
      path: `/organization-roles/:id/${segment}/:${parameter}`,
      summary: `Take one of the ${what} from a role`,
      params: Type.Object({ id: Id, [parameter]: Id }),
      success: [204, null],
      handle: ({ act, params }) => {
        const path = params as Record<'id' | typeof parameter, string>;
        return act((a) => removeScopeFromRole(a, kind, path.id, path[parameter]));
      },
    }),
  ];
}

export const organizationRoleRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/organization-roles',
    access: { permission: 'membership', organization: 'template' },
    summary: 'List organization roles with what they give',
    query: Type.Object({ q: Query }),
    paging: 'always',
    success: [200, Type.Array(RoleWithScopes)],
    async handle({ db, tenantId, query, page }) {
      const [{ items, total }, template] = await Promise.all([
        findRoles(db, tenantId, { text: query.q, page }),
        loadTemplate(db, tenantId),
      ]);
      const withScopes = items.map((role) => {
        const { scopes = [], resourceScopes = [] } = template.roles.get(role.id) ?? {};
        return { ...presentRole(role), scopes, resourceScopes };
      });
      return { items: withScopes, total };
    },
  }),
  route({
    method: 'POST',
    path: '/organization-roles',
    summary: 'Create an organization role',
    body: NewRole,
    success: [201, OrganizationRole],
    refusals: unknownScope,
    handle: ({ act, body: { extends: extendsId, ...body } }) =>
      act(async (a) => presentRole(await createRole(a, { ...body, extendsId: extendsId || null }))),
  }),
  route({
    method: 'GET',
    path: '/organization-roles/:id',
    access: { permission: 'membership', organization: 'template' },
    summary: 'Get an organization role',
    params: RolePath,
    success: [200, OrganizationRole],
    handle: async ({ db, tenantId, params }) => presentRole(await getRole(db, tenantId, params.id)),
  }),
  route({
    method: 'PATCH',
    path: '/organization-roles/:id',
    summary: 'Change an organization role',
    description: 'The type cannot change while somebody holds the role.',
    params: RolePath,
    body: RoleChange,
    success: [200, OrganizationRole],
    refusals: { 'role.not_found': notExists },
    handle: ({ act, params, body: { name, description, type, rank, isOwner, extends: extendsId } }) =>
      act(async (a) =>
        presentRole(
          await changeRole(a, params.id, {
            name,
            description,
            type,
            rank,
            isOwner,
            extendsId: extendsId === '' ? null : extendsId,
          }),
        ),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/organization-roles/:id',
    summary: 'Delete an organization role; who held it holds it no more',
    params: RolePath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteRole(a, params.id)),
  }),
  ...scopeRoutes(
    scopesOfRoles,
    'scopes',
    'organizationScopeId',
    'organizationScopeIds',
    'organization scopes',
    OrganizationScope,
  ),
  ...scopeRoutes(
    resourceScopesOfRoles,
    'resource-scopes',
    'scopeId',
    'scopeIds',
    'API resource scopes',
    ResourceScope,
  ),
];
