import { Type } from 'typebox';
import { findDeliveries, orderTest, redeliver } from '../../domain/webhooks/deliveries.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  findEndpoints,
  getEndpoint,
} from '../../domain/webhooks/endpoints.ts';
import { pauseEndpoint, resumeEndpoint } from '../../domain/webhooks/pause.ts';
import { changeSecret, getSecret } from '../../domain/webhooks/secrets.ts';
import { typesOf, type WebhookFormat } from '../../outbox/webhook/format.ts';
import { invalidField } from './errors.ts';
import { routesOf } from './route.ts';
import { Id, NullableId, NullableText, NullableTime, Text, Time } from './schema.ts';
import type { Services } from './services.ts';

const Webhook = Type.Object({
  id: Type.String(),
  organizationId: NullableText(),
  name: Type.String(),
  url: Type.String(),
  format: Type.String(),
  events: Type.Array(Type.String()),
  pausedAt: NullableTime,
  pauseReason: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    enum: ['asked', 'gone', 'failing', null],
    description: '`gone`: it answered 410; `failing`: nothing arrived for three days',
  }),
  failingSince: NullableTime,
  formerSecretUntil: NullableTime,
  createdAt: Type.Integer(),
  updatedAt: Type.Integer(),
});
const Secret = Type.Object({
  secret: Type.String({ description: '`whsec_` and base64, as Standard Webhooks have it' }),
  formerSecretUntil: NullableTime,
});
const WebhookWithSecret = Type.Object({ ...Webhook.properties, secret: Secret.properties.secret });
const Delivery = Type.Object({
  id: Type.String({ description: 'The `webhook-id` of the message' }),
  type: Type.String(),
  organizationId: NullableText(),
  status: Type.Unsafe<string>({ type: 'string', enum: ['queued', 'retrying', 'sent', 'failed', 'canceled'] }),
  attempts: Type.Integer(),
  createdAt: Time,
  nextAttemptAt: NullableTime,
  endedAt: NullableTime,
  history: Type.Array(
    Type.Object({
      at: Time,
      outcome: Type.Unsafe<string>({ type: 'string', enum: ['retrying', 'sent', 'failed', 'canceled'] }),
      status: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
      answer: Type.String(),
      ms: Type.Integer(),
    }),
  ),
});

const Events = Type.Array(Text(1, 128), { minItems: 1, maxItems: 100 });
const Url = Type.String({ minLength: 1, maxLength: 2048 });
const ById = Type.Object({ id: Id });
const route = routesOf('Webhooks');

/** http or https, without credentials: those would end up in lists and logs. */
export function mustBeUrl(field: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalidField(field, 'Not an http or https URL');
  if (url.username || url.password) throw invalidField(field, 'A URL with credentials is not possible');
  if (/\s/.test(text)) throw invalidField(field, 'A URL with blanks is not possible');
  return text;
}

function mustFormat({ webhooks }: Services, name: string): WebhookFormat {
  const format = webhooks.formats.find((known) => known.name === name);
  const known = webhooks.formats.map((one) => one.name).join(', ');
  return format ?? fail('body.format', `No format of webhooks; there are ${known}`);
}

const fail = (field: string, message: string): never => {
  throw invalidField(field, message);
};

function mustTypes(format: WebhookFormat, events: readonly string[]): string[] {
  const types = typesOf(format, events);
  if (types) return types;
  const at = events.findIndex((event) => !Object.hasOwn(format.events, event));
  return fail(`body.events.${at}`, `No event of the format ${format.name}`);
}

const present = ({ isEnabled: _, settings: __, formerSecretUntil, ...endpoint }: Endpoint, at: number) => ({
  ...endpoint,
  formerSecretUntil: formerSecretUntil !== null && formerSecretUntil > at ? formerSecretUntil : null,
});

