/** What this door's issuer serves, as OpenID Connect Discovery writes it. */
import type { ScalekitDoor } from '../door.ts';

export const discoveryOf = ({ publicUrl }: ScalekitDoor) => ({
  issuer: publicUrl,
  authorization_endpoint: `${publicUrl}/oauth/authorize`,
  token_endpoint: `${publicUrl}/oauth/token`,
  jwks_uri: `${publicUrl}/keys`,
  end_session_endpoint: `${publicUrl}/oidc/logout`,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
  code_challenge_methods_supported: ['S256'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  prompt_values_supported: ['login', 'create', 'select_account', 'none'],
  claims_supported: [
    'sub',
    'oid',
    'sid',
    'email',
    'email_verified',
    'name',
    'given_name',
    'family_name',
    'picture',
  ],
  authorization_response_iss_parameter_supported: true,
});
