/** The Management API under /api: the table of its routes, put on Fastify. */
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Ajv } from 'ajv';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import type { Acting, Actor, TxAct } from '../../act.ts';
import type { Db } from '../../db/db.ts';
import { isInsider } from '../../domain/access.ts';
import { rememberingAuthority } from '../../domain/applications/authority.ts';
import { mustHaveAccess, underAccess } from './access.ts';
import { applicationRoutes } from './applications.ts';
import { authenticate, type VerifyToken } from './authenticate.ts';
import { readBodies } from './body.ts';
import { connectorRoutes } from './connectors.ts';
import { serveDocument } from './documentation.ts';
import { emailTemplateRoutes } from './email-templates.ts';
import { answerOf, DoorError, invalidField, invalidInput, issuesOf } from './errors.ts';
import { globalRoleRoutes } from './global-roles.ts';
import { hookRoutes } from './hooks.ts';
import {
  answeringOnce,
  answeringOnceOutside,
  fingerprint,
  keep,
  readKey,
  type StoredAnswer,
} from './idempotency.ts';
import { invitationRoutes } from './invitations.ts';
import { jitRoutes } from './jit.ts';
import { joinLinkRoutes } from './join-links.ts';
import { joinRequestRoutes } from './join-requests.ts';
import { myRoutes } from './my.ts';
import { organizationApplicationRoutes } from './organization-applications.ts';
import { policyRoutes } from './organization-policy.ts';
import { organizationRoleRoutes } from './organization-roles.ts';
import { organizationScopeRoutes } from './organization-scopes.ts';
import { organizationUserRoutes } from './organization-users.ts';
import { organizationRoutes } from './organizations.ts';
import { ownershipRoutes } from './ownership.ts';
import { pageHeaders, readPage } from './paging.ts';
import { answerPreflights, authenticatePerson, type OwnTokens } from './person.ts';
import { rehearse } from './rehearse.ts';
import { resourceRoutes } from './resources.ts';
import type { Call, JsonListing, Listing, Method, Route } from './route.ts';
import type { Services } from './services.ts';
import { signInExperienceRoutes } from './sign-in-experience.ts';
import { signingKeyRoutes } from './signing-keys.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';
import { whyRoutes } from './why.ts';

export const routes: readonly Route[] = [
  ...organizationRoutes,
  ...organizationUserRoutes,
  ...ownershipRoutes,
  ...whyRoutes,
  ...organizationApplicationRoutes,
  ...jitRoutes,
  ...policyRoutes,
  ...joinLinkRoutes,
  ...joinRequestRoutes,
  ...organizationRoleRoutes,
  ...organizationScopeRoutes,
  ...invitationRoutes,
  ...myRoutes,
  ...userRoutes,
  ...applicationRoutes,
  ...resourceRoutes,
  ...globalRoleRoutes,
  ...connectorRoutes,
  ...emailTemplateRoutes,
  ...signInExperienceRoutes,
  ...signingKeyRoutes,
  ...webhookRoutes,
  ...hookRoutes,
];

export type ManagementDoor = {
  readonly tenantId: string;
  readonly db: Db;
  readonly acting: Acting;
  readonly clock: () => number;
  readonly verify: VerifyToken;
  readonly isManagementAudience: (audience: string) => boolean;
  readonly ownTokens: OwnTokens;
  readonly services: Services;
};

declare module 'fastify' {
  interface FastifyRequest {
    actor?: Actor;
  }
}

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A Fastify plugin; register it with the prefix `/api`. */
export async function managementDoor(app: FastifyInstance, door: ManagementDoor): Promise<void> {
  readBodies(app);
  app.decorateRequest('actor', undefined);
  app.setValidatorCompiler(validatorOf());
  app.setErrorHandler((error, request, reply) => refuse(door, error, request, reply));
  const mayManage = rememberingAuthority(door.db, door.tenantId, door.clock);
  const authorities = { verify: door.verify, isManagementAudience: door.isManagementAudience, mayManage };
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('logto-core-request-id', request.id);
    if (request.routeOptions.config.isPublic) return done();
    if (request.url.includes('%00')) return done(invalidField('url', 'NUL characters cannot be stored'));
    if (request.routeOptions.config.usherRoute?.isOwn) {
      authenticatePerson(request, reply, door.ownTokens).then((person) => {
        request.actor = person;
        done();
      }, done);
      return;
    }
    try {
      const actor = authenticate(request.headers.authorization, authorities);
      if (!(actor instanceof Promise)) {
        request.actor = actor;
        return done();
      }
      actor.then((known) => {
        request.actor = known;
        done();
      }, done);
    } catch (error) {
      done(error as Error);
    }
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string')
      return done(null, payload);
    // A long text is turned into bytes once, for the hash and for the wire; a short one goes out with its headers.
    const content = payload.length > 4096 ? Buffer.from(payload) : payload;
    const etag = `"${hash('sha1', content, 'base64url')}"`;
    reply.header('etag', etag);
    if (!isKnown(etag, request.headers['if-none-match'])) return done(null, content);
    reply.code(304).removeHeader('content-length');
    done(null, null);
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(
      door,
      new DoorError(
        404,
        'request.route_not_found',
        `There is no ${request.method} ${request.url.split('?')[0]}.`,
      ),
      request,
      reply,
    ),
  );
  for (const route of routes) addRoute(app, door, route);
  app.get('/status', { config: { isPublic: true } }, (_request, reply) => reply.code(204).send());
  answerPreflights(app, door.ownTokens);
  serveDocument(app, routes);
  refuseOtherMethods(app);
}

