/** What the pages of an invitation are put together from. Names are inert, isolated, and never part of our markup. */
import type { Host, Somebody } from '../../domain/invitations/look.ts';
import { inertAddress, inertName } from '../../outbox/mail/inert.ts';
import { type Content, type Html, html, trusted } from './html.ts';
import type { WayOn } from './invitation-way-on.ts';
import { initialOf, webPicture } from './look.ts';
import { sentence } from './sentence.ts';
import { absolute } from './times.ts';
import type { Wording } from './wording/invitation.ts';

/** A name that consists of nothing visible is shown as a dash. */
export const nameOf = (name: string): string => inertName(name) || '–';

/** What somebody is called: by name, otherwise by address. */
export function calledOf(somebody: Somebody | undefined): string | undefined {
  return somebody && (inertName(somebody.name ?? '') || somebody.address || undefined);
}

/** On to where the person was going, without an answer. */
export const laterLink = ({ onward, words: { joined } }: Going): Content =>
  onward && html`<div class="ways"><a href="${onward.url}"><span>${goingTo(onward, joined)}</span></a></div>`;

export const goingTo = ({ name }: WayOn, joined: Wording['joined']): Content =>
  sentence(name ? joined.goTo : joined.go, { application: name && nameOf(name) });

type Going = { readonly onward?: WayOn | undefined; readonly words: Wording };

export const utc = (at: number, { language }: Wording): string => `${absolute(at, language)} UTC`;

/** A mail to who invited, where there is an address that can stand in a link. */
export function writeTo(inviter: Somebody | undefined, words: Wording): Content {
  const address = inertAddress(inviter?.address);
  return (
    address !== undefined &&
    html`<a class="button second" href="mailto:${encodeURIComponent(address).replace('%40', '@')}"><span>${sentence(words.write, { inviter: calledOf(inviter) })}</span></a>`
  );
}

export function emblem(host: Host, name: string): Html {
  const [logo, dark] = [webPicture(host.logoUrl), webPicture(host.darkLogoUrl)];
  if (!logo) return initialOf(name);
  return html`<picture class="logo">${dark && html`<source srcset="${dark}" media="(prefers-color-scheme: dark)">`}<img src="${logo}" alt="" height="48"></picture>`;
}

const strokes: Record<string, string> = {
  accepted: '<path d="m8.5 12.5 2.5 2.5 5-5.5"/>',
  expired: '<path d="M12 7.5V12l3 2"/>',
  closed: '<path d="M12 8v4.5M12 16h.01"/>',
};

export function sign(kind: 'accepted' | 'expired' | 'closed'): Html {
  return html`<div class="sign ${kind}" aria-hidden="true"><svg viewBox="0 0 24 24" width="28" height="28" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="9"/>${trusted(strokes[kind]!)}</svg></div>`;
}
