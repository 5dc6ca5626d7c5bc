/**
 * Pages by key, not by number: a token says after (or before) which item a page begins, so that what is added or removed
 * meanwhile neither repeats an item nor hides one. A token is good for the list that gave it, and opaque to others.
 */
import { type Statement, sql } from '../../db/db.ts';
import { invalid } from './errors.ts';

type Key = readonly (string | number)[];

export type PageAsk = { readonly pageSize: number; readonly pageToken: string };

export type PageOf = {
  /** Of one list: its name and what it is filtered by. */
  readonly list: string;
  readonly size: number;
  readonly from: { readonly isBackwards: boolean; readonly key: Key } | undefined;
};

const defaultSize = 10;

/** Refuses INVALID_ARGUMENT for a token of another list, or of nobody. */
export function pageOf(ask: PageAsk, list: string, most = 100): PageOf {
  const size = Math.min(ask.pageSize || defaultSize, most);
  return { list, size, from: ask.pageToken === '' ? undefined : fromOf(ask.pageToken, list) };
}

/**
 * What to put after `where …`: the condition, the order and one row more than the page has. The columns make the order,
 * and the last of them is unique.
 */
export function within({ size, from }: PageOf, columns: readonly Statement[], direction: 'asc' | 'desc') {
  const isRising = (direction === 'asc') !== (from?.isBackwards ?? false);
  const order = list(columns.map((column) => (isRising ? sql`${column} asc` : sql`${column} desc`)));
  return {
    condition: from
      ? isRising
        ? sql`(${list(columns)}) > (${list(from.key.map(valued))})`
        : sql`(${list(columns)}) < (${list(from.key.map(valued))})`
      : sql`true`,
    order,
    limit: sql`limit ${size + 1}::int`,
  };
}

/** The items of the page in their order, and the tokens of its neighbours: "" where there is none. */
export function pagesOf<T>(page: PageOf, rows: readonly T[], keyOf: (item: T) => Key) {
  const { size, from, list: name } = page;
  const isBackwards = from?.isBackwards ?? false;
  const hasMore = rows.length > size;
  const items = rows.slice(0, size);
  if (isBackwards) items.reverse();
  const token = (item: T | undefined, before: boolean) =>
    item === undefined
      ? ''
      : Buffer.from(JSON.stringify([name, before, ...keyOf(item)])).toString('base64url');
  return {
    items,
    nextPageToken: isBackwards || hasMore ? token(items.at(-1), false) : '',
    prevPageToken: (isBackwards ? hasMore : from !== undefined) ? token(items[0], true) : '',
  };
}

function fromOf(text: string, name: string): PageOf['from'] {
  const refuse = () => invalid('page_token', 'is not a page token of this list');
  if (text.length > 2048 || !/^[\w-]+$/.test(text)) throw refuse();
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw refuse();
  }
  if (!Array.isArray(parts) || parts[0] !== name || typeof parts[1] !== 'boolean') throw refuse();
  const key = parts.slice(2);
  if (key.length === 0 || !key.every(isKeyPart)) throw refuse();
  return { isBackwards: parts[1], key };
}

const isKeyPart = (part: unknown): part is string | number =>
  Number.isSafeInteger(part) || (typeof part === 'string' && !part.includes('\0'));

const valued = (value: string | number): Statement =>
  typeof value === 'number' ? sql`${value}::bigint` : sql`${value}::text`;

const list = (parts: readonly Statement[]): Statement => parts.reduce((all, part) => sql`${all}, ${part}`);
