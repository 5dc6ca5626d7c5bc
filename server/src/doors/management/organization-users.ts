import { Type } from 'typebox';
import type { Act } from '../../act.ts';
import { changeMembership } from '../../domain/members/change.ts';
import { standingIn } from '../../domain/members/effective.ts';
import {
  addHolders,
  assignRoles,
  findRolesOfHolder,
  people,
  removeHolder,
  removeRole,
  setHolders,
  setRoles,
} from '../../domain/members/holders.ts';
import { receiptOf } from '../../domain/members/receipt.ts';
import { setMemberSuspended } from '../../domain/members/suspend.ts';
import { roleIdsByName } from '../../domain/roles/roles.ts';
import { effectiveScopes } from '../../domain/roles/template.ts';
import { findMembers } from '../../domain/users/find.ts';
import { OrganizationRole, presentRole } from './organization-roles.ts';
import { OrganizationScope } from './organization-scopes.ts';
import { ById } from './organizations.ts';
import { foreignKey, notFound } from './refusals.ts';
import { type Call, routesOf } from './route.ts';
import { Id, Ids, Json, Named, NullableTime, Query, Receipt, SomeIds } from './schema.ts';
import { userFields } from './users.ts';

const { hasPassword: _, ...memberFields } = userFields;
const Member = Type.Object({
  ...memberFields,
  organizationRoles: Type.Array(Named),
  membership: Type.Optional(
    Type.Object(
      { isSuspended: Type.Boolean(), expiresAt: NullableTime },
      { description: 'Only where the membership is suspended, or one for a time (Usher)' },
    ),
  ),
});
const Membership = Type.Object({
  organizationId: Type.String(),
  userId: Type.String(),
  joinedAt: Type.Integer(),
  isSuspended: Type.Boolean(),
  expiresAt: NullableTime,
  metadata: Json,
});
const Users = Type.Object({ userIds: Ids });
const SomeUsers = Type.Object({ userIds: SomeIds });
const RoleChoice = Type.Object({
  organizationRoleIds: Type.Optional(Ids),
  organizationRoleNames: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 500 }),
  ),
});
const MemberPath = Type.Object({ id: Id, userId: Id });

/** A user, role or organization that the body names and that does not exist. */
const unknownReference = {
  'organization.not_found': foreignKey,
  'user.not_found': foreignKey,
  'role.not_found': foreignKey,
} as const;

const route = routesOf('Organization users');

const receiptIfAsked = async (
  act: Act,
  {
    prefersRepresentation,
    params,
  }: { prefersRepresentation: boolean; params: { id: string; userId: string } },
) => (prefersRepresentation ? receiptOf(act.db, act.tenantId, params.id, act.at, params.userId) : undefined);

async function chosenRoles({
  db,
  tenantId,
  params,
  body,
}: Call<
  { id: string; userId: string },
  unknown,
  { organizationRoleIds?: string[]; organizationRoleNames?: string[] }
>) {
  // Membership is judged before the roles are.
  await findRolesOfHolder(db, tenantId, people, params.id, params.userId, { number: 1, size: 1 });
  const named = await roleIdsByName(db, tenantId, params.id, body.organizationRoleNames ?? []);
  return [...new Set([...(body.organizationRoleIds ?? []), ...named])];
}

