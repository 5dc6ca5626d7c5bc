/**
 * A browser at the page of an invitation: what it holds of it, and who is signed in. The link lives in a cookie of this
 * path alone, so that invitations in several tabs do not disturb each other; one that was put elsewhere is none.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOutage } from '../../db/db.ts';
import type { Visitor } from '../../domain/invitations/look.ts';
import { readLink } from '../../domain/link.ts';
import { type Page, sendPage } from './frame.ts';
import type { PagesDoor } from './index.ts';
import { unavailablePage } from './invitation-endings.ts';
import { onwardFrom } from './invitation-opened.ts';
import type { WayOn } from './invitation-way-on.ts';
import { type Visit, visitOf } from './visit.ts';
import { wordingFor } from './wording/invitation.ts';

export type Arrival = {
  readonly id: string;
  readonly visit: Visit;
  readonly visitor: Visitor;
  /** The proof whose code was sent for this browser. */
  readonly proofId: string | undefined;
  /** Where the person was going when they were led here. */
  readonly onward: WayOn | undefined;
};

const linkLifeMs = 86_400_000;
const proofLifeMs = 15 * 60_000;

export const pathOf = (id: string): string => `/invitation/${id}`;

export async function arrive(
  door: PagesDoor,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<Arrival> {
  const id = isId(request.params.id) ? request.params.id : '-';
  const visit = await visitOf(door, request, reply);
  const token = visit.cookie('invitation') ?? '';
  const link = readLink(door.keys, door.tenantId, token);
  const isHere = link?.invitationId === id;
  return {
    id,
    visit,
    visitor: {
      link: isHere ? link : undefined,
      hasProof: isHere && visit.cookie('invitation_proven') === token,
      session: visit.session,
    },
    proofId: visit.cookie('invitation_code'),
    onward: await onwardFrom(door, request, reply, visit),
  };
}

/** The browser holds this genuine link from now on; what it proved with another one is forgotten. */
export function holdLink(visit: Visit, id: string, token: string): void {
  visit.setCookie('invitation', token, { path: pathOf(id), lifeMs: linkLifeMs });
}

export function holdProof({ visit, id }: Arrival): void {
  const token = visit.cookie('invitation');
  visit.setCookie('invitation_proven', token, { path: pathOf(id), lifeMs: proofLifeMs });
  visit.setCookie('invitation_code', undefined, { path: pathOf(id) });
}

export function holdCode({ visit, id }: Arrival, proofId: string, lifeMs: number): void {
  visit.setCookie('invitation_code', proofId, { path: pathOf(id), lifeMs });
}

/** Only what may be an id is asked for; everything else gets what unknown ones get. */
const isId = (text: string): boolean => /^[0-9a-z_-]{1,64}$/i.test(text);

export const sendIn = (reply: FastifyReply, status: number, page: Page): FastifyReply =>
  sendPage(reply.header('vary', 'Accept-Language'), status, page);

/** An outage is told as one: nothing has happened to the invitation. */
export async function whileAvailable(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  serve: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await serve();
  } catch (error) {
    if (!isOutage(error)) throw error;
    const words = wordingFor(request.headers['accept-language']);
    return sendIn(reply.header('retry-after', '5'), 503, unavailablePage(words, path));
  }
}
