/**
 * The advanced search of this door, from query parameters: `search` or `search.<field>`, `mode` or `mode.<field>`,
 * `joint` (alias `jointMode`), `isCaseSensitive`.
 */
import type { Match, Search } from '../../domain/search.ts';
import { DoorError } from './errors.ts';
import { isYes } from './schema.ts';

const modes = ['like', 'exact', 'similar_to', 'posix'] as const;
const longestPattern = 256;

/** Undefined when nothing is searched for. Refuses with 400 request.invalid_input. */
export function readSearch(query: Record<string, unknown>, fields: readonly string[]): Search | undefined {
  const isCaseSensitive = isYes(single(query.isCaseSensitive));
  const joint = single(query.joint ?? query.jointMode) ?? 'or';
  if (joint !== 'or' && joint !== 'and') throw refused('joint must be "or" or "and"');
  const matches: Match[] = [];
  for (const [key, raw] of Object.entries(query)) {
    const [word, field, ...more] = key.split('.');
    if (word !== 'search') continue;
    if (more.length > 0 || (field !== undefined && !fields.includes(field)))
      throw refused(`there is no field to search named "${key}"`);
    const mode = modeOf(query, field);
    const values = (Array.isArray(raw) ? raw : [raw]).map(String);
    check(values, mode, key, isCaseSensitive);
    for (const searched of field === undefined ? fields : [field])
      matches.push({ field: searched, mode: mode, values });
  }
  return matches.length > 0 ? { matches, joint, isCaseSensitive } : undefined;
}

function modeOf(query: Record<string, unknown>, field: string | undefined): Match['mode'] {
  const mode = single((field && query[`mode.${field}`]) ?? query.mode) ?? 'like';
  const found = modes.find((known) => known === mode);
  if (!found) throw refused(`mode must be one of ${modes.join(', ')}`);
  return found;
}

function check(values: readonly string[], mode: Match['mode'], key: string, isCaseSensitive: boolean): void {
  if (values.some((value) => value === '' || value.length > longestPattern))
    throw refused(`${key} must have 1 to ${longestPattern} characters`);
  if (values.length > 1 && mode !== 'exact') throw refused(`several values for ${key} need the mode "exact"`);
  if (mode === 'similar_to' && !isCaseSensitive)
    throw refused('the mode "similar_to" is case-sensitive only');
}

const single = (value: unknown): string | undefined => {
  if (Array.isArray(value)) throw refused('a parameter was given twice');
  return value === undefined ? undefined : String(value);
};

const refused = (why: string) =>
  new DoorError(400, 'request.invalid_input', `The request is not valid: ${why}.`);
