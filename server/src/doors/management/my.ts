import { Type } from 'typebox';
import { acceptOwn, rejectOwn } from '../../domain/invitations/accept-own.ts';
import { findWaitingFor } from '../../domain/invitations/find-for-person.ts';
import { people, removeHolder } from '../../domain/members/holders.ts';
import { findOrganizationsOf } from '../../domain/members/organizations-of.ts';
import { acceptOwnership, declineOwnership, findTransfers } from '../../domain/members/ownership.ts';
import { receiptOf } from '../../domain/members/receipt.ts';
import { askingApproval } from './asking-approval.ts';
import { OrganizationWithRoles } from './organizations.ts';
import { OwnershipTransfer } from './ownership.ts';
import { notFound } from './refusals.ts';
import { type Call, routesOf } from './route.ts';
import { Id, NullableText, Receipt } from './schema.ts';

const MyInvitation = Type.Object({
  id: Type.String(),
  organization: Type.Object({ id: Type.String(), name: Type.String() }),
  inviter: Type.Unsafe<{ name: string | null; primaryEmail: string | null } | null>({
    type: ['object', 'null'],
    properties: { name: NullableText(), primaryEmail: NullableText() },
  }),
  organizationRoleNames: Type.Array(Type.String()),
  expiresAt: Type.Integer(),
});
const ById = Type.Object({ id: Id });
const own = { isOwn: true, refusals: { 'member.not_found': notFound } } as const;
const route = routesOf('My own');
const personOf = ({ by, methods }: Call<unknown, unknown, unknown>) => ({ userId: by.id, methods });

export const myRoutes = [
  route({
    ...own,
    method: 'GET',
    path: '/my/invitations',
    summary: 'List the invitations that wait for me (Usher)',
    description: 'Those for my address, once it is proven. Newest first, at most a hundred.',
    success: [200, Type.Array(MyInvitation)],
    async handle({ db, tenantId, by, at }) {
      const waiting = await findWaitingFor(db, tenantId, by.id, at);
      return waiting.map(({ id, organizationId, organization, inviter, roles, expiresAt }) => ({
        id,
        organization: { id: organizationId, name: organization },
        inviter: inviter ? { name: inviter.name, primaryEmail: inviter.address } : null,
        organizationRoleNames: roles,
        expiresAt,
      }));
    },
  }),
  route({
    ...own,
    method: 'POST',
    path: '/my/invitations/:id/accept',
    summary: 'Accept an invitation for my address (Usher)',
    params: ById,
    success: [200, Type.Object({ organizationId: Type.String() })],
    handle: (call) =>
      askingApproval(call, call.params.id, () =>
        call.act(async (a) => ({ organizationId: await acceptOwn(a, call.params.id, personOf(call)) })),
      ),
  }),
  route({
    ...own,
    method: 'POST',
    path: '/my/invitations/:id/reject',
    summary: 'Reject an invitation for my address (Usher)',
    params: ById,
    success: [204, null],
    handle: (call) => call.act((a) => rejectOwn(a, call.params.id, personOf(call))),
  }),
  route({
    ...own,
    method: 'GET',
    path: '/my/organizations',
    summary: 'List my organizations, with my roles in each (Usher)',
    description: 'Those in which the membership holds at this moment. Newest first.',
    paging: 'optional',
    success: [200, Type.Array(OrganizationWithRoles)],
    handle: ({ db, tenantId, by, page, at }) => findOrganizationsOf(db, tenantId, people, by.id, page, at),
  }),
  route({
    ...own,
    method: 'DELETE',
    path: '/my/organizations/:id',
    summary: 'Leave an organization (Usher)',
    params: ById,
    success: [204, null],
    representation: Receipt,
    handle: (call) =>
      call.act(async (a) => {
        await removeHolder(a, people, call.params.id, call.by.id);
        return call.prefersRepresentation
          ? receiptOf(a.db, a.tenantId, call.params.id, a.at, call.by.id)
          : undefined;
      }),
  }),
  route({
    ...own,
    method: 'GET',
    path: '/my/ownership-transfers',
    summary: 'List the offers of ownership that wait for me (Usher)',
    success: [200, Type.Array(OwnershipTransfer)],
    handle: ({ db, tenantId, by, at }) => findTransfers(db, tenantId, { offeredTo: by.id }, at),
  }),
  route({
    ...own,
    method: 'POST',
    path: '/my/ownership-transfers/:id/accept',
    summary: 'Accept an offer of ownership (Usher)',
    description: 'Gives me the owner roles of who offered, and takes them from there, at once.',
    params: ById,
    success: [200, OwnershipTransfer],
    handle: ({ act, params, by }) => act((a) => acceptOwnership(a, params.id, by.id)),
  }),
  route({
    ...own,
    method: 'POST',
    path: '/my/ownership-transfers/:id/decline',
    summary: 'Decline an offer of ownership (Usher)',
    params: ById,
    success: [204, null],
    handle: ({ act, params, by }) => act((a) => declineOwnership(a, params.id, by.id)),
  }),
];
