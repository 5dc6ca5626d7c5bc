/** The page on which somebody lets an application of somebody else's in. */
import { inertName } from '../../../outbox/mail/inert.ts';
import type { Flow, FlowConsent } from '../../flows.ts';
import { type Page, person } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { type Look, webPicture } from '../look.ts';
import { plainSentence, sentence } from '../sentence.ts';
import { sheet } from './pages.ts';
import { along, type Scene } from './scene.ts';

export function consentPage(
  scene: Scene,
  flow: Flow,
  consent: FlowConsent,
  account: string,
): Pick<Page, 'title' | 'content'> {
  const { words, way, visit, look } = scene;
  const { consent: said } = words;
  return {
    title: plainSentence(said.title, { application: look.name }),
    content: sheet(
      { ...scene, look: ofTheirs(look, flow) },
      sentence(said.title, { application: look.name }),
      html`<p class="lead">${sentence(said.as, { account })} <a href="${along('/sign-in', { ...way, again: true })}">${said.switch}</a></p>`,
      html`<form method="post" action="${along('/consent', way)}">
${visit.formField}
<section class="grants"><h2>${said.sees}</h2>
<ul>${consent.scopes.map((scope) => html`<li>${inWords(scene, scope)}</li>`)}${consent.resources.map(resource)}</ul></section>
${consent.organizations.length > 0 && organizations(scene, consent)}
<div class="actions">
<button type="submit" name="answer" value="allow">${said.allow}</button>
<button type="submit" name="answer" value="decline" class="second">${said.decline}</button>
</div>
</form>`,
      html`<p class="soft">${sentence(said.goes, { target: flow.target })}</p>`,
    ),
  };
}

/** The page speaks of the application of somebody else's, not for the organization whose colours it has. */
const ofTheirs = (look: Look, { application }: Flow): Look => ({
  ...look,
  organization: undefined,
  logo: webPicture(application.logoUrl),
  darkLogo: undefined,
});

const inWords = ({ words }: Scene, scope: string): Content =>
  (words.consent.scopes as Record<string, string>)[scope] ?? html`<code>${scope}</code>`;

const resource = ({ name, scopes }: FlowConsent['resources'][number]): Content =>
  html`<li>${person(inertName(name))}<ul>${scopes.map((scope) => html`<li>${scope.description ? person(inertName(scope.description)) : html`<code>${scope.name}</code>`}</li>`)}</ul></li>`;

function organizations({ words }: Scene, consent: FlowConsent): Content {
  return html`<fieldset><legend>${words.consent.organizations}</legend>
${consent.organizations.map(({ id, name, isGranted }) => html`<label class="check"><input type="checkbox" name="organization" value="${id}"${isGranted && html` checked`}><span>${person(inertName(name) || '–')}</span></label>`)}
<p class="hint">${words.consent.organizationsHint}</p></fieldset>`;
}
