/**
 * Names at this door: a prefix and digits. People and organizations are named by 63 bits of the SHA-256 of their id, for
 * their names may be 19 digits long at most; the database finds them by the same function (`public_number`). Every
 * other noun is named by its id itself, written in decimal.
 */
import { hash } from 'node:crypto';
import { type Queries, sql } from '../../db/db.ts';

export type Ids = {
  /** The id of the person with this name. Throws UnknownName. */
  user(name: string): Promise<string>;
  /** The id of the organization with this name. Throws UnknownName. */
  organization(name: string): Promise<string>;
  userName(id: string): string;
  organizationName(id: string): string;
};

/** Nobody and nothing has this name. */
export class UnknownName extends Error {
  readonly noun: string;

  constructor(noun: string) {
    super(`The ${noun} does not exist.`);
    this.noun = noun;
  }
}

/** Names never change and are never given twice, so what was found once stays true. */
const remembered = 20_000;

export function openIds(db: Queries, tenantId: string): Ids {
  const found = { usr_: new Map<string, string>(), org_: new Map<string, string>() };
  const numbers = new Map<string, string>();

  function numberOf(id: string): string {
    let number = numbers.get(id);
    if (number === undefined) {
      number = publicNumber(id);
      keep(numbers, id, number);
    }
    return number;
  }

  async function lookUp(prefix: 'usr_' | 'org_', name: string): Promise<string> {
    const known = found[prefix].get(name);
    if (known !== undefined) return known;
    const number = name.slice(4);
    const isName = name.startsWith(prefix) && /^\d{19}$/.test(number) && number <= largest;
    const table = prefix === 'usr_' ? sql`users` : sql`organizations`;
    const row = isName
      ? await db.first<{ id: string }>(sql`
          select id from ${table} where tenant_id = ${tenantId} and public_number(id) = ${number}::bigint`)
      : undefined;
    if (!row) throw new UnknownName(prefix === 'usr_' ? 'user' : 'organization');
    keep(found[prefix], name, row.id);
    return row.id;
  }

  return {
    user: (name) => lookUp('usr_', name),
    organization: (name) => lookUp('org_', name),
    userName: (id) => `usr_${numberOf(id)}`,
    organizationName: (id) => `org_${numberOf(id)}`,
  };
}

const largest = '9223372036854775807';

/** 19 digits. */
export function publicNumber(id: string): string {
  const first = hash('sha256', id, 'buffer').readBigUInt64BE(0);
  return (first & 0x7fff_ffff_ffff_ffffn).toString().padStart(19, '0');
}

/** The same without remembering: where there is no door. */
export const userName = (id: string): string => `usr_${publicNumber(id)}`;
export const organizationName = (id: string): string => `org_${publicNumber(id)}`;

function keep(map: Map<string, string>, key: string, value: string): void {
  map.set(key, value);
  if (map.size > remembered) map.delete(map.keys().next().value!);
}

const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const ownForm = /^[0-9a-hjkmnp-tv-z]{21}$/;
/** What 21 letters of five bits come to. */
const digits = 32;

/** `ses_…`, `role_…`: reversible. An id in another form than our own stands as it is. */
export function numbered<P extends string>(prefix: P, id: string): `${P}${string}` {
  if (!ownForm.test(id)) return `${prefix}${id}`;
  let number = 0n;
  for (const letter of id) number = number * 32n + BigInt(letters.indexOf(letter));
  return `${prefix}${number.toString().padStart(digits, '0')}`;
}

/** The id that has this name; undefined when nothing can have it. */
export function idOf(prefix: string, name: string): string | undefined {
  if (!name.startsWith(prefix) || name.length === prefix.length) return undefined;
  const rest = name.slice(prefix.length);
  if (!/^\d+$/.test(rest) || rest.length !== digits) return rest;
  let id = '';
  for (let number = BigInt(rest); id.length < 21; number /= 32n) id = letters[Number(number % 32n)] + id;
  return numbered(prefix, id) === name ? id : undefined;
}

/** The name of the whole environment: this server's tenant. */
export const environmentName = (tenantId: string): string => `env_${publicNumber(tenantId)}`;