export const webhookRoutes = [
  route({
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks, newest first (Usher)',
    query: Type.Object({ organizationId: Type.Optional(Id) }),
    paging: 'optional',
    success: [200, Type.Array(Webhook)],
    async handle({ db, tenantId, query, page, at }) {
      const { items, total } = await findEndpoints(db, tenantId, {
        organizationId: query.organizationId,
        page,
      });
      return { items: items.map((endpoint) => present(endpoint, at)), total };
    },
  }),
  route({
    method: 'POST',
    path: '/webhooks',
    summary: 'Create a webhook; the answer tells its secret (Usher)',
    description:
      '`events` are names such as `invitation.accepted`, families such as `invitation.*`, or `*`, in the words of the format. ' +
      'With `organizationId` it hears of that organization only. Messages go to public addresses, and to networks that the operator allows.',
    body: Type.Object({
      url: Url,
      events: Events,
      format: Type.Optional(Text(1, 32, '`usher` when absent')),
      organizationId: Type.Optional(NullableId),
      name: Type.Optional(Text(0, 256)),
    }),
    success: [201, WebhookWithSecret],
    handle({ act, body, services, at }) {
      const format = mustFormat(services, body.format ?? 'usher');
      const url = mustBeUrl('body.url', body.url);
      const events = [...new Set(body.events)];
      const types = mustTypes(format, events);
      const { name, organizationId } = body;
      const input = { url, events, types, name, organizationId, format: format.name };
      return act(async (a) => {
        const { secret, ...made } = await createEndpoint(a, { ...input, isPerPerson: format.isPerPerson });
        return { ...present(made, at), secret };
      });
    },
  }),
  route({
    method: 'GET',
    path: '/webhooks/:id',
    summary: 'Get a webhook (Usher)',
    params: ById,
    success: [200, Webhook],
    handle: async ({ db, tenantId, params, at }) => present(await getEndpoint(db, tenantId, params.id), at),
  }),
  route({
    method: 'PATCH',
    path: '/webhooks/:id',
    summary: 'Change a webhook (Usher)',
    params: ById,
    body: Type.Object({
      url: Type.Optional(Url),
      events: Type.Optional(Events),
      name: Type.Optional(Text(0, 256)),
    }),
    success: [200, Webhook],
    async handle({ act, db, tenantId, params, body, services, at }) {
      const { format: name } = await getEndpoint(db, tenantId, params.id);
      const format = mustFormat(services, name);
      const url = body.url === undefined ? undefined : mustBeUrl('body.url', body.url);
      const events = body.events && [...new Set(body.events)];
      const types = events && mustTypes(format, events);
      const change = { url, events, types, name: body.name };
      return act(async (a) => present(await changeEndpoint(a, params.id, change), at));
    },
  }),
  route({
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'Delete a webhook with all that was not delivered yet (Usher)',
    params: ById,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteEndpoint(a, params.id)),
  }),
  route({
    method: 'GET',
    path: '/webhooks/:id/secret',
    summary: 'Get the secret that messages are signed with (Usher)',
    params: ById,
    success: [200, Secret],
    handle: ({ db, tenantId, params, services, at }) => getSecret(db, services.keys, tenantId, params.id, at),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/secret',
    summary: 'Change the secret; for a day messages are signed with both (Usher)',
    params: ById,
    success: [201, Secret],
    handle: ({ act, params }) => act((a) => changeSecret(a, params.id)),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/test',
    summary: 'Send a test message (Usher)',
    description: 'What became of it is in the deliveries, a moment later.',
    params: ById,
    success: [201, Delivery],
    handle: ({ act, params }) => act((a) => orderTest(a, params.id)),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/pause',
    summary: 'Pause a webhook; what happens meanwhile is kept for it (Usher)',
    params: ById,
    success: [200, Webhook],
    handle: ({ act, params, at }) => act(async (a) => present(await pauseEndpoint(a, params.id), at)),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/resume',
    summary: 'Resume a webhook: what was kept is sent (Usher)',
    params: ById,
    success: [200, Webhook],
    handle: ({ act, params, at }) => act(async (a) => present(await resumeEndpoint(a, params.id), at)),
  }),
  route({
    method: 'GET',
    path: '/webhooks/:id/deliveries',
    summary: 'List the messages of a month with every attempt, newest first (Usher)',
    params: ById,
    paging: 'always',
    success: [200, Type.Array(Delivery)],
    handle: ({ db, tenantId, params, page }) => findDeliveries(db, tenantId, params.id, page),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/deliveries/:deliveryId/redeliver',
    summary: 'Send a message again, the same under the same id (Usher)',
    params: Type.Object({ id: Id, deliveryId: Id }),
    success: [201, Delivery],
    handle: ({ act, params }) => act((a) => redeliver(a, params.id, params.deliveryId)),
  }),
];
