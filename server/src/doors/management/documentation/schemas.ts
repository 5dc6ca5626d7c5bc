/** Schemas as the document shows them: those with a name stand under it once, and are referred to everywhere else. */
import type { TSchema } from 'typebox';
import type { Route } from '../route.ts';
import { operationId } from './operation-id.ts';

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  [keyword: string]: unknown;
};
export type Refer = (schema: TSchema) => JsonSchema;

/** Where the document finds what it names: an answer, or what an answer lists. */
const entities: Record<string, string> = {
  Organization: 'GET /organizations/:id',
  OrganizationListed: 'GET /organizations',
  OrganizationWithRoles: 'GET /users/:id/organizations',
  Seats: 'GET /organizations/:id/seats',
  Member: 'GET /organizations/:id/users',
  OrganizationApplication: 'GET /organizations/:id/applications',
  EmailDomain: 'GET /organizations/:id/jit/email-domains',
  OrganizationRole: 'GET /organization-roles/:id',
  OrganizationRoleWithScopes: 'GET /organization-roles',
  OrganizationScope: 'GET /organization-scopes/:id',
  OrganizationInvitation: 'GET /organization-invitations/:id',
  InvitationLink: 'GET /organization-invitations/:id/link',
  Delivery: 'GET /organization-invitations/:id/deliveries',
  User: 'GET /users/:id',
  Application: 'GET /applications/:id',
  ApplicationSecret: 'POST /applications/:id/secrets',
  Resource: 'PATCH /resources/:id',
  ResourceWithScopes: 'GET /resources',
  ResourceScope: 'POST /resources/:id/scopes',
  Role: 'GET /roles/:id',
  Connector: 'GET /connectors/:id',
  ConnectorFactory: 'GET /connector-factories/:id',
  EmailTemplate: 'GET /email-templates/:id',
  Webhook: 'GET /webhooks/:id',
  Hook: 'GET /hooks/:id',
  WebhookDelivery: 'GET /webhooks/:id/deliveries',
  SigningKey: 'GET /configs/oidc/private-keys',
};
/** A body with more fields than this has a name: clients make a type of it. */
const fewFields = 3;

const ErrorSchema: JsonSchema = {
  type: 'object',
  description: 'Every refusal. `code` is stable and for programs; `message` is for people and may change.',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'What is wrong, as `namespace.reason`' },
    message: { type: 'string', description: 'The same for people' },
    data: {
      description:
        'Facts: for invalid input `issues`, each with `path`, `code` and `message`; for a refusal its `reason` and the ids, status or time that it is about',
    },
    details: { type: 'string', description: 'For invalid input: a line for every issue' },
  },
};

export function namedSchemas(routes: readonly Route[]): {
  schemas: Record<string, JsonSchema>;
  refer: Refer;
} {
  const names = new Map<string, string>();
  const found: [string, JsonSchema][] = [];
  const name = (title: string, schema: JsonSchema) => {
    const text = JSON.stringify(schema);
    if (names.has(text)) return;
    names.set(text, title);
    found.push([title, schema]);
  };
  for (const [title, where] of Object.entries(entities)) {
    const route = routes.find(({ method, path }) => `${method} ${path}` === where);
    const answer = route?.success[1] && plain(route.success[1]);
    if (answer) name(title, answer.type === 'array' ? answer.items! : answer);
  }
  for (const route of routes) {
    const body = route.body && plain(route.body);
    if (body && Object.keys(body.properties ?? {}).length > fewFields) {
      const id = operationId(route);
      name(`${id[0]!.toUpperCase()}${id.slice(1)}`, body);
    }
  }

  const referring = (schema: JsonSchema): JsonSchema => {
    const title = names.get(JSON.stringify(schema));
    return title ? { $ref: `#/components/schemas/${title}` } : within(schema);
  };
  const within = (schema: JsonSchema): JsonSchema => ({
    ...schema,
    ...(schema.properties && { properties: mapValues(schema.properties, referring) }),
    ...(schema.items && { items: referring(schema.items) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(referring) }),
  });
  return {
    schemas: {
      Error: ErrorSchema,
      ...Object.fromEntries(found.map(([title, schema]) => [title, within(schema)])),
    },
    refer: (schema) => referring(plain(schema)),
  };
}

/** The schema as JSON, a choice of constants as an enumeration. */
function plain(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value) => {
    if (!Array.isArray(value?.anyOf)) return value;
    const { anyOf: choices, ...rest } = value as { anyOf: JsonSchema[] };
    if (!choices.every((choice) => typeof choice.const === 'string')) return value;
    return { ...rest, type: 'string', enum: choices.map((choice) => choice.const) };
  }) as JsonSchema;
}

const mapValues = <T, R>(record: Record<string, T>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
