/** What this door answers beside its services: OAuth's endpoints, at the root. */
import { parse } from 'node:querystring';
import type { FastifyInstance } from 'fastify';
import { isOutage } from '../../../db/db.ts';
import type { ScalekitDoor } from '../door.ts';
import { OAuthError, sendOAuthError } from './errors.ts';
import { publishedKeys } from './keys.ts';
import { answerTokenRequest, type Parameters } from './token.ts';

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

  app.get('/keys', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(publishedKeys(door)),
  );
  app.post('/oauth/token', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    return answerTokenRequest(door, (request.body ?? {}) as Parameters);
  });
}
