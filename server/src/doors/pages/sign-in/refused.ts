/** What stands in the way of signing in altogether, said to somebody who has proved who they are. */
import type { FastifyReply } from 'fastify';
import type { Refusal } from '../../../domain/refusal.ts';
import { toldPage } from './pages.ts';
import { along, type Scene, sendScene } from './scene.ts';

export function sendRefused(scene: Scene, refusal: Refusal): FastifyReply {
  const { words, way } = scene;
  const told = {
    'user.suspended': words.problems.suspended,
    'user.not_found': words.problems.noAccount,
    'user.email_taken': words.newAddress.taken,
  };
  const text = told[refusal.code as keyof typeof told];
  if (!text) throw refusal;
  const on = { path: along('/sign-in', way), name: words.code.otherAddress };
  return sendScene(scene, 403, toldPage(scene, words.signIn.title, text, on));
}

export function sendOutdated(scene: Scene): FastifyReply {
  const { problems } = scene.words;
  const on = { path: '/account', name: problems.account };
  return sendScene(scene, 410, toldPage(scene, problems.outdatedTitle, problems.outdated, on));
}
