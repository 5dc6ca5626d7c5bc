/** Grant's REST under /grant/api, and GraphQL over the same routes: the table of them, put on Fastify. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { authRoutes } from './auth.ts';
import { readBodies } from './body.ts';
import { authenticate, type Caller } from './caller.ts';
import { answerBrowsers } from './cors.ts';
import { answerOf, bug, type ErrorAnswer, GrantError } from './errors.ts';
import { graphqlRoute } from './graphql/index.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { organizationRoutes } from './organizations.ts';
import type { Access, Call, GrantDoor, Route } from './route.ts';
import { forgetSessions } from './sessions.ts';
import { checking } from './validate.ts';
import { scopeIn } from './within.ts';

const routes: readonly Route[] = [...authRoutes, ...organizationRoutes, ...invitationRoutes, ...memberRoutes];

declare module 'fastify' {
  interface FastifyContextConfig {
    grantAccess?: Access;
  }
  interface FastifyRequest {
    grantCaller?: Caller | undefined;
  }
}

const tidyEveryMs = 600_000;
const largest = 64 * 1024;

/** A Fastify plugin; register it with the prefix `/grant`. */
export async function grantDoor(app: FastifyInstance, door: GrantDoor): Promise<void> {
  app.decorateRequest('grantCaller', undefined);
  readBodies(app);
  app.setValidatorCompiler(validating());
  app.setErrorHandler((error, request, reply) => refuse(door, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const error = new GrantError('NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}.`);
    return send(reply, answerOf(error, door.clock())!);
  });
  answerBrowsers(app, door);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { grantAccess } = request.routeOptions.config;
    if (grantAccess)
      request.grantCaller = await authenticate(door, request.headers.authorization, grantAccess);
  });
  for (const route of routes) addRoute(app, door, route);
  graphqlRoute(app, door, routes, (request) => callOf(door, request));
  const tidying = setInterval(
    () => forgetSessions(door).catch((error) => app.log.error({ err: error }, 'background work failed')),
    tidyEveryMs,
  ).unref();
  app.addHook('onClose', async () => clearInterval(tidying));
}

function addRoute(app: FastifyInstance, door: GrantDoor, route: Route): void {
  const { params, query, body } = route;
  for (const url of [`/api${route.path}`, `/api${route.path}/`])
    app.route({
      method: route.method,
      url,
      bodyLimit: largest,
      config: { grantAccess: route.access },
      schema: {
        ...(params ? { params } : {}),
        ...(query ? { querystring: query } : {}),
        ...(body ? { body } : {}),
      },
      async handler(request, reply) {
        const data = await route.handle(callOf(door, request), {
          ...partsOf(request),
          scope: scopeIn(request),
        });
        return reply.code(route.status).send({ success: true, data });
      },
    });
}

const partsOf = ({ params, query, body }: FastifyRequest) => ({ params, query, body });

const callOf = (door: GrantDoor, request: FastifyRequest): Call => ({
  door,
  caller: request.grantCaller,
  locale: /^\s*([a-z]{2,3}(?:-[a-z\d]{2,8}){0,2})(?![\w*-])/i.exec(
    request.headers['accept-language'] ?? '',
  )?.[1],
  address: request.ip,
});

function refuse(door: GrantDoor, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = answerOf(error, door.clock());
  if (!answer) {
    request.log.error(
      { err: error, requestId: request.id, method: request.method, url: request.routeOptions.url },
      'unexpected failure',
    );
  }
  return send(reply, answer ?? bug(request.id));
}

function send(reply: FastifyReply, { status, body, retryAfter }: ErrorAnswer): FastifyReply {
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply.code(status).send(body);
}

/** The answer to an address that is not written as addresses are. */
export const unreadable = (reply: FastifyReply): FastifyReply =>
  send(reply, answerOf(new GrantError('VALIDATION_ERROR', 'The address cannot be read.'), 0)!);

/** For Fastify. */
const validating =
  () =>
  ({ schema, httpPart }: { schema: unknown; httpPart?: string }) => {
    const check = checking(schema as TSchema, httpPart === 'body' ? 'body' : 'address');
    return (value: unknown) => {
      const error = check(value);
      return error ? { error } : { value };
    };
  };
