/** Signing out of this browser, with what applications got in it. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { endSessions } from '../../../domain/sessions/sessions.ts';
import { html } from '../html.ts';
import type { PagesDoor } from '../index.ts';
import { sentence } from '../sentence.ts';
import { accountName } from './account-name.ts';
import { sheet, toldPage } from './pages.ts';
import { inScene, type Scene, sendScene } from './scene.ts';

export function signOutRoutes(app: FastifyInstance, door: PagesDoor): void {
  const on = inScene(door);
  app.get('/sign-out', on(show));
  app.post('/sign-out', on(take));
}

async function show(scene: Scene): Promise<FastifyReply> {
  const { words, visit, door } = scene;
  const { signOut } = words;
  if (!visit.session) {
    const on = { path: '/sign-in', name: signOut.signIn };
    return sendScene(scene, 200, toldPage(scene, signOut.doneTitle, signOut.done, on));
  }
  const account = await accountName(door, visit.session.userId);
  return sendScene(scene, 200, {
    title: signOut.title,
    content: sheet(
      scene,
      signOut.title,
      html`<p>${sentence(signOut.told, { account })}</p>`,
      html`<form method="post" action="/sign-out" class="actions">${visit.formField}
<button type="submit">${signOut.submit}</button>
<a class="button second" href="/account">${signOut.stay}</a>
</form>`,
    ),
  });
}

async function take({ door, visit, reply }: Scene): Promise<FastifyReply> {
  const { session } = visit;
  if (session) {
    await door.acting({ kind: 'user', id: session.userId }, (act) =>
      endSessions(act, session.userId, { uid: session.uid, by: 'sign-out' }),
    );
  }
  visit.signedOut();
  return reply.redirect('/sign-out', 303);
}
