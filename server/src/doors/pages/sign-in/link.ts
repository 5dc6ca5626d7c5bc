/**
 * The link of the mail. The token leaves the address bar at once, into a cookie; the page then names the address and
 * has one button. Nothing is spent before it is pressed, so a mail scanner that follows every link signs in nowhere.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { readProofLink } from '../../../domain/proofs/link.ts';
import { findProof, type Proof, redeemLink } from '../../../domain/proofs/proofs.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { PagesDoor } from '../index.ts';
import { forgetAsk } from './ask.ts';
import { finishProof, wayOfProof } from './finish.ts';
import { linkPage, toldPage } from './pages.ts';
import { sendRefused } from './refused.ts';
import { inFlow, inScene, type Scene, sendScene } from './scene.ts';

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
  const { flow } = wayOfProof(scene, proof);
  const waiting = flow ? await door.flows.find(request.raw, reply.raw, flow) : undefined;
  const shown = await inFlow(scene, waiting);
  return sendScene(shown, 200, linkPage(shown, proof.address));
}

async function takeLink(scene: Scene): Promise<FastifyReply> {
  const token = scene.visit.cookie('link') ?? '';
  scene.visit.setCookie('link', undefined, cookie);
  try {
    const proof = await scene.door.acting({ kind: 'system', id: 'sign-in' }, (act) =>
      redeemLink(act, { token, purpose: 'sign-in' }),
    );
    forgetAsk(scene);
    return await finishProof(scene, proof, undefined);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.code === 'proof.ended' ? sendEnded(scene) : sendRefused(scene, error);
  }
}

async function proofOf({ door, visit }: Scene): Promise<Proof | undefined> {
  const id = readProofLink(door.keys, door.tenantId, visit.cookie('link') ?? '');
  const proof = id && (await findProof(door.db, door.tenantId, id, door.clock()));
  return proof && proof.purpose === 'sign-in' ? proof : undefined;
}

function sendEnded(scene: Scene): FastifyReply {
  const { link } = scene.words;
  const on = { path: '/sign-in', name: link.fresh };
  return sendScene(scene, 410, toldPage(scene, link.endedTitle, link.ended, on));
}
