/** What a built-in mail says, before it is laid out as HTML and as plain text. */
import { escapeHtml } from '../render.ts';

/** One sentence twice: with names emphasized, and as text. */
export type Phrase = { html: string; text: string };

export type MailContent = {
  language: string;
  colon: string;
  subject: string;
  title: string;
  paragraphs: Phrase[];
  code?: string;
  /** Words of the inviter. */
  note?: { label: string; text: string };
  facts: { label: string; value: string }[];
  button?: { label: string; url: string };
  linkHint: string;
  footer: string[];
  brand: Brand;
};

export type Brand = {
  name: string;
  logoUrl?: string;
  darkLogoUrl?: string;
  color: string;
  darkColor: string;
};

/** Fills `{name}` places; what is filled in is not looked at again. */
export function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_place, key: string) => values[key] ?? '');
}

export function phrase(template: string, values: Record<string, string>): Phrase {
  const emphasized = Object.entries(values).map(([key, value]) => [
    key,
    `<strong>${escapeHtml(value)}</strong>`,
  ]);
  return { text: fill(template, values), html: fill(escapeHtml(template), Object.fromEntries(emphasized)) };
}
