import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import type { Queries } from '../../db/db.ts';
import { refuse } from '../../domain/refusal.ts';
import { countAttempts, findAttempts } from '../../domain/webhooks/attempts.ts';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  type Endpoint,
  findEndpoints,
  getEndpoint,
  getHeaders,
} from '../../domain/webhooks/endpoints.ts';
import { changeSecret, getSecret } from '../../domain/webhooks/secrets.ts';
import { typesOf } from '../../outbox/webhook/format.ts';
import { DoorError, invalidField } from './errors.ts';
import { eventNameOf, hookFormat, samplePayload } from './hook-form.ts';
import { notExists } from './refusals.ts';
import { routesOf } from './route.ts';
import { Flag, Id, isYes, Json, NullableText, Part, Text } from './schema.ts';
import type { Services } from './services.ts';
import { mustBeUrl } from './webhooks.ts';

const Config = Part({
  url: Type.String({ minLength: 1, maxLength: 2048 }),
  headers: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      maxProperties: 30,
      additionalProperties: { type: 'string', maxLength: 4096 },
    }),
  ),
  retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 3 })),
});
const Stats = Type.Object({ successCount: Type.Integer(), requestCount: Type.Integer() });
const Hook = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  name: Type.String(),
  event: NullableText(),
  events: Type.Array(Type.String()),
  config: Json,
  signingKey: Type.String(),
  enabled: Type.Boolean(),
  createdAt: Type.Integer(),
  executionStats: Type.Optional(Stats),
});
const HookLog = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  key: Type.String(),
  payload: Json,
  createdAt: Type.Integer(),
});
const EventNames = Type.Array(Text(1, 64), { maxItems: 100 });
const HookChange = Type.Object({
  name: Type.Optional(Text(1, 256)),
  event: Type.Optional(Text(1, 64)),
  events: Type.Optional(EventNames),
  config: Type.Optional(Config),
  enabled: Type.Optional(Type.Boolean()),
});
const NewHook = Type.Object({ ...HookChange.properties, config: Config });
const ById = Type.Object({ id: Id });
const day = 86_400_000;
const route = routesOf('Hooks');

type Asked = { event?: string | undefined; events?: string[] | undefined };

/** The events asked for; undefined when none are said. */
function eventsOf({ event, events }: Asked): string[] | undefined {
  const wanted = events ? [...new Set(events)] : event === undefined ? undefined : [event];
  if (wanted?.length === 0) throw missingEvents();
  const unknown = wanted?.findIndex((name) => !Object.hasOwn(hookFormat.events, name)) ?? -1;
  if (unknown >= 0) throw invalidField(events ? `body.events.${unknown}` : 'body.event', 'No event of hooks');
  return wanted;
}

const missingEvents = () => new DoorError(400, 'hook.missing_events', 'Say which events the hook is for.');

/** Of the connection, not of the message, or what the server says itself. */
const ownHeaders =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-length|content-type|logto-signature-.*|webhook-.*)$/i;

function mustBeHeaders(headers: Record<string, string> = {}): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    const field = `body.config.headers.${name.slice(0, 64)}`;
    if (!/^[!#$%&'*+\-.^_`|~\w]{1,128}$/.test(name)) throw invalidField(field, 'Not the name of a header');
    if (ownHeaders.test(name)) throw invalidField(field, 'This header cannot be set');
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw invalidField(field, 'Not the value of a header');
  }
  return headers;
}

const settingsOf = (event: string | null, retries: number | undefined) => ({
  event,
  ...(retries === undefined ? {} : { retries }),
});

async function present(db: Queries, tenantId: string, { keys }: Services, endpoint: Endpoint, at: number) {
  const { id, name, url, events, settings, isEnabled: enabled, createdAt } = endpoint;
  const { secret } = await getSecret(db, keys, tenantId, id, at);
  const headers = await getHeaders(db, keys, tenantId, id);
  const { event = null, retries } = settings as { event?: string | null; retries?: number };
  const config = {
    url,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(retries === undefined ? {} : { retries }),
  };
  return { tenantId, id, name, event, events, config, signingKey: secret, enabled, createdAt };
}

