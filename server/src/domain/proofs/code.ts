/** The code of a proof: six digits, derived from its id under a server key, so that no row holds it. */
import { timingSafeEqual } from 'node:crypto';
import type { Keys } from '../keys.ts';

/** Undefined when the key is not configured any more. */
export function codeOf(keys: Keys, tenantId: string, id: string, keyId: string): string | undefined {
  const mac = keys.mac('sign-in-code', `${tenantId}.${id}`, keyId);
  // Of 2^48 values a million is a fraction so small that no code is noticeably likelier than another.
  return mac && String(mac.readUIntBE(0, 6) % 1_000_000).padStart(6, '0');
}

/** Whether somebody typed this code: in any digits of Unicode's compatibility forms, with blanks or a dash in between. */
export function isCode(expected: string, typed: string): boolean {
  const given = Buffer.from(typed.slice(0, 64).normalize('NFKC').replaceAll(/[\s-]/g, ''));
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
