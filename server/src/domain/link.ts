/**
 * Invitation links are signed, not stored. A link says which invitation, which generation of it, by which channel
 * it was given out, and proves that this server wrote it: a forged one is refused without asking the database, a
 * leaked database contains none, a reminder can repeat the same link, and renewing kills the old ones.
 *
 * Only a link that travelled by mail proves that its holder reads the invited mailbox; a copied one does not.
 */
import type { Keys } from './keys.ts';
import { readToken, signToken } from './signed-token.ts';

type LinkChannel = 'mail' | 'copy';
export type Link = {
  readonly invitationId: string;
  readonly generation: number;
  readonly channel: LinkChannel;
};

const form = /^([0-9a-z_-]{1,64})\.([0-9a-z]{1,6})\.([mc])$/;
const letters = { mail: 'm', copy: 'c' } as const;

/** The token of a link: `id.generation.channel.key.mac`, safe inside a URL path. */
export function signLink(keys: Keys, tenantId: string, link: Link): string {
  const facts = `${link.invitationId}.${link.generation.toString(36)}.${letters[link.channel]}`;
  return signToken(keys, 'invitation-link', tenantId, facts);
}

/** What a genuine token says; undefined for anything that this server did not sign for this tenant. */
export function readLink(keys: Keys, tenantId: string, token: string): Link | undefined {
  const facts = readToken(keys, 'invitation-link', tenantId, token, form);
  if (!facts) return undefined;
  const [invitationId, generation, letter] = facts as [string, string, 'm' | 'c'];
  return {
    invitationId,
    generation: Number.parseInt(generation, 36),
    channel: letter === 'm' ? 'mail' : 'copy',
  };
}
