/** Signing in with a passkey: the script gets a challenge, the device answers it, the form brings the answer. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { checkPasskey, offerPasskey, type PasskeyAnswer } from '../../../domain/passkeys/check-passkey.ts';
import { siteOf } from '../../../domain/passkeys/site.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { fieldOf } from '../fields.ts';
import { pageHeaders } from '../frame.ts';
import type { PagesDoor } from '../index.ts';
import { finish } from './finish.ts';
import { passkeyPage } from './pages.ts';
import { sendOutdated, sendRefused } from './refused.ts';
import { inScene, type Scene, sendScene } from './scene.ts';

export function passkeyRoutes(app: FastifyInstance, door: PagesDoor): void {
  const site = siteOf(door.publicUrl, 'Usher');
  if (!site) return;
  const on = inScene(door);
  app.get('/sign-in/passkey', on(show));
  app.post('/sign-in/passkey', on(take));
  app.post('/sign-in/passkey/options', async (_request, reply) => {
    const options = await door.acting({ kind: 'system', id: 'sign-in' }, (act) => offerPasskey(act, site));
    return reply.headers({ ...pageHeaders(), 'cache-control': 'no-store' }).send(options);
  });
}

async function show(scene: Scene): Promise<FastifyReply> {
  return scene.isOutdated ? sendOutdated(scene) : sendScene(scene, 200, passkeyPage(scene));
}

async function take(scene: Scene): Promise<FastifyReply> {
  const { door, request, words } = scene;
  const answer = answerOf<PasskeyAnswer>(fieldOf(request, 'answer', 20_000));
  if (!answer) {
    const isSilent = fieldOf(request, 'answer') === '';
    const problem = isSilent ? words.passkey.needsScript : words.passkey.failed;
    return sendScene(scene, 400, passkeyPage(scene, problem));
  }
  try {
    const site = siteOf(door.publicUrl, 'Usher')!;
    const userId = await door.acting({ kind: 'system', id: 'sign-in' }, (act) =>
      checkPasskey(act, site, answer),
    );
    return await finish(scene, userId, ['hwk', 'user']);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code !== 'passkey.refused') return sendRefused(scene, error);
    return sendScene(scene, 422, passkeyPage(scene, words.passkey.failed));
  }
}

/** What the device said, as far as it has the form of an answer; whether it is a good one is for the domain to say. */
export function answerOf<A extends PasskeyAnswer | { response: object; id: string }>(
  text: string,
): A | undefined {
  try {
    const value = JSON.parse(text) as { id?: unknown; response?: unknown } | null;
    return typeof value?.id === 'string' && typeof value.response === 'object' && value.response !== null
      ? (value as A)
      : undefined;
  } catch {
    return undefined;
  }
}
