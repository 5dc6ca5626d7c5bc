/**
 * The token endpoint for people: an authorization code for tokens, a refresh token for new ones.
 *
 * The refresh token that follows another is derived from it under a key of the server. So whoever shows the old one
 * twice at the same moment, as two tabs do, gets the same successor: there is one line of tokens, and never two. Shown
 * again three seconds later, a used token has been stolen or copied, and the whole grant ends.
 */
import { hash } from 'node:crypto';
import { errors } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import type { Queries } from '../../db/db.ts';
import type { Template } from '../../domain/roles/template.ts';
import type { RingKey } from '../../domain/signing-keys/key-ring.ts';
import { endOf } from '../../domain/signing-keys/sign.ts';
import type { Exchange, PersonStanding, Source } from './person-standing.ts';
import {
  type GoodStanding,
  mustBeGood,
  narrowed,
  signAccessToken,
  signIdToken,
  type Target,
  targetOf,
  templateFor,
} from './person-token.ts';
import { keepAccessToken, type NewToken, newTokenValue, revokeGrant, useUp } from './token-records.ts';

export type ExchangeOptions = {
  readonly db: Queries;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly issuer: string;
  /** Only what is for this issuer is taken, where it is not that of this door. */
  readonly otherIssuer?: string;
  /** The value of the refresh token that follows this one. */
  readonly successorOf: (refreshToken: string) => string;
};

type TokenResponse = {
  access_token: string;
  expires_in: number;
  id_token?: string | undefined;
  refresh_token?: string | undefined;
  scope: string;
  token_type: 'Bearer';
};

type Proof = { readonly verifier: string | undefined; readonly redirectUri: string | undefined };

const graceMs = 3000;
const dayS = 86_400;
const mostS = 365.25 * dayS;

/** What is decided before a code or refresh token is used up: throws the OAuth error that says why nothing is given. */
type Judge<T> = (standing: GoodStanding, scopes: ReadonlySet<string>, template: Template) => T;

export async function exchangeCode(
  options: ExchangeOptions,
  key: RingKey,
  found: PersonStanding | undefined,
  exchange: Exchange,
  proof: Proof,
): Promise<TokenResponse> {
  return respond(options, key, await useCode(options, found, exchange, proof, judging(exchange)));
}

export async function refresh(
  options: ExchangeOptions,
  key: RingKey,
  found: PersonStanding | undefined,
  exchange: Exchange,
  scope: string | undefined,
): Promise<TokenResponse> {
  return respond(options, key, await useRefreshToken(options, found, exchange, scope, judging(exchange)));
}

const judging =
  (exchange: Exchange): Judge<Target> =>
  (standing, scopes, template) =>
    targetOf(standing, exchange, scopes, template);

/** One use of a code. A second use ends the grant, and what the first one gave (RFC 6749, 4.1.2). */
export async function useCode<T>(
  options: ExchangeOptions,
  found: PersonStanding | undefined,
  exchange: Exchange,
  { verifier, redirectUri }: Proof,
  judge: Judge<T>,
): Promise<Decided<T>> {
  const at = options.clock();
  const place = { ...options, at };
  const standing = mustBeGood(found, exchange.clientId, options.otherIssuer);
  const { source } = standing;
  const reused = async (): Promise<never> => {
    await revokeGrant(place, source.grantId);
    throw new errors.InvalidGrant('authorization code already consumed');
  };
  if (standing.consumedAt !== null) return reused();
  if (source.redirectUri !== redirectUri) throw new errors.InvalidGrant('redirect_uri mismatch');
  mustBeProven(source, verifier);
  const scopes = narrowed(source, undefined);
  const template = await templateFor(options.db, options.tenantId, standing);
  const target = judge(standing, scopes, template);
  const refreshToken = mayRefresh(standing, scopes) ? firstToken(standing, at) : undefined;
  if (!(await useUp(place, exchange, refreshToken))) return reused();
  return { standing, scopes, template, target, at, refreshToken: refreshToken?.value };
}

export async function useRefreshToken<T>(
  options: ExchangeOptions,
  found: PersonStanding | undefined,
  exchange: Exchange,
  scope: string | undefined,
  judge: Judge<T>,
): Promise<Decided<T>> {
  const at = options.clock();
  const place = { ...options, at };
  const standing = mustBeGood(found, exchange.clientId, options.otherIssuer);
  if (standing.consumedAt !== null && at >= standing.consumedAt + graceMs) {
    await revokeGrant(place, standing.source.grantId);
    throw new errors.InvalidGrant('refresh token already used');
  }
  const scopes = narrowed(standing.source, scope);
  const template = await templateFor(options.db, options.tenantId, standing);
  const target = judge(standing, scopes, template);
  const isDue = standing.consumedAt === null && isRotationDue(standing, at);
  let { value } = exchange;
  if (isDue || standing.consumedAt !== null) {
    value = options.successorOf(value);
    // Who comes second at the same moment writes nothing, and gets what the first one wrote.
    if (isDue) await useUp(place, exchange, nextToken(standing, value, at));
  }
  return { standing, scopes, template, target, at, refreshToken: value };
}

