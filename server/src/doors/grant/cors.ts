/**
 * Calls by pages of the tenant's applications. Nothing here goes by cookies: who calls says so by a token, so that an
 * origin is told no more than that it may read the answer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GrantDoor } from './route.ts';

const allowed = 'authorization, content-type, x-scope-id, x-scope-tenant';

export function answerBrowsers(app: FastifyInstance, door: GrantDoor): void {
  app.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    if (origin === undefined) return;
    reply.header('vary', 'Origin');
    if (await door.isKnownOrigin(origin))
      reply
        .header('access-control-allow-origin', origin)
        .header('access-control-expose-headers', 'Retry-After');
  });
  for (const path of ['/api/*', '/graphql']) app.options(path, preflight);
}

const preflight = async (_request: FastifyRequest, reply: FastifyReply) =>
  reply
    .header('access-control-allow-methods', 'GET, POST, PATCH, DELETE')
    .header('access-control-allow-headers', allowed)
    .header('access-control-max-age', '600')
    .code(204)
    .send();
