/** The OpenID Connect door: everything under /oidc, and the check of the tokens that the other doors are shown. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setInterval } from 'node:timers';
import type { Provider } from 'oidc-provider';
import { acting, type Clock } from '../../act.ts';
import { type Db, isOutage } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import type { Keys } from '../../domain/keys.ts';
import { cookieKeysOf } from '../../domain/sessions/cookie.ts';
import { type Hand, type KeyRing, openKeyRing } from '../../domain/signing-keys/key-ring.ts';
import { endOf, signed } from '../../domain/signing-keys/sign.ts';
import type { SigningAlgorithm } from '../../domain/signing-keys/signing-key.ts';
import { createSigningKey, rotateSigningKeys } from '../../domain/signing-keys/signing-keys.ts';
import type { Authorizations } from '../authorizations.ts';
import type { Flows } from '../flows.ts';
import type { RenderNotice } from '../notices.ts';
import { forgetExpiredRecords } from './adapter.ts';
import { sendError, serverError, unavailable, wantsPlainErrors } from './errors.ts';
import { flowsOf } from './flows.ts';
import { indicatorsOf } from './indicators.ts';
import { asProviderRequest } from './other-issuer.ts';
import { isKnownOrigin, type OwnToken, personOf } from './person-of.ts';
import { isPosted, sendOn } from './posted.ts';
import { createProvider, type ProviderOptions } from './provider.ts';
import { redeem } from './redeem.ts';
import { answerTokenRequest, isTokenRequest, type TokenEndpointOptions } from './token-endpoint.ts';
import { type Claims, createVerifier } from './verify.ts';

export type OidcOptions = {
  db: Db;
  keys: Keys;
  clock: Clock;
  tenantId: string;
  /** `${publicUrl}/oidc` */
  issuer: string;
  publicUrl: string;
  algorithm: SigningAlgorithm;
  /** What cookies are signed with, the current one first; derived from the server's keys when absent. */
  cookieKeys?: string[];
  /** Makes pages for people. */
  renderNotice: RenderNotice;
  /** Hears what went wrong inside; never what a caller did wrong. */
  log: (problem: unknown) => void;
};

export type Oidc = {
  /** Answers a request whose url starts with /oidc. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** The claims of a good access token, at once when it has been seen before. Throws (or rejects with) TokenError. */
  verify(token: string): Claims | Promise<Claims>;
  /** Whose own token it is; see person-of.ts. */
  personOf(token: string): Promise<OwnToken | undefined>;
  /** Whether an application of the tenant's own calls from this origin. */
  isKnownOrigin(origin: string): Promise<boolean>;
  /** Authorization requests that wait for a person, for the pages. */
  readonly flows: Flows;
  /** Signing people in under the issuer of another door. */
  readonly authorizations: Authorizations;
  /** An access token of this issuer with these claims, for so many seconds at most. */
  signFor(claims: Readonly<Record<string, unknown>>, lifeS: number): Promise<string>;
  /** True for the audiences that the Management API answers to. */
  isManagementAudience(audience: string): boolean;
  /** Publishes a new signing key; it signs from `activeAt` (milliseconds), by default in three hours. Its id. */
  rotateKeys(activeAt?: number): Promise<string>;
  close(): void;
};

const prefix = '/oidc';
const sweepEveryMs = 60_000;

export async function openOidc({ keys, algorithm, cookieKeys, ...options }: OidcOptions): Promise<Oidc> {
  const { db, clock, tenantId, issuer, publicUrl, log } = options;
  const act = acting(db, keys, clock, tenantId, () => undefined);
  const system = { kind: 'system', id: 'oidc' } as const;
  await act(system, (first) => createSigningKey(first, keys, algorithm));
  const ring = await openKeyRing({ db, keys, tenantId, clock, log });
  const verifier = createVerifier(ring, issuer, clock);
  ring.onChange(verifier.forgetAll);
  const indicators = indicatorsOf(tenantId, publicUrl);
  const cookies = cookieKeys ?? cookieKeysOf(keys);
  const successorOf = (refreshToken: string) =>
    keys.mac('refresh-token', refreshToken)!.toString('base64url');
  const shared = { ...options, indicators, cookieKeys: cookies, successorOf, verify: verifier.verify };
  const provider = providing(shared, ring);
  const handle = answering(provider, shared);
  const sweep = setInterval(() => forgetExpiredRecords(db, clock()).catch(log), sweepEveryMs).unref();

  return {
    handle,
    verify: verifier.verify,
    signFor(claims, lifeS) {
      const { signer } = ring.hand();
      const iat = Math.floor(clock() / 1000);
      return signed(signer, 'accessToken', { ...claims, iss: issuer, iat, exp: endOf(iat, lifeS, signer) });
    },
    personOf: (token) => personOf(shared, token),
    isKnownOrigin: (origin) => isKnownOrigin(shared, origin),
    flows: flowsOf(shared, () => provider().itself),
    authorizations: {
      begin(req, res, request) {
        req.url = `${prefix}${asProviderRequest(req, request)}`;
        handle(req, res);
      },
      redeem: (redemption) => redeem(shared, redemption),
    },
    isManagementAudience: (audience) =>
      audience === indicators.management || audience === indicators.managementHere,
    async rotateKeys(activeAt) {
      const id = await act(system, (rotation) => rotateSigningKeys(rotation, keys, algorithm, activeAt));
      await ring.refresh();
      return id;
    },
    close() {
      clearInterval(sweep);
      ring.close();
    },
  };
}

type Providing = () => { hand: Hand; itself: Provider; callback: ReturnType<Provider['callback']> };

/** Requests under way end with the instance that they began with; the next ones get that of the present keys. */
function providing(options: ProviderOptions, ring: KeyRing): Providing {
  let current: ReturnType<Providing> | undefined;
  return () => {
    const hand = ring.hand();
    if (current?.hand !== hand) {
      const itself = createProvider(options, hand);
      current = { hand, itself, callback: itself.callback() };
    }
    return current;
  };
}

function answering(
  provider: Providing,
  options: TokenEndpointOptions & Pick<OidcOptions, 'log'>,
): Oidc['handle'] {
  async function answer(req: IncomingMessage, res: ServerResponse, url: string): Promise<void> {
    if (isTokenRequest(req)) return answerTokenRequest(options, provider().hand.signer, req, res);
    if (isPosted(req)) return sendOn(req, res, options.issuer);
    await provider().callback(Object.assign(req, { originalUrl: url }), res);
  }

  return (req, res) => {
    const url = req.url ?? prefix;
    req.url = /^\/oidc(?:[/?]|$)/.test(url) ? url.slice(prefix.length).replace(/^(?!\/)/, '/') : url;
    res.setHeader('Logto-Core-Request-Id', newId(options.clock()));
    answer(req, res, url).catch((error) => {
      if (req.destroyed && !req.complete) return res.destroy();
      options.log(error);
      sendError(
        res,
        isOutage(error) ? 503 : 500,
        isOutage(error) ? unavailable : serverError,
        wantsPlainErrors(url),
      );
    });
  };
}
