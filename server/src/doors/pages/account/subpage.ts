/** A page of the account that is about one thing, with the way back. */
import { assets } from '../assets.ts';
import type { Page } from '../frame.ts';
import { type Content, html } from '../html.ts';
import type { AccountScene } from './account-scene.ts';

export function subpage(
  { said }: AccountScene,
  title: Content,
  plainTitle: string,
  ...content: readonly Content[]
): Pick<Page, 'title' | 'content' | 'styles'> {
  return {
    title: plainTitle,
    styles: [assets.account],
    content: html`<main class="sheet narrow">
<a class="back" href="/account">${said.back}</a>
<h1>${title}</h1>
${content}
</main>`,
  };
}
