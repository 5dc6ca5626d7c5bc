/**
 * Links for many are signed, not stored, as those of invitations are, under a key of their own: neither is good as the
 * other. One says which link and which generation of it; it proves nothing about who follows it.
 */
import type { Keys } from '../keys.ts';
import { readToken, signToken } from '../signed-token.ts';

export type JoinToken = { readonly linkId: string; readonly generation: number };

/** `id.generation.key.mac`, safe inside a URL path. */
export const signJoinToken = (keys: Keys, tenantId: string, { linkId, generation }: JoinToken): string =>
  signToken(keys, 'join-link', tenantId, `${linkId}.${generation.toString(36)}`);

/** What a genuine token says; undefined for anything that this server did not sign for this tenant. */
export function readJoinToken(keys: Keys, tenantId: string, token: string): JoinToken | undefined {
  const facts = readToken(keys, 'join-link', tenantId, token, /^([0-9a-z]{1,64})\.([0-9a-z]{1,6})$/);
  if (!facts) return undefined;
  const [linkId, generation] = facts as [string, string];
  return { linkId, generation: Number.parseInt(generation, 36) };
}

export const joinUrl = (publicUrl: string, token: string): string => `${publicUrl}/join/${token}`;
