/** The settings of oidc-provider. */
import {
  type Adapter,
  type Client,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { sessionCookieName } from '../../domain/sessions/cookie.ts';
import type { Hand } from '../../domain/signing-keys/key-ring.ts';
import { defaultTokenLifeS } from '../../domain/signing-keys/signing-key.ts';
import { findAccount } from './account.ts';
import { recordsOf } from './adapter.ts';
import { claims, scopes } from './claims.ts';
import { corsOriginsKey, thirdPartyKey } from './clients.ts';
import { mayCallFrom } from './cors.ts';
import { findHeld } from './held-scopes.ts';
import { grantFor, interactionsOf, pageFor, policy } from './interactions.ts';
import { codesOf, fromOtherDoor, otherIssuerOf } from './other-issuer.ts';
import type { ProviderOptions } from './provider.ts';
import { anonymousLifeS, sessionLifeS, sessionsOf } from './sessions.ts';

const algorithms = ['ES256', 'ES384', 'RS256'] as const;
const dayS = 86_400;

export function configurationOf(
  options: ProviderOptions,
  { signer, published }: Hand,
  clients: Adapter,
): Configuration {
  const { db, tenantId, clock, publicUrl, cookieKeys } = options;
  return {
    adapter: (model) => recordsFor(options, model, clients),
    jwks: {
      keys: published.map(
        (key) => ({ ...key.privateJwk, kid: key.id, alg: key.algorithm, use: 'sig' }) as never,
      ),
    },
    clientDefaults: { id_token_signed_response_alg: signer.algorithm },
    // Nothing symmetric: of a client's secret only the digest is known.
    enabledJWA: {
      idTokenSigningAlgValues: algorithms,
      requestObjectSigningAlgValues: algorithms,
      clientAuthSigningAlgValues: algorithms,
    },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS: (ctx, origin, client) =>
      ctx.oidc.route === 'userinfo' || mayCallFrom(origin, placesOf(client), publicUrl),
    extraClientMetadata: { properties: [corsOriginsKey, thirdPartyKey] },
    extraParams,
    claims,
    scopes,
    cookies: {
      keys: cookieKeys,
      names: {
        session: sessionCookieName(publicUrl),
        interaction: 'usher_interaction',
        resume: 'usher_resume',
      },
      long: { signed: true, sameSite: 'lax', path: '/' },
      short: { signed: true, sameSite: 'lax' },
    },
    features: featuresOf(options),
    allowOmittingSingleRegisteredRedirectUri: false,
    findAccount: (ctx, id) => findAccount(db, tenantId, id, ctx.oidc.client?.clientId, clock()),
    interactions: {
      policy: policy(options),
      url: (ctx, interaction) => pageFor(ctx, interaction, publicUrl),
    },
    loadExistingGrant: (ctx) => grantFor(ctx, options),
    pkce: { required: (_ctx, client) => client.tokenEndpointAuthMethod === 'none' },
    // What is revoked takes everything along that came of the same agreement.
    revokeGrantPolicy: () => true,
    // How it looks is decided afterwards (provider.ts).
    renderError(ctx, out, error) {
      ctx.body = out;
      if (error instanceof errors.SessionNotFound) ctx.state.code = 'session.not_found';
    },
    ttl: {
      AccessToken: defaultTokenLifeS,
      AuthorizationCode: (ctx) => (otherIssuerOf(ctx as KoaContextWithOIDC) === undefined ? 60 : 600),
      Grant: 180 * dayS,
      IdToken: defaultTokenLifeS,
      Interaction: 3600,
      RefreshToken: 14 * dayS,
      Session: (_ctx, session) => (session.accountId ? sessionLifeS : anonymousLifeS),
    },
  };
}

const placesOf = (client: Client) => ({
  redirectUris: client.redirectUris ?? [],
  origins: (client[corsOriginsKey] as string[] | undefined) ?? [],
});

/** Accepted in authorization requests, for the pages. */
const extraParams = {
  ...fromAnybody(
    'first_screen',
    'identifier',
    'direct_sign_in',
    'interaction_mode',
    'one_time_token',
    'organization_id',
    'google_one_tap_credential',
  ),
  ...fromOtherDoor,
};

function fromAnybody(...names: string[]): Record<string, null> {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function recordsFor({ db, tenantId, clock }: ProviderOptions, model: string, clients: Adapter): Adapter {
  if (model === 'Client') return clients;
  if (model === 'Session') return sessionsOf(db, tenantId, clock);
  const records = recordsOf(model, db, tenantId, clock);
  if (model === 'AuthorizationCode') return codesOf(records);
  return model === 'Interaction' ? interactionsOf(records) : records;
}

const ownTokens = (_ctx: unknown, client: Client, token: { clientId?: string | undefined }) =>
  token.clientId === client.clientId;

const featuresOf = ({
  db,
  tenantId,
  clock,
  indicators,
}: ProviderOptions): NonNullable<Configuration['features']> => ({
  devInteractions: { enabled: false },
  clientCredentials: { enabled: true },
  introspection: { enabled: true, allowedPolicy: ownTokens },
  revocation: { enabled: true, allowedPolicy: ownTokens },
  // What it shows is made afterwards (logout.ts).
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx) => {
      ctx.body = '';
    },
    postLogoutSuccessSource: (ctx) => {
      ctx.body = '';
    },
  },
  dPoP: { enabled: false },
  resourceIndicators: {
    enabled: true,
    // Our own applications are asked about nothing, so that what there is to ask about matters to others only.
    async getResourceServerInfo(ctx, resource, client) {
      const userId = client[thirdPartyKey] === true ? ctx.oidc.session?.accountId : undefined;
      const held = await findHeld(db, tenantId, userId, resource, indicators, clock());
      if (!held) throw new errors.InvalidTarget();
      return {
        scope: userId === undefined ? '' : held.scopes.map(({ name }) => name).join(' '),
        accessTokenFormat: 'jwt',
      };
    },
  },
});
