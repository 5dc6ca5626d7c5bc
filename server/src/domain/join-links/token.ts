/**
 * Links for many are signed, not stored, as those of invitations are, under a key of their own: neither is good as the
 * other. One says which link and which generation of it; it proves nothing about who follows it.
 */
import type { Keys } from '../keys.ts';

export type JoinToken = { readonly linkId: string; readonly generation: number };

/** `id.generation.key.mac`, safe inside a URL path. */
export function signJoinToken(keys: Keys, tenantId: string, { linkId, generation }: JoinToken): string {
  const facts = `${linkId}.${generation.toString(36)}.${keys.current}`;
  return `${facts}.${keys.mac('join-link', `${tenantId}.${facts}`)!.toString('base64url')}`;
}

/** What a genuine token says; undefined for anything that this server did not sign for this tenant. */
export function readJoinToken(keys: Keys, tenantId: string, token: string): JoinToken | undefined {
  const match = /^([0-9a-z]{1,64})\.([0-9a-z]{1,6})\.([\w-]{1,32})\.([\w-]{43})$/.exec(token);
  if (!match) return undefined;
  const [, linkId, generation, keyId, mac] = match as unknown as [string, string, string, string, string];
  const given = Buffer.from(mac, 'base64url');
  if (given.toString('base64url') !== mac) return undefined;
  if (!keys.verifies('join-link', `${tenantId}.${linkId}.${generation}.${keyId}`, keyId, given))
    return undefined;
  return { linkId, generation: Number.parseInt(generation, 36) };
}

export const joinUrl = (publicUrl: string, token: string): string => `${publicUrl}/join/${token}`;
