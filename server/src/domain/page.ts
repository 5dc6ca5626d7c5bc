/** Paging and searching, the same for every list. */
import { type Queries, type Statement, sql } from '../db/db.ts';

/** `undefined`: everything. Otherwise page `number` (from 1) of `size` items. */
export type Page = { readonly number: number; readonly size: number } | undefined;

export const within = (page: Page): Statement =>
  page ? sql`limit ${page.size}::int offset ${(page.number - 1) * page.size}::bigint` : sql``;

/**
 * One page of rows that each bring `total`, how many there are in all. A page beyond the last has no row to say it,
 * so one of the first page is asked.
 */
export async function paged<R>(
  db: Queries,
  page: Page,
  query: (limits: Statement) => Statement,
): Promise<{ items: R[]; total: number }> {
  const rows = await db.rows<R & { total: number }>(query(within(page)));
  const [counted] =
    rows.length > 0 || !page || page.number === 1
      ? rows
      : await db.rows<{ total: number }>(query(within({ number: 1, size: 1 })));
  return { items: rows.map(({ total: _, ...item }) => item as R), total: counted?.total ?? 0 };
}

/** Case-insensitive substring of one of the fields; % and _ are letters like any other. No text matches everything. */
export function matching(text: string | undefined, ...fields: Statement[]): Statement {
  if (!text) return sql`true`;
  const pattern = `%${escapeLike(text)}%`;
  const [first, ...others] = fields.map((field) => sql`${field} ilike ${pattern}`);
  return sql`(${others.reduce((all, one) => sql`${all} or ${one}`, first!)})`;
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** What is not `undefined`: a change leaves the rest as it is. */
export function given<T extends object>(change: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as never;
}
