/** Paging and searching, the same for every list. */
import { type Statement, sql } from '../db/db.ts';

/** `undefined`: everything. Otherwise page `number` (from 1) of `size` items. */
export type Page = { readonly number: number; readonly size: number } | undefined;

export const within = (page: Page): Statement =>
  page ? sql`limit ${page.size}::int offset ${(page.number - 1) * page.size}::bigint` : sql``;

/** Case-insensitive substring; % and _ are letters like any other. No text matches everything. */
export const matching = (text: string | undefined, fields: Statement): Statement =>
  text ? sql`${fields} ilike ${`%${escapeLike(text)}%`}` : sql`true`;

export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** What is not `undefined`: a change leaves the rest as it is. */
export function given<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as never;
}
