/** The page of an invitation, by what its link shows. Names are inert, isolated, and never part of our sentences' markup. */
import type { Host, Inviter, Look } from '../../domain/invitations/look.ts';
import { inertName } from '../../outbox/mail/inert.ts';
import { httpUrl } from '../../outbox/mail/links.ts';
import { type Page, person } from './frame.ts';
import { type Content, type Html, html, trusted } from './html.ts';
import { absolute, relative, timeElement } from './times.ts';
import type { Ending, Wording } from './wording.ts';

export function invitationPage(look: Look, wording: Wording, now: number): Page {
  if (look.state === 'pending') return pendingPage(look, wording, now);
  const ending = wording[look.state];
  if (look.state === 'forged' || look.state === 'gone') return endingPage(ending, wording, {});
  const host = nameOf(look.host.name);
  if (!('endedAt' in look)) return endingPage(ending, wording, { organization: host });
  const inviter = inviterOf(look.inviter);
  return endingPage(
    inviter || !ending.nextAlone ? ending : { ...ending, next: ending.nextAlone },
    wording,
    { organization: host, inviter, ended: utc(look.endedAt, wording) },
    look.state,
  );
}

export const unavailablePage = (wording: Wording): Page => endingPage(wording.unavailable, wording, {});

function pendingPage(look: Look & { state: 'pending' }, wording: Wording, now: number): Page {
  const words = wording.pending;
  const organization = nameOf(look.host.name);
  const inviter = inviterOf(look.inviter);
  const places = { organization, inviter, invitee: look.invitee };
  const roles = look.roles.map((role) => html`<li>${person(inertName(role))}</li>`);
  const until = utc(look.expiresAt, wording);
  return {
    title: plain(inviter ? words.title : words.titleAlone, places),
    language: wording.language,
    content: html`<main class="sheet">
${emblem(look.host, organization)}
<h1>${filled(inviter ? words.heading : words.headingAlone, places)}</h1>
<dl class="facts">
<div><dt>${words.invitee}</dt><dd>${person(look.invitee)}</dd></div>
${look.inviter && inviter && html`<div><dt>${words.inviter}</dt><dd>${person(inviter)}${addressOf(look.inviter, inviter)}</dd></div>`}
${roles.length > 0 && html`<div><dt>${roles.length > 1 ? words.roles : words.role}</dt><dd><ul class="chips">${roles}</ul></dd></div>`}
<div><dt>${words.validUntil}</dt><dd>${timeElement(look.expiresAt, until)} <small>${relative(look.expiresAt, now, wording.language)}</small></dd></div>
</dl>
<section class="note"><h2>${words.howTitle}</h2><p>${filled(words.how, places)}</p></section>
<p class="soft">${words.unexpected}</p>
</main>`,
  };
}

type Places = Readonly<Record<string, string | undefined>>;

function endingPage(ending: Ending, wording: Wording, places: Places, state = 'closed'): Page {
  return {
    title: plain(ending.title, places),
    language: wording.language,
    content: html`<main class="sheet">
${sign(state)}
<h1>${filled(ending.title, places)}</h1>
<p>${filled(ending.told, places)}</p>
<p class="next">${filled(ending.next, places)}</p>
</main>`,
  };
}

/** The sentence with its places filled; what people chose is isolated, so that it reorders nothing. */
function filled(sentence: string, places: Places): Content {
  return sentence.split(/(\{\w+\})/).map((part) => {
    const value = part.startsWith('{') ? places[part.slice(1, -1)] : undefined;
    return value === undefined ? part : html`<strong>${person(value)}</strong>`;
  });
}

const plain = (sentence: string, places: Places): string =>
  sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? '');

/** A name that consists of nothing visible is shown as a dash. */
const nameOf = (name: string): string => inertName(name) || '–';

function inviterOf(inviter: Inviter | undefined): string | undefined {
  return inviter && (inertName(inviter.name ?? '') || inviter.address || undefined);
}

const addressOf = ({ address }: Inviter, shown: string): Content =>
  address !== null && address !== shown && html`<br><small>${person(address)}</small>`;

const utc = (at: number, { language }: Wording) => `${absolute(at, language)} UTC`;

function emblem(host: Host, name: string): Html {
  const logo = httpsOnly(host.logoUrl);
  const dark = httpsOnly(host.darkLogoUrl);
  if (logo) {
    return html`<picture class="logo">${dark && html`<source srcset="${dark}" media="(prefers-color-scheme: dark)">`}<img src="${logo}" alt="" height="48"></picture>`;
  }
  const [first] = new Intl.Segmenter().segment(name.toUpperCase());
  return html`<div class="emblem" aria-hidden="true">${first?.segment}</div>`;
}

/** As the policy of the page lets through, and one picture only: a comma would begin another in srcset. */
function httpsOnly(url: string | undefined): string | undefined {
  const found = httpUrl(url);
  return found?.startsWith('https://') && !found.includes(',') ? found : undefined;
}

const strokes: Record<string, string> = {
  accepted: '<path d="m8.5 12.5 2.5 2.5 5-5.5"/>',
  expired: '<path d="M12 7.5V12l3 2"/>',
  closed: '<path d="M12 8v4.5M12 16h.01"/>',
};

function sign(state: string): Html {
  const stroke = strokes[state] ?? strokes.closed!;
  return html`<div class="sign ${state}" aria-hidden="true"><svg viewBox="0 0 24 24" width="28" height="28" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="9"/>${trusted(stroke)}</svg></div>`;
}
