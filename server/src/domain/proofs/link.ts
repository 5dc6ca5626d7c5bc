/**
 * The link that proves a mailbox is signed, as the link of an invitation is: it names the proof and shows that this
 * server wrote it. No row holds it, and a forged one is refused without asking the database.
 */
import type { Keys } from '../keys.ts';

/** The token of the link: `id.key.mac`, safe inside a URL path. */
export function signProofLink(keys: Keys, tenantId: string, id: string): string {
  const facts = `${id}.${keys.current}`;
  return `${facts}.${keys.mac('sign-in-link', `${tenantId}.${facts}`)!.toString('base64url')}`;
}

/** The id of the proof; undefined for anything that this server did not sign for this tenant. */
export function readProofLink(keys: Keys, tenantId: string, token: string): string | undefined {
  const match = /^([0-9a-z]{1,64})\.([\w-]{1,32})\.([\w-]{43})$/.exec(token);
  if (!match) return undefined;
  const [, id, keyId, mac] = match as unknown as [string, string, string, string];
  const given = Buffer.from(mac, 'base64url');
  // The last character of a 43-character MAC has two spare bits: only its canonical spelling is genuine.
  if (given.toString('base64url') !== mac) return undefined;
  return keys.verifies('sign-in-link', `${tenantId}.${id}.${keyId}`, keyId, given) ? id : undefined;
}
