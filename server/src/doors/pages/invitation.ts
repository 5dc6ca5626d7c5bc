/**
 * Where the link of an invitation leads. A genuine token leaves the address bar at once, for a cookie of the page's own
 * path; what this server did not sign gets the same page whatever it is, without a question to the database. Looking
 * changes nothing, so that a mail scanner cannot spend a link; the token is told to nobody: no log, no referrer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readLink } from '../../domain/link.ts';
import { pageHeaders } from './frame.ts';
import type { PagesDoor } from './index.ts';
import { answerRoutes } from './invitation-answers.ts';
import { arrive, holdLink, pathOf, sendIn, whileAvailable } from './invitation-arrival.ts';
import { forgedPage } from './invitation-endings.ts';
import { rememberOpened } from './invitation-opened.ts';
import { show } from './invitation-show.ts';
import { visitOf } from './visit.ts';
import { wordingFor } from './wording/invitation.ts';

export function invitationRoutes(app: FastifyInstance, door: PagesDoor): void {
  app.get<{ Params: { token: string } }>('/invitations/:token', (request, reply) => {
    const { token } = request.params;
    const link = readLink(door.keys, door.tenantId, token);
    if (!link) return forgedLink(request, reply);
    const path = pathOf(link.invitationId);
    return whileAvailable(request, reply, path, async () => {
      const visit = await visitOf(door, request, reply);
      holdLink(visit, link.invitationId, token);
      rememberOpened(visit, link.invitationId);
      return reply.headers({ ...pageHeaders(), 'cache-control': 'no-store' }).redirect(path, 303);
    });
  });
  app.get<{ Params: { id: string } }>('/invitation/:id', (request, reply) =>
    whileAvailable(request, reply, request.url, async () =>
      show(door, request, reply, await arrive(door, request, reply)),
    ),
  );
  answerRoutes(app, door);
}

/** The page of a link that no route takes: one that is too long, for example. */
export function forgedLink(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendIn(reply, 404, forgedPage(wordingFor(request.headers['accept-language'])));
}
