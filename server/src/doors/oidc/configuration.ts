/** The settings of oidc-provider. Sign-in by people is not offered: whoever asks for it gets an OAuth error. */
import { type Adapter, type Client, type Configuration, errors } from 'oidc-provider';
import { defaultTokenLifeS } from '../../domain/signing-keys/signing-key.ts';
import { recordsOf } from './adapter.ts';
import { claims, scopes } from './claims.ts';
import { corsOriginsKey } from './clients.ts';
import type { Hand } from './key-ring.ts';
import type { ProviderOptions } from './provider.ts';

const algorithms = ['ES256', 'ES384', 'RS256'] as const;
const dayS = 86_400;

export function configurationOf(
  options: ProviderOptions,
  { signer, published }: Hand,
  clients: Adapter,
): Configuration {
  const { db, tenantId, clock, publicUrl, cookieKeys } = options;
  return {
    adapter: (model) => (model === 'Client' ? clients : recordsOf(model, db, tenantId, clock)),
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
    clientBasedCORS: (_ctx, origin, client) => mayCallFrom(origin, client, publicUrl),
    extraClientMetadata: { properties: [corsOriginsKey] },
    claims,
    scopes,
    cookies: {
      keys: cookieKeys,
      long: { signed: true, sameSite: 'lax', path: '/' },
      short: { signed: true, sameSite: 'lax' },
    },
    features,
    findAccount: () => undefined,
    interactions: { url: signInIsNotOffered },
    renderError(ctx, out) {
      ctx.body = out;
    },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? defaultTokenLifeS,
      AuthorizationCode: 60,
      Grant: 180 * dayS,
      IdToken: defaultTokenLifeS,
      Interaction: 3600,
      RefreshToken: 14 * dayS,
      Session: 14 * dayS,
    },
  };
}

const ownTokens = (_ctx: unknown, client: Client, token: { clientId?: string | undefined }) =>
  token.clientId === client.clientId;

const features: Configuration['features'] = {
  devInteractions: { enabled: false },
  clientCredentials: { enabled: true },
  introspection: { enabled: true, allowedPolicy: ownTokens },
  revocation: { enabled: true, allowedPolicy: ownTokens },
  rpInitiatedLogout: { enabled: false },
  dPoP: { enabled: false },
  resourceIndicators: {
    enabled: true,
    getResourceServerInfo() {
      throw new errors.InvalidTarget();
    },
  },
};

function signInIsNotOffered(): never {
  throw new errors.TemporarilyUnavailable('interactive sign-in is not available on this server');
}

/** Browsers may call from this server's own pages, from where the client's pages are, and from where it says. */
function mayCallFrom(origin: string, client: Client, publicUrl: string): boolean {
  if (origin === 'null') return false;
  return (
    origin === new URL(publicUrl).origin ||
    (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin) ||
    ((client[corsOriginsKey] as string[] | undefined) ?? []).includes(origin)
  );
}
