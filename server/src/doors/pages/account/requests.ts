/**
 * What the person has asked to join and may take back, and organizations that have the domain of their proven address,
 * which they may ask.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { askByDomain } from '../../../domain/join-requests/ask.ts';
import { findOrganizationsToAsk, findOwnRequests } from '../../../domain/join-requests/find.ts';
import { withdrawJoinRequest } from '../../../domain/join-requests/withdraw.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { joinWordingIn } from '../wording/join.ts';
import { type AccountScene, actor, done, type inAccount } from './account-scene.ts';
import { sendOverview } from './overview.ts';
import { row, section, timed } from './sections.ts';

export async function requestsSection(scene: AccountScene, now: number): Promise<Content> {
  const { door, person, visit, language } = scene;
  const [asked, known] = await Promise.all([
    findOwnRequests(door.db, door.tenantId, person.id),
    findOrganizationsToAsk(door.db, door.tenantId, person.id),
  ]);
  const words = joinWordingIn(language);
  const open = known.filter(({ hasAsked }) => !hasAsked);
  const button = (action: string, label: string, name: string) =>
    html`<form method="post" action="${action}">${visit.formField}<button type="submit" class="small second" aria-label="${label}: ${name}">${label}</button></form>`;
  const requests = asked.map(({ id, organization, createdAt }) => {
    const shown = inertName(organization.name) || '–';
    return row(
      html`<strong>${isolated(shown)}</strong><small>${timed(words.account.askedAt, createdAt, now, language)}</small>`,
      button(`/account/requests/${id}/withdraw`, words.account.withdraw, shown),
    );
  });
  const organizations = open.map(({ id, name }) => {
    const shown = inertName(name) || '–';
    return row(
      html`<strong>${isolated(shown)}</strong>`,
      button(`/account/organizations/${id}/ask`, words.ask, shown),
    );
  });
  return [
    requests.length > 0 &&
      section('requests', words.account.requests, html`<ul class="rows">${requests}</ul>`),
    organizations.length > 0 &&
      section(
        'ask',
        words.account.title,
        html`<p class="soft">${words.account.told}</p><ul class="rows">${organizations}</ul>`,
      ),
  ];
}

export function requestRoutes(app: FastifyInstance, on: ReturnType<typeof inAccount>): void {
  app.post(
    '/account/organizations/:id/ask',
    on((scene) => ask(scene)),
  );
  app.post(
    '/account/requests/:id/withdraw',
    on((scene) => withdraw(scene)),
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
  // The page says among the requests that the person has asked.
  return reply.redirect('/account', 303);
}

async function withdraw(scene: AccountScene): Promise<FastifyReply> {
  const { id } = scene.request.params as { id: string };
  const { door, person, language } = scene;
  try {
    await door.acting(actor(scene), (act) => withdrawJoinRequest(act, id, person.id));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return sendOverview(scene, 422, { failure: joinWordingIn(language).account.ended });
  }
  return done(scene, 'request-withdrawn');
}
