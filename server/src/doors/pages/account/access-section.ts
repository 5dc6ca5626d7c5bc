/** How somebody signs in: address, password, passkeys. */
import type { Passkey } from '../../../domain/passkeys/passkeys.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { person as isolated } from '../frame.ts';
import { type Content, html } from '../html.ts';
import type { AccountScene } from './account-scene.ts';
import { row, section, timed } from './sections.ts';

/** Without passkeys where this server can have none. */
export function accessSection(
  { person, said, language }: AccountScene,
  passkeys: readonly Passkey[] | undefined,
  now: number,
): Content {
  const { access } = said;
  const change = (path: string, what: string, name: string) =>
    html`<a class="button second small" href="${path}" aria-label="${name}: ${what}">${name}</a>`;
  return section(
    'access',
    access.title,
    html`<ul class="rows">
${row(html`<strong>${access.address}</strong><small>${person.address ? isolated(person.address) : access.none}${person.address && person.addressVerifiedAt === null && ` (${access.unverified})`}</small>`, change('/account/address', access.address, person.address ? access.change : access.set))}
${row(html`<strong>${access.password}</strong><small>${person.hasPassword ? access.passwordSet : access.passwordUnset}</small>`, change('/account/password', access.password, person.hasPassword ? access.change : access.set))}
${passkeys?.map((passkey) => {
  const used = passkey.usedAt === null ? access.added : access.used;
  const name = inertName(passkey.name) || '–';
  return row(
    html`<strong>${isolated(name)}</strong><small>${access.passkeys} · ${timed(used, passkey.usedAt ?? passkey.createdAt, now, language)}</small>`,
    change(`/account/passkeys/${encodeURIComponent(passkey.id)}`, name, access.edit),
  );
})}
${passkeys?.length === 0 && row(html`<strong>${access.passkeys}</strong><small>${access.noPasskeys}</small>`)}
</ul>`,
    passkeys && html`<a class="button second fit" href="/account/passkeys">${access.addPasskey}</a>`,
  );
}
