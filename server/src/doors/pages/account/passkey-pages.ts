/** The pages about passkeys: adding one, and naming or removing it. */
import type { Passkey } from '../../../domain/passkeys/passkeys.ts';
import { inertName } from '../../../outbox/mail/inert.ts';
import { assets } from '../assets.ts';
import { alert, fieldBlock } from '../forms.ts';
import { html } from '../html.ts';
import type { AccountScene } from './account-scene.ts';
import { subpage } from './subpage.ts';

export function addPage(scene: AccountScene, { name, failure }: { name: string; failure?: string }) {
  const { said, visit, words } = scene;
  const page = subpage(
    scene,
    said.passkey.addTitle,
    said.passkey.addTitle,
    html`<p>${said.passkey.addTold}</p>`,
    html`<noscript><p class="alert">${words.passkey.needsScript}</p></noscript>`,
    alert(failure),
    html`<form method="post" action="/account/passkeys" data-passkey="create" data-options="/account/passkeys/options">
${visit.formField}<input type="hidden" name="answer">
${fieldBlock({ name: 'name', label: said.passkey.name, value: name, hint: said.passkey.nameHint, maxLength: 128 })}
<button type="submit">${said.passkey.add}</button>
<p class="problem" role="alert" hidden>${words.passkey.failed}</p>
</form>`,
  );
  return { ...page, scripts: [assets.passkeys] };
}

export function editPage(scene: AccountScene, passkey: Passkey, problem?: string) {
  const { said, visit } = scene;
  const { passkey: words } = said;
  const path = `/account/passkeys/${encodeURIComponent(passkey.id)}`;
  return subpage(
    scene,
    words.editTitle,
    `${words.editTitle} ${inertName(passkey.name)}`,
    html`<form method="post" action="${path}/name" novalidate>
${visit.formField}
${fieldBlock({ name: 'name', label: words.name, value: passkey.name, hint: words.nameHint, problem, maxLength: 128, isRequired: true })}
<button type="submit">${said.save}</button>
</form>`,
    html`<form method="post" action="${path}/remove" class="next">${visit.formField}
<p class="soft">${words.removeTold}</p>
<button type="submit" class="second danger">${words.remove}</button>
</form>`,
  );
}
