/** The pages of an invitation that cannot be answered: what happened, and the way on. */
import type { Host, Look, Somebody } from '../../domain/invitations/look.ts';
import { assets } from './assets.ts';
import { alert, notice } from './forms.ts';
import type { Page } from './frame.ts';
import { type Content, type Html, html } from './html.ts';
import type { Scene } from './invitation-page.ts';
import { calledOf, goingTo, laterLink, nameOf, sign, utc, writeTo } from './invitation-parts.ts';
import type { WayOn } from './invitation-way-on.ts';
import { plainSentence, sentence } from './sentence.ts';
import type { Colors } from './theme.ts';
import type { Ending, Wording } from './wording/invitation.ts';

type Closed = Exclude<Look, { state: 'open' }>;

export function closedPage(look: Closed, scene: Scene, wayOn: WayOn | undefined): Page {
  const { words } = scene;
  switch (look.state) {
    case 'unknown':
      return ending(words.unknown, scene, { ...houseOf(scene), ways: asInvited(scene) });
    case 'gone':
      return ending(words.gone, scene, { ...houseOf(scene), ways: toAccount(scene) });
    case 'superseded':
      return ending(words.superseded, scene, { ...look, ...houseOf(scene), ways: asInvited(scene) });
    case 'disabled': {
      const ways = [again(scene), writeTo(look.inviter, words)];
      return ending(words.disabled, scene, { ...look, kind: 'expired', ways });
    }
    case 'waiting':
      return waitingPage(look, scene);
    case 'suspended':
    case 'revoked':
    case 'rejected':
      return ending(words[look.state], scene, {
        ...look,
        ways: [writeTo(look.inviter, words), toAccount(scene)],
      });
    case 'expired':
      return expiredPage(look, scene);
    case 'accepted':
      return look.isYours
        ? joinedPage(look, scene, wayOn)
        : ending(words.accepted, scene, {
            ...look,
            ...houseOf(scene),
            kind: 'accepted',
            ways: asInvited(scene),
          });
  }
}

const houseOf = ({ colors, account }: Scene) => ({ colors, account });

/** Who is signed in goes to their account, which lists what waits for them; who is not, signs in to it. */
const toAccount = ({ account, words }: Scene): Html =>
  account === undefined
    ? html`<a class="button second" href="/sign-in">${words.signIn}</a>`
    : html`<a class="button second" href="/account">${words.joined.account}</a>`;

/** To see it as the invited person: whoever is signed in here is somebody else, and signs out for that. */
const asInvited = ({ account, words, id, formField }: Scene): Html =>
  account === undefined
    ? html`<a class="button" href="/sign-in?continue=/invitation/${id}">${words.signIn}</a>`
    : html`<form method="post" action="/invitation/${id}/switch">${formField}<button>${words.otherAccount}</button></form>`;

/** Trying again asks those who may approve it, by mail: that is no GET. */
function waitingPage(look: Pick<Told, 'host' | 'inviter'>, scene: Scene): Page {
  const { words, id, formField, wasAsked } = scene;
  const ask = html`<form method="post" action="/invitation/${id}/ask">${formField}<button>${words.tryAgain}</button></form>`;
  return ending(words.waiting, scene, {
    ...look,
    kind: 'expired',
    done: wasAsked && words.ask.approval,
    ways: [ask, writeTo(look.inviter, words)],
  });
}

/** Everything was in order, but no seat was left. */
export const fullPage = (host: Host, inviter: Somebody | undefined, scene: Scene): Page =>
  ending(scene.words.full, scene, { host, inviter, ways: [again(scene), writeTo(inviter, scene.words)] });

const again = ({ words, id }: Scene): Html =>
  html`<a class="button" href="/invitation/${id}">${words.tryAgain}</a>`;

/** Nobody is looked up for it: the account itself asks who it is. */
export const forgedPage = (words: Wording): Page =>
  ending(
    words.forged,
    { words },
    {
      ways: html`<a class="button second" href="/account">${words.joined.account}</a>`,
    },
  );

export const unavailablePage = (words: Wording, path: string): Page =>
  ending(
    words.unavailable,
    { words },
    {
      kind: 'expired',
      ways: html`<a class="button" href="${path}">${words.tryAgain}</a>`,
    },
  );

function expiredPage(look: Closed & { state: 'expired' }, scene: Scene): Page {
  const { words, id, formField, problem } = scene;
  if (look.hasAsked) {
    const asked = { ...words.expired, next: words.ask.asked, nextAlone: words.ask.asked };
    return ending(asked, scene, { ...look, kind: 'expired', ways: toAccount(scene) });
  }
  const isNobody = problem === 'nobody to ask' || !look.inviter?.address;
  const told = problem === 'nobody to ask' ? words.ask.nobody : problem && words.code.noMail;
  const ask = html`<form method="post" action="/invitation/${id}/ask">${formField}<button>${words.ask.button}</button></form>`;
  return ending(words.expired, scene, {
    ...look,
    kind: 'expired',
    ways: [alert(told), !isNobody && ask, toAccount(scene)],
  });
}

function joinedPage(look: Closed & { state: 'accepted' }, { words }: Scene, wayOn: WayOn | undefined): Page {
  const { joined } = words;
  const places = { organization: nameOf(look.host.name) };
  const go = wayOn && wayOn.url !== '/account' ? wayOn : undefined;
  const onward = html`<a class="button${look.lacksPasskey && ' second'}" href="${go?.url ?? '/account'}"><span>${go ? goingTo(go, joined) : joined.account}</span></a>`;
  return {
    title: plainSentence(joined.title, places),
    language: words.language,
    colors: look.host.color,
    content: html`<main class="sheet">
${sign('accepted')}
<h1>${sentence(joined.title, places)}</h1>
<p>${sentence(joined.told, places)}</p>
${look.lacksPasskey && html`<div class="note"><p>${sentence(joined.passkey, places)}</p></div>`}
<div class="actions">${look.lacksPasskey && html`<a class="button" href="/account/passkeys">${joined.passkeyButton}</a>`}${(!look.lacksPasskey || go) && onward}</div>
</main>`,
  };
}

type Told = {
  readonly host?: Host;
  readonly inviter?: Somebody | undefined;
  readonly endedAt?: number;
  readonly kind?: 'accepted' | 'expired';
  readonly colors?: Colors;
  /** Named where it matters as whom somebody is signed in. */
  readonly account?: string | undefined;
  /** What has just been done. */
  readonly done?: Content;
  readonly ways: Content;
};

function ending(texts: Ending, scene: Parameters<typeof laterLink>[0], told: Told): Page {
  const { words } = scene;
  const { host, inviter, endedAt, kind, account, ways } = told;
  const called = calledOf(inviter);
  const places = {
    organization: host && nameOf(host.name),
    inviter: called,
    ended: endedAt === undefined ? undefined : utc(endedAt, words),
  };
  const next = called === undefined && texts.nextAlone !== undefined ? texts.nextAlone : texts.next;
  return {
    title: plainSentence(texts.title, places),
    language: words.language,
    colors: host?.color ?? told.colors,
    scripts: [assets.once],
    content: html`<main class="sheet">
${sign(kind ?? 'closed')}
<h1>${sentence(texts.title, places)}</h1>
${notice(told.done)}
<p>${sentence(texts.told, places)}</p>
<p class="next">${sentence(next, places)}</p>
<div class="actions">${ways}</div>
${laterLink(scene)}
${account !== undefined && html`<p class="soft">${sentence(words.open.signedInAs, { invitee: account })}</p>`}
</main>`,
  };
}
