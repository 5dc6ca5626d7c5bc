/** Applications as the clients that oidc-provider knows, by type. */
import { randomBytes } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import type { Credentials } from './credentials.ts';

/**
 * The library wants a secret on confidential clients, and digests are all there is; this one, which nobody knows,
 * is never compared with anything.
 */
const noSecret = randomBytes(32).toString('base64url');

export const corsOriginsKey = 'cors_allowed_origins';
export const thirdPartyKey = 'is_third_party';

const people = ['authorization_code', 'refresh_token'];

/** Where a machine's people come back to: under another issuer the same application may sign people in. */
export type Places = { readonly machinePlaces: Readonly<Record<string, unknown>> | null };

/** The same application gives the same metadata: the library keeps clients by it. */
export function clientMetadata(application: Credentials & Places, isForOtherIssuer: boolean): AdapterPayload {
  const isPublic = application.type === 'SPA' || application.type === 'Native';
  const authentication = isPublic
    ? { token_endpoint_auth_method: 'none' as const }
    : { token_endpoint_auth_method: 'client_secret_basic' as const, client_secret: noSecret };
  const common = { client_id: application.id, ...authentication };
  if (application.type === 'MachineToMachine') {
    const places = application.machinePlaces ?? {};
    const returns = isForOtherIssuer ? texts(places.redirectUris) : [];
    return {
      ...common,
      grant_types: ['client_credentials', ...(returns.length > 0 ? people : [])],
      redirect_uris: returns,
      post_logout_redirect_uris: texts(places.postLogoutRedirectUris),
      response_types: returns.length > 0 ? ['code'] : [],
    };
  }
  const redirectUris = redirectUrisOf(application);
  return {
    ...common,
    application_type: application.type === 'Native' ? 'native' : 'web',
    [thirdPartyKey]: application.isThirdParty,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: texts(application.oidcClientMetadata?.postLogoutRedirectUris),
    grant_types: redirectUris.length > 0 ? people : [],
    response_types: redirectUris.length > 0 ? ['code'] : [],
    [corsOriginsKey]: corsOriginsOf(application),
  };
}

export const redirectUrisOf = ({ oidcClientMetadata }: Credentials): string[] =>
  texts(oidcClientMetadata?.redirectUris);

export const corsOriginsOf = ({ customClientMetadata }: Credentials): string[] =>
  texts(customClientMetadata?.corsAllowedOrigins);

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
