/**
 * Tokens of links: facts, the id of a key, and a MAC over both and the tenant, under a key of their purpose. None is
 * stored, none is good for another purpose or tenant, and a forged one is refused without asking the database.
 */
import type { Keys } from './keys.ts';

type Purpose = Extract<Parameters<Keys['mac']>[0], 'invitation-link' | 'sign-in-link' | 'join-link'>;

/** `facts.key.mac`, safe inside a URL path where the facts are. */
export function signToken(keys: Keys, purpose: Purpose, tenantId: string, facts: string): string {
  const signed = `${facts}.${keys.current}`;
  return `${signed}.${keys.mac(purpose, `${tenantId}.${signed}`)!.toString('base64url')}`;
}

/** The groups of `form` in the facts of a genuine token; undefined for anything that this server did not sign. */
export function readToken(
  keys: Keys,
  purpose: Purpose,
  tenantId: string,
  token: string,
  form: RegExp,
): string[] | undefined {
  const [, facts = '', keyId = '', mac = ''] = /^(.+)\.([\w-]{1,32})\.([\w-]{43})$/.exec(token) ?? [];
  const match = form.exec(facts);
  if (!match) return undefined;
  const given = Buffer.from(mac, 'base64url');
  // The last character of a 43-character MAC has two spare bits: only its canonical spelling is genuine.
  if (given.toString('base64url') !== mac) return undefined;
  return keys.verifies(purpose, `${tenantId}.${facts}.${keyId}`, keyId, given) ? match.slice(1) : undefined;
}
