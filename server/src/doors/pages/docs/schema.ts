/** A schema as a list of its fields, with the objects inside to unfold. */
import { type Content, type Html, html } from '../html.ts';
import { inline } from './markdown.ts';
import { type Documented, nameOf, resolve, type Schema } from './openapi.ts';

const deepest = 4;

export function fields(document: Documented, given: Schema, depth = 0): Content {
  const schema = unlisted(document, given);
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return undefined;
  const rows = properties.map(([name, property]) =>
    field(document, name, property, schema.required?.includes(name) ?? false, depth),
  );
  return html`<dl class="fields">${rows}</dl>`;
}

function field(
  document: Documented,
  name: string,
  property: Schema,
  isRequired: boolean,
  depth: number,
): Html {
  const schema = resolve<Schema>(document, property);
  const inner = depth < deepest ? fields(document, property, depth + 1) : undefined;
  return fieldRow(
    name,
    typeOf(property, schema, document),
    isRequired,
    schema,
    inner && html`<details><summary>Fields</summary>${inner}</details>`,
  );
}

export function fieldRow(
  name: string,
  type: string,
  isRequired: boolean,
  schema: Schema,
  inner?: Content,
): Html {
  const limits = limitsOf(schema);
  return html`<div><dt><code>${name}</code></dt><dd><span class="type">${type}</span>${isRequired && html` <span class="must">required</span>`}${schema.description && html`<p>${inline(schema.description)}</p>`}${limits && html`<p class="limits">${limits}</p>`}${inner}</dd></div>\n`;
}

/** `string or null`, `list of OrganizationRole`. */
export function typeOf(given: Schema, schema: Schema, document: Documented): string {
  if (schema.type === 'array' && schema.items) {
    return `list of ${typeOf(schema.items, resolve<Schema>(document, schema.items), document)}`;
  }
  const name = nameOf(given);
  if (name) return name;
  if (schema.anyOf) return schema.anyOf.map((choice) => typeOf(choice, choice, document)).join(' or ');
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function limitsOf(schema: Schema): string {
  const list = (schema.type === 'array' && schema.items) || schema;
  const choices = (schema.enum ?? list.enum)?.map((choice) => `“${choice}”`).join(', ');
  return [
    choices && `One of ${choices}`,
    range(schema.minLength, schema.maxLength, 'character'),
    range(schema.minItems, schema.maxItems, 'item'),
    schema.default !== undefined && `Default ${schema.default}`,
    schema.maximum !== undefined &&
      Number(schema.maximum) < 1e9 &&
      `${schema.minimum ?? 0} to ${schema.maximum}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

function range(least: unknown, most: unknown, noun: string): string | undefined {
  const counted = (count: unknown) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  if (most === undefined) return least ? `At least ${counted(least)}` : undefined;
  return least ? `${least} to ${counted(most)}` : `At most ${counted(most)}`;
}

/** What a list is of. */
function unlisted(document: Documented, given: Schema): Schema {
  const schema = resolve<Schema>(document, given);
  return schema.type === 'array' && schema.items ? unlisted(document, schema.items) : schema;
}