/** Proxies weaken the tag on its way and may ask for several versions at once. */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((known) => [etag, `W/${etag}`, '*'].includes(known.trim()));

declare module 'fastify' {
  interface FastifyContextConfig {
    isPublic?: boolean;
    usherRoute?: Route;
  }
}

/** The answer to what no route ever sees: an address that is too long, or not written as addresses are. */
export function unreadable(error: Error & { statusCode?: number }, reply: FastifyReply): FastifyReply {
  return reply
    .code(error.statusCode ?? 400)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ code: 'request.malformed', message: error.message });
}

function addRoute(app: FastifyInstance, door: ManagementDoor, route: Route): void {
  const [status, body] = route.success;
  app.route({
    method: route.method,
    url: route.path,
    config: { usherRoute: route },
    schema: {
      summary: route.summary,
      tags: [route.tag],
      ...(route.description ? { description: route.description } : {}),
      ...(route.params ? { params: route.params } : {}),
      ...(route.query ? { querystring: route.query } : {}),
      ...(route.body ? { body: route.body } : {}),
      response: {
        [status]: body ?? { type: 'null', description: 'Done; no body' },
        ...(route.representation ? { 200: route.representation } : {}),
      },
    },
    // Before the fields are looked at: who may not is not told what is wrong with them.
    preValidation(request, _reply, done) {
      const { actor, params, query, body } = request;
      if (!isInsider(actor!)) return done();
      mustHaveAccess(door.db, door.tenantId, actor, route, { params, query, body }, door.clock()).then(
        () => done(),
        done,
      );
    },
    handler: (request, reply) => handle(door, route, request, reply),
  });
}

async function handle(door: ManagementDoor, route: Route, request: FastifyRequest, reply: FastifyReply) {
  const key = route.method === 'POST' ? readKey(request.headers['idempotency-key']) : undefined;
  if (key !== undefined) return replay(door, route, request, reply, key);
  const result = await route.handle(callOf(door, route, request, reply) as never);
  return send(door, route, request, reply, result);
}

function callOf(
  door: ManagementDoor,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  act?: TxAct,
): Call<unknown, unknown, unknown> {
  const by = request.actor!;
  return {
    params: request.params,
    query: request.query,
    body: request.body ?? {},
    page: route.paging && readPage(request.query as Record<string, unknown>, route.paging),
    tenantId: door.tenantId,
    by,
    methods: request.methods ?? [],
    db: act?.db ?? door.db,
    at: act?.at ?? door.clock(),
    act: act
      ? (verb) => underAccess(act, route, verb)
      : (verb) => door.acting(by, (fresh) => underAccess(fresh, route, verb)),
    atOnce: async (verb) => (act || !isInsider(by) ? undefined : door.acting(by, verb)),
    services: door.services,
    prefersRepresentation: prefersRepresentation(route, request),
    rehearse: (intention) => {
      const { tenantId, acting, services } = door;
      const validate = (other: Route, params: unknown, body: unknown) => {
        mustFit(other.params, 'params', params);
        mustFit(other.body, 'body', body);
      };
      return rehearse({ tenantId, acting, services, routes, by, at: door.clock(), validate }, intention);
    },
    header: (name, value) => reply.header(name, value),
  };
}

const prefersRepresentation = ({ representation }: Route, { headers }: FastifyRequest): boolean =>
  representation !== undefined && /\breturn=representation\b/.test(String(headers.prefer ?? ''));

