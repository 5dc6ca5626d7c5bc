import { Type } from 'typebox';
import type { Act } from '../../act.ts';
import { findBots } from '../../domain/applications/applications.ts';
import {
  addHolders,
  assignRoles,
  bots,
  findRolesOfHolder,
  removeHolder,
  removeRole,
  setHolders,
  setRoles,
} from '../../domain/members/holders.ts';
import { receiptOf } from '../../domain/members/receipt.ts';
import { applicationFields } from './applications.ts';
import { OrganizationRole, presentRole } from './organization-roles.ts';
import { ById } from './organizations.ts';
import { foreignKey, notFound } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, Ids, Named, Query, Receipt, SomeIds } from './schema.ts';

const Bot = Type.Object({ ...applicationFields, organizationRoles: Type.Array(Named) });
const BotPath = Type.Object({ id: Id, applicationId: Id });
const unknownReference = {
  'organization.not_found': foreignKey,
  'application.not_found': foreignKey,
  'application.wrong_type': [422, 'entity.db_constraint_violated'],
  'role.not_found': foreignKey,
} as const;

const route = routesOf('Organization applications');

const receiptIfAsked = async (act: Act, organizationId: string, isAsked: boolean) =>
  isAsked ? receiptOf(act.db, act.tenantId, organizationId, act.at, null) : undefined;

export const organizationApplicationRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/applications',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the applications (bots) of an organization',
    params: ById,
    query: Type.Object({ q: Query }),
    paging: 'always',
    success: [200, Type.Array(Bot)],
    handle: ({ db, tenantId, params, query, page }) =>
      findBots(db, tenantId, params.id, { text: query.q, page }),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/applications',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Add machine-to-machine applications to an organization',
    params: ById,
    body: Type.Object({ applicationIds: SomeIds }),
    success: [201, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) => act((a) => addHolders(a, bots, params.id, body.applicationIds)),
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/applications',
    summary: 'Make the applications of an organization exactly these',
    params: ById,
    body: Type.Object({ applicationIds: Ids }),
    success: [204, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) => act((a) => setHolders(a, bots, params.id, body.applicationIds)),
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/applications/:applicationId',
    access: { permission: 'delete:member', organization: 'path' },
    summary: 'Remove an application from an organization',
    params: BotPath,
    success: [204, null],
    representation: Receipt,
    refusals: { 'bot.not_found': notFound },
    handle: ({ act, params, prefersRepresentation }) =>
      act(async (a) => {
        await removeHolder(a, bots, params.id, params.applicationId);
        return receiptIfAsked(a, params.id, prefersRepresentation);
      }),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/applications/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Give every one of these applications every one of these roles',
    params: ById,
    body: Type.Object({ applicationIds: SomeIds, organizationRoleIds: SomeIds }),
    success: [201, null],
    refusals: { ...unknownReference, 'bot.not_found': foreignKey },
    handle: ({ act, params, body }) =>
      act((a) => assignRoles(a, bots, params.id, body.applicationIds, body.organizationRoleIds)),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/applications/:applicationId/roles',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the roles of an application in an organization',
    params: BotPath,
    paging: 'optional',
    success: [200, Type.Array(OrganizationRole)],
    async handle({ db, tenantId, params, page }) {
      const { items, total } = await findRolesOfHolder(
        db,
        tenantId,
        bots,
        params.id,
        params.applicationId,
        page,
      );
      return { items: items.map(presentRole), total };
    },
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/applications/:applicationId/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Give an application more roles',
    params: BotPath,
    body: Type.Object({ organizationRoleIds: SomeIds }),
    success: [201, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) =>
      act((a) => assignRoles(a, bots, params.id, [params.applicationId], body.organizationRoleIds)),
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/applications/:applicationId/roles',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Make the roles of an application exactly these',
    params: BotPath,
    body: Type.Object({ organizationRoleIds: Ids }),
    success: [204, null],
    representation: Receipt,
    refusals: unknownReference,
    handle: ({ act, params, body, prefersRepresentation }) =>
      act(async (a) => {
        await setRoles(a, bots, params.id, params.applicationId, body.organizationRoleIds);
        return receiptIfAsked(a, params.id, prefersRepresentation);
      }),
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/applications/:applicationId/roles/:organizationRoleId',
    access: { permission: 'manage:member', organization: 'path' },
    summary: 'Take a role from an application',
    params: Type.Object({ id: Id, applicationId: Id, organizationRoleId: Id }),
    success: [204, null],
    representation: Receipt,
    handle: ({ act, params, prefersRepresentation }) =>
      act(async (a) => {
        await removeRole(a, bots, params.id, params.applicationId, params.organizationRoleId);
        return receiptIfAsked(a, params.id, prefersRepresentation);
      }),
  }),
];
