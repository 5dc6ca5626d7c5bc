/** Short pages that the OpenID Connect door shows: in the look and the languages of ours, with the headers of ours. */
import type { Notice, RenderNotice } from '../notices.ts';
import { brand, pageHeaders, renderPage } from './frame.ts';
import { html } from './html.ts';
import { languageFor } from './languages.ts';
import { noticesIn } from './wording/notices.ts';

export const renderNotice: RenderNotice = ({ kind, form, uiLocales, acceptLanguage }) => {
  const language = languageFor(uiLocales, acceptLanguage, undefined);
  const { title, text } = noticesIn[language][kind];
  const page = {
    title: `${title} · Usher`,
    language,
    content: html`<main class="sheet">
${brand}
<h1>${title}</h1>
${form ? formOf(form, text) : html`<p>${text}</p>`}
</main>`,
    ...(form ? { scripts: [{ url: form.scriptUrl }], formTargets: form.targets } : {}),
  };
  return { headers: pageHeaders(page), html: renderPage(page).text };
};

const formOf = ({ action, fields }: NonNullable<Notice['form']>, button: string) =>
  html`<form method="post" action="${action}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">${button}</button>
</form>`;
