/** `/organization-invitations` */
import { Type } from 'typebox';
import { acceptInvitation } from './accept.ts';
import { invalidField } from './errors.ts';
import { type Relation, relations, viewInvitation } from './invitation-view.ts';
import {
  invitationSortFields,
  inviteMember,
  listInvitations,
  renewInvitation,
  resendInvitation,
  revokeInvitation,
} from './invitations.ts';
import { type Route, route } from './route.ts';
import { Email, Id, ListQuery, Name, Password, Scoped } from './schema.ts';
import { type InvitationStatus, invitationStatuses } from './vocabulary.ts';

const ById = Type.Object({ id: Id });
const Token = Type.String({ minLength: 1, maxLength: 512 });
const Username = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z_]\\w*$' });

/** Separated by commas, or given several times. */
const listed = (value: string | readonly string[] | undefined): string[] | undefined =>
  value === undefined
    ? undefined
    : [value]
        .flat()
        .flatMap((each) => String(each).split(','))
        .filter(Boolean);
const Several = Type.Optional(Type.Array(Type.String({ maxLength: 4096 }), { maxItems: 100 }));

export const invitationRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/organization-invitations/invite',
    access: 'verified',
    body: Type.Object({ ...Scoped, email: Email, roleId: Id }),
    status: 201,
    handle: (call, { body: { email, roleId }, scope }) =>
      inviteMember(call, { organizationId: scope('organization'), email, roleId }),
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/accept',
    access: 'anybody',
    body: Type.Object({
      token: Token,
      userData: Type.Optional(Type.Object({ name: Name, username: Username, password: Password })),
    }),
    status: 200,
    handle: (call, { body }) => acceptInvitation(call, body.token, body.userData),
  }),
  route({
    method: 'GET',
    path: '/organization-invitations',
    access: 'person',
    query: Type.Object({
      ...ListQuery,
      status: Type.Optional(Type.String({ enum: [...invitationStatuses] })),
      sortField: Type.Optional(Type.String({ enum: invitationSortFields })),
      ids: Several,
    }),
    status: 200,
    handle: (call, { query: { ids, status, ...ask }, scope }) =>
      listInvitations(call, scope('organization'), {
        ...ask,
        status: status as InvitationStatus | undefined,
        ids: listed(ids),
      }),
  }),
  route({
    method: 'GET',
    path: '/organization-invitations/:token',
    access: 'anybody',
    params: Type.Object({ token: Token }),
    query: Type.Object({ relations: Several }),
    status: 200,
    handle: (call, { params, query }) =>
      viewInvitation(call, params.token, relationsIn(listed(query.relations))),
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/:id/resend-email',
    access: 'verified',
    params: ById,
    body: Type.Object(Scoped),
    status: 200,
    handle: (call, { params, scope }) =>
      resendInvitation(call, { organizationId: scope('organization'), id: params.id }),
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/:id/renew',
    access: 'verified',
    params: ById,
    body: Type.Object(Scoped),
    status: 200,
    handle: (call, { params, scope }) =>
      renewInvitation(call, { organizationId: scope('organization'), id: params.id }),
  }),
  route({
    method: 'DELETE',
    path: '/organization-invitations/:id',
    access: 'verified',
    params: ById,
    body: Type.Object(Scoped),
    status: 200,
    handle: (call, { params, scope }) =>
      revokeInvitation(call, { organizationId: scope('organization'), id: params.id }),
  }),
];

function relationsIn(given: readonly string[] = []): Relation[] {
  const known = (name: string): name is Relation => relations.some((relation) => relation === name);
  if (!given.every(known)) throw invalidField('relations', `Each must be one of ${relations.join(', ')}`);
  return given.filter(known);
}
