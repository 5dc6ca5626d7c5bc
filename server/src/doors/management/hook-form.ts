/**
 * Logto's words for webhooks: the names of its events, its payload and its signature. Its payload tells of the call that made
 * the change; here a change may have come by any door, so it names the call of this API that does the same. Who called
 * from where is not told.
 */
import { createHmac } from 'node:crypto';
import { testEventType } from '../../domain/webhooks/event-types.ts';
import type { EventContext, EventPerson, WebhookEvent, WebhookFormat } from '../../outbox/webhook/format.ts';

type Call = readonly [method: string, path: string, status: number];

/** What each stands for, and the call that does the same. Those without a type are never told: nothing here is like them. */
const table: Readonly<Record<string, { readonly types: readonly string[]; readonly call?: Call }>> = {
  PostRegister: { types: [] },
  PostSignIn: { types: [] },
  PostSignInAdaptiveMfaTriggered: { types: [] },
  PostResetPassword: { types: [] },
  'User.Created': { types: ['user.created'], call: ['POST', '/users', 200] },
  'User.Deleted': { types: ['user.deleted'], call: ['DELETE', '/users/:userId', 204] },
  'User.Data.Updated': { types: ['user.updated'], call: ['PATCH', '/users/:userId', 200] },
  'User.SuspensionStatus.Updated': {
    types: ['user.suspended', 'user.reinstated'],
    call: ['PATCH', '/users/:userId/is-suspended', 200],
  },
  'Organization.Created': { types: ['organization.created'], call: ['POST', '/organizations', 201] },
  'Organization.Deleted': { types: ['organization.deleted'], call: ['DELETE', '/organizations/:id', 204] },
  'Organization.Data.Updated': {
    types: ['organization.updated'],
    call: ['PATCH', '/organizations/:id', 200],
  },
  'Organization.Membership.Updated': {
    types: ['membership.created', 'membership.deleted', 'membership.updated', 'bot.added', 'bot.removed'],
  },
  'OrganizationRole.Created': { types: ['role.created'], call: ['POST', '/organization-roles', 201] },
  'OrganizationRole.Deleted': { types: ['role.deleted'], call: ['DELETE', '/organization-roles/:id', 204] },
  'OrganizationRole.Data.Updated': {
    types: ['role.updated'],
    call: ['PATCH', '/organization-roles/:id', 200],
  },
  ...Object.fromEntries(
    [
      'OrganizationRole.Scopes.Updated',
      'OrganizationScope.Created',
      'OrganizationScope.Deleted',
      'OrganizationScope.Data.Updated',
      'Role.Created',
      'Role.Deleted',
      'Role.Data.Updated',
      'Role.Scopes.Updated',
      'Scope.Created',
      'Scope.Deleted',
      'Scope.Data.Updated',
      'Identifier.Lockout',
      'Message.RateLimited',
      'Grant.LimitExceeded',
    ].map((name) => [name, { types: [] }]),
  ),
};

const byType = new Map(
  Object.entries(table).flatMap(([name, { types }]) => types.map((type) => [type, name] as const)),
);

const listMost = 5000;

export const hookFormat: WebhookFormat = {
  name: 'logto',
  events: Object.fromEntries(Object.entries(table).map(([name, { types }]) => [name, types])),
  isPerPerson: false,
  tell(event, { id, events }) {
    const name = event.type === testEventType ? events[0]! : byType.get(event.type);
    if (!name || !events.includes(name)) return undefined;
    const told = event.type === testEventType ? {} : factsOf(name, event);
    const createdAt = new Date(event.at).toISOString();
    return { event: name, body: JSON.stringify({ hookId: id, event: name, createdAt, ...told }) };
  },
  sign: ({ body }, [signingKey = '']) => ({
    'user-agent': 'Logto (https://logto.io/)',
    'logto-signature-sha-256': createHmac('sha256', signingKey).update(body).digest('hex'),
  }),
};

/** What a test sends for an event: its envelope, and nobody's data. */
export const samplePayload = (hookId: string, event: string, at: number): string =>
  JSON.stringify({ hookId, event, createdAt: new Date(at).toISOString(), ...callOf(table[event]?.call, {}) });

export const eventNameOf = (type: string): string | undefined => byType.get(type);

function factsOf(name: string, event: WebhookEvent): Record<string, unknown> {
  const { organizationId, context } = event;
  if (name === 'Organization.Membership.Updated') return membershipOf(event);
  const subject = event.subjectId ?? organizationId ?? '';
  const call = callOf(table[name]?.call, { id: subject, userId: subject });
  if (name.endsWith('.Deleted')) return { ...call, data: null };
  if (name.startsWith('User.'))
    return { ...call, data: context.users?.[0] ? userOf(context.users[0]) : null };
  if (name.startsWith('Organization.'))
    return {
      ...call,
      data: context.organization ? organizationOf(event.tenantId, context.organization) : null,
    };
  return { ...call, data: context.role ? roleOf(event.tenantId, context.role) : null };
}

/** Only what really changed, and the lists only where they hold somebody. */
function membershipOf({ type, organizationId, userIds, data }: WebhookEvent) {
  const noun = type.startsWith('bot.') ? 'ApplicationIds' : 'UserIds';
  const verb = /(created|added)$/.test(type)
    ? 'added'
    : /(deleted|removed)$/.test(type)
      ? 'removed'
      : 'updated';
  const ids = noun === 'UserIds' ? userIds : ((data.applicationIds as string[] | undefined) ?? []);
  const accepted = typeof data.invitationId === 'string';
  const call: Call = accepted
    ? ['PUT', '/organization-invitations/:id/status', 200]
    : [
        verb === 'removed' ? 'DELETE' : 'POST',
        `/organizations/:id/${noun === 'UserIds' ? 'users' : 'applications'}`,
        verb === 'removed' ? 204 : 201,
      ];
  return {
    ...callOf(call, { id: accepted ? String(data.invitationId) : (organizationId ?? '') }),
    organizationId,
    ...(ids.length > 0 ? { [`${verb}${noun}`]: ids.slice(0, listMost) } : {}),
  };
}

function callOf(call: Call | undefined, ids: Record<string, string>): Record<string, unknown> {
  if (!call) return {};
  const [method, matchedRoute, status] = call;
  const names = [...matchedRoute.matchAll(/:(\w+)/g)].map((match) => match[1]!);
  const params = Object.fromEntries(names.flatMap((name) => (ids[name] ? [[name, ids[name]]] : [])));
  const path = matchedRoute.replace(/:(\w+)/g, (whole, name: string) => params[name] ?? whole);
  return { path, method, status, params, matchedRoute };
}

const userOf = ({ membership: _, externalId: __, isVerified: ___, ...user }: EventPerson) => ({
  ...user,
  cimdClientId: null,
});

const organizationOf = (
  tenantId: string,
  {
    isDisabled: _,
    updatedAt: __,
    externalId: ___,
    switches: ____,
    ...organization
  }: NonNullable<EventContext['organization']>,
) => ({
  tenantId,
  ...organization,
});

const roleOf = (tenantId: string, { id, name, description, type }: NonNullable<EventContext['role']>) => ({
  tenantId,
  id,
  name,
  description,
  type,
});
