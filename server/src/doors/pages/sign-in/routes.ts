/**
 * Signing in. An e-mail address is proved by a code or a link, in one answer for all addresses whether they have an
 * account or not; a password and a passkey are the other ways. What GET asks for changes nothing but cookies.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { normalAddress } from '../../../domain/address.ts';
import { redeemCode } from '../../../domain/proofs/proofs.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { Method } from '../../../domain/sessions/sessions.ts';
import { fieldOf } from '../fields.ts';
import type { PagesDoor } from '../index.ts';
import { addressOf } from './account-name.ts';
import { askedHere, askHere, forgetAsk } from './ask.ts';
import { codeField, codeProblem } from './code.ts';
import { finishProof, onward } from './finish.ts';
import { addressPage, codePage } from './pages.ts';
import { sendOutdated, sendRefused } from './refused.ts';
import { along, inScene, type Scene, sendScene } from './scene.ts';

export function signInRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/sign-in', on(showAddress));
  app.post('/sign-in', on(takeAddress));
  app.get('/sign-in/code', on(showCode));
  app.post('/sign-in/code', on(takeCode));
  app.post('/sign-in/again', on(sendAgain));
}

async function showAddress(scene: Scene): Promise<FastifyReply> {
  const { visit, flow, way, reply } = scene;
  if (scene.isOutdated) return sendOutdated(scene);
  const { session } = visit;
  if (session && !way.again && !flow?.mustProveAgain) {
    const who = { ...session, methods: session.methods as readonly Method[] };
    return reply.redirect(await onward(scene, way, who), 303);
  }
  const address =
    normalAddress(flow?.loginHint ?? '') ?? (session && (await addressOf(scene.door, session.userId)));
  return sendScene(scene, 200, addressPage(scene, { address }));
}

async function takeAddress(scene: Scene): Promise<FastifyReply> {
  if (scene.isOutdated) return sendOutdated(scene);
  const given = fieldOf(scene.request, 'address', 1024);
  const address = normalAddress(given);
  if (!address) {
    const problem = scene.words.signIn.addressBad;
    return sendScene(scene, 400, addressPage(scene, { address: given, problem }));
  }
  const failure = await askHere(scene, address);
  if (failure)
    return sendScene(scene, failure.status, addressPage(scene, { address, failure: failure.told }));
  return scene.reply.redirect(along('/sign-in/code', scene.way), 303);
}

async function showCode(scene: Scene): Promise<FastifyReply> {
  const proof = await askedHere(scene);
  if (!proof) return scene.reply.redirect(along('/sign-in', scene.way), 303);
  return sendScene(scene, 200, codePage(scene, proof));
}

async function takeCode(scene: Scene): Promise<FastifyReply> {
  const { door, request, visit, words } = scene;
  const proof = await askedHere(scene);
  if (!proof) return scene.reply.redirect(along('/sign-in', scene.way), 303);
  const name = fieldOf(request, 'name', 128).trim();
  const retry = (status: number, problem: string) =>
    sendScene(scene, status, codePage(scene, { ...proof, isAgain: false, name, problem }));
  const code = codeField(request);
  if (!code) return retry(400, words.code.bad);
  try {
    const proven = await door.acting({ kind: 'invitee', id: proof.id }, (act) =>
      redeemCode(act, { id: proof.id, code, purpose: 'sign-in', browser: visit.browser }),
    );
    forgetAsk(scene);
    return await finishProof(scene, proven, name || undefined);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const problem = codeProblem(scene, error);
    return problem ? retry(problem.status, problem.told) : sendRefused(scene, error);
  }
}

async function sendAgain(scene: Scene): Promise<FastifyReply> {
  const proof = await askedHere(scene);
  if (!proof) return scene.reply.redirect(along('/sign-in', scene.way), 303);
  const failure = await askHere(scene, proof.address, true);
  if (failure)
    return sendScene(
      scene,
      failure.status,
      codePage(scene, { ...proof, isAgain: false, failure: failure.told }),
    );
  return scene.reply.redirect(along('/sign-in/code', scene.way), 303);
}
