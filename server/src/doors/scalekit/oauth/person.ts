/**
 * The tokens of a person: an ID token and an access token of this door's form, both signed by its keys. They say what
 * the person is in one organization at this moment; without an organization there are no roles to speak of.
 */
import { hash } from 'node:crypto';
import { sql } from '../../../db/db.ts';
import { newId } from '../../../domain/ids.ts';
import { AuthorizationRefused, type Redeemed } from '../../authorizations.ts';
import type { ScalekitDoor } from '../door.ts';
import { numbered } from '../ids.ts';
import { sessionName } from '../session-name.ts';
import { invalidClient, invalidRequest, OAuthError } from './errors.ts';
import { sign } from './keys.ts';
import { one, type Parameters } from './parameters.ts';

const idTokenLifeS = 3600;

export async function personTokens(
  door: ScalekitDoor,
  parameters: Parameters,
  grantType: 'authorization_code' | 'refresh_token',
  origin: string | undefined,
): Promise<object> {
  const clientId = one(parameters, 'client_id');
  if (clientId === undefined) throw invalidRequest('client_id is missing.');
  const caller = { issuer: door.publicUrl, clientId, secret: one(parameters, 'client_secret'), origin };
  const code = must(parameters, grantType === 'authorization_code' ? 'code' : 'refresh_token');
  const redemption =
    grantType === 'authorization_code'
      ? {
          ...caller,
          code,
          redirectUri: one(parameters, 'redirect_uri'),
          verifier: one(parameters, 'code_verifier'),
        }
      : { ...caller, refreshToken: code, scope: one(parameters, 'scope') };
  const redeemed = await door.authorizations.redeem(redemption).catch(refused);
  return tokensOf(door, redeemed, grantType === 'authorization_code' ? code : undefined);
}

function must(parameters: Parameters, name: string): string {
  const value = one(parameters, name);
  if (value === undefined) throw invalidRequest(`${name} is missing.`);
  return value;
}

function refused(error: unknown): never {
  if (!(error instanceof AuthorizationRefused)) throw error;
  throw error.error === 'invalid_client'
    ? invalidClient()
    : new OAuthError(error.status, error.error, error.message);
}

async function tokensOf(door: ScalekitDoor, redeemed: Redeemed, code: string | undefined): Promise<object> {
  const { clientId, userId, sessionUid, organizationId, scopes, roles, permissions, claims, refreshToken } =
    redeemed;
  const { ids, accessTokenLifeS, clock } = door;
  const scope = scopes.join(' ');
  const common = {
    aud: [clientId],
    sub: ids.userName(userId),
    client_id: clientId,
    ...(organizationId === undefined ? {} : { oid: ids.organizationName(organizationId) }),
    ...(sessionUid === undefined ? {} : { sid: sessionName(sessionUid) }),
    ...(await externalIds(door, userId, organizationId)),
  };
  const access = await sign(
    door,
    'accessToken',
    { ...common, jti: numbered('tkn_', newId(clock())), roles, permissions, scope, scopes },
    accessTokenLifeS,
  );
  const identity = await sign(
    door,
    'idToken',
    {
      ...common,
      ...known(claims),
      azp: clientId,
      amr: redeemed.methods,
      ...known({ nonce: redeemed.nonce, auth_time: redeemed.authTime }),
      at_hash: halfHash(access.token),
      ...(code === undefined ? {} : { c_hash: halfHash(code) }),
    },
    idTokenLifeS,
  );
  return {
    access_token: access.token,
    token_type: 'Bearer',
    expires_in: access.expiresInS,
    id_token: identity.token,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope,
  };
}

/** What the application itself calls person and organization, where it said so. */
async function externalIds(
  { db, tenantId }: ScalekitDoor,
  userId: string,
  organizationId: string | undefined,
): Promise<Record<string, unknown>> {
  const row = await db.first<{ xuid: string | null; xoid: string | null }>(sql`
    select u.external_id as xuid, o.external_id as xoid
      from users u left join organizations o on o.tenant_id = u.tenant_id and o.id = ${organizationId ?? null}
     where u.tenant_id = ${tenantId} and u.id = ${userId}`);
  return known(row ?? {});
}

const known = (claims: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null && value !== undefined));

/** The left half of the SHA-256 (OpenID Connect Core, 3.1.3.6). */
const halfHash = (text: string): string =>
  hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