async function getHook(db: Queries, tenantId: string, id: string): Promise<Endpoint> {
  const endpoint = await getEndpoint(db, tenantId, id);
  return endpoint.format === hookFormat.name ? endpoint : refuse('webhook.not_found', { id });
}

async function statsOf(db: Queries, tenantId: string, ids: readonly string[], at: number) {
  const counted = new Map((await countAttempts(db, tenantId, ids, at - day)).map((one) => [one.id, one]));
  return (id: string) => ({
    successCount: counted.get(id)?.successCount ?? 0,
    requestCount: counted.get(id)?.requestCount ?? 0,
  });
}

const newSigningKey = () => randomBytes(24).toString('base64url');

export const hookRoutes = [
  route({
    method: 'GET',
    path: '/hooks',
    summary: 'List hooks, newest first',
    query: Type.Object({ includeExecutionStats: Flag }),
    paging: 'optional',
    success: [200, Type.Array(Hook)],
    async handle({ db, tenantId, services, query, page, at }) {
      const { items, total } = await findEndpoints(db, tenantId, { format: hookFormat.name, page });
      const hooks = await Promise.all(items.map((one) => present(db, tenantId, services, one, at)));
      if (!isYes(query.includeExecutionStats)) return { items: hooks, total };
      const stats = await statsOf(
        db,
        tenantId,
        hooks.map(({ id }) => id),
        at,
      );
      return { items: hooks.map((hook) => ({ ...hook, executionStats: stats(hook.id) })), total };
    },
  }),
  route({
    method: 'POST',
    path: '/hooks',
    summary: 'Create a hook',
    description:
      'A message goes on being tried for three days whatever `retries` says. It goes to public addresses, and to networks that the operator allows.',
    body: NewHook,
    success: [201, Hook],
    async handle({ act, tenantId, services, body, at }) {
      const events = eventsOf(body) ?? fail();
      const endpoint = {
        name: body.name,
        url: mustBeUrl('body.config.url', body.config.url),
        headers: mustBeHeaders(body.config.headers),
        settings: settingsOf(body.events ? null : (body.event ?? null), body.config.retries),
        isEnabled: body.enabled,
        format: hookFormat.name,
        isPerPerson: hookFormat.isPerPerson,
        events,
        types: typesOf(hookFormat, events)!,
        secret: newSigningKey(),
      };
      return act(async (a) => present(a.db, tenantId, services, await createEndpoint(a, endpoint), at));
    },
  }),
  route({
    method: 'GET',
    path: '/hooks/:id',
    summary: 'Get a hook',
    params: ById,
    query: Type.Object({ includeExecutionStats: Flag }),
    success: [200, Hook],
    async handle({ db, tenantId, services, params, query, at }) {
      const hook = await present(db, tenantId, services, await getHook(db, tenantId, params.id), at);
      if (!isYes(query.includeExecutionStats)) return hook;
      const stats = await statsOf(db, tenantId, [hook.id], at);
      return { ...hook, executionStats: stats(hook.id) };
    },
  }),
  route({
    method: 'PATCH',
    path: '/hooks/:id',
    summary: 'Change a hook; config is replaced whole',
    params: ById,
    body: HookChange,
    success: [200, Hook],
    refusals: { 'webhook.not_found': notExists },
    async handle({ act, db, tenantId, services, params, body, at }) {
      const before = await getHook(db, tenantId, params.id);
      const events = eventsOf(body);
      const { event, retries } = before.settings as { event?: string | null; retries?: number };
      const change = {
        name: body.name,
        events,
        types: events && typesOf(hookFormat, events),
        isEnabled: body.enabled,
        settings: settingsOf(
          events ? (body.events ? null : body.event!) : (event ?? null),
          body.config ? body.config.retries : retries,
        ),
        ...(body.config && {
          url: mustBeUrl('body.config.url', body.config.url),
          headers: mustBeHeaders(body.config.headers),
        }),
      };
      return act(async (a) =>
        present(a.db, tenantId, services, await changeEndpoint(a, params.id, change), at),
      );
    },
  }),
  route({
    method: 'PATCH',
    path: '/hooks/:id/signing-key',
    summary: 'Change the signing key of a hook, at once',
    params: ById,
    success: [200, Hook],
    refusals: { 'webhook.not_found': notExists },
    async handle({ act, db, tenantId, services, params, at }) {
      const hook = await getHook(db, tenantId, params.id);
      return act(async (a) => {
        await changeSecret(a, hook.id, { secret: newSigningKey(), isAtOnce: true });
        return present(a.db, tenantId, services, hook, at);
      });
    },
  }),
  route({
    method: 'POST',
    path: '/hooks/:id/test',
    summary: 'Send a test payload for each of these events, with a configuration that is not stored',
    isOutside: true,
    params: ById,
    body: Type.Object({ events: EventNames, config: Config }),
    success: [204, null],
    async handle({ db, tenantId, services, params, body, at }) {
      const hook = await getHook(db, tenantId, params.id);
      const events = eventsOf(body) ?? fail();
      const url = mustBeUrl('body.config.url', body.config.url);
      const headers = mustBeHeaders(body.config.headers);
      const { secret } = await getSecret(db, services.keys, tenantId, hook.id, at);
      for (const event of events) {
        const payload = samplePayload(hook.id, event, at);
        const sent = await services.webhooks.sendNow(
          url,
          {
            ...headers,
            'content-type': 'application/json; charset=utf-8',
            ...hookFormat.sign({ id: hook.id, at, body: payload }, [secret]),
          },
          payload,
        );
        if (sent.ok) continue;
        if (sent.status === null)
          throw new DoorError(
            422,
            'hook.send_test_payload_failed',
            `The test was not delivered: ${sent.answer}.`,
          );
        throw new DoorError(422, 'hook.endpoint_responded_with_error', 'The endpoint refused the test.', {
          responseStatus: sent.status,
          responseBody: sent.body,
        });
      }
    },
  }),
  route({
    method: 'GET',
    path: '/hooks/:id/recent-logs',
    summary: 'List attempts to deliver, newest first; of the last day when no times are said',
    params: ById,
    query: Type.Object({
      logKey: Type.Optional(Text(1, 128)),
      start_time: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
      end_time: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })),
      enableCap: Flag,
    }),
    paging: 'always',
    success: [200, Type.Array(HookLog)],
    async handle({ db, tenantId, params, query, page, at }) {
      const hook = await getHook(db, tenantId, params.id);
      const name = query.logKey?.replace(/^TriggerHook\./, '');
      const types =
        name !== undefined && Object.hasOwn(hookFormat.events, name) ? hookFormat.events[name] : [];
      const { items, total } = await findAttempts(db, tenantId, hook.id, {
        from: query.start_time === undefined ? at - day : Number(query.start_time),
        to: query.end_time === undefined ? at + day : Number(query.end_time),
        types: name === undefined ? undefined : types,
        page,
      });
      return {
        total,
        items: items.map(({ deliveryId, number, type, at: createdAt, outcome, status, answer }) => {
          const key = `TriggerHook.${eventNameOf(type) ?? hook.events[0]}`;
          return {
            tenantId,
            id: `${deliveryId}-${number}`,
            key,
            payload: {
              key,
              hookId: hook.id,
              result: outcome === 'sent' ? 'Success' : 'Error',
              response: { statusCode: status, body: answer },
            },
            createdAt,
          };
        }),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/hooks/:id',
    summary: 'Delete a hook',
    params: ById,
    success: [204, null],
    async handle({ act, db, tenantId, params }) {
      const hook = await getHook(db, tenantId, params.id);
      return act((a) => deleteEndpoint(a, hook.id));
    },
  }),
];

function fail(): never {
  throw missingEvents();
}
