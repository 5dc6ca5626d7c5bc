/**
 * Where a link for many leads. A genuine token leaves the address bar at once, for a cookie of the page's own path.
 * Anybody can hold such a link, so it never signs anybody in: joining is for who is signed in already, by a button.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { joinByLink } from '../../../domain/join-links/join.ts';
import { lookAtJoinLink } from '../../../domain/join-links/look.ts';
import { type JoinToken, readJoinToken } from '../../../domain/join-links/token.ts';
import { askByLink } from '../../../domain/join-requests/ask.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { pageHeaders } from '../frame.ts';
import type { PagesDoor } from '../index.ts';
import { sendIn, whileAvailable } from '../invitation-arrival.ts';
import { dressed, tenantOf, titled } from '../look.ts';
import { type Visit, visitOf } from '../visit.ts';
import { wordingFor } from '../wording/invitation.ts';
import { joinWordingFor } from '../wording/join.ts';
import { joinPage, noJoinPage } from './page.ts';

type Request = FastifyRequest<{ Params: { id: string } }>;

const linkLifeMs = 86_400_000;
const pathOf = (id: string): string => `/join/${id}`;

export function joinRoutes(app: FastifyInstance, door: PagesDoor): void {
  app.get<{ Params: { id: string } }>('/join/:id', (request, reply) =>
    whileAvailable(request, reply, request.url, () => arrive(door, request, reply)),
  );
  for (const deed of ['accept', 'ask'] as const)
    app.post<{ Params: { id: string } }>(`/join/:id/${deed}`, (request, reply) =>
      whileAvailable(request, reply, pathOf(request.params.id), () => answer(door, request, reply, deed)),
    );
}

/** With a token: takes it out of the address. With an id: shows the link that this browser holds. */
async function arrive(door: PagesDoor, request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { id } = request.params;
  if (id.includes('.')) {
    const token = readJoinToken(door.keys, door.tenantId, id);
    if (!token) return unknown(door, request, reply);
    const visit = await visitOf(door, request, reply);
    visit.setCookie('join', id, { path: pathOf(token.linkId), lifeMs: linkLifeMs });
    return reply
      .headers({ ...pageHeaders(), 'cache-control': 'no-store' })
      .redirect(pathOf(token.linkId), 303);
  }
  const visit = await visitOf(door, request, reply);
  return show(door, request, reply, visit);
}

/** What the browser holds for this page, and for no other. */
function tokenOf(door: PagesDoor, { params }: Request, visit: Visit): JoinToken | undefined {
  const token = readJoinToken(door.keys, door.tenantId, visit.cookie('join') ?? '');
  return token?.linkId === params.id ? token : undefined;
}

async function show(
  door: PagesDoor,
  request: Request,
  reply: FastifyReply,
  visit: Visit,
  hasFailed = false,
): Promise<FastifyReply> {
  const token = tokenOf(door, request, visit);
  if (!token) return unknown(door, request, reply);
  const seen = await lookAtJoinLink(door.db, door.tenantId, token, visit.session, door.clock());
  const { words, shared, tenant } = await wordsFor(door, request);
  const look = dressed(seen, tenant);
  if (look.state === 'ended') return sendIn(reply, 410, noJoinPage(words.ended, shared));
  const scene = { id: token.linkId, words, shared, formField: visit.formField };
  const problem = hasFailed && look.needs === undefined && !look.hasAsked ? words.failed : undefined;
  const page = joinPage(look, scene, problem);
  return sendIn(reply, problem ? 422 : 200, { ...page, title: titled(page.title, tenant) });
}

async function answer(
  door: PagesDoor,
  request: Request,
  reply: FastifyReply,
  deed: 'accept' | 'ask',
): Promise<FastifyReply> {
  const visit = await visitOf(door, request, reply);
  const token = tokenOf(door, request, visit);
  const { session } = visit;
  if (!token) return unknown(door, request, reply);
  if (!session) return reply.redirect(pathOf(token.linkId), 303);
  const locale = (await wordsFor(door, request)).shared.language;
  try {
    await door.acting(
      { kind: 'user', id: session.userId },
      (act): Promise<unknown> =>
        deed === 'accept'
          ? joinByLink(act, token, session)
          : askByLink(act, token, session, { ...door.mail, locale }),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return show(door, request, reply, visit, true);
  }
  return reply.redirect(pathOf(token.linkId), 303);
}

async function unknown(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { words, shared } = await wordsFor(door, request);
  return sendIn(reply, 404, noJoinPage(words.unknown, shared));
}

async function wordsFor({ db, tenantId }: PagesDoor, { headers }: FastifyRequest) {
  const tenant = await tenantOf(db, tenantId);
  const asked = [headers['accept-language'], tenant.fallbackLanguage] as const;
  return { tenant, words: joinWordingFor(...asked), shared: wordingFor(...asked) };
}
