/** The page of a link for many: which organization, as what, and the one thing that this visitor can do. */
import type { JoinLook } from '../../../domain/join-links/look.ts';
import { assets } from '../assets.ts';
import { alert } from '../forms.ts';
import { type Page, person } from '../frame.ts';
import { type Content, type Html, html } from '../html.ts';
import { emblem, nameOf, sign } from '../invitation-parts.ts';
import { plainSentence, sentence } from '../sentence.ts';
import type { Wording } from '../wording/invitation.ts';
import type { Ending, JoinWording } from '../wording/join.ts';

export type JoinScene = {
  readonly id: string;
  readonly words: JoinWording;
  /** What is said as on the page of an invitation. */
  readonly shared: Wording;
  readonly formField: Html;
};
type Open = Extract<JoinLook, { state: 'open' }>;

export function joinPage(look: Open, scene: JoinScene, problem?: string): Page {
  const { words, shared } = scene;
  const places = { organization: nameOf(look.host.name), person: look.address, invitee: look.address };
  const roles = look.roles.map((role) => html`<li>${person(nameOf(role))}</li>`);
  const isDone = look.isMember;
  const title = isDone ? shared.joined.title : words.title;
  return {
    title: plainSentence(title, places),
    language: shared.language,
    colors: look.host.color,
    scripts: [assets.once],
    content: html`<main class="sheet">
${isDone ? sign('accepted') : emblem(look.host, places.organization)}
<h1>${sentence(title, places)}</h1>
${alert(problem)}
${!isDone && roles.length > 0 && html`<dl class="facts"><div><dt>${roles.length > 1 ? shared.open.roles : shared.open.role}</dt><dd><ul class="chips">${roles}</ul></dd></div></dl>`}
${wayOf(look, scene, places)}
</main>`,
  };
}

function wayOf(look: Open, scene: JoinScene, places: Record<string, string | undefined>): Content {
  const { words, shared, id } = scene;
  const account = html`<a class="button" href="/account">${shared.joined.account}</a>`;
  const signIn = (label: string) => html`<a class="button" href="/sign-in?continue=/join/${id}">${label}</a>`;
  const told = (text: string, way: Content) => html`<p>${sentence(text, places)}</p>
<div class="actions">${way}</div>`;
  if (look.isMember && look.lacksPasskey)
    return html`<p>${sentence(shared.joined.told, places)}</p>
<div class="note"><p>${sentence(shared.joined.passkey, places)}</p></div>
<div class="actions"><a class="button" href="/account/passkeys">${shared.joined.passkeyButton}</a></div>`;
  if (look.isMember) return told(shared.joined.told, account);
  if (look.needs === 'sign-in')
    return told(look.asksFirst ? words.signInToAsk : words.signIn, signIn(words.signInButton));
  if (look.needs === 'address') return told(words.address, againTo(scene, words.addressButton));
  if (look.needs === 'domain') return told(words.domain, againTo(scene, shared.otherAccount));
  if (look.needs === 'passkey') return told(shared.passkey.told, againTo(scene, shared.passkey.button));
  if (look.needs === 'somebody') return told(words.notForYou, againTo(scene, shared.otherAccount));
  if (look.needs === 'seat')
    return told(shared.full.told, html`<a class="button" href="/join/${id}">${shared.tryAgain}</a>`);
  if (look.hasAsked) return html`<p class="note" role="status">${sentence(words.asked, places)}</p>`;
  return told(
    look.asksFirst ? words.askFirst : words.ready,
    html`${form(scene, look.asksFirst ? 'ask' : 'accept')}<button>${look.asksFirst ? words.ask : words.join}</button></form>`,
  );
}

/** Signing in once more proves the address, or brings the passkey; with another account it is another person. */
const againTo = ({ id }: JoinScene, label: string): Html =>
  html`<a class="button" href="/sign-in?again=1&amp;continue=/join/${id}">${label}</a>`;

const form = ({ id, formField }: JoinScene, deed: string): Html =>
  html`<form method="post" action="/join/${id}/${deed}">${formField}`;

/** The link lets nobody in any more, or this browser does not hold it. */
export function noJoinPage(texts: Ending, shared: Wording): Page {
  return {
    title: texts.title,
    language: shared.language,
    content: html`<main class="sheet">
${sign('closed')}
<h1>${texts.title}</h1>
<p>${texts.told}</p>
<p class="next">${texts.next}</p>
</main>`,
  };
}
