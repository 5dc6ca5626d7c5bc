/**
 * Our own words: every type of event under its name, `{id, type, timestamp, organizationId, data}`, signed as
 * standardwebhooks.com has it. `data` names what it is about as it was at that moment; who is told of one
 * organization learns nothing of what the application keeps with people.
 */

import { statusAt } from '../../domain/invitations/invitation.ts';
import { eventFamilies, eventTypes, testEventType } from '../../domain/webhooks/event-types.ts';
import {
  type EventContext,
  type EventPerson,
  standardSignature,
  type WebhookEvent,
  type WebhookFormat,
} from './format.ts';

export const ownFormat: WebhookFormat = {
  name: 'usher',
  events: {
    '*': eventFamilies,
    ...Object.fromEntries(eventFamilies.map((family) => [family, [family]])),
    ...Object.fromEntries(eventTypes.map((type) => [type, [type]])),
  },
  isPerPerson: true,
  tell: (event) => ({
    event: event.type,
    body: JSON.stringify({
      id: event.id,
      type: event.type,
      timestamp: new Date(event.at).toISOString(),
      organizationId: event.organizationId,
      data: dataOf(event),
    }),
  }),
  sign: standardSignature,
};

function dataOf(event: WebhookEvent): Record<string, unknown> {
  const { type, context, organizationId } = event;
  if (type === testEventType) return { test: true };
  const { userIds: _, userId, name, ...facts } = event.data;
  const family = type.split('.')[0];
  const organization =
    organizationId === null ? {} : { organization: organizationOf(context, organizationId, name) };
  switch (family) {
    case 'organization':
      return { ...organization, ...facts };
    case 'invitation':
      return {
        ...organization,
        ...facts,
        ...(userId ? { userId } : {}),
        invitation: context.invitation ? invitationOf(context.invitation, event.at) : { id: event.subjectId },
      };
    case 'membership': {
      const user = context.users?.[0];
      return {
        ...organization,
        ...facts,
        user: user ? personOf(user) : { id: event.userIds[0] ?? null },
        membership: user?.membership ? membershipOf(user.membership) : null,
      };
    }
    case 'user': {
      const user = context.users?.[0];
      return { ...facts, user: user ? personOf(user) : { id: event.userIds[0] ?? event.subjectId } };
    }
    case 'role':
      return { ...organization, ...facts, role: context.role ?? { id: event.subjectId, name: name ?? null } };
    default:
      return { ...organization, ...facts, ...(userId ? { userId } : {}) };
  }
}

function organizationOf({ organization }: EventContext, id: string, name: unknown) {
  if (!organization) return typeof name === 'string' ? { id, name } : { id };
  const { description, isDisabled, createdAt } = organization;
  return { id, name: organization.name, description, isDisabled, createdAt };
}

function invitationOf(invitation: NonNullable<EventContext['invitation']>, at: number) {
  const { acceptedAt: _a, rejectedAt: _b, revokedAt: _c, lapsedAt: _d, ...shown } = invitation;
  return { ...shown, status: statusAt(invitation, at) };
}

function personOf({ id, username, primaryEmail, name, avatar, isSuspended, createdAt }: EventPerson) {
  return { id, username, primaryEmail, name, avatar, isSuspended, createdAt };
}

function membershipOf({ joinedAt, suspendedAt, expiresAt, roles }: NonNullable<EventPerson['membership']>) {
  return { joinedAt, suspendedAt, expiresAt, roles };
}
