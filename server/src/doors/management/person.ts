/**
 * Calls by a signed-in person with a token of their own: only routes under /my, which are for nobody else. A browser may
 * make them from where the application of the token is registered, and from no other place.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../act.ts';
import { DoorError } from './errors.ts';

export type OwnTokens = {
  personOf(token: string): Promise<
    | {
        readonly userId: string;
        readonly methods: readonly string[];
        mayCallFrom(origin: string): boolean;
      }
    | undefined
  >;
  isKnownOrigin(origin: string): Promise<boolean>;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** How the person signed in. */
    methods?: readonly string[];
  }
}

/** Refuses with 401 or 403. */
export async function authenticatePerson(
  request: FastifyRequest,
  reply: FastifyReply,
  tokens: OwnTokens,
): Promise<Actor> {
  const { origin, authorization } = request.headers;
  if (origin !== undefined) await allow(origin, reply, tokens);
  if (!authorization)
    throw new DoorError(401, 'auth.authorization_header_missing', 'The Authorization header is missing.');
  const [, token] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  const person = token === undefined ? undefined : await tokens.personOf(token);
  if (!person)
    throw new DoorError(401, 'auth.unauthorized', 'This needs a token of a signed-in person with openid.');
  if (origin !== undefined && !person.mayCallFrom(origin))
    throw new DoorError(403, 'auth.forbidden', 'The application is not registered at this origin.');
  request.methods = person.methods;
  return { kind: 'user', id: person.userId };
}

async function allow(origin: string, reply: FastifyReply, tokens: OwnTokens): Promise<void> {
  reply.header('vary', 'Origin');
  if (!(await tokens.isKnownOrigin(origin))) return;
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', 'Link, Total-Number, Retry-After, Logto-Core-Request-Id');
}

/** What browsers ask before they call. */
export function answerPreflights(app: FastifyInstance, tokens: OwnTokens): void {
  app.options(
    '/my/*',
    { config: { isPublic: true }, schema: { hide: true } as object },
    async (request, reply) => {
      const { origin } = request.headers;
      if (origin !== undefined) await allow(origin, reply, tokens);
      return reply
        .header('access-control-allow-methods', 'GET, POST, DELETE')
        .header('access-control-allow-headers', 'authorization, content-type, idempotency-key, prefer')
        .header('access-control-max-age', '600')
        .code(204)
        .send();
    },
  );
}
