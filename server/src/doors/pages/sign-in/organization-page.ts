/** The page on which somebody chooses an organization. */
import type { WaitingInvitation } from '../../../domain/invitations/find-for-person.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { alert } from '../forms.ts';
import { type Page, person } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { sentence } from '../sentence.ts';
import { organizationWording } from '../wording/organization.ts';
import { sheet } from './pages.ts';
import { along, type Scene } from './scene.ts';

export type Choice = {
  readonly account: string;
  readonly organizations: readonly { readonly id: string; readonly name: string }[];
  readonly invitations: readonly WaitingInvitation[];
  readonly failure: string | undefined;
};

export function organizationPage(
  scene: Scene,
  { account, organizations, invitations, failure }: Choice,
): Pick<Page, 'title' | 'content'> {
  const { visit, way, language } = scene;
  const words = organizationWording[language];
  const list = (id: string, title: string, rows: readonly Content[]) =>
    rows.length > 0 &&
    html`<section class="grants" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${rows}</section>`;
  return {
    title: words.title,
    content: sheet(
      scene,
      words.title,
      html`<p class="lead">${sentence(words.as, { account })} <a href="${along('/sign-in', { ...way, again: true })}">${words.otherAccount}</a></p>`,
      alert(failure),
      html`<form method="post" action="${along('/organization', way)}">
${visit.formField}
${list(
  'yours',
  words.yours,
  organizations.map(
    ({ id, name }) =>
      html`<button type="submit" class="second" name="organization" value="${id}">${person(nameOf(name))}</button>\n`,
  ),
)}
${list(
  'invitations',
  words.invitations,
  invitations.map(
    ({ id, organization }) =>
      html`<button type="submit" class="second" name="invitation" value="${id}">${words.join}: ${person(nameOf(organization))}</button>\n`,
  ),
)}
</form>`,
    ),
  };
}

const nameOf = (name: string): string => inertName(name) || '–';
