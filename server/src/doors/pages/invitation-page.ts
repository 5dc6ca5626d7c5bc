/** The page of an invitation that can be answered: who invites whom, where, as what, until when, and one button. */
import type { Offer } from '../../domain/invitations/look.ts';
import { assets } from './assets.ts';
import { alert, fieldBlock } from './forms.ts';
import { type Page, person } from './frame.ts';
import { type Content, type Html, html } from './html.ts';
import { calledOf, emblem, laterLink, nameOf, utc } from './invitation-parts.ts';
import type { WayOn } from './invitation-way-on.ts';
import { plainSentence, sentence } from './sentence.ts';
import type { Colors } from './theme.ts';
import { relative, timeElement } from './times.ts';
import type { Wording } from './wording/invitation.ts';

export type Scene = {
  readonly id: string;
  readonly words: Wording;
  readonly now: number;
  /** Of the tenant, for a page that names no organization. */
  readonly colors: Colors;
  /** How the account is called that is signed in here. */
  readonly account: string | undefined;
  /** The hidden field of every form. */
  readonly formField: Html;
  /** A code was sent for this browser and may still be on its way. */
  readonly hasCode: boolean;
  /** The button that asks has just been pressed. */
  readonly wasAsked: boolean;
  /** Where the person was going when they were led here. */
  readonly onward: WayOn | undefined;
  /** Origins that the browser may be led to after a form. */
  readonly formTargets: readonly string[];
  readonly problem?: Problem | undefined;
  /** What was typed as name before. */
  readonly name?: string | undefined;
};

export type Problem = 'name' | 'code' | 'code ended' | 'too many mails' | 'no mail' | 'nobody to ask';

export function offerPage(offer: Offer, scene: Scene): Page {
  const { words } = scene;
  const places = placesOf(offer);
  const { inviter } = places;
  const isOther = offer.needs === 'other account';
  const heading = isOther ? words.other.heading : inviter ? words.open.heading : words.open.headingAlone;
  return {
    title: plainSentence(inviter ? words.open.title : words.open.titleAlone, places),
    language: words.language,
    colors: offer.host.color,
    formTargets: scene.formTargets,
    scripts: [assets.once],
    content: html`<main class="sheet">
${emblem(offer.host, places.organization)}
<h1>${sentence(heading, places)}</h1>
${isOther && html`<p>${sentence(words.other.told, places)}</p>`}
${facts(offer, scene, places)}
${answer(offer, scene, places)}
${laterLink(scene)}
</main>`,
  };
}

type Named = ReturnType<typeof placesOf>;

function placesOf(offer: Offer) {
  return {
    organization: nameOf(offer.host.name),
    inviter: calledOf(offer.inviter),
    invitee: offer.invitee,
    person: offer.person?.address ?? calledOf(offer.person),
  };
}

function facts(offer: Offer, { words, now }: Scene, { inviter }: Named): Html {
  const { open } = words;
  const roles = offer.roles.map((role) => html`<li>${person(nameOf(role))}</li>`);
  const address = offer.inviter?.address;
  return html`<dl class="facts">
<div><dt>${open.invitee}</dt><dd>${person(offer.invitee)}</dd></div>
${inviter && html`<div><dt>${open.inviter}</dt><dd>${person(inviter)}${address && address !== inviter && html`<br><small>${person(address)}</small>`}</dd></div>`}
${roles.length > 0 && html`<div><dt>${roles.length > 1 ? open.roles : open.role}</dt><dd><ul class="chips">${roles}</ul></dd></div>`}
<div><dt>${open.validUntil}</dt><dd>${timeElement(offer.expiresAt, utc(offer.expiresAt, words))} <small>${relative(offer.expiresAt, now, words.language)}</small></dd></div>
</dl>`;
}

/** What this visitor can do, by what stands in the way. */
function answer(offer: Offer, scene: Scene, places: Named): Content {
  switch (offer.needs) {
    case 'other account':
      return otherAccount(offer, scene, places);
    case 'code':
      return scene.hasCode ? codeForm(scene, places) : sendForm(scene, places);
    case 'passkey':
      return passkeyFirst(scene, places);
    case undefined:
      return acceptForm(offer, scene, places);
  }
}

