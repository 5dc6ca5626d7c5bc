/** A page that says one thing. */
import { brand, type Page } from './frame.ts';
import { type Content, html } from './html.ts';

export const messagePage = (title: string, ...paragraphs: readonly Content[]): Page => ({
  title: `${title} · Usher`,
  content: html`<main class="sheet">
${brand}
<h1>${title}</h1>
${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
</main>`,
});
