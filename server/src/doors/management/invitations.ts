import { Type } from 'typebox';
import type { Act } from '../../act.ts';
import { isInsider } from '../../domain/access.ts';
import { normalAddress } from '../../domain/address.ts';
import { accept } from '../../domain/invitations/accept.ts';
import { approve } from '../../domain/invitations/approve.ts';
import { askApproval } from '../../domain/invitations/ask-approval.ts';
import { copyLink } from '../../domain/invitations/copy-link.ts';
import { deleteInvitation } from '../../domain/invitations/delete.ts';
import { getInvitation, type InvitationFilter } from '../../domain/invitations/find.ts';
import { findAwaitingApproval } from '../../domain/invitations/find-waiting.ts';
import { type Status, statusAt } from '../../domain/invitations/invitation.ts';
import { type InviteInput, invite, inviteAtOnce } from '../../domain/invitations/invite.ts';
import { reject } from '../../domain/invitations/reject.ts';
import { renew } from '../../domain/invitations/renew.ts';
import { resend } from '../../domain/invitations/resend.ts';
import { revoke } from '../../domain/invitations/revoke.ts';
import type { PresentedInvitation } from '../../domain/invitations/rows.ts';
import { defaultLifeOf } from '../../domain/policies/judge.ts';
import { findDeliveries } from '../../outbox/find.ts';
import { askingApproval } from './asking-approval.ts';
import { DoorError, invalidField } from './errors.ts';
import { listInvitations } from './invitation-list.ts';
import { foreignKey } from './refusals.ts';
import { routesOf } from './route.ts';
import {
  Flag,
  Id,
  Ids,
  isYes,
  Named,
  NullableId,
  NullableText,
  NullableTime,
  Query,
  Time,
} from './schema.ts';

const statuses = [
  'Pending',
  'Accepted',
  'Expired',
  'Revoked',
  'Rejected',
] as const satisfies readonly Status[];

const Invitation = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  inviterId: NullableText(),
  invitee: Type.String(),
  acceptedUserId: NullableText(),
  organizationId: Type.String(),
  status: Type.String({ enum: [...statuses] }),
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
  expiresAt: Type.Integer(),
  organizationRoles: Type.Array(Named),
});
/** `locale` chooses the language; `link` replaces Usher's own; the rest are variables of the template. */
const MessagePayload = Type.Object(
  {
    code: Type.Optional(Type.String({ maxLength: 256 })),
    link: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
    locale: Type.Optional(Type.String({ maxLength: 64 })),
    uiLocales: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: true },
);
/** An object, or false for no mail. One schema, so that its complaint names what is wrong inside the object. */
const OptionalMessage = Type.Unsafe<Record<string, unknown> | false>({
  ...MessagePayload,
  type: ['object', 'boolean'],
  not: { const: true },
});
const Delivery = Type.Object({
  id: Type.String(),
  usageType: Type.String(),
  recipient: Type.String(),
  status: Type.String({ enum: ['queued', 'sending', 'sent', 'retrying', 'failed', 'canceled'] }),
  attempts: Type.Integer(),
  answer: NullableText(),
  messageId: Type.String(),
  createdAt: Type.Integer(),
  nextAttemptAt: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  endedAt: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  history: Type.Array(Type.Object({ at: Type.Integer(), outcome: Type.String(), answer: Type.String() })),
});

/** An absolute URL. */
const Redirect = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: 2048,
  pattern: '^([a-zA-Z][a-zA-Z0-9+.-]*:[^\\s\\\\]+)?$',
});
const ByInvitation = Type.Object({ id: Id });
const unknownReference = {
  'organization.not_found': foreignKey,
  'user.not_found': foreignKey,
  'role.not_found': foreignKey,
  'application.not_found': foreignKey,
} as const;
const route = routesOf('Organization invitations');

/** Exactly what the field's clients know, in one place. */
const presentAt = (at: number, tenantId: string) => (invitation: PresentedInvitation) => ({
  tenantId,
  id: invitation.id,
  inviterId: invitation.inviterId,
  invitee: invitation.invitee,
  acceptedUserId: invitation.acceptedUserId,
  organizationId: invitation.organizationId,
  status: statusAt(invitation, at),
  createdAt: invitation.createdAt,
  updatedAt: invitation.updatedAt,
  expiresAt: invitation.expiresAt,
  organizationRoles: invitation.organizationRoles,
});

