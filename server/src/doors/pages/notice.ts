/** Short pages that another door shows: in the look of ours, with the headers of ours. */
import { brand, pageHeaders, renderPage } from './frame.ts';
import { html } from './html.ts';

type Notice = {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** A form of one button, which a script (at this address) presses where scripts run. */
  readonly form?: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly button: string;
    readonly scriptUrl: string;
    readonly targets: readonly string[];
  };
};

export function renderNotice({ title, paragraphs, form }: Notice): {
  headers: Record<string, string>;
  html: string;
} {
  const page = {
    title: `${title} · Usher`,
    ...(form ? { scripts: [{ url: form.scriptUrl }], formTargets: form.targets } : {}),
    content: html`<main class="sheet">
${brand}
<h1>${title}</h1>
${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}${
  form
    ? html`<form method="post" action="${form.action}">
${Object.entries(form.fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">${form.button}</button>
</form>`
    : ''
}
</main>`,
  };
  return { headers: pageHeaders(page), html: renderPage(page).text };
}
