import { Type } from 'typebox';
import { findTransfers, offerOwnership, withdrawOwnership } from '../../domain/members/ownership.ts';
import { getOrganization } from '../../domain/organizations/organizations.ts';
import { DoorError, invalidField } from './errors.ts';
import { ById } from './organizations.ts';
import { routesOf } from './route.ts';
import { Id } from './schema.ts';

export const OwnershipTransfer = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  offeredBy: Type.String(),
  offeredTo: Type.String(),
  offeredAt: Type.Integer(),
  expiresAt: Type.Integer(),
});
const route = routesOf('Ownership');

export const ownershipRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/ownership-transfers',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the offers of ownership that wait for an answer (Usher)',
    params: ById,
    success: [200, Type.Array(OwnershipTransfer)],
    async handle({ db, tenantId, params, at }) {
      await getOrganization(db, tenantId, params.id);
      return findTransfers(db, tenantId, { organizationId: params.id }, at);
    },
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/ownership-transfers',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Offer ownership to another member (Usher)',
    description:
      'In the place of an earlier offer of the same owner; it waits for seven days. The member gets a mail. A member offers their own; the tenant’s management names whose in `fromUserId`.',
    params: ById,
    body: Type.Object({ userId: Id, fromUserId: Type.Optional(Id) }),
    success: [201, OwnershipTransfer],
    handle: ({ act, by, params, body, services }) => {
      const isMember = by.kind === 'member';
      if (by.kind === 'bot' || (isMember && (body.fromUserId ?? by.id) !== by.id))
        throw new DoorError(403, 'auth.forbidden', 'Owners offer what is theirs.');
      const from = isMember ? by.id : body.fromUserId;
      if (from === undefined) throw invalidField('body.fromUserId', 'Say whose ownership it is');
      return act(async (a) => {
        await getOrganization(a.db, a.tenantId, params.id);
        return offerOwnership(a, params.id, from, body.userId, services.orderMail({}));
      });
    },
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/ownership-transfers/:transferId',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Withdraw an offer of ownership (Usher)',
    params: Type.Object({ id: Id, transferId: Id }),
    success: [204, null],
    handle: ({ act, params }) => act((a) => withdrawOwnership(a, params.id, params.transferId)),
  }),
];