export const invitationRoutes = [
  route({
    method: 'GET',
    path: '/organization-invitations',
    access: { permission: 'read:member', organization: 'query' },
    summary: 'List invitations, newest first',
    description:
      'Everything that matches, unless `page` or `page_size` asks for a page (Usher). `status`, `q` and `awaitingApproval` are Usher’s. The last leaves those whose inviter may not give their roles any more.',
    query: Type.Object({
      organizationId: Type.Optional(Type.String({ maxLength: 128 })),
      inviterId: Type.Optional(Type.String({ maxLength: 128 })),
      invitee: Type.Optional(Type.String({ maxLength: 512 })),
      status: Type.Optional(Type.String({ enum: [...statuses] })),
      awaitingApproval: Flag,
      q: Query,
    }),
    paging: 'optional',
    success: [200, Type.Array(Invitation)],
    async handle(call) {
      const { query } = call;
      const filter: InvitationFilter = {
        organizationId: query.organizationId,
        inviterId: query.inviterId,
        // What is no address is nobody's.
        invitee: query.invitee === undefined ? undefined : (normalAddress(query.invitee) ?? ''),
        status: query.status as Status | undefined,
        text: query.q?.normalize('NFC').toLowerCase(),
      };
      if (!isYes(query.awaitingApproval)) return listInvitations(call, filter);
      const ids = await findAwaitingApproval(call.db, call.tenantId, query.organizationId, call.at);
      return listInvitations(call, { ...filter, ids });
    },
  }),
  route({
    method: 'POST',
    path: '/organization-invitations',
    access: { permission: 'invite:member', organization: 'body', isJudgedByVerb: true },
    summary: 'Invite an address into an organization',
    description:
      'With `messagePayload` a mail is queued in the same transaction; without `link` in it, it carries Usher’s own signed link. ' +
      '`expiresAt` may be left out where the policy of the organization says how long invitations live (Usher). ' +
      '`redirect` is where the person goes after accepting (Usher): an address of an origin at which the application ' +
      '`applicationId` is registered, or any application of your own where none is named. ' +
      '`membershipExpiresAt` is when the membership ends that the invitation gives, not before the invitation itself (Usher).',
    body: Type.Object({
      organizationId: Id,
      invitee: Type.String({ minLength: 3, maxLength: 512 }),
      expiresAt: Type.Optional(Time),
      inviterId: Type.Optional(NullableId),
      organizationRoleIds: Type.Optional(Ids),
      messagePayload: Type.Optional(OptionalMessage),
      redirect: Type.Optional(Redirect),
      applicationId: Type.Optional(NullableId),
      membershipExpiresAt: Type.Optional(NullableTime),
    }),
    success: [201, Invitation],
    refusals: unknownReference,
    handle: async ({ act, atOnce, body, services }) => {
      const invitee = normalAddress(body.invitee) ?? invalid('body.invitee', 'Not an e-mail address');
      const inputAt = (expiresAt: number): InviteInput => ({
        organizationId: body.organizationId,
        invitee,
        inviterId: body.inviterId || null,
        roleIds: body.organizationRoleIds ?? [],
        expiresAt,
        redirect: body.redirect,
        applicationId: body.applicationId,
        membershipExpiresAt: body.membershipExpiresAt,
        mail: body.messagePayload
          ? services.orderMail(mustLink(body.messagePayload, 'body.messagePayload'))
          : undefined,
      });
      const answer = async (a: Act, invitation: PresentedInvitation) => {
        if (invitation.awaitsApproval) await askApproval(a, invitation.id, services.orderMail({}));
        return presentAt(a.at, a.tenantId)(invitation);
      };
      const { expiresAt } = body;
      const made =
        expiresAt !== undefined &&
        (await atOnce(async (a) => {
          const invitation = await inviteAtOnce(a, inputAt(expiresAt));
          return invitation && answer(a, invitation);
        }));
      if (made) return made;
      return act(async (a) => {
        const life = expiresAt === undefined && (await defaultLifeOf(a.db, a.tenantId, body.organizationId));
        const until =
          expiresAt ?? (life ? a.at + life : invalid('body.expiresAt', 'Say when the invitation expires'));
        return answer(a, await invite(a, inputAt(until)));
      });
    },
  }),
  route({
    method: 'GET',
    path: '/organization-invitations/:id',
    access: { permission: 'read:member', organization: 'invitation' },
    summary: 'Get an invitation',
    params: ByInvitation,
    success: [200, Invitation],
    handle: async ({ db, tenantId, params, at }) =>
      presentAt(at, tenantId)(await getInvitation(db, tenantId, params.id)),
  }),
  route({
    method: 'DELETE',
    path: '/organization-invitations/:id',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Delete the record of an invitation',
    params: ByInvitation,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteInvitation(a, params.id)),
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/:id/message',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Send the mail of a pending invitation again',
    params: ByInvitation,
    body: MessagePayload,
    success: [204, null],
    handle: ({ act, params, body, services }) =>
      act((a) => resend(a, params.id, services.orderMail(mustLink(body, 'body')))),
  }),
  route({
    method: 'PUT',
    path: '/organization-invitations/:id/status',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Accept for a user, revoke, or reject (Usher) a pending invitation',
    params: ByInvitation,
    body: Type.Object({
      status: Type.Union([Type.Literal('Accepted'), Type.Literal('Revoked'), Type.Literal('Rejected')]),
      acceptedUserId: Type.Optional(NullableId),
    }),
    success: [200, Invitation],
    handle: (call) => {
      const { act, by, params, body } = call;
      const { status, acceptedUserId } = body;
      if (status !== 'Revoked' && isInsider(by))
        throw new DoorError(403, 'auth.forbidden', 'Only the invited person answers an invitation.');
      const answer = async (a: Act) => {
        if (status === 'Revoked') return presentAt(a.at, a.tenantId)(await revoke(a, params.id));
        if (status === 'Rejected') return presentAt(a.at, a.tenantId)(await reject(a, params.id));
        if (!acceptedUserId)
          throw new DoorError(422, 'request.invalid_input', 'Accepting needs acceptedUserId.', {
            field: 'acceptedUserId',
          });
        return presentAt(a.at, a.tenantId)(await accept(a, params.id, acceptedUserId));
      };
      return askingApproval(call, params.id, () => act(answer));
    },
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/:id/approve',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Approve an invitation that waits because its inviter may not give its roles any more (Usher)',
    description:
      'From then on it stands with the authority of who approves. What the policy of the organization holds is approved by somebody else than who made it, and its mail goes out then. To decline it, revoke it.',
    params: ByInvitation,
    success: [200, Invitation],
    handle: ({ act, params, services }) =>
      act(async (a) => presentAt(a.at, a.tenantId)(await approve(a, params.id, services.orderMail))),
  }),
  route({
    method: 'POST',
    path: '/organization-invitations/:id/renew',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Give a pending or expired invitation a new expiry and a new link (Usher)',
    description:
      'Every link given out before is dead. Without `expiresAt` it gets as long as it was last given.',
    params: ByInvitation,
    body: Type.Object({ expiresAt: Type.Optional(Time), messagePayload: Type.Optional(OptionalMessage) }),
    success: [200, Invitation],
    handle: ({ act, params, body, services }) =>
      act(async (a) => {
        const mail = body.messagePayload
          ? services.orderMail(mustLink(body.messagePayload, 'body.messagePayload'))
          : undefined;
        return presentAt(a.at, a.tenantId)(await renew(a, params.id, { expiresAt: body.expiresAt, mail }));
      }),
  }),
  route({
    method: 'GET',
    path: '/organization-invitations/:id/link',
    access: { permission: 'invite:member', organization: 'invitation' },
    summary: 'Get a link to hand over by other means than mail (Usher)',
    description:
      'It shows the invitation; it does not prove the mailbox, so whoever follows it still has to.',
    params: ByInvitation,
    success: [200, Type.Object({ link: Type.String(), expiresAt: Type.Integer() })],
    async handle({ db, tenantId, params, at, services, header }) {
      header('cache-control', 'no-store');
      return copyLink(db, services.keys, services.publicUrl, tenantId, params.id, at);
    },
  }),
  route({
    method: 'GET',
    path: '/organization-invitations/:id/deliveries',
    access: { permission: 'read:member', organization: 'invitation' },
    summary: 'What became of the mails of an invitation (Usher)',
    params: ByInvitation,
    success: [200, Type.Array(Delivery)],
    handle: ({ db, tenantId, params, at }) => findDeliveries(db, tenantId, params.id, at),
  }),
];

function invalid(path: string, message: string): never {
  throw invalidField(path, message);
}

/** A link that goes into a mail is one for a browser. */
function mustLink<T extends Record<string, unknown>>(payload: T, path: string): T {
  const { link } = payload;
  if (
    link === undefined ||
    (typeof link === 'string' && /^https?:\/\/[^\s<>"]+$/i.test(link) && URL.canParse(link))
  )
    return payload;
  return invalid(`${path}.link`, 'Not an http or https URL');
}
