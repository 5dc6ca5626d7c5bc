/**
 * Access tokens of this server, checked by its own keys. A token that has been found good is remembered until it or
 * its key ends, so that the next request with it waits for nothing.
 */
import { errors, type JWSHeaderParameters, jwtVerify } from 'jose';
import type { Clock } from '../../act.ts';
import type { KeyRing, RingKey } from '../../domain/signing-keys/key-ring.ts';
import { isPublished } from '../../domain/signing-keys/signing-key.ts';
import { organizationOf } from './indicators.ts';

export type Claims = {
  readonly sub: string;
  readonly clientId: string;
  readonly aud: string;
  readonly scope: ReadonlySet<string>;
  /** Seconds since the epoch. */
  readonly exp: number;
  /** The organization that the token is for, by its audience or its claim. */
  readonly organizationId?: string | undefined;
};

type TokenErrorReason =
  | 'malformed'
  | 'type'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'expired'
  | 'not_yet_valid'
  | 'claims';

class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly reason: TokenErrorReason;

  constructor(reason: TokenErrorReason, cause?: unknown) {
    super(`The access token is refused: ${reason}`, { cause });
    this.reason = reason;
  }
}

type Remembered = { claims: Claims; untilMs: number };
export type Verifier = { verify(token: string): Claims | Promise<Claims>; forgetAll(): void };

/** Longer ones are not ours, nor are those with anything around or between the three parts. */
const longest = 8192;
const form = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** A key that is not here is looked for in the database, this often at most. */
const lookAgainMs = 5_000;

export function createVerifier(ring: KeyRing, issuer: string, clock: Clock, most = 10_000): Verifier {
  const remembered = new Map<string, Remembered>();
  let lookedAt = -Infinity;

  async function keyFor({ kid, alg }: JWSHeaderParameters): Promise<RingKey> {
    const named = () => ring.hand().published.find((key) => key.id === kid && key.algorithm === alg);
    const at = clock();
    let key = named();
    if (!key && typeof kid === 'string' && at >= lookedAt + lookAgainMs) {
      lookedAt = at;
      await ring.refresh();
      key = named();
    }
    return key ?? refuseToken('key');
  }

  async function check(token: string): Promise<Claims> {
    if (token.length > longest || !form.test(token)) refuseToken('malformed');
    let key: RingKey | undefined;
    const found = async (header: JWSHeaderParameters) => {
      key = await keyFor(header);
      return key.publicKey;
    };
    const at = clock();
    const { payload } = await jwtVerify(token, found, {
      issuer,
      typ: 'at+jwt',
      currentDate: new Date(at),
    }).catch(refused);
    const claims = claimsOf(payload);
    const untilMs = Math.min(claims.exp * 1000, key!.retiredAt ?? Infinity);
    if (untilMs <= clock() || !isPublished(key!, at)) refuseToken('expired');
    remembered.set(token, { claims, untilMs });
    if (remembered.size > most) remembered.delete(remembered.keys().next().value!);
    return claims;
  }

  return {
    verify(token) {
      const known = remembered.get(token);
      if (!known) return check(token);
      remembered.delete(token);
      if (known.untilMs <= clock()) return Promise.reject(new TokenError('expired'));
      remembered.set(token, known);
      return known.claims;
    },
    forgetAll: () => remembered.clear(),
  };
}

function claimsOf({
  sub,
  aud,
  exp,
  client_id: clientId,
  scope,
  organization_id: organizationId,
}: Record<string, unknown>): Claims {
  if (typeof sub !== 'string' || typeof aud !== 'string' || typeof exp !== 'number') refuseToken('claims');
  return {
    sub,
    clientId: typeof clientId === 'string' ? clientId : refuseToken('claims'),
    aud,
    scope: new Set(typeof scope === 'string' ? scope.split(' ').filter(Boolean) : []),
    exp,
    organizationId: typeof organizationId === 'string' ? organizationId : organizationOf(aud),
  };
}

function refuseToken(reason: TokenErrorReason, cause?: unknown): never {
  throw new TokenError(reason, cause);
}

/** Only what is wrong with the token is a refusal; a database that cannot be asked for keys is not. */
function refused(error: unknown): never {
  if (error instanceof errors.JWTExpired) refuseToken('expired', error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    refuseToken(
      ({ iss: 'issuer', typ: 'type', nbf: 'not_yet_valid' } as const)[error.claim as 'iss'] ?? 'claims',
      error,
    );
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) refuseToken('signature', error);
  if (error instanceof errors.JOSEError || error instanceof TypeError) refuseToken('malformed', error);
  throw error;
}
