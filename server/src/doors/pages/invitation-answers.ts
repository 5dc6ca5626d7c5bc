/**
 * The answers to an invitation: accept, decline, have a code sent, change the account, ask who invited. Every one is a
 * POST of a form of ours in this browser (see visit.ts) and ends in another page, so that reloading repeats nothing.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptInPerson } from '../../domain/invitations/accept-in-person.ts';
import { askApproval } from '../../domain/invitations/ask-approval.ts';
import { declineInPerson } from '../../domain/invitations/decline-in-person.ts';
import { type Look, look } from '../../domain/invitations/look.ts';
import { orderAsk } from '../../domain/invitations/order-ask.ts';
import { askProof, redeemCode } from '../../domain/proofs/proofs.ts';
import { Refusal } from '../../domain/refusal.ts';
import { endSession } from '../../domain/sessions/sessions.ts';
import { fieldOf } from './fields.ts';
import type { PagesDoor } from './index.ts';
import {
  type Arrival,
  arrive,
  holdCode,
  holdProof,
  pathOf,
  sendIn,
  whileAvailable,
} from './invitation-arrival.ts';
import { fullPage } from './invitation-endings.ts';
import { holdOnward } from './invitation-opened.ts';
import type { Problem } from './invitation-page.ts';
import { sceneOf, show } from './invitation-show.ts';
import { type WayOn, wayOnOf } from './invitation-way-on.ts';
import { dressed, titled } from './look.ts';
import { codeField } from './sign-in/code.ts';
import { along } from './sign-in/scene.ts';
import { browserOf } from './visit.ts';
import { wordingFor } from './wording/invitation.ts';

type Request = FastifyRequest<{ Params: { id: string } }>;
type Post = {
  readonly door: PagesDoor;
  readonly request: Request;
  readonly reply: FastifyReply;
  readonly arrival: Arrival;
};

const deeds = { accept: accepted, decline: declined, code: codeSent, switch: signedOut, ask: asked };

export function answerRoutes(app: FastifyInstance, door: PagesDoor): void {
  for (const [name, deed] of Object.entries(deeds)) {
    app.post<{ Params: { id: string } }>(`/invitation/:id/${name}`, (request, reply) =>
      whileAvailable(request, reply, pathOf(request.params.id), async () => {
        const post = { door, request, reply, arrival: await arrive(door, request, reply) };
        return deed(post);
      }),
    );
  }
}

const back = ({ reply, arrival }: Post): FastifyReply => reply.redirect(pathOf(arrival.id), 303);

const again = ({ door, request, reply, arrival }: Post, problem: Problem, name = ''): Promise<FastifyReply> =>
  show(door, request, reply, arrival, { problem, name, status: 422 });

const seenBy = async ({ door, arrival }: Post): Promise<Look> =>
  (await look(door.db, door.tenantId, arrival.id, arrival.visitor, door.clock())).look;

const invitee = (id: string) => ({ kind: 'invitee', id }) as const;

async function accepted(post: Post): Promise<FastifyReply> {
  const { door, request } = post;
  const proven = await provenBy(post);
  if (!('visitor' in proven)) return again(post, proven.problem, nameIn(request));
  const { id, visit, visitor } = proven;
  const outcome = await door
    .acting(invitee(id), (act) =>
      acceptInPerson(act, id, visitor, {
        name: nameIn(request),
        browser: browserOf(visit),
      }),
    )
    .catch(refused);
  if (outcome instanceof Refusal) {
    return outcome.code === 'seats.full' ? full({ ...post, arrival: proven }) : back(post);
  }
  if (!outcome.done) {
    const isNameless = outcome.look.state === 'open' && !outcome.look.needs;
    return isNameless ? again({ ...post, arrival: proven }, 'name') : back(post);
  }
  if (outcome.sessionValue) visit.signedIn(outcome.sessionValue);
  // Who has to add a passkey first is told so on the page, which leads on.
  if (outcome.lacksPasskey) return back(post);
  return leftFor(post, proven.onward ?? (await wayOnOf(door, id, outcome)));
}

/** Whither the person was led here from, once; then it is forgotten. */
function leftFor({ reply, arrival }: Post, { url }: WayOn): FastifyReply {
  if (arrival.onward) holdOnward(arrival.visit, pathOf(arrival.id), undefined);
  return reply.redirect(url, 303);
}

async function declined(post: Post): Promise<FastifyReply> {
  const proven = await provenBy(post);
  if (!('visitor' in proven)) return again(post, proven.problem, nameIn(post.request));
  const { id, visitor, onward } = proven;
  const problem = await post.door
    .acting(invitee(id), (act) => declineInPerson(act, id, visitor))
    .catch(refused);
  return onward && !(problem instanceof Refusal) ? leftFor(post, onward) : back(post);
}

