/** The pages of signing in, as they look. */
import { siteOf } from '../../../domain/passkeys/site.ts';
import { assets } from '../assets.ts';
import { alert, fieldBlock, notice } from '../forms.ts';
import type { Page } from '../frame.ts';
import { type Content, type Html, html } from '../html.ts';
import { emblemOf } from '../look.ts';
import { sentence } from '../sentence.ts';
import { along, type Scene } from './scene.ts';

type Shown = Pick<Page, 'title' | 'content' | 'scripts'>;

/** The card that all of them are. */
export function sheet({ look }: Scene, title: Content, ...content: readonly Content[]): Html {
  return html`<main class="sheet narrow">
${emblemOf(look)}
<h1>${title}</h1>
${content}
</main>`;
}

export function addressPage(
  scene: Scene,
  shown: { address?: string | undefined; problem?: string | undefined; failure?: string | undefined },
): Shown {
  const { words, way, visit } = scene;
  const isNew = registers(scene);
  const title = way.again ? words.signIn.againTitle : isNew ? words.signIn.registerTitle : words.signIn.title;
  return {
    title,
    scripts: hasPasskeys(scene) ? [assets.passkeys] : [],
    content: sheet(
      scene,
      title,
      lead(scene),
      alert(shown.failure),
      html`<form method="post" action="${along('/sign-in', way)}" novalidate>
${visit.formField}
${fieldBlock({ name: 'address', label: words.signIn.address, type: 'email', value: shown.address, problem: shown.problem, autocomplete: 'username webauthn', inputMode: 'email', maxLength: 254, isRequired: true, hasFocus: !shown.failure })}
<button type="submit">${words.signIn.next}</button>
</form>`,
      otherWays(scene, 'code'),
      changeOfMind(scene, isNew),
      legal(scene),
    ),
  };
}

export function codePage(
  scene: Scene,
  shown: {
    address: string;
    maySignUp: boolean;
    isAgain?: boolean;
    problem?: string | undefined;
    failure?: string | undefined;
    name?: string;
  },
): Shown {
  const { words, way, visit } = scene;
  const { code } = words;
  return {
    title: code.title,
    content: sheet(
      scene,
      code.title,
      html`<p>${sentence(shown.maySignUp ? code.sent : code.sentPerhaps, { address: shown.address })} ${code.link}</p>`,
      notice(shown.isAgain && code.sentAgain),
      alert(shown.failure),
      html`<form method="post" action="${along('/sign-in/code', way)}" novalidate>
${visit.formField}
${fieldBlock({ name: 'code', label: code.code, problem: shown.problem, autocomplete: 'one-time-code', inputMode: 'numeric', maxLength: 12, isRequired: true, hasFocus: true, isCode: true })}
${shown.maySignUp && registers(scene) && fieldBlock({ name: 'name', label: code.name, value: shown.name, hint: code.nameHint, autocomplete: 'name', maxLength: 128 })}
<button type="submit">${code.submit}</button>
</form>`,
      html`<div class="ways">
<form method="post" action="${along('/sign-in/again', way)}">${visit.formField}<button type="submit" class="plain">${code.again}</button></form>
<a href="${along('/sign-in', way)}">${code.otherAddress}</a>
<a href="${along('/sign-in/password', way)}">${words.signIn.usePassword}</a>
</div>`,
    ),
  };
}

export function passwordPage(
  scene: Scene,
  shown: {
    identifier?: string | undefined;
    identifierProblem?: string | undefined;
    problem?: string | undefined;
  },
): Shown {
  const { words, way, visit } = scene;
  const { password } = words;
  return {
    title: password.title,
    scripts: hasPasskeys(scene) ? [assets.passkeys] : [],
    content: sheet(
      scene,
      password.title,
      lead(scene),
      html`<form method="post" action="${along('/sign-in/password', way)}" novalidate>
${visit.formField}
${fieldBlock({ name: 'identifier', label: password.identifier, value: shown.identifier, problem: shown.identifierProblem, autocomplete: 'username webauthn', maxLength: 254, isRequired: true, hasFocus: !shown.identifier })}
${fieldBlock({ name: 'password', label: password.password, type: 'password', problem: shown.problem, autocomplete: 'current-password', isRequired: true, hasFocus: Boolean(shown.identifier) && !shown.identifierProblem })}
<button type="submit">${password.submit}</button>
</form>`,
      otherWays(scene, 'password'),
    ),
  };
}

