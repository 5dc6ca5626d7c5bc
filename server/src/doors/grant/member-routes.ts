/** `/organization-members` */
import { Type } from 'typebox';
import { memberSortFields, memberStatuses } from './member-list.ts';
import { listMembers, type MemberAsk, removeMember, updateMember } from './members.ts';
import { type Route, route } from './route.ts';
import { Id, ListQuery, Scoped } from './schema.ts';

const ByUser = Type.Object({ userId: Id });

export const memberRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/organization-members',
    access: 'person',
    query: Type.Object({
      ...ListQuery,
      status: Type.Optional(Type.String({ enum: [...memberStatuses] })),
      sortField: Type.Optional(Type.String({ enum: memberSortFields })),
    }),
    status: 200,
    handle: (call, { query, scope }) => listMembers(call, scope('organization'), query as MemberAsk),
  }),
  route({
    method: 'PATCH',
    path: '/organization-members/:userId',
    access: 'verified',
    params: ByUser,
    body: Type.Object({ ...Scoped, roleId: Id }),
    status: 200,
    handle: (call, { params: { userId }, body: { roleId }, scope }) =>
      updateMember(call, { organizationId: scope('organization'), userId }, roleId),
  }),
  route({
    method: 'DELETE',
    path: '/organization-members/:userId',
    access: 'verified',
    params: ByUser,
    body: Type.Object(Scoped),
    status: 200,
    handle: (call, { params: { userId }, scope }) =>
      removeMember(call, { organizationId: scope('organization'), userId }),
  }),
];