/** PKCE (RFC 7636): only who began the flow can end it. A verifier where none was announced is refused too (RFC 9700). */
function mustBeProven({ codeChallenge }: Source, verifier: string | undefined): void {
  if (codeChallenge === undefined && verifier === undefined) return;
  const isRight =
    codeChallenge !== undefined &&
    verifier !== undefined &&
    /^[\w.~-]{43,128}$/.test(verifier) &&
    hash('sha256', verifier, 'base64url') === codeChallenge;
  if (!isRight) throw new errors.InvalidGrant('PKCE verification failed');
}

const isPublic = ({ type }: PersonStanding): boolean => type === 'SPA' || type === 'Native';

const mayRefresh = ({ type, customClientMetadata }: GoodStanding, scopes: ReadonlySet<string>): boolean =>
  scopes.has('offline_access') ||
  (type === 'Traditional' && customClientMetadata?.alwaysIssueRefreshToken === true);

/** Seconds. */
function refreshLifeS({ customClientMetadata }: PersonStanding): number {
  const { refreshTokenTtlInDays: days, refreshTokenTtl: seconds } = customClientMetadata ?? {};
  if (typeof days === 'number' && days > 0) return Math.floor(days * dayS);
  return typeof seconds === 'number' && seconds > 0 ? Math.floor(seconds) : 14 * dayS;
}

function firstToken(standing: GoodStanding, at: number): NewToken {
  const iat = Math.floor(at / 1000);
  const { codeChallenge: _challenge, redirectUri: _uri, kind: _kind, ...source } = standing.source;
  return {
    value: newTokenValue(),
    payload: { ...source, iat, iiat: iat, exp: iat + refreshLifeS(standing), rotations: 0 },
  };
}

/** Applications in browsers never stretch what they were given; others begin anew. */
function nextToken(standing: GoodStanding, value: string, at: number): NewToken {
  const iat = Math.floor(at / 1000);
  const { kind: _kind, ...source } = standing.source;
  const exp = standing.type === 'SPA' ? source.exp : iat + refreshLifeS(standing);
  return { value, payload: { ...source, iat, exp, rotations: (source.rotations ?? 0) + 1 } };
}

/**
 * Applications without a secret get a new one at every use, others when most of its life is over; none after a year.
 * Under another issuer everybody does at every use.
 */
function isRotationDue(standing: GoodStanding, at: number): boolean {
  const { iat, exp, iiat = iat } = standing.source;
  const nowS = at / 1000;
  if (standing.customClientMetadata?.rotateRefreshToken === false || nowS - iiat >= mostS) return false;
  if (standing.source.issuer !== undefined) return true;
  return isPublic(standing) || nowS - iat >= 0.7 * (exp - iat);
}

type Decided<T> = {
  readonly standing: GoodStanding;
  readonly scopes: ReadonlySet<string>;
  readonly template: Template;
  readonly target: T;
  readonly at: number;
  readonly refreshToken: string | undefined;
};

async function respond(
  options: ExchangeOptions,
  key: RingKey,
  { standing, scopes, template, target, at, refreshToken }: Decided<Target>,
): Promise<TokenResponse> {
  const signing = { key, issuer: options.issuer, at };
  const iat = Math.floor(at / 1000);
  const [accessToken, idToken] = await Promise.all([
    target.audience === undefined
      ? opaque(options, standing, target, at)
      : signAccessToken(standing, target, signing),
    signIdToken(standing, scopes, template, signing),
  ]);
  return {
    access_token: accessToken,
    expires_in: target.audience === undefined ? target.lifeS : endOf(iat, target.lifeS, key) - iat,
    id_token: idToken,
    refresh_token: refreshToken,
    scope: target.scope,
    token_type: 'Bearer',
  };
}

async function opaque(
  options: ExchangeOptions,
  { source }: GoodStanding,
  { scope, lifeS }: Target,
  at: number,
): Promise<string> {
  const iat = Math.floor(at / 1000);
  const { clientId, accountId, grantId, sessionUid, expiresWithSession } = source;
  const value = newTokenValue();
  const payload = {
    clientId,
    accountId,
    grantId,
    scope,
    iat,
    exp: iat + lifeS,
    ...(sessionUid === undefined ? {} : { sessionUid }),
    ...(expiresWithSession ? { expiresWithSession } : {}),
  };
  await keepAccessToken({ ...options, at }, { value, payload });
  return value;
}
