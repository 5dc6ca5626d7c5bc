/** The account at a glance: what waits for an answer first, then who one is, how one signs in, and where one belongs. */
import type { FastifyReply } from 'fastify';
import { findWaitingFor } from '../../../domain/invitations/find-for-person.ts';
import { people } from '../../../domain/members/holders.ts';
import { findEndsOf, findOrganizationsOf } from '../../../domain/members/organizations-of.ts';
import { findPasskeys } from '../../../domain/passkeys/passkeys.ts';
import { siteOf } from '../../../domain/passkeys/site.ts';
import { findSessionsOf } from '../../../domain/sessions/sessions.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { assets } from '../assets.ts';
import { queryOf } from '../fields.ts';
import { alert, notice } from '../forms.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { wayOnOf } from '../invitation-way-on.ts';
import { initialOf, webPicture } from '../look.ts';
import { doneWords } from '../wording/account.ts';
import { accessSection } from './access-section.ts';
import { type AccountScene, sendAccount } from './account-scene.ts';
import { applicationsSection } from './applications.ts';
import { invitationsSection } from './invitations-section.ts';
import { ownershipSection } from './ownership.ts';
import { requestsSection } from './requests.ts';
import { organizationsSection, profileSection, sessionsSection } from './sections.ts';

export type Problems = {
  readonly name?: string;
  readonly avatar?: string;
  readonly avatarProblem?: string;
  /** Of the page as a whole. */
  readonly failure?: string;
};

export async function sendOverview(
  scene: AccountScene,
  status = 200,
  problems: Problems = {},
): Promise<FastifyReply> {
  const { door, person, said, session, request } = scene;
  const { db, tenantId } = door;
  const now = door.clock();
  const [invitations, passkeys, sessions, organizations, ends, requests, ownership, applications] =
    await Promise.all([
      findWaitingFor(db, tenantId, person.id, now),
      findPasskeys(db, tenantId, person.id),
      findSessionsOf(db, tenantId, person.id, now),
      findOrganizationsOf(db, tenantId, people, person.id),
      findEndsOf(db, tenantId, person.id),
      requestsSection(scene, now),
      ownershipSection(scene, now),
      applicationsSection(scene, now),
    ]);
  const waysOn = await Promise.all(
    invitations.map(({ id, organizationId }) =>
      wayOnOf(door, id, { organizationId, invitee: person.address ?? '' }),
    ),
  );
  const wasDone = doneWords.find((word) => word === queryOf(request, 'done'));
  return sendAccount(scene, status, {
    title: said.title,
    layout: 'account',
    styles: [assets.account],
    formTargets: [...new Set(waysOn.flatMap(({ targets }) => targets))],
    content: html`<main>
${header(scene)}
${notice(status === 200 && wasDone && said.done[wasDone])}
${alert(problems.failure)}
${invitationsSection(scene, invitations, now)}
${ownership}
${profileSection(scene, problems)}
${accessSection(scene, siteOf(door.publicUrl, '') ? passkeys : undefined, now)}
${sessionsSection(scene, sessions, session, now)}
${organizationsSection(scene, organizations.items, ends, now)}
${requests}
${applications}
</main>`,
  });
}

function header({ person, said, look }: AccountScene): Content {
  const name = inertName(person.name ?? '') || person.username || person.address || '–';
  const picture = webPicture(person.avatar);
  const below = person.address !== name ? person.address : look.name;
  return html`<header class="who">
${picture ? html`<img class="avatar" src="${picture}" alt="" width="56" height="56">` : initialOf(name)}
<div><p class="soft">${said.title}</p><h1>${isolated(name)}</h1>${below && html`<p class="soft">${isolated(below)}</p>`}</div>
<a class="button second small" href="/sign-out">${said.signOut}</a>
</header>`;
}
