/**
 * The back end of Notes: it serves the page, and an API that believes organization tokens. Who somebody is, in which
 * organization and with which permissions stands in the token; the keys to check it come from Usher.
 */
import { randomUUID } from 'node:crypto';
import staticFiles from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createRemoteJWKSet, jwtVerify } from 'jose';

export type Settings = {
  /** Where Usher is, without a trailing slash. */
  readonly usher: string;
  /** The application that people sign in to. */
  readonly appId: string;
  /** The folder of the built page. */
  readonly page: string;
};

type Note = { readonly id: string; readonly by: string; readonly text: string };
type Place = { Params: { organizationId: string } };

export function notesServer({ usher, appId, page }: Settings): FastifyInstance {
  const app = fastify();
  const keys = createRemoteJWKSet(new URL(`${usher}/oidc/jwks`));
  const notes = new Map<string, Note[]>();

  /** The person of the token, if it is one for this organization and holds the permission; otherwise the answer. */
  async function allowed(request: FastifyRequest<Place>, reply: FastifyReply, permission: string) {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    try {
      const { payload } = await jwtVerify<{ scope: string }>(token, keys, {
        issuer: `${usher}/oidc`,
        audience: `urn:logto:organization:${request.params.organizationId}`,
      });
      if (payload.scope.split(' ').includes(permission)) return payload.sub!;
      reply.code(403).send({ message: `Your role does not give ${permission}.` });
    } catch {
      reply.code(401).send({ message: 'This is no token for the organization.' });
    }
    return undefined;
  }

  app.get('/api/settings', () => ({ usher, appId }));
  app.get<Place>('/api/organizations/:organizationId/notes', async (request, reply) => {
    if (!(await allowed(request, reply, 'read:notes'))) return reply;
    return notes.get(request.params.organizationId) ?? [];
  });
  app.post<Place & { Body: { text?: unknown } }>(
    '/api/organizations/:organizationId/notes',
    async (request, reply) => {
      const by = await allowed(request, reply, 'write:notes');
      if (!by) return reply;
      const text = String(request.body?.text ?? '').trim();
      if (!text) return reply.code(400).send({ message: 'A note needs a text.' });
      const { organizationId } = request.params;
      const note = { id: randomUUID(), by, text: text.slice(0, 1000) };
      notes.set(organizationId, [...(notes.get(organizationId) ?? []), note]);
      return reply.code(201).send(note);
    },
  );
  app.register(staticFiles, { root: page });
  // The page finds its way by itself, at /callback for example.
  app.setNotFoundHandler((request, reply) =>
    request.method === 'GET' && !request.url.startsWith('/api/')
      ? reply.sendFile('index.html')
      : reply.code(404).send({ message: 'There is nothing here.' }),
  );
  return app;
}
