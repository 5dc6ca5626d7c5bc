/**
 * The link that proves a mailbox is signed, as the link of an invitation is: it names the proof and shows that this
 * server wrote it. No row holds it, and a forged one is refused without asking the database.
 */
import type { Keys } from '../keys.ts';
import { readToken, signToken } from '../signed-token.ts';

/** The token of the link: `id.key.mac`, safe inside a URL path. */
export const signProofLink = (keys: Keys, tenantId: string, id: string): string =>
  signToken(keys, 'sign-in-link', tenantId, id);

/** The id of the proof; undefined for anything that this server did not sign for this tenant. */
export const readProofLink = (keys: Keys, tenantId: string, token: string): string | undefined =>
  readToken(keys, 'sign-in-link', tenantId, token, /^([0-9a-z]{1,64})$/)?.[0];
