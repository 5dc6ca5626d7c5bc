/** Leaving an organization, asked twice. Its only owner stays, and reads how another member takes over. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { people, removeHolder } from '../../../domain/members/holders.ts';
import { findOrganizationsOf } from '../../../domain/members/organizations-of.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { alert } from '../forms.ts';
import { type Content, html } from '../html.ts';
import { plainSentence, sentence } from '../sentence.ts';
import { type AccountScene, actor, done, type inAccount, sendAccount } from './account-scene.ts';
import { subpage } from './subpage.ts';

export function leaveRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.get('/account/organizations/:id/leave', on(show));
  app.post('/account/organizations/:id/leave', on(take));
}

const idOf = ({ request }: AccountScene) => (request.params as { id: string }).id;

async function show(scene: AccountScene): Promise<FastifyReply> {
  const { said, visit } = scene;
  const { organizations: words } = said;
  return sendAsked(scene, 200, () => [
    html`<p>${words.leaveTold}</p>`,
    html`<form method="post" class="actions">${visit.formField}
<button type="submit" class="danger">${words.leaveSubmit}</button>
<a class="button second" href="/account">${said.cancel}</a>
</form>`,
  ]);
}

const refused = (scene: AccountScene): Promise<FastifyReply> =>
  sendAsked(scene, 422, (name) => [
    alert(sentence(scene.said.organizations.lastOwner, name)),
    html`<div class="actions"><a class="button" href="/account">${scene.said.back}</a></div>`,
  ]);

async function sendAsked(
  scene: AccountScene,
  status: number,
  content: (name: { organization: string }) => readonly Content[],
): Promise<FastifyReply> {
  const { door, person, said } = scene;
  const { items } = await findOrganizationsOf(door.db, door.tenantId, people, person.id);
  const organization = items.find(({ id }) => id === idOf(scene));
  if (!organization) return scene.reply.redirect('/account', 303);
  const { leaveTitle } = said.organizations;
  const name = { organization: inertName(organization.name) || '–' };
  const page = subpage(scene, sentence(leaveTitle, name), plainSentence(leaveTitle, name), ...content(name));
  return sendAccount(scene, status, page);
}

async function take(scene: AccountScene): Promise<FastifyReply> {
  try {
    await scene.door.acting(actor(scene), (act) => removeHolder(act, people, idOf(scene), scene.person.id));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === 'organization.last_owner') return refused(scene);
    if (error.code !== 'member.not_found') throw error;
  }
  return done(scene, 'left');
}