function send(
  door: ManagementDoor,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  result: unknown,
) {
  const [status, body] = route.success;
  if (prefersRepresentation(route, request))
    return reply.code(200).header('preference-applied', 'return=representation').send(result);
  if (body === null) {
    // A body-less 201 says so: clients parse every other answer as JSON.
    reply.code(status);
    return status === 204 ? reply.send() : reply.header('content-length', '0').send('');
  }
  if (!route.paging || result instanceof Readable) return reply.code(status).send(result);
  const list = result as Listing<unknown> | JsonListing;
  const page = readPage(request.query as Record<string, unknown>, route.paging);
  if (page) reply.headers(pageHeaders(door.services.publicUrl + request.url, page, list.total));
  if ('items' in list) return reply.code(status).send(list.items);
  return reply.code(status).type('application/json; charset=utf-8').serializer(String).send(list.json);
}

async function replay(
  door: ManagementDoor,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  key: string,
) {
  const once = {
    tenantId: door.tenantId,
    by: request.actor!,
    key,
    request: fingerprint(request.method, request.url, request.body),
  };
  const { keys } = door.services;
  let answer: StoredAnswer;
  try {
    const run = async (act?: TxAct): Promise<StoredAnswer> => {
      const result = await route.handle(callOf(door, route, request, reply, act) as never);
      const [status, body] = route.success;
      return {
        status,
        headers: {},
        body: body === null ? null : String(reply.code(status).serialize(result)),
      };
    };
    answer = route.isOutside
      ? await answeringOnceOutside(door.db, keys, once, door.clock(), run)
      : await answeringOnce(door.acting, keys, once, run);
  } catch (error) {
    const refusal = answerOf(error, route, door.clock());
    const isFinal = refusal && refusal.status < 500 && refusal.status !== 429;
    if (!isFinal || (error instanceof DoorError && error.code === 'request.idempotency_key_reused'))
      throw error;
    answer = { status: refusal.status, headers: refusal.headers ?? {}, body: JSON.stringify(refusal.body) };
    await keep(door.db, keys, once, answer, door.clock());
  }
  // What is answered once more may hold what was told once: a secret.
  reply.code(answer.status).headers(answer.headers).header('cache-control', 'no-store');
  if (answer.body !== null)
    return reply.type('application/json; charset=utf-8').serializer(String).send(answer.body);
  return answer.status === 204 ? reply.send() : reply.header('content-length', '0').send('');
}

function refuse(door: ManagementDoor, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const answer = answerOf(error, request.routeOptions.config.usherRoute, door.clock());
  if (answer) {
    return reply
      .code(answer.status)
      .headers(answer.headers ?? {})
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(answer.body);
  }
  request.log.error(
    { err: error, requestId: request.id, method: request.method, url: request.routeOptions.url },
    'unexpected failure',
  );
  return reply
    .code(500)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({
      code: 'server.unexpected',
      message: `Something went wrong on our side. Request ${request.id}.`,
    });
}

/** A path that exists answers a method that it does not have with 405 and the ones it has. */
function refuseOtherMethods(app: FastifyInstance): void {
  for (const [path, all] of Map.groupBy(routes, (route) => route.path)) {
    const known = new Set<string>(all.map((route) => route.method));
    const others = methods.filter((method) => !known.has(method));
    const allow = [...known, ...(known.has('GET') ? ['HEAD'] : [])].join(', ');
    if (others.length === 0) continue;
    app.route({
      method: others,
      url: path,
      schema: { hide: true } as object,
      handler: (request, reply) => {
        reply.header('allow', allow);
        throw new DoorError(
          405,
          'request.method_not_allowed',
          `${request.method} is not possible here; try ${allow}.`,
        );
      },
    });
  }
}

const compiled = new WeakMap<object, (value: unknown) => true | { error: Error }>();

/** What a request would be refused for by its schema. */
function mustFit(schema: TSchema | undefined, httpPart: 'params' | 'body', value: unknown): void {
  if (!schema) return;
  const check = compiled.get(schema) ?? validatorOf()({ schema, httpPart });
  compiled.set(schema, check);
  const result = check(value);
  if (result !== true) throw result.error;
}

/** Bodies are taken as they are; in paths and queries everything is text, and one value may stand for a list. */
function validatorOf() {
  const exact = new Ajv({
    allErrors: false,
    coerceTypes: false,
    useDefaults: false,
    removeAdditional: true,
    strict: false,
  });
  const textual = new Ajv({ allErrors: false, coerceTypes: 'array', useDefaults: false, strict: false });
  return ({ schema, httpPart }: { schema: unknown; httpPart?: string }) => {
    const check = (httpPart === 'body' ? exact : textual).compile(schema as TSchema);
    const part = httpPart === 'querystring' ? 'query' : (httpPart ?? 'body');
    return (value: unknown) => check(value) || { error: invalidInput(issuesOf(check.errors ?? [], part)) };
  };
}