export function passkeyPage(scene: Scene, problem?: string): Shown {
  const { words } = scene;
  return {
    title: words.passkey.title,
    scripts: [assets.passkeys],
    content: sheet(
      scene,
      words.passkey.title,
      html`<p>${words.passkey.told}</p>`,
      html`<noscript><p class="alert">${words.passkey.needsScript}</p></noscript>`,
      alert(problem),
      passkeyForm(scene, html`<button type="submit">${words.passkey.submit}</button>`),
      otherWays(scene, 'passkey'),
    ),
  };
}

export const linkPage = (scene: Scene, address: string): Shown =>
  buttonPage(scene, scene.words.link, address);

/** The same link where it is about moving to this address. */
export const newAddressPage = (scene: Scene, address: string): Shown =>
  buttonPage(scene, { ...scene.words.newAddress, not: scene.words.link.not }, address);

type ButtonWords = Pick<Scene['words']['link'], 'title' | 'told' | 'submit' | 'not'>;

function buttonPage(scene: Scene, { title, told, submit, not }: ButtonWords, address: string): Shown {
  return {
    title,
    content: sheet(
      scene,
      title,
      html`<p>${sentence(told, { address })}</p>`,
      html`<form method="post" action="/sign-in/link">${scene.visit.formField}<button type="submit" autofocus>${submit}</button></form>`,
      html`<p class="soft">${not}</p>`,
    ),
  };
}

/** Says one thing, and where to go from it. */
export function toldPage(
  scene: Scene,
  title: string,
  told: string,
  on: { path: string; name: string },
): Shown {
  return {
    title,
    content: sheet(
      scene,
      title,
      html`<p>${told}</p>`,
      html`<a class="button" href="${on.path}">${on.name}</a>`,
    ),
  };
}

/** The first page is one for people who are new. */
const registers = ({ flow, way, look }: Scene): boolean =>
  look.maySignUp && !way.again && (way.register ?? /register$/.test(flow?.firstScreen ?? ''));

const hasPasskeys = ({ door }: Scene): boolean => siteOf(door.publicUrl, '') !== undefined;

function lead({ words, way, flow, look }: Scene): Content {
  if (way.again) return html`<p class="lead">${words.signIn.againWhy}</p>`;
  if (!flow) return undefined;
  const places = { application: look.name, organization: look.organization };
  return html`<p class="lead">${sentence(look.organization ? words.signIn.toIn : words.signIn.to, places)}</p>`;
}

function otherWays(scene: Scene, here: 'code' | 'password' | 'passkey'): Content {
  const { words, way } = scene;
  const link = (path: string, name: string) =>
    html`<a class="button second" href="${along(path, way)}">${name}</a>`;
  return html`<div class="or">${words.signIn.or}</div>
<div class="actions">
${here !== 'passkey' && hasPasskeys(scene) && passkeyForm(scene, link('/sign-in/passkey', words.signIn.usePasskey), true)}
${here !== 'password' && link('/sign-in/password', words.signIn.usePassword)}
${here !== 'code' && link('/sign-in', words.signIn.useCode)}
</div>`;
}

/** Sent by the script when the device has answered; without the script the link inside leads to the page for it. */
function passkeyForm({ words, way, visit }: Scene, button: Html, isFilledIn = false): Html {
  return html`<form method="post" action="${along('/sign-in/passkey', way)}" data-passkey="get" data-options="/sign-in/passkey/options"${isFilledIn && html` data-autofill`}>
${visit.formField}<input type="hidden" name="answer">
${button}
<p class="problem" role="alert" hidden>${words.passkey.failed}</p>
</form>`;
}

function changeOfMind(scene: Scene, isNew: boolean): Content {
  const { words, way, look } = scene;
  if (way.again || !look.maySignUp) return undefined;
  return isNew
    ? html`<p class="soft">${words.signIn.haveAccount} <a href="${along('/sign-in', { ...way, register: false })}">${words.signIn.signIn}</a></p>`
    : html`<p class="soft">${words.signIn.noAccount} <a href="${along('/sign-in', { ...way, register: true })}">${words.signIn.register}</a></p>`;
}

function legal({ look, words }: Scene): Content {
  const links = [
    look.termsUrl && html`<a href="${look.termsUrl}">${words.signIn.terms}</a>`,
    look.privacyUrl && html`<a href="${look.privacyUrl}">${words.signIn.privacy}</a>`,
  ].filter((link) => link instanceof Object);
  return links.length > 0 && html`<p class="soft legal">${links}</p>`;
}
