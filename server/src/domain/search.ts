/**
 * Advanced search over named fields: several patterns, each on one field or on all, joined by `or` or `and`. The
 * patterns are values, never SQL.
 */
import { type Statement, sql } from '../db/db.ts';

export type Match = {
  readonly field: string;
  readonly mode: 'like' | 'exact' | 'similar_to' | 'posix';
  readonly values: readonly string[];
};
export type Search = {
  readonly matches: readonly Match[];
  readonly joint: 'or' | 'and';
  readonly isCaseSensitive: boolean;
};

/** The condition on a row whose searchable columns are given by field name. */
function searching(search: Search | undefined, columns: Readonly<Record<string, Statement>>): Statement {
  if (!search || search.matches.length === 0) return sql`true`;
  const parts = search.matches.map((match) =>
    condition(columns[match.field]!, match, search.isCaseSensitive),
  );
  const glue = search.joint === 'or' ? sql`or` : sql`and`;
  return parts.slice(1).reduce((all, part) => sql`${all} ${glue} (${part})`, sql`(${parts[0]!})`);
}

/** The same in parentheses, to stand beside other conditions. */
export const searchingIn = (
  search: Search | undefined,
  columns: Readonly<Record<string, Statement>>,
): Statement => sql`(${searching(search, columns)})`;

function condition(column: Statement, { mode, values }: Match, isCaseSensitive: boolean): Statement {
  const value = values[0] ?? '';
  switch (mode) {
    case 'exact':
      return isCaseSensitive
        ? sql`${column} = any(${values}::text[])`
        : sql`lower(${column}) = any(${values.map((text) => text.toLowerCase())}::text[])`;
    case 'like':
      return isCaseSensitive ? sql`${column} like ${value}` : sql`${column} ilike ${value}`;
    case 'similar_to':
      return sql`${column} similar to ${value}`;
    case 'posix':
      return isCaseSensitive ? sql`${column} ~ ${value}` : sql`${column} ~* ${value}`;
  }
}
