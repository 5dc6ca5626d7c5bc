/**
 * Invitations that this browser opened and did not answer. Whoever signs in here later is led to one that waits for their
 * proven address, once for each time its link was opened; its page then leads on to where signing in would have led.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findWaitingFor } from '../../domain/invitations/find-for-person.ts';
import type { PagesDoor } from './index.ts';
import type { WayOn } from './invitation-way-on.ts';
import type { Visit } from './visit.ts';

const opened = { path: '/', lifeMs: 86_400_000 };
const onwardLifeMs = 60 * 60_000;
const most = 5;

const read = (visit: Visit): string[] => visit.cookie('opened')?.split('.') ?? [];

export function rememberOpened(visit: Visit, id: string): void {
  const ids = [...read(visit).filter((other) => other !== id), id].slice(-most);
  visit.setCookie('opened', ids.join('.'), opened);
}

/** The newest that waits for this person; it is not remembered any more. */
export async function recallOpened(
  { db, tenantId, clock }: PagesDoor,
  visit: Visit,
  userId: string,
): Promise<string | undefined> {
  const ids = read(visit);
  if (ids.length === 0) return undefined;
  const waiting = new Set((await findWaitingFor(db, tenantId, userId, clock())).map(({ id }) => id));
  const found = ids.findLast((id) => waiting.has(id));
  const rest = ids.filter((id) => id !== found);
  if (found !== undefined) visit.setCookie('opened', rest.join('.') || undefined, opened);
  return found;
}

/** `url`: of our own, where signing in goes on. Nothing holds a person there who has signed in. */
export const holdOnward = (visit: Visit, path: string, url: string | undefined): void =>
  visit.setCookie('invitation_onward', url, { path, lifeMs: onwardLifeMs });

/** Where the person was going when they were led to this page, as far as it is still there to go to. */
export async function onwardFrom(
  door: PagesDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  visit: Visit,
): Promise<WayOn | undefined> {
  const url = visit.cookie('invitation_onward');
  if (url === undefined || !visit.session) return undefined;
  const uid = URL.parse(url, door.publicUrl)?.searchParams.get('flow') ?? undefined;
  if (uid === undefined) return { url, name: undefined, targets: [] };
  const flow = await door.flows.find(request.raw, reply.raw, uid);
  return flow && { url, name: flow.application.name, targets: [flow.target] };
}
