/**
 * Invitation links are signed, not stored. A link says which invitation, which generation of it, by which channel
 * it was given out, and proves that this server wrote it: a forged one is refused without asking the database, a
 * leaked database contains none, a reminder can repeat the same link, and renewing kills the old ones.
 *
 * Only a link that travelled by mail proves that its holder reads the invited mailbox; a copied one does not.
 */
import type { Keys } from './keys.ts';

type LinkChannel = 'mail' | 'copy';
export type Link = {
  readonly invitationId: string;
  readonly generation: number;
  readonly channel: LinkChannel;
};

const letters = { mail: 'm', copy: 'c' } as const;

/** The token of a link: `id.generation.channel.key.mac`, safe inside a URL path. */
export function signLink(keys: Keys, tenantId: string, link: Link): string {
  const facts = `${link.invitationId}.${link.generation.toString(36)}.${letters[link.channel]}.${keys.current}`;
  return `${facts}.${keys.mac('invitation-link', `${tenantId}.${facts}`)!.toString('base64url')}`;
}

/** What a genuine token says; undefined for anything that this server did not sign for this tenant. */
export function readLink(keys: Keys, tenantId: string, token: string): Link | undefined {
  const match = /^([0-9a-z_-]{1,64})\.([0-9a-z]{1,6})\.([mc])\.([\w-]{1,32})\.([\w-]{43})$/.exec(token);
  if (!match) return undefined;
  const [, invitationId, generation, letter, keyId, mac] = match as unknown as [
    string,
    string,
    string,
    'm' | 'c',
    string,
    string,
  ];
  const facts = `${invitationId}.${generation}.${letter}.${keyId}`;
  const given = Buffer.from(mac, 'base64url');
  // The last character of a 43-character MAC has two spare bits: only its canonical spelling is genuine.
  if (given.toString('base64url') !== mac) return undefined;
  if (!keys.verifies('invitation-link', `${tenantId}.${facts}`, keyId, given)) return undefined;
  return {
    invitationId,
    generation: Number.parseInt(generation, 36),
    channel: letter === 'm' ? 'mail' : 'copy',
  };
}
