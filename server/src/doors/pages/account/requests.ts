/** Organizations that have the domain of the person's proven address, and that they may ask to join. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { askByDomain } from '../../../domain/join-requests/ask.ts';
import { findOrganizationsToAsk } from '../../../domain/join-requests/find.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { sentence } from '../sentence.ts';
import { joinWordingIn } from '../wording/join.ts';
import { type AccountScene, actor, type inAccount } from './account-scene.ts';
import { sendOverview } from './overview.ts';
import { row, section } from './sections.ts';

export async function requestsSection({ door, person, visit, language }: AccountScene): Promise<Content> {
  const open = await findOrganizationsToAsk(door.db, door.tenantId, person.id);
  if (open.length === 0) return undefined;
  const words = joinWordingIn(language);
  const rows = open.map(({ id, name, hasAsked }) => {
    const shown = inertName(name) || '–';
    return row(
      html`<strong>${isolated(shown)}</strong>${hasAsked && html`<small>${sentence(words.asked, { organization: shown })}</small>`}`,
      !hasAsked &&
        html`<form method="post" action="/account/organizations/${id}/ask">${visit.formField}<button type="submit" class="small second" aria-label="${words.ask}: ${shown}">${words.ask}</button></form>`,
    );
  });
  return section(
    'ask',
    words.account.title,
    html`<p class="soft">${words.account.told}</p><ul class="rows">${rows}</ul>`,
  );
}

export function requestRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post(
    '/account/organizations/:id/ask',
    on((scene) => ask(scene)),
  );
}

async function ask(scene: AccountScene): Promise<FastifyReply> {
  const { id } = scene.request.params as { id: string };
  const { door, person, language, reply } = scene;
  try {
    await door.acting(actor(scene), (act) =>
      askByDomain(act, id, person.id, { ...door.mail, locale: language }),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return sendOverview(scene, 422, { failure: joinWordingIn(language).failed });
  }
  // The page says beside the organization that the person has asked.
  return reply.redirect('/account', 303);
}
