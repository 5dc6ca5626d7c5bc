/** Leaving an organization, asked twice. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { people, removeHolder } from '../../../domain/members/holders.ts';
import { findOrganizationsOf } from '../../../domain/members/organizations-of.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { html } from '../html.ts';
import { plainSentence, sentence } from '../sentence.ts';
import { type AccountScene, actor, done, type inAccount, sendAccount } from './account-scene.ts';
import { subpage } from './subpage.ts';

export function leaveRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.get('/account/organizations/:id/leave', on(show));
  app.post('/account/organizations/:id/leave', on(take));
}

const idOf = ({ request }: AccountScene) => (request.params as { id: string }).id;

async function show(scene: AccountScene): Promise<FastifyReply> {
  const { door, person, said, visit } = scene;
  const { items } = await findOrganizationsOf(door.db, door.tenantId, people, person.id);
  const organization = items.find(({ id }) => id === idOf(scene));
  if (!organization) return scene.reply.redirect('/account', 303);
  const { organizations: words } = said;
  const name = { organization: inertName(organization.name) || '–' };
  return sendAccount(
    scene,
    200,
    subpage(
      scene,
      sentence(words.leaveTitle, name),
      plainSentence(words.leaveTitle, name),
      html`<p>${words.leaveTold}</p>`,
      html`<form method="post" class="actions">${visit.formField}
<button type="submit" class="danger">${words.leaveSubmit}</button>
<a class="button second" href="/account">${said.cancel}</a>
</form>`,
    ),
  );
}

async function take(scene: AccountScene): Promise<FastifyReply> {
  try {
    await scene.door.acting(actor(scene), (act) => removeHolder(act, people, idOf(scene), scene.person.id));
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'member.not_found') throw error;
  }
  return done(scene, 'left');
}
