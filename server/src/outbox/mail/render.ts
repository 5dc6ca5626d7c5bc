/**
 * Variables in templates: `{{ path }}`, a path being word characters and dots.
 *
 * A placeholder whose first segment is no variable stays as written; one that leads nowhere, or to null, becomes
 * empty. Only own properties count, so `{{constructor}}` is a placeholder like any unknown one. A value cannot
 * become markup in HTML nor a further header line, and is not searched for placeholders again.
 */

export type Escape = 'html' | 'header' | 'none';

const PLACEHOLDER = /\{\{\s*([\w.]+)\s*\}\}/g;

export function renderTemplate(
  template: string,
  variables: Record<string, unknown>,
  options: { escape: Escape },
): string {
  const rendered = template.replaceAll(PLACEHOLDER, (written, path: string) => {
    const [first = '', ...rest] = path.split('.');
    if (!Object.hasOwn(variables, first)) return written;
    const text = plainText(rest.reduce(ownProperty, variables[first]));
    if (options.escape === 'html') return escapeHtml(text);
    return options.escape === 'header' ? oneLine(text) : text;
  });
  return options.escape === 'header' ? oneLine(rendered).trim() : rendered;
}

/** Whether the template asks for the variable. */
export function mentions(template: string, variable: string): boolean {
  return variablesIn(template).includes(variable);
}

/** The variables that the template asks for. */
export const variablesIn = (template: string): string[] =>
  Array.from(template.matchAll(PLACEHOLDER), ([, path]) => path!.split('.')[0]!);

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Header text: controls and line separators become one space. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function ownProperty(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  if (Array.isArray(value) && !/^\d+$/.test(key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return JSON.stringify(value) ?? '';
  return typeof value === 'function' || typeof value === 'symbol' ? '' : String(value);
}
