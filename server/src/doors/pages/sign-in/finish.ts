/**
 * Somebody has proved who they are: signed in here, in a session with a new value, and on to where they were going; over
 * the page of an invitation that they had opened here before and left.
 */
import type { FastifyReply } from 'fastify';
import type { Proof } from '../../../domain/proofs/proofs.ts';
import type { Method } from '../../../domain/sessions/sessions.ts';
import { personOf, signIn } from '../../../domain/users/sign-in.ts';
import type { Flow } from '../../flows.ts';
import { localPath } from '../fields.ts';
import { pathOf } from '../invitation-arrival.ts';
import { holdOnward, recallOpened } from '../invitation-opened.ts';
import { browserOf } from '../visit.ts';
import { along, type Scene, type Way } from './scene.ts';

/** Refuses: user.not_found, user.suspended. */
export async function finishProof(
  scene: Scene,
  proof: Proof,
  name: string | undefined,
): Promise<FastifyReply> {
  const way = wayOfProof(scene, proof);
  const userId = await scene.door.acting({ kind: 'invitee', id: proof.id }, async (act) => {
    const signUp = proof.maySignUp && { name, applicationId: applicationOf(proof) };
    return (await personOf(act, proof.address, signUp)).userId;
  });
  return finish(scene, userId, ['otp'], way);
}

/** Refuses: user.not_found, user.suspended. */
export async function finish(
  scene: Scene,
  userId: string,
  methods: readonly Method[],
  way: Way = scene.way,
): Promise<FastifyReply> {
  const { door, visit, reply } = scene;
  const { value, session } = await door.acting({ kind: 'user', id: userId }, (act) =>
    signIn(act, userId, methods, browserOf(visit)),
  );
  visit.signedIn(value);
  const who = { userId, signedInAt: session.signedInAt, methods };
  return reply.redirect((await overInvitation(scene, way, userId)) ?? (await onward(scene, way, who)), 303);
}

/** Not where a proof of now was asked for: what waits for that goes on at once, and the account lists invitations. */
async function overInvitation(scene: Scene, way: Way, userId: string): Promise<string | undefined> {
  const { door, visit } = scene;
  if (way.again || way.continue?.startsWith('/invitation/')) return undefined;
  const waiting = await waitingFlow(scene, way);
  if (waiting?.mustProveAgain) return undefined;
  const id = await recallOpened(door, visit, userId);
  if (id === undefined) return undefined;
  const isBound = waiting !== undefined || (way.continue !== undefined && way.continue !== '/account');
  const further = waiting ? { flow: waiting.uid } : { continue: way.continue };
  holdOnward(visit, pathOf(id), isBound ? along('/sign-in', further) : undefined);
  return pathOf(id);
}

/** Where the person goes on to: the application if its request waits in this browser, or the path that was asked for. */
export async function onward(
  scene: Scene,
  way: Way,
  who: { userId: string; signedInAt: number; methods: readonly Method[] },
): Promise<string> {
  const waiting = await waitingFlow(scene, way);
  if (waiting) return scene.door.flows.signedIn(waiting.uid, who);
  return way.continue ?? '/account';
}

async function waitingFlow({ door, request, reply, flow }: Scene, way: Way): Promise<Flow | undefined> {
  if (!way.flow) return undefined;
  return flow?.uid === way.flow ? flow : door.flows.find(request.raw, reply.raw, way.flow);
}

/** Where whoever asked for the proof was going. Whether this browser goes there too, the flow's cookie says. */
export function wayOfProof({ door }: Scene, { context }: Proof): Way {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { flow: text(context.flow), continue: localPath(text(context.continue), door.publicUrl) };
}

const applicationOf = ({ context }: Proof): string | undefined =>
  typeof context.application === 'string' ? context.application : undefined;
