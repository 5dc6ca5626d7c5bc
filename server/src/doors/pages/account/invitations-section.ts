/** Invitations that wait for the person's answer; where the address is not proven yet, that it should be. */
import type { WaitingInvitation } from '../../../domain/invitations/find-for-person.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import { sentence } from '../sentence.ts';
import type { AccountScene } from './account-scene.ts';
import { row, section, timed } from './sections.ts';

export function invitationsSection(
  { said, visit, person, language }: AccountScene,
  waiting: readonly WaitingInvitation[],
  now: number,
): Content {
  const { invitations: words } = said;
  if (person.address && person.addressVerifiedAt === null) {
    return section(
      'invitations',
      words.title,
      html`<p>${sentence(words.unproven, { address: person.address })}</p>`,
      html`<a class="button second fit" href="/sign-in?again=1&amp;continue=%2Faccount">${words.prove}</a>`,
    );
  }
  if (waiting.length === 0) return undefined;
  const rows = waiting.map((invitation) => {
    const name = inertName(invitation.organization) || '–';
    const answer = (verb: 'accept' | 'decline', look: string) =>
      html`<form method="post" action="/account/invitations/${invitation.id}/${verb}">${visit.formField}<button type="submit" class="small ${look}" aria-label="${words[verb]}: ${name}">${words[verb]}</button></form>`;
    return row(
      html`<strong>${isolated(name)}</strong><small>${details(said, invitation)}</small><small>${timed(words.until, invitation.expiresAt, now, language)}</small>`,
      answer('accept', ''),
      answer('decline', 'second'),
    );
  });
  return section('invitations', words.title, html`<ul class="rows">${rows}</ul>`);
}

function details({ invitations }: AccountScene['said'], { inviter, roles }: WaitingInvitation): Content {
  const name = inviter && (inertName(inviter.name ?? '') || inviter.address);
  const parts = [
    name && sentence(invitations.from, { inviter: name }),
    roles.length > 0 && sentence(invitations.as, { roles: roles.map((role) => inertName(role)).join(', ') }),
  ].filter(Boolean);
  return parts.map((part, at) => [at > 0 && ' ', part]);
}
