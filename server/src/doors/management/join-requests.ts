import { Type } from 'typebox';
import { approveJoinRequest, declineJoinRequest } from '../../domain/join-requests/answer.ts';
import { askByDomain } from '../../domain/join-requests/ask.ts';
import {
  findJoinRequests,
  findOrganizationsToAsk,
  findOwnRequests,
  type RequestStatus,
} from '../../domain/join-requests/find.ts';
import { withdrawJoinRequest } from '../../domain/join-requests/withdraw.ts';
import { ById } from './organizations.ts';
import { foreignKey } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, Ids, Named, NullableText } from './schema.ts';

const statuses = ['Open', 'Approved', 'Declined'] as const satisfies readonly RequestStatus[];
const Request = Type.Object({
  id: Type.String(),
  organizationId: Type.String(),
  user: Type.Object({ id: Type.String(), name: NullableText(), primaryEmail: NullableText() }),
  joinLinkId: NullableText(),
  status: Type.String({ enum: [...statuses] }),
  createdAt: Type.Integer(),
  answeredAt: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  organizationRoles: Type.Array(Named),
});
const OwnRequest = Type.Object({
  id: Type.String(),
  organization: Type.Object({ id: Type.String(), name: Type.String() }),
  createdAt: Type.Integer(),
});
const Path = Type.Object({ id: Id, requestId: Id });
const deciding = { permission: 'invite:member', organization: 'path' } as const;
const route = routesOf('Join requests');

export const joinRequestRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/join-requests',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List requests to join, newest first (Usher)',
    params: ById,
    query: Type.Object({ status: Type.Optional(Type.String({ enum: [...statuses] })) }),
    paging: 'optional',
    success: [200, Type.Array(Request)],
    handle: ({ db, tenantId, params, query, page }) =>
      findJoinRequests(db, tenantId, params.id, query.status as RequestStatus | undefined, page),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/join-requests/:requestId/approve',
    access: deciding,
    summary: 'Let somebody in who asked to join (Usher)',
    description: 'With the roles of the request, or with these instead. The person gets a mail.',
    params: Path,
    body: Type.Object({ organizationRoleIds: Type.Optional(Ids) }),
    success: [204, null],
    refusals: { 'role.not_found': foreignKey },
    handle: ({ act, params, body, services }) =>
      act((a) =>
        approveJoinRequest(a, params.id, params.requestId, body.organizationRoleIds, services.orderMail({})),
      ),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/join-requests/:requestId/decline',
    access: deciding,
    summary: 'Decline a request to join (Usher)',
    description: 'The person gets a mail, and may ask again after a day.',
    params: Path,
    success: [204, null],
    handle: ({ act, params, services }) =>
      act((a) => declineJoinRequest(a, params.id, params.requestId, services.orderMail({}))),
  }),
  route({
    isOwn: true,
    method: 'GET',
    path: '/my/join-requests/organizations',
    summary: 'List the organizations that I may ask to join (Usher)',
    description: 'Those that have the domain of my proven address, and that I do not belong to.',
    success: [
      200,
      Type.Array(Type.Object({ id: Type.String(), name: Type.String(), hasAsked: Type.Boolean() })),
    ],
    handle: ({ db, tenantId, by }) => findOrganizationsToAsk(db, tenantId, by.id),
  }),
  route({
    isOwn: true,
    method: 'GET',
    path: '/my/join-requests',
    summary: 'List what I have asked to join, and nobody has answered (Usher)',
    description: 'Newest first, at most a hundred.',
    success: [200, Type.Array(OwnRequest)],
    handle: ({ db, tenantId, by }) => findOwnRequests(db, tenantId, by.id),
  }),
  route({
    isOwn: true,
    method: 'DELETE',
    path: '/my/join-requests/:id',
    summary: 'Take back what I have asked (Usher)',
    description: 'As long as nobody has answered. One may ask again a day after one asked.',
    params: ById,
    success: [204, null],
    handle: ({ act, params, by }) => act((a) => withdrawJoinRequest(a, params.id, by.id)),
  }),
  route({
    isOwn: true,
    method: 'POST',
    path: '/my/join-requests',
    summary: 'Ask to join an organization (Usher)',
    description:
      'One that has the domain of my proven address. Members who may answer get a mail, five at most.',
    body: Type.Object({ organizationId: Id, locale: Type.Optional(Type.String({ maxLength: 64 })) }),
    success: [201, Type.Object({ id: Type.String() })],
    handle: ({ act, by, body, services }) =>
      act(async (a) => ({
        id: await askByDomain(a, body.organizationId, by.id, {
          ...services.orderMail({}),
          locale: body.locale,
        }),
      })),
  }),
];
