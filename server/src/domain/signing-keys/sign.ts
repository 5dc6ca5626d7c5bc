/** Signing tokens with the keys of the ring, without a detour. */
import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { RingKey } from './key-ring.ts';

/** Whoever verifies an access token must not take an ID token for one: their headers differ (RFC 9068). */
export async function signed(
  key: RingKey,
  use: 'accessToken' | 'idToken',
  claims: Record<string, unknown>,
): Promise<string> {
  const text = `${key.headers[use]}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${text}.${await signatureOf(text, key)}`;
}

/** When a token signed now for so long ends, in seconds: with its key at the latest. */
export const endOf = (iat: number, lifeS: number, key: RingKey): number =>
  Math.min(iat + lifeS, Math.floor((key.retiredAt ?? Infinity) / 1000));

const hashes = { ES256: 'sha256', ES384: 'sha384', RS256: 'sha256' } as const;
const signInThread = promisify(sign);

/** An ES256 signature takes less time than the way to another thread; the others do not. */
async function signatureOf(text: string, { algorithm, privateKey }: RingKey): Promise<string> {
  const bytes = Buffer.from(text);
  const signature =
    algorithm === 'ES256'
      ? sign('sha256', bytes, privateKey)
      : await signInThread(hashes[algorithm], bytes, privateKey);
  return signature.toString('base64url');
}
