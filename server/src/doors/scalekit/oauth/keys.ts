/**
 * The keys that sign this door's tokens. Clients of the field read the published set once and keep it, so these keys
 * stay as they are: rotating those of OpenID Connect does not touch them.
 */

import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type KeyRing, openKeyRing } from '../../../domain/signing-keys/key-ring.ts';
import { endOf, signed } from '../../../domain/signing-keys/sign.ts';
import { createSigningKey } from '../../../domain/signing-keys/signing-keys.ts';
import type { ScalekitDoor, ScalekitParts } from '../door.ts';
import { numbered } from '../ids.ts';

export async function openRing({
  db,
  keys,
  tenantId,
  clock,
  log,
  acting: act,
}: ScalekitParts): Promise<KeyRing> {
  await act({ kind: 'system', id: 'oauth' }, (first) => createSigningKey(first, keys, 'RS256', 'oauth'));
  return openKeyRing({
    db,
    keys,
    tenantId,
    clock,
    log,
    purpose: 'oauth',
    kidOf: (id) => numbered('snk_', id),
  });
}

/** The published set, as RFC 7517 writes it. */
export const publishedKeys = ({ ring }: ScalekitDoor) => ({
  keys: ring.hand().published.map(({ publicJwk, kid }) => ({
    kty: publicJwk.kty,
    use: 'sig',
    kid,
    alg: 'RS256',
    n: publicJwk.n,
    e: publicJwk.e,
  })),
});

/** Signs a token of this door; `iss`, `iat`, `nbf` and `exp` are added. It lives so many seconds at most. */
export async function sign(
  { ring, publicUrl, clock }: ScalekitDoor,
  use: 'accessToken' | 'idToken',
  claims: Readonly<Record<string, unknown>>,
  lifeS: number,
): Promise<{ token: string; expiresInS: number }> {
  const { signer } = ring.hand();
  const iat = Math.floor(clock() / 1000);
  const exp = endOf(iat, lifeS, signer);
  const token = await signed(signer, use, { iss: publicUrl, ...claims, iat, nbf: iat, exp });
  return { token, expiresInS: exp - iat };
}

/** The claims of a token that a key of this door signed; undefined where it is no such token, or what is asked of it is not so. */
export async function verified(
  { ring, publicUrl }: Pick<ScalekitDoor, 'ring' | 'publicUrl'>,
  token: string,
  asked: Pick<JWTVerifyOptions, 'typ' | 'currentDate' | 'clockTolerance' | 'requiredClaims'>,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = ring.hand().published.find((candidate) => candidate.kid === kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key.publicKey;
      },
      { issuer: publicUrl, algorithms: ['RS256'], ...asked },
    );
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
