/** Somebody has proved who they are: signed in here, in a session with a new value, and on to where they were going. */
import type { FastifyReply } from 'fastify';
import type { Proof } from '../../../domain/proofs/proofs.ts';
import type { Method } from '../../../domain/sessions/sessions.ts';
import { personOf, signIn } from '../../../domain/users/sign-in.ts';
import { localPath } from '../fields.ts';
import { browserOf } from '../visit.ts';
import type { Scene, Way } from './scene.ts';

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
  return reply.redirect(await onward(scene, way, { userId, signedInAt: session.signedInAt, methods }), 303);
}

/** Where the person goes on to: the application if its request waits in this browser, or the path that was asked for. */
export async function onward(
  { door, request, reply, flow }: Scene,
  way: Way,
  who: { userId: string; signedInAt: number; methods: readonly Method[] },
): Promise<string> {
  const waiting =
    way.flow && (flow?.uid === way.flow ? flow : await door.flows.find(request.raw, reply.raw, way.flow));
  if (waiting) return door.flows.signedIn(waiting.uid, who);
  return way.continue ?? '/account';
}

/** Where whoever asked for the proof was going. Whether this browser goes there too, the flow's cookie says. */
export function wayOfProof({ door }: Scene, { context }: Proof): Way {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { flow: text(context.flow), continue: localPath(text(context.continue), door.publicUrl) };
}

const applicationOf = ({ context }: Proof): string | undefined =>
  typeof context.application === 'string' ? context.application : undefined;
