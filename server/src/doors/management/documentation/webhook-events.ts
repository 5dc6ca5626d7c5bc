/** The messages of webhooks in our own words, for the document: one for each type of event. */
import { eventTypes } from '../../../domain/webhooks/event-types.ts';
import type { JsonSchema } from './schemas.ts';

const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const time = { type: 'integer', description: 'Milliseconds since the epoch' };
const maybeTime = { type: ['integer', 'null'], description: 'Milliseconds since the epoch' };
const flag = { type: 'boolean' };
const texts = { type: 'array', items: text };
const named = { type: 'array', items: { type: 'object', properties: { id: text, name: text } } };
const part = (properties: Record<string, JsonSchema>, description?: string): JsonSchema => ({
  type: 'object',
  ...(description ? { description } : {}),
  properties,
});

const organization = part(
  { id: text, name: text, description: maybe, isDisabled: flag, createdAt: time },
  'As it was then; only `id` and perhaps `name` of one that has gone',
);
const user = part(
  {
    id: text,
    username: maybe,
    primaryEmail: maybe,
    name: maybe,
    avatar: maybe,
    isSuspended: flag,
    createdAt: time,
  },
  'As it was then; only `id` of somebody who has gone',
);
const families: Record<string, JsonSchema> = {
  organization: part({ organization, changed: texts }),
  invitation: part({
    organization,
    userId: { ...text, description: 'Who accepted' },
    invitation: part({
      id: text,
      organizationId: text,
      invitee: text,
      inviterId: maybe,
      acceptedUserId: maybe,
      status: { type: 'string', enum: ['Pending', 'Accepted', 'Expired', 'Revoked', 'Rejected'] },
      roles: named,
      createdAt: time,
      updatedAt: time,
      expiresAt: time,
      resentCount: { type: 'integer' },
      awaitsApproval: flag,
    }),
  }),
  membership: part({
    organization,
    user,
    membership: {
      type: ['object', 'null'],
      description: 'Null once it has ended',
      properties: { joinedAt: time, suspendedAt: maybeTime, expiresAt: maybeTime, roles: named },
    },
    addedRoleIds: texts,
    removedRoleIds: texts,
    path: text,
    reason: text,
  }),
  user: part({ user, changed: texts }),
  role: part({
    role: part({ id: text, name: text, description: maybe, type: text, createdAt: time, scopes: named }),
  }),
};

const familyOf = (type: string): string => type.split('.')[0]!;
const nameOf = (family: string): string => `Webhook${family[0]!.toUpperCase()}${family.slice(1)}Data`;

export const webhookSchemas: Record<string, JsonSchema> = Object.fromEntries(
  Object.entries(families).map(([family, schema]) => [nameOf(family), schema]),
);

export type WebhookOperation = { readonly post: Record<string, unknown> };

export const webhookOperations: Record<string, WebhookOperation> = Object.fromEntries(
  eventTypes.map((type) => [type, { post: operationOf(type) }]),
);

function operationOf(type: string): Record<string, unknown> {
  const data = Object.hasOwn(families, familyOf(type))
    ? { $ref: `#/components/schemas/${nameOf(familyOf(type))}` }
    : part({ organization });
  const properties = {
    id: { ...text, description: 'The same as in the header `webhook-id`' },
    type: { ...text, enum: [type] },
    timestamp: { ...text, format: 'date-time' },
    organizationId: maybe,
    data,
  };
  return {
    summary: `${type}, to webhooks of the format usher`,
    tags: ['Webhooks'],
    requestBody: {
      content: {
        'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } },
      },
    },
    responses: { '2XX': { description: 'It has arrived' } },
  };
}
