/**
 * Events in this door's words: what happened in its envelope, for webhooks and for the list of events. Memberships, and
 * invitations to them, are told with the organization and the person; signatures are those of Standard Webhooks.
 */
import { testEventType } from '../../domain/webhooks/event-types.ts';
import {
  type EventContext,
  type EventPerson,
  standardSignature,
  type WebhookEvent,
  type WebhookFormat,
} from '../../outbox/webhook/format.ts';
import { environmentName, numbered, organizationName, userName } from './ids.ts';

type Kind = {
  /** The types of ours that it stands for. */
  readonly types: readonly string[];
  readonly object: 'Organization' | 'OrgMembership' | 'Role' | 'User';
  readonly displayName: string;
};

/** What can be told here; sign-ins, connections and directories cannot. */
export const kinds: Readonly<Record<string, Kind>> = {
  'user.signup': { types: ['user.created'], object: 'User', displayName: 'User signed up' },
  'user.organization_invitation': {
    types: ['invitation.created', 'invitation.renewed'],
    object: 'OrgMembership',
    displayName: 'User invited to organization',
  },
  'user.organization_membership_created': {
    types: ['membership.created'],
    object: 'OrgMembership',
    displayName: 'Organization membership created',
  },
  'user.organization_membership_updated': {
    types: ['membership.updated', 'membership.suspended', 'membership.reinstated'],
    object: 'OrgMembership',
    displayName: 'Organization membership updated',
  },
  'user.organization_membership_deleted': {
    types: ['membership.deleted'],
    object: 'OrgMembership',
    displayName: 'Organization membership deleted',
  },
  'organization.created': {
    types: ['organization.created'],
    object: 'Organization',
    displayName: 'Organization created',
  },
  'organization.updated': {
    types: ['organization.updated', 'organization.disabled', 'organization.enabled'],
    object: 'Organization',
    displayName: 'Organization updated',
  },
  'organization.deleted': {
    types: ['organization.deleted'],
    object: 'Organization',
    displayName: 'Organization deleted',
  },
  'role.created': { types: ['role.created'], object: 'Role', displayName: 'Role created' },
  'role.updated': { types: ['role.updated'], object: 'Role', displayName: 'Role updated' },
  'role.deleted': { types: ['role.deleted'], object: 'Role', displayName: 'Role deleted' },
};

const byType = new Map(
  Object.entries(kinds).flatMap(([name, { types }]) => types.map((type) => [type, name] as const)),
);

export type Envelope = {
  spec_version: '1';
  id: string;
  type: string;
  object: string;
  occurred_at: string;
  environment_id: string;
  organization_id?: string;
  data: Record<string, unknown>;
  display_name: string;
};

export const eventFormat: WebhookFormat = {
  name: 'scalekit',
  events: {
    '*': Object.values(kinds).flatMap(({ types }) => types),
    ...Object.fromEntries(Object.entries(kinds).map(([name, { types }]) => [name, types])),
  },
  isPerPerson: true,
  tell(event, { events }) {
    const told = envelopeOf(event);
    const isWanted =
      told && (told.type === testEventType || events.includes('*') || events.includes(told.type));
    return isWanted ? { event: told.type, body: JSON.stringify(told) } : undefined;
  },
  sign: standardSignature,
};

/** Undefined: this door has no words for it. */
export function envelopeOf(event: WebhookEvent): Envelope | undefined {
  const { tenantId, type, organizationId } = event;
  const about = {
    spec_version: '1',
    id: nameOf(event.id),
    occurred_at: timeOf(event.at),
    environment_id: environmentName(tenantId),
    ...(organizationId === null ? {} : { organization_id: organizationName(organizationId) }),
  } as const;
  if (type === testEventType)
    return { ...about, type, object: 'JSON', data: { test: true }, display_name: 'Test event' };
  const name = byType.get(type);
  if (!name || (name === 'user.signup' && !isOwnDoing(event))) return undefined;
  const { object, displayName } = kinds[name]!;
  return { ...about, type: name, object, data: dataOf(object, event), display_name: displayName };
}

/** Whom somebody else creates has not signed up. */
const isOwnDoing = ({ context }: WebhookEvent): boolean => context.by === 'user' || context.by === 'invitee';

/** An id of ours, and which of several messages of one event it is. */
const nameOf = (id: string): string => `${numbered('evt_', id.slice(0, 21))}${id.slice(21)}`;

function dataOf(object: Kind['object'], event: WebhookEvent): Record<string, unknown> {
  const { context, organizationId, data } = event;
  switch (object) {
    case 'Organization':
      return { organization: organizationOf(context.organization, organizationId!, data.name) };
    case 'OrgMembership':
      return {
        organization: organizationOf(context.organization, organizationId!),
        user: personOf(context.users?.[0], event.userIds[0], context.invitation?.invitee ?? data.invitee),
      };
    case 'User':
      return { user: personOf(context.users?.[0], event.userIds[0] ?? event.subjectId ?? undefined) };
    case 'Role':
      return { role: roleOf(context, event) };
  }
}

function organizationOf(organization: EventContext['organization'], id: string, name?: unknown) {
  if (!organization)
    return { id: organizationName(id), ...(typeof name === 'string' ? { display_name: name } : {}) };
  return {
    id: organizationName(id),
    display_name: organization.name,
    external_id: organization.externalId,
    metadata: textsOf(organization.customData),
    region_code: 'REGION_CODE_UNSPECIFIED',
    create_time: timeOf(organization.createdAt),
    update_time: timeOf(organization.updatedAt),
    settings: {
      features: Object.entries(organization.switches).map(([name, enabled]) => ({ name, enabled })),
    },
  };
}

/** Of somebody who has gone, or was never here, there is no more than the id or the address. */
function personOf(person: EventPerson | undefined, id: string | undefined, address?: unknown) {
  if (!person) return { ...(id ? { id: userName(id) } : {}), ...(address ? { email: address } : {}) };
  const text = (field: string) => (typeof person.profile[field] === 'string' ? person.profile[field] : '');
  const givenName = text('givenName');
  const familyName = text('familyName');
  return {
    id: userName(person.id),
    email: person.primaryEmail ?? '',
    external_id: person.externalId,
    metadata: textsOf(person.customData),
    create_time: timeOf(person.createdAt),
    update_time: timeOf(person.updatedAt),
    user_profile: {
      id: numbered('usp_', person.id),
      given_name: givenName,
      family_name: familyName,
      name: person.name ?? `${givenName} ${familyName}`.trim(),
      email_verified: person.isVerified,
      locale: text('locale'),
      phone_number: person.primaryPhone ? `+${person.primaryPhone}` : '',
      picture: person.avatar ?? '',
    },
  };
}

function roleOf({ role }: EventContext, { subjectId, data, organizationId }: WebhookEvent) {
  const id = role?.id ?? subjectId ?? '';
  const name = role?.name ?? data.name ?? '';
  return {
    id: numbered('role_', id),
    name,
    display_name: role?.displayName ?? name,
    description: role?.description ?? '',
    is_org_role: organizationId !== null,
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

const textsOf = (data: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value === 'string'));
