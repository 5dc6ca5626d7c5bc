/** What this door answers beside its services: OAuth's endpoints, at the root. */
import { parse } from 'node:querystring';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isOutage } from '../../../db/db.ts';
import type { ScalekitDoor } from '../door.ts';
import { authorize } from './authorize.ts';
import { discoveryOf } from './discovery.ts';
import { OAuthError, sendOAuthError } from './errors.ts';
import { publishedKeys } from './keys.ts';
import { signOut } from './logout.ts';
import type { Parameters } from './parameters.ts';
import { answerTokenRequest } from './token.ts';

/** A Fastify plugin. */
export async function oauthRoutes(app: FastifyInstance, door: ScalekitDoor): Promise<void> {
  app.removeContentTypeParser('application/x-www-form-urlencoded');
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 56 * 1024 },
    (_request, body, done) => done(null, parse(body as string)),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof OAuthError) return sendOAuthError(reply, error);
    if (isOutage(error))
      return sendOAuthError(
        reply,
        new OAuthError(503, 'temporarily_unavailable', 'The database cannot be reached. Try again later.'),
      );
    const { statusCode = 500 } = error;
    if (statusCode < 500)
      return sendOAuthError(
        reply,
        new OAuthError(statusCode, 'invalid_request', 'The request cannot be read.'),
      );
    request.log.error(
      { err: error, requestId: request.id, url: request.routeOptions.url },
      'unexpected failure',
    );
    return sendOAuthError(reply, new OAuthError(500, 'server_error', 'Something went wrong on our side.'));
  });

  app.get('/keys', async (_request, reply) => published(reply).send(publishedKeys(door)));
  app.get('/.well-known/openid-configuration', async (_request, reply) =>
    published(reply).send(discoveryOf(door)),
  );
  app.get('/oauth/authorize', { exposeHeadRoute: false }, (request, reply) =>
    authorize(door, request, reply),
  );
  app.get('/oidc/logout', { exposeHeadRoute: false }, (request, reply) => signOut(door, request, reply));
  app.post('/oauth/token', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    const { origin } = request.headers;
    if (origin !== undefined && (await door.isKnownOrigin(origin)))
      reply.header('access-control-allow-origin', origin).header('vary', 'Origin');
    return answerTokenRequest(door, (request.body ?? {}) as Parameters, origin);
  });
}

/** For everybody, pages of any origin too. */
const published = (reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*');
