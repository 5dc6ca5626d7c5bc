/** Shows an invitation as this browser may see it at this moment, with the status that says so to programs. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Look, look, type Tenant } from '../../domain/invitations/look.ts';
import { queryOf } from './fields.ts';
import type { Page } from './frame.ts';
import type { PagesDoor } from './index.ts';
import { type Arrival, sendIn } from './invitation-arrival.ts';
import { closedPage } from './invitation-endings.ts';
import { offerPage, type Problem, type Scene } from './invitation-page.ts';
import { wayOnOf } from './invitation-way-on.ts';
import { dressed, titled } from './look.ts';
import { accountName } from './sign-in/account-name.ts';
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
  const found = await look(door.db, door.tenantId, id, visitor, door.clock());
  const { tenant } = found;
  const seen = dressed(found.look, tenant);
  const scene = await sceneOf(door, request, arrival, tenant, showing);
  const send = (status: number, page: Page) =>
    sendIn(reply, status, { ...page, title: titled(page.title, tenant) });
  if (seen.state === 'open') {
    const { targets } = arrival.onward ?? (await wayOnOf(door, id, seen));
    return send(showing.status ?? 200, offerPage(seen, { ...scene, formTargets: targets }));
  }
  const isYours = seen.state === 'accepted' && seen.isYours;
  const wayOn = isYours ? (arrival.onward ?? (await wayOnOf(door, id, seen))) : undefined;
  return send(isYours ? 200 : statuses[seen.state], closedPage(seen, scene, wayOn));
}

export async function sceneOf(
  door: PagesDoor,
  request: FastifyRequest,
  { id, visit, proofId, onward }: Arrival,
  tenant: Tenant,
  { problem, name }: Showing = {},
): Promise<Scene> {
  const { session } = visit;
  return {
    id,
    words: wordingFor(request.headers['accept-language'], tenant.fallbackLanguage),
    now: door.clock(),
    colors: tenant.color,
    account: session && (await accountName(door, session.userId)),
    formField: visit.formField,
    hasCode: proofId !== undefined,
    wasAsked: queryOf(request, 'asked') === '1',
    onward,
    formTargets: [],
    problem,
    name,
  };
}