export const organizationUserRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/users',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the members of an organization',
    params: ById,
    query: Type.Object({ q: Query, organizationRoleId: Type.Optional(Id) }),
    paging: 'always',
    success: [200, Type.Array(Member)],
    handle: ({ db, tenantId, params, query, page }) =>
      findMembers(db, tenantId, params.id, { text: query.q, roleId: query.organizationRoleId, page }),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/users',
    summary: 'Add members; who is one already stays as they are',
    params: ById,
    body: SomeUsers,
    success: [201, Users],
    refusals: unknownReference,
    async handle({ act, params, body }) {
      await act((a) => addHolders(a, people, params.id, body.userIds));
      return { userIds: body.userIds };
    },
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/users',
    summary: 'Make the members exactly these; who stays keeps their roles',
    params: ById,
    body: Users,
    success: [204, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) => act((a) => setHolders(a, people, params.id, body.userIds)),
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/users/:userId',
    access: { permission: 'delete:member', organization: 'path' },
    summary: 'Remove a member with their roles',
    params: MemberPath,
    success: [204, null],
    representation: Receipt,
    refusals: { 'member.not_found': notFound },
    handle: (call) =>
      call.act(async (a) => {
        await removeHolder(a, people, call.params.id, call.params.userId);
        return receiptIfAsked(a, call);
      }),
  }),
  route({
    method: 'PATCH',
    path: '/organizations/:id/users/:userId',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Change when a membership ends, or its metadata (Usher)',
    description:
      'From `expiresAt` on the member is none, by the clock; null: it lasts. `metadata` is replaced whole.',
    params: MemberPath,
    body: Type.Object({ expiresAt: Type.Optional(NullableTime), metadata: Type.Optional(Json) }),
    success: [200, Membership],
    refusals: { 'member.not_found': notFound },
    handle: ({ act, params, body }) => act((a) => changeMembership(a, params.id, params.userId, body)),
  }),
  route({
    method: 'PATCH',
    path: '/organizations/:id/users/:userId/is-suspended',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Suspend a member, or let them in again (Usher)',
    description:
      'Who is suspended keeps their roles and has no access to the organization; joining again does not change that. The receipt says what it means elsewhere.',
    params: MemberPath,
    body: Type.Object({ isSuspended: Type.Boolean() }),
    success: [
      200,
      Type.Object({ userId: Type.String(), isSuspended: Type.Boolean(), receipt: Type.Optional(Receipt) }),
    ],
    refusals: { 'member.not_found': notFound },
    handle: ({ act, params: { id, userId }, body: { isSuspended } }) =>
      act(async (a) => {
        await setMemberSuspended(a, id, userId, isSuspended);
        const receipt = isSuspended ? await receiptOf(a.db, a.tenantId, id, a.at, userId) : undefined;
        return { userId, isSuspended, ...(receipt && { receipt }) };
      }),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/users/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Give every one of these members every one of these roles',
    params: ById,
    body: Type.Object({ userIds: SomeIds, organizationRoleIds: SomeIds }),
    success: [201, null],
    refusals: { ...unknownReference, 'member.not_found': foreignKey },
    handle: ({ act, params, body }) =>
      act((a) => assignRoles(a, people, params.id, body.userIds, body.organizationRoleIds)),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/users/:userId/roles',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the roles of a member',
    params: MemberPath,
    paging: 'optional',
    success: [200, Type.Array(OrganizationRole)],
    async handle({ db, tenantId, params, page }) {
      const { items, total } = await findRolesOfHolder(db, tenantId, people, params.id, params.userId, page);
      return { items: items.map(presentRole), total };
    },
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/users/:userId/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Give a member more roles, by id or name',
    params: MemberPath,
    body: RoleChoice,
    success: [201, Type.Object({ organizationRoleIds: Type.Array(Type.String()) })],
    refusals: unknownReference,
    async handle(call) {
      const roleIds = await chosenRoles(call);
      await call.act((a) => assignRoles(a, people, call.params.id, [call.params.userId], roleIds));
      return { organizationRoleIds: roleIds };
    },
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/users/:userId/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Make the roles of a member exactly these',
    params: MemberPath,
    body: RoleChoice,
    success: [204, null],
    representation: Receipt,
    refusals: unknownReference,
    async handle(call) {
      const roleIds = await chosenRoles(call);
      return call.act(async (a) => {
        await setRoles(a, people, call.params.id, call.params.userId, roleIds);
        return receiptIfAsked(a, call);
      });
    },
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/users/:userId/roles/:organizationRoleId',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Take a role from a member',
    params: Type.Object({ id: Id, userId: Id, organizationRoleId: Id }),
    success: [204, null],
    representation: Receipt,
    handle: (call) =>
      call.act(async (a) => {
        const { id, userId, organizationRoleId } = call.params;
        await removeRole(a, people, id, userId, organizationRoleId);
        return receiptIfAsked(a, call);
      }),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/users/:userId/scopes',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'What a member may do in the organization, at this moment',
    description:
      'Inherited scopes included. Empty for who is no member, and while anything suspends the membership.',
    params: MemberPath,
    success: [200, Type.Array(OrganizationScope)],
    async handle({ db, tenantId, params, at }) {
      const { template, roleIds } = await standingIn(db, tenantId, people, params.id, params.userId, at);
      return effectiveScopes(template, roleIds);
    },
  }),
];