function acceptForm(offer: Offer, scene: Scene, places: Named): Content {
  const { open } = scene.words;
  return html`${offer.isMember && html`<div class="note"><p>${sentence(open.member, places)}</p></div>\n`}${form(scene, 'accept')}
${offer.isNew && nameField(scene, places, open.nameHint, true)}
${buttons(scene)}
</form>
<p class="soft">${sentence(offer.isSignedIn ? open.signedInAs : open.signsIn, places)} ${open.unexpected}</p>`;
}

function passkeyFirst(scene: Scene, places: Named): Content {
  const { words, id } = scene;
  return html`<div class="note"><p>${sentence(words.passkey.told, places)}</p></div>
${form(scene, 'decline')}
<div class="actions">
<a class="button" href="/sign-in?again=1&amp;continue=/invitation/${id}">${words.passkey.button}</a>
<button class="second">${words.open.decline}</button>
</div>
</form>`;
}

function sendForm(scene: Scene, places: Named): Content {
  const { code, open } = scene.words;
  return html`<div class="note"><p>${sentence(code.told, places)}</p></div>
${problemOf(scene)}
${form(scene, 'code')}
<div class="actions"><button>${code.send}</button></div>
</form>
<p class="soft">${open.unexpected}</p>`;
}

/** The name is asked of everybody here: whether the address has an account is nobody's business before the code. */
function codeForm(scene: Scene, places: Named): Content {
  const { code } = scene.words;
  const isWrong = scene.problem === 'code' || scene.problem === 'code ended';
  return html`${!isWrong && problemOf(scene)}
${form(scene, 'accept')}
${fieldBlock({
  name: 'code',
  label: code.label,
  hint: plainSentence(code.sent, places),
  problem: isWrong ? (scene.problem === 'code' ? code.wrong : code.ended) : undefined,
  autocomplete: 'one-time-code',
  inputMode: 'numeric',
  maxLength: 12,
  isRequired: true,
  isCode: true,
})}
${nameField(scene, places, code.nameHint, false)}
${buttons(scene, true)}
</form>
${form(scene, 'code')}<button class="plain">${code.again}</button></form>`;
}

function otherAccount(offer: Offer, scene: Scene, places: Named): Content {
  const { other, ask } = scene.words;
  const mayAsk = offer.otherAddress !== undefined && Boolean(offer.inviter?.address);
  return html`${problemOf(scene)}
<div class="actions">
${form(scene, 'switch')}<button><span>${sentence(other.switch, places)}</span></button></form>
${mayAsk && !offer.hasAsked && html`${form(scene, 'ask')}<button class="second"><span>${sentence(places.inviter ? other.ask : other.askAlone, places)}</span></button></form>`}
</div>
${offer.hasAsked && html`<p class="note" role="status">${ask.asked}</p>`}`;
}

const nameField = ({ words, problem, name }: Scene, places: Named, hint: string, isRequired: boolean): Html =>
  fieldBlock({
    name: 'name',
    label: words.open.name,
    value: name,
    hint: plainSentence(hint, places),
    problem: problem === 'name' ? words.open.nameMissing : undefined,
    autocomplete: 'name',
    maxLength: 128,
    isRequired,
  });

/** Declining asks for no name; where a code is asked for, it takes the code too. */
const buttons = ({ words, id }: Scene, isProving = false): Html => html`<div class="actions">
<button>${words.open.accept}</button>
<button class="second" formaction="/invitation/${id}/decline"${!isProving && html` formnovalidate`}>${words.open.decline}</button>
</div>`;

const form = ({ id, formField }: Scene, deed: string): Html =>
  html`<form method="post" action="/invitation/${id}/${deed}">${formField}`;

function problemOf({ words, problem }: Scene): Content {
  const told = {
    'too many mails': words.code.tooMany,
    'no mail': words.code.noMail,
    'nobody to ask': words.ask.nobody,
    'code ended': words.code.ended,
    code: words.code.wrong,
    name: undefined,
  }[problem ?? 'name'];
  return alert(told);
}
