/** Shows an invitation as this browser may see it at this moment, with the status that says so to programs. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Look, look } from '../../domain/invitations/look.ts';
import type { PagesDoor } from './index.ts';
import { type Arrival, sendIn } from './invitation-arrival.ts';
import { closedPage } from './invitation-endings.ts';
import { offerPage, type Problem, type Scene } from './invitation-page.ts';
import { wayOnOf } from './invitation-way-on.ts';
import { wordingFor } from './wording/invitation.ts';

type Showing = { readonly problem?: Problem; readonly name?: string; readonly status?: number };

const statuses: Record<Look['state'], number> = {
  open: 200,
  unknown: 404,
  gone: 410,
  accepted: 410,
  rejected: 410,
  revoked: 410,
  expired: 410,
  superseded: 410,
  // These may pass, and then the link works.
  disabled: 403,
  waiting: 403,
  suspended: 403,
};

/** The page as this visitor sees it now. */
export async function show(
  door: PagesDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  arrival: Arrival,
  showing: Showing = {},
): Promise<FastifyReply> {
  const { id, visitor } = arrival;
  const now = door.clock();
  const { look: seen, fallbackLanguage } = await look(door.db, door.tenantId, id, visitor, now);
  const scene = sceneOf(request, arrival, fallbackLanguage, now, showing);
  if (seen.state === 'open') {
    const { targets } = await wayOnOf(door, id, seen);
    return sendIn(reply, showing.status ?? 200, offerPage(seen, { ...scene, formTargets: targets }));
  }
  const isYours = seen.state === 'accepted' && seen.isYours;
  const wayOn = isYours ? await wayOnOf(door, id, seen) : undefined;
  return sendIn(reply, isYours ? 200 : statuses[seen.state], closedPage(seen, scene, wayOn));
}

export function sceneOf(
  request: FastifyRequest,
  { id, visit, proofId }: Arrival,
  fallbackLanguage: string,
  now: number,
  { problem, name }: Showing = {},
): Scene {
  return {
    id,
    words: wordingFor(request.headers['accept-language'], fallbackLanguage),
    now,
    formField: visit.formField,
    hasCode: proofId !== undefined,
    formTargets: [],
    problem,
    name,
  };
}
