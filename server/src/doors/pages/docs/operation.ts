/** One call of the API: what it takes, what it answers, and how to make it with curl. */
import { type Content, type Html, html } from '../html.ts';
import { inline, markdown } from './markdown.ts';
import {
  type Answer,
  type Documented,
  type Operation,
  type Parameter,
  resolve,
  type Schema,
} from './openapi.ts';
import { sample } from './sample.ts';
import { fieldRow, fields, typeOf } from './schema.ts';

export type Call = { readonly method: string; readonly path: string; readonly operation: Operation };

/** Told once for all calls, under Errors. */
const shared = new Set(['401', '403', 'default']);

export const badge = (method: string): Html =>
  html`<span class="method ${method}">${method.toUpperCase()}</span>`;

/** The path with its places standing out. */
export const pathOf = (path: string): Content =>
  path.split(/(\{\w+\})/).map((part) => (part.startsWith('{') ? html`<em>${part}</em>` : part));

export function operationSection(document: Documented, call: Call, url: string): Html {
  const { method, path, operation } = call;
  const parameters = operation.parameters.map((parameter) => resolve<Parameter>(document, parameter));
  const within = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const body = operation.requestBody?.content['application/json'];
  const done = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
  return html`<article id="${operation.operationId}">
<div class="about">
<h3><a href="#${operation.operationId}">${operation.summary}</a></h3>
<p class="line">${badge(method)} <code>${pathOf(path)}</code></p>
${operation.description && markdown(operation.description)}
${part('Path', parameterList(document, within('path')))}
${part('Query', parameterList(document, within('query')))}
${body && part('Body', bodyFields(document, body.schema))}
${parameters.some(({ name }) => name === 'Idempotency-Key') && repeating}
${done && part('Answer', answerFields(document, done[0], resolve<Answer>(document, done[1])))}
${part('Refusals', refusals(document, operation))}
</div>
<div class="shown">
${code('Request', curl(document, call, url))}
${done && answerExample(document, done[0], resolve<Answer>(document, done[1]))}
</div>
</article>
`;
}

const repeating: Html = html`<p class="soft">Safe to repeat with an <a href="#idempotency"><code>Idempotency-Key</code></a>.</p>`;

const part = (title: string, content: Content): Content => content && html`<h4>${title}</h4>${content}`;
const code = (title: string, text: string): Html =>
  html`<figure><figcaption>${title}</figcaption><pre tabindex="0"><code>${text}</code></pre></figure>`;

function parameterList(document: Documented, parameters: readonly Parameter[]): Content {
  if (parameters.length === 0) return undefined;
  const rows = parameters.map(({ name, required = false, description, schema }) =>
    fieldRow(
      name,
      typeOf(schema, schema, document),
      required,
      description ? { ...schema, description } : schema,
    ),
  );
  return html`<dl class="fields">${rows}</dl>`;
}

function bodyFields(document: Documented, schema: Schema): Content {
  return fields(document, schema) ?? html`<p>${inline('Any JSON object.')}</p>`;
}

function answerFields(document: Documented, status: string, { content }: Answer): Html {
  const schema = content?.['application/json'].schema;
  if (!schema) return html`<p><code>${status}</code> without a body.</p>`;
  const inner = fields(document, schema);
  return html`<p><code>${status}</code> <span class="type">${typeOf(schema, resolve(document, schema), document)}</span></p>${inner && html`<details><summary>Fields</summary>${inner}</details>`}`;
}

function refusals(document: Documented, { responses }: Operation): Content {
  const told = Object.entries(responses).filter(
    ([status, answer]) => !status.startsWith('2') && !shared.has(status) && !('$ref' in answer),
  );
  if (told.length === 0) return undefined;
  return html`<dl class="refusals">${told.map(([status, answer]) => html`<div><dt><code>${status}</code></dt><dd>${codes(resolve<Answer>(document, answer))}</dd></div>`)}</dl>`;
}

/** The codes alone: what the status means in general is told under Errors. */
const codes = ({ description }: Answer): Content => markdown(description.split('\n\n').slice(1).join('\n\n'));

function curl(document: Documented, { method, path, operation }: Call, url: string): string {
  const place = path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => `$${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
  );
  const media = operation.requestBody?.content['application/json'];
  const verb = method === 'get' || (method === 'post' && media) ? '' : ` -X ${method.toUpperCase()}`;
  const lines = [
    `curl${verb} ${place.includes('$') ? `"${url}${place}"` : url + place}`,
    '-H "Authorization: Bearer $TOKEN"',
  ];
  if (media) {
    const body = JSON.stringify(media.example ?? sample(document, media.schema, false), null, 2).replaceAll(
      '\n',
      '\n  ',
    );
    lines.push('-H "Content-Type: application/json"', `-d '${body.replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}

function answerExample(document: Documented, status: string, { content }: Answer): Content {
  const media = content?.['application/json'];
  if (!media) return undefined;
  const value = media.example ?? sample(document, media.schema, true);
  return code(`Answer ${status}`, JSON.stringify(value, null, 2));
}