/** With a code in the form the mailbox is proven first; from then on this browser's link is as good as a mailed one. */
async function provenBy(post: Post): Promise<Arrival | { readonly problem: Problem }> {
  const { door, request, arrival } = post;
  const isTyped = fieldOf(request, 'code', 40) !== '';
  if (!isTyped || !arrival.visitor.link || arrival.visitor.hasProof) return arrival;
  const code = codeField(request);
  if (!code) return { problem: 'code' };
  const { id, visit, proofId = '' } = arrival;
  const { browser } = visit;
  const proof = await door
    .acting(invitee(id), (act) => redeemCode(act, { id: proofId, code, purpose: 'invitation', browser }))
    .catch(refused);
  if (proof instanceof Refusal) return { problem: proof.code === 'proof.wrong_code' ? 'code' : 'code ended' };
  if (proof.context.invitationId !== id) return { problem: 'code ended' };
  holdProof(arrival);
  return { ...arrival, proofId: undefined, visitor: { ...arrival.visitor, hasProof: true } };
}

async function codeSent(post: Post): Promise<FastifyReply> {
  const { door, request, arrival } = post;
  const seen = await seenBy(post);
  if (seen.state !== 'open' || seen.needs !== 'code') return back(post);
  const { id, visit } = arrival;
  const sent = await door
    .acting(invitee(id), (act) =>
      askProof(
        act,
        {
          purpose: 'invitation',
          address: seen.invitee,
          browser: visit.browser,
          context: { invitationId: id },
          maySignUp: true,
          locale: wordingFor(request.headers['accept-language']).language,
          organizationId: seen.organizationId,
        },
        door.mail,
      ),
    )
    .catch(refused);
  if (sent instanceof Refusal)
    return again(post, sent.code === 'mail.too_many' ? 'too many mails' : 'no mail');
  holdCode(arrival, sent.id, sent.expiresAt - door.clock());
  return back(post);
}

/** Whose link opens the invitation answers it now; everybody else signs in as somebody who may see it. */
async function signedOut(post: Post): Promise<FastifyReply> {
  const { door, arrival, reply } = post;
  const { sessionValue } = arrival.visit;
  if (sessionValue) await endSession(door.db, door.tenantId, sessionValue, door.clock());
  arrival.visit.signedOut();
  const nobody = { ...arrival, visitor: { ...arrival.visitor, session: undefined } };
  const seen = await seenBy({ ...post, arrival: nobody });
  if (seen.state === 'open') return back(post);
  return reply.redirect(along('/sign-in', { continue: pathOf(arrival.id) }), 303);
}

/** Of an expired one another; or one for the address of who is signed in here; or the approval of one that waits. */
async function asked(post: Post): Promise<FastifyReply> {
  const { door, reply, arrival } = post;
  const seen = await seenBy(post);
  if (seen.state === 'waiting') {
    const problem = await door
      .acting(invitee(arrival.id), (act) => askApproval(act, arrival.id, door.mail))
      .catch(refused);
    return problem instanceof Refusal ? back(post) : reply.redirect(`${pathOf(arrival.id)}?asked=1`, 303);
  }
  const what =
    seen.state === 'expired'
      ? ({ kind: 'renewal' } as const)
      : seen.state === 'open' && seen.otherAddress !== undefined
        ? ({ kind: 'address', address: seen.otherAddress } as const)
        : undefined;
  if (!what) return back(post);
  const problem = await door
    .acting(invitee(arrival.id), (act) => orderAsk(act, arrival.id, what, door.mail))
    .catch(refused);
  if (!(problem instanceof Refusal) || problem.code === 'invitation.already_asked') return back(post);
  return again(post, problem.code === 'invitation.nobody_to_ask' ? 'nobody to ask' : 'no mail');
}

async function full({ door, request, reply, arrival }: Post): Promise<FastifyReply> {
  const found = await look(door.db, door.tenantId, arrival.id, arrival.visitor, door.clock());
  const { tenant } = found;
  const seen = dressed(found.look, tenant);
  if (!('host' in seen)) return show(door, request, reply, arrival);
  const page = fullPage(seen.host, seen.inviter, await sceneOf(door, request, arrival, tenant));
  return sendIn(reply, 409, { ...page, title: titled(page.title, tenant) });
}

function refused(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

/** A name as somebody types it: one line, without characters that reorder or hide what stands around it. */
const nameIn = (request: Request): string =>
  fieldOf(request, 'name', 512)
    .normalize('NFC')
    .replaceAll(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .replaceAll(/\p{Z}+/gu, ' ')
    .trim()
    .slice(0, 128);
