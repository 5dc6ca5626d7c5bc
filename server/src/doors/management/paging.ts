/** Paging of this door: `page` and `page_size` in, `Total-Number` and `Link` out. */
import type { Page } from '../../domain/page.ts';
import { DoorError } from './errors.ts';

const defaultSize = 20;
const largestSize = 100;
const longestLinks = 8192;
/** Further than anybody pages; keeps the offset a number. */
const lastPage = 10_000_000;

/** Refuses with 400 guard.invalid_pagination what is not a whole number in range. */
export function readPage(query: Record<string, unknown>, kind: 'always' | 'optional'): Page {
  const { page, page_size: size } = query;
  if (kind === 'optional' && page === undefined && size === undefined) return undefined;
  return {
    number: whole(page, 1, lastPage, 'page'),
    size: whole(size, defaultSize, largestSize, 'page_size'),
  };
}

function whole(value: unknown, otherwise: number, most: number, name: string): number {
  if (value === undefined) return otherwise;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw new DoorError(400, 'guard.invalid_pagination', `${name} must be a whole number from 1 to ${most}.`, {
    field: name,
  });
}

/** The headers of one page. `url` is where it was asked for, query included. */
export function pageHeaders(url: string, page: NonNullable<Page>, total: number): Record<string, string> {
  const last = Math.max(1, Math.ceil(total / page.size));
  const links = [link(url, 1, 'first')];
  if (page.number > 1) links.push(link(url, Math.min(page.number - 1, last), 'prev'));
  if (page.number < last) links.push(link(url, page.number + 1, 'next'));
  links.push(link(url, last, 'last'));
  const all = links.join(', ');
  // Clients read 16 KB of headers in all: after a very long query the caller turns the pages without help.
  return { 'total-number': String(total), ...(all.length > longestLinks ? {} : { link: all }) };
}

function link(url: string, page: number, relation: string): string {
  const target = new URL(url);
  target.searchParams.set('page', String(page));
  return `<${target.href}>; rel="${relation}"`;
}
