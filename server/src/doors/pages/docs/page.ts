/** The documentation: contents beside the text, the calls by what they are about. */
import { assets } from '../assets.ts';
import { brand, type Page } from '../frame.ts';
import { type Html, html } from '../html.ts';
import { inline } from './markdown.ts';
import type { Documented } from './openapi.ts';
import { badge, type Call, operationSection, pathOf } from './operation.ts';
import { chapters, startChapters } from './start.ts';

type Topic = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly calls: readonly Call[];
};

export function docsPage(document: Documented, url: string, tenantId: string): Page {
  const topics = topicsOf(document);
  return {
    title: 'Usher API',
    layout: 'docs',
    styles: [assets.docs],
    content: html`<a class="skip" href="#text">Skip to the text</a>
<aside>${brand}<nav aria-label="Contents">${contents(topics)}</nav></aside>
<main id="text">
<header class="top"><h1>Usher API</h1>
<p class="lead">Organizations, their members and roles, and invitations by mail, for the backend of your application.</p>
<p class="soft">Version ${document.info.version} · <a href="/api/openapi.json">OpenAPI document</a> · Base address <code>${url}/api</code></p></header>
${startChapters({ url, tenantId })}
${topics.map((topic) => section(document, topic, url))}
</main>`,
  };
}

function topicsOf(document: Documented): Topic[] {
  const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Call => ({ method, path, operation })),
  );
  return document.tags.map(({ name, description }) => ({
    id: name.toLowerCase().replaceAll(/\W+/g, '-'),
    name,
    description,
    calls: calls.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

function contents(topics: readonly Topic[]): Html {
  return html`<ul class="chapters">${chapters.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul>
${topics.map(
  ({ id, name, calls }) => html`<h2><a href="#${id}">${name}</a></h2>
<ul>${calls.map(({ operation, method }) => html`<li><a href="#${operation.operationId}">${badge(method)}<span>${operation.summary}</span></a></li>\n`)}</ul>
`,
)}`;
}

function section(document: Documented, { id, name, description, calls }: Topic, url: string): Html {
  const lines = calls.map(
    ({ method, path, operation }) =>
      html`<li><a href="#${operation.operationId}">${badge(method)}<code>${pathOf(path)}</code></a></li>\n`,
  );
  return html`<section class="topic" aria-labelledby="${id}">
<header><h2 id="${id}">${name}</h2><p>${inline(description)}</p><ul class="calls">${lines}</ul></header>
${calls.map((call) => operationSection(document, call, url))}
</section>
`;
}
