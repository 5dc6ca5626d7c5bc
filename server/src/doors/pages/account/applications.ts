/** Applications of somebody else's that the person has let in, and shutting them out again. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Consent, findConsents, withdrawConsent } from '../../../domain/applications/consents.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { plainSentence } from '../sentence.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';
import { row, section, timed } from './sections.ts';

export async function applicationsSection(scene: AccountScene, now: number): Promise<Content> {
  const { door, person, said } = scene;
  const consents = await findConsents(door.db, door.tenantId, person.id);
  if (consents.length === 0) return undefined;
  return section(
    'applications',
    said.applications.title,
    html`<ul class="rows">${consents.map((consent) => letIn(scene, consent, now))}</ul>`,
  );
}

function letIn({ said, words, visit, language }: AccountScene, consent: Consent, now: number): Content {
  const { applications } = said;
  const name = inertName(consent.application.name) || '–';
  const may = consent.scopes
    .map((scope) => (words.consent.scopes as Record<string, string>)[scope])
    .filter((thing) => thing !== undefined);
  const things = new Intl.ListFormat(language, { type: 'conjunction' }).format(may);
  return row(
    html`<strong>${isolated(name)}</strong>${may.length > 0 && html`<small>${plainSentence(applications.may, { things })}</small>`}<small>${timed(applications.since, consent.givenAt, now, language)}</small>`,
    html`<form method="post" action="/account/applications/${consent.application.id}/withdraw">${visit.formField}<button type="submit" class="second small" aria-label="${applications.withdraw}: ${name}">${applications.withdraw}</button></form>`,
  );
}

export function applicationRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post('/account/applications/:id/withdraw', on(withdraw));
}

async function withdraw(scene: AccountScene): Promise<FastifyReply> {
  const { id } = scene.request.params as { id: string };
  try {
    await scene.door.acting(actor(scene), (act) => withdrawConsent(act, scene.person.id, id));
  } catch (error) {
    // It was withdrawn before, which is as good.
    if (!(error instanceof Refusal)) throw error;
  }
  return done(scene, 'application');
}
