/**
 * The link of the mail. The token leaves the address bar at once, into a cookie; the page then names the address and
 * has one button. Nothing is spent before it is pressed, so a mail scanner that follows every link signs in nowhere.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { readProofLink } from '../../../domain/proofs/link.ts';
import { findProof, type Proof, redeemLink } from '../../../domain/proofs/proofs.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { changeAddress } from '../../../domain/users/change-address.ts';
import type { PagesDoor } from '../index.ts';
import { forgetAsk } from './ask.ts';
import { finishProof, wayOfProof } from './finish.ts';
import { linkPage, newAddressPage, toldPage } from './pages.ts';
import { sendRefused } from './refused.ts';
import { along, inFlow, inScene, type Scene, sendScene } from './scene.ts';

const cookie = { path: '/sign-in/link', lifeMs: 10 * 60_000 };

export function signInLinkRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/sign-in/link/:token', on(keepToken));
  app.get('/sign-in/link', on(showLink));
  app.post('/sign-in/link', on(takeLink));
}

async function keepToken(scene: Scene): Promise<FastifyReply> {
  const { token } = scene.request.params as { token: string };
  scene.visit.setCookie('link', /^[\w.-]{1,200}$/.test(token) ? token : undefined, cookie);
  return scene.reply
    .headers({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
    .redirect('/sign-in/link', 303);
}

async function showLink(scene: Scene): Promise<FastifyReply> {
  const { door, request, reply } = scene;
  const proof = await proofOf(scene);
  if (!proof) return sendEnded(scene);
  if (proof.purpose === 'new-address') {
    if (!isAskedByWhoIsHere(scene, proof)) return askWhoIsHere(scene);
    return sendScene(scene, 200, newAddressPage(scene, proof.address));
  }
  const { flow } = wayOfProof(scene, proof);
  const waiting = flow ? await door.flows.find(request.raw, reply.raw, flow) : undefined;
  const shown = await inFlow(scene, waiting);
  return sendScene(shown, 200, linkPage(shown, proof.address));
}

async function takeLink(scene: Scene): Promise<FastifyReply> {
  const { door, visit, reply } = scene;
  const seen = await proofOf(scene);
  if (!seen) return sendEnded(scene);
  const { purpose } = seen;
  if (purpose === 'new-address' && !isAskedByWhoIsHere(scene, seen)) return askWhoIsHere(scene);
  const token = visit.cookie('link') ?? '';
  visit.setCookie('link', undefined, cookie);
  try {
    const proof = await door.acting({ kind: 'invitee', id: seen.id }, (act) =>
      redeemLink(act, { token, purpose }),
    );
    if (purpose === 'sign-in') {
      forgetAsk(scene);
      return await finishProof(scene, proof, undefined);
    }
    const { userId } = visit.session!;
    await door.acting({ kind: 'user', id: userId }, (act) => changeAddress(act, userId, proof.address));
    return reply.redirect('/account?done=address', 303);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === 'proof.ended' ? sendEnded(scene) : sendRefused(scene, error);
  }
}

/** An address moves to the account that asked for it, confirmed by who is signed in there: nobody lends a mailbox unawares. */
const isAskedByWhoIsHere = ({ visit }: Scene, { context }: Proof): boolean =>
  visit.session !== undefined && context.userId === visit.session.userId;

const askWhoIsHere = ({ visit, reply }: Scene): FastifyReply => {
  const way = { continue: '/sign-in/link', again: visit.session ? true : undefined };
  return reply.redirect(along('/sign-in', way), 303);
};

async function proofOf({ door, visit }: Scene): Promise<Proof | undefined> {
  const id = readProofLink(door.keys, door.tenantId, visit.cookie('link') ?? '');
  const proof = id && (await findProof(door.db, door.tenantId, id, door.clock()));
  return proof && ['sign-in', 'new-address'].includes(proof.purpose) ? proof : undefined;
}

function sendEnded(scene: Scene): FastifyReply {
  const { link } = scene.words;
  const on = { path: '/sign-in', name: link.fresh };
  return sendScene(scene, 410, toldPage(scene, link.endedTitle, link.ended, on));
}
