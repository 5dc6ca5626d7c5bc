/** Times for people, with the exact one for programs beside it. */
import { type Html, html } from './html.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `in 6 days`, `2 minutes ago`, `just now`. */
export function relative(at: number, now: number, language = 'en'): string {
  const distance = at - now;
  const size = Math.abs(distance);
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (size < minute) return format.format(0, 'second');
  const [unit, length] =
    size < hour
      ? (['minute', minute] as const)
      : size < 2 * day
        ? (['hour', hour] as const)
        : (['day', day] as const);
  return format.format(Math.trunc(distance / length), unit);
}

/** A date and time in UTC: the reader may be anywhere. */
export const absolute = (at: number, language = 'en'): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at);

/** A date and time where this server runs. */
export const local = (at: number): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(at);

/** `14:03` today, `31 Jul` before. */
export function localShort(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(
    'en-GB',
    isToday ? { hour: '2-digit', minute: '2-digit' } : { day: 'numeric', month: 'short' },
  ).format(at);
}

export const timeElement = (at: number, text: string, title?: string): Html =>
  html`<time datetime="${new Date(at).toISOString()}"${title !== undefined && html` title="${title}"`}>${text}</time>`;
