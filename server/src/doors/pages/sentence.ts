/** Sentences of the wording with their places filled; what people chose is set apart, so that it reorders nothing. */
import { person } from './frame.ts';
import { type Content, html } from './html.ts';

export type Places = Readonly<Record<string, string | number | undefined>>;

export function sentence(text: string, places: Places = {}): Content {
  return text.split(/(\{\w+\})/).map((part) => {
    const value = part.startsWith('{') ? places[part.slice(1, -1)] : undefined;
    return value === undefined ? part : html`<strong>${person(String(value))}</strong>`;
  });
}

/** The same as plain text, for titles and attributes. */
export const plainSentence = (text: string, places: Places = {}): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(places[name] ?? ''));
