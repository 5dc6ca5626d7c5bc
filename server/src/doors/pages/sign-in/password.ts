/** Signing in with a password: by e-mail address or username. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Refusal } from '../../../domain/refusal.ts';
import { checkPassword } from '../../../domain/users/check-password.ts';
import { strangerOf } from '../../client.ts';
import { fieldOf } from '../fields.ts';
import type { PagesDoor } from '../index.ts';
import { plainSentence } from '../sentence.ts';
import { askedHere, minutesTo } from './ask.ts';
import { finish } from './finish.ts';
import { passwordPage } from './pages.ts';
import { sendOutdated, sendRefused } from './refused.ts';
import { inScene, type Scene, sendScene } from './scene.ts';

export function passwordRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/sign-in/password', on(show));
  app.post('/sign-in/password', on(take));
}

async function show(scene: Scene): Promise<FastifyReply> {
  if (scene.isOutdated) return sendOutdated(scene);
  const identifier = (await askedHere(scene))?.address ?? scene.flow?.loginHint?.slice(0, 254);
  return sendScene(scene, 200, passwordPage(scene, { identifier }));
}

async function take(scene: Scene): Promise<FastifyReply> {
  const { door, request, words } = scene;
  const identifier = fieldOf(request, 'identifier', 254).trim();
  const password = fieldOf(request, 'password', 1024);
  const retry = (status: number, shown: { identifierProblem?: string; problem?: string }) =>
    sendScene(scene, status, passwordPage(scene, { identifier, ...shown }));
  if (!identifier) return retry(400, { identifierProblem: words.signIn.addressBad });
  if (!password) return retry(400, { problem: words.password.missing });
  try {
    const userId = await door.acting({ kind: 'system', id: 'sign-in' }, (act) =>
      checkPassword(act, { identifier, password, client: strangerOf(request.ip) }),
    );
    return await finish(scene, userId, ['pwd']);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'password.wrong') return retry(422, { problem: words.password.wrong });
    if (error.code !== 'password.too_many') return sendRefused(scene, error);
    const minutes = minutesTo(error, door.clock());
    return retry(429, { problem: plainSentence(words.password.tooMany, { minutes }) });
  }
}
