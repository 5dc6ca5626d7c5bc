/**
 * Where the link of an invitation leads. Looking changes nothing, so that a mail scanner cannot spend a link; what
 * this server did not sign gets the same page whatever it is; the token is told to nobody: no log, no referrer.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isOutage } from '../../db/db.ts';
import { type Look, look } from '../../domain/invitations/look.ts';
import { type Page, sendPage } from './frame.ts';
import type { PagesDoor } from './index.ts';
import { invitationPage, unavailablePage } from './invitation-page.ts';
import { wordingFor } from './wording.ts';

const statuses: Record<Look['state'], number> = {
  forged: 404,
  pending: 200,
  gone: 410,
  accepted: 410,
  rejected: 410,
  revoked: 410,
  expired: 410,
  superseded: 410,
  // It may be enabled again, and then the link works.
  disabled: 403,
};

export function invitationRoutes(app: FastifyInstance, door: PagesDoor): void {
  app.get<{ Params: { token: string } }>('/invitations/:token', async (request, reply) => {
    const now = door.clock();
    const wording = wordingFor(request.headers['accept-language']);
    try {
      const seen = await look(door.db, door.keys, door.tenantId, request.params.token, now);
      return sendIn(reply, statuses[seen.state], invitationPage(seen, wording, now));
    } catch (error) {
      if (!isOutage(error)) throw error;
      return sendIn(reply.header('retry-after', '5'), 503, unavailablePage(wording));
    }
  });
}

/** The page of a link that no route takes: one that is too long, for example. */
export function forgedLink(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const wording = wordingFor(request.headers['accept-language']);
  return sendIn(reply, 404, invitationPage({ state: 'forged' }, wording, 0));
}

const sendIn = (reply: FastifyReply, status: number, page: Page) =>
  sendPage(reply.header('vary', 'Accept-Language'), status, page);
