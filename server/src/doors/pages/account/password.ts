/** Setting a password: with the current one, or after a proof of the last ten minutes. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Refusal } from '../../../domain/refusal.ts';
import { changePassword, longestPassword } from '../../../domain/users/change-password.ts';
import { strangerOf } from '../../client.ts';
import { fieldOf } from '../fields.ts';
import { fieldBlock } from '../forms.ts';
import { html } from '../html.ts';
import { plainSentence } from '../sentence.ts';
import { minutesTo } from '../sign-in/ask.ts';
import { along } from '../sign-in/scene.ts';
import { type AccountScene, actor, done, type inAccount, minutesMs, sendAccount } from './account-scene.ts';
import { subpage } from './subpage.ts';

export function passwordRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.get('/account/password', on(proven(show)));
  app.post('/account/password', on(proven(take)));
}

const hasJustProved = ({ session, door }: AccountScene): boolean =>
  session.signedInAt >= door.clock() - minutesMs;

/** Who has no password yet cannot show it: only a fresh proof lets somebody set the first. */
const proven =
  (handler: (scene: AccountScene) => Promise<FastifyReply>) =>
  async (scene: AccountScene): Promise<FastifyReply> => {
    if (scene.person.hasPassword || hasJustProved(scene)) return handler(scene);
    const way = { continue: '/account/password', again: true };
    return scene.reply.redirect(along('/sign-in', way), 303);
  };

async function show(scene: AccountScene): Promise<FastifyReply> {
  return send(scene, 200, {});
}

async function take(scene: AccountScene): Promise<FastifyReply> {
  const { request, said } = scene;
  const current = hasJustProved(scene) ? undefined : fieldOf(request, 'current', 1024);
  const next = fieldOf(request, 'next', 1024);
  try {
    await scene.door.acting(actor(scene), (act) =>
      changePassword(act, scene.person.id, {
        current,
        next,
        sessionUid: scene.session.uid,
        client: strangerOf(request.ip),
      }),
    );
    return done(scene, 'password');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'password.wrong') return send(scene, 422, { current: said.password.wrong });
    if (error.code === 'password.too_many') {
      const minutes = minutesTo(error, scene.door.clock());
      return send(scene, 429, { current: plainSentence(scene.words.password.tooMany, { minutes }) });
    }
    if (error.code === 'password.unfit') return send(scene, 422, { next: said.password.unfit });
    throw error;
  }
}

function send(scene: AccountScene, status: number, problems: { current?: string; next?: string }) {
  const { said, visit, person } = scene;
  const { password: words } = said;
  const title = person.hasPassword ? words.changeTitle : words.setTitle;
  const asksCurrent = !hasJustProved(scene);
  return sendAccount(
    scene,
    status,
    subpage(
      scene,
      title,
      title,
      html`<form method="post" action="/account/password" novalidate>
${visit.formField}
<input type="hidden" name="username" autocomplete="username" value="${person.address ?? person.username}">
${asksCurrent && fieldBlock({ name: 'current', label: words.current, type: 'password', problem: problems.current, autocomplete: 'current-password', isRequired: true, hasFocus: !problems.next })}
${fieldBlock({ name: 'next', label: words.next, type: 'password', hint: words.hint, problem: problems.next, autocomplete: 'new-password', maxLength: longestPassword, isRequired: true, hasFocus: !asksCurrent })}
<p class="hint">${words.others}</p>
<button type="submit">${words.submit}</button>
</form>`,
    ),
  );
}
