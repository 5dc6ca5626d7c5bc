/**
 * Codes and refresh tokens for another issuer: exchanged as those of this door are, by what the person holds in the
 * organization at this moment. Whoever was removed or suspended, and the members of a disabled organization, get nothing.
 */
import { errors } from 'oidc-provider';
import {
  findSessionUnderPolicy,
  isSessionOver,
  type SessionPolicy,
} from '../../domain/organizations/session-policy.ts';
import { effectiveScopes, namedRoles } from '../../domain/roles/template.ts';
import { noteEntry } from '../../domain/sessions/ended.ts';
import { noteUse } from '../../domain/sessions/sessions.ts';
import { AuthorizationRefused, type Redeemed, type Redemption } from '../authorizations.ts';
import { mayCallFrom } from './cors.ts';
import { useCode, useRefreshToken } from './exchange.ts';
import { claimsOf } from './person-claims.ts';
import { type Exchange, findPersonStanding, type Source } from './person-standing.ts';
import type { GoodStanding } from './person-token.ts';
import { mustBeProven, placesOf, type TokenEndpointOptions } from './token-endpoint.ts';

/** Throws AuthorizationRefused. */
export async function redeem(options: TokenEndpointOptions, asked: Redemption): Promise<Redeemed> {
  try {
    return await redeemed(options, asked);
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError) || !error.expose) throw error;
    const {
      statusCode,
      error: name,
      error_description,
    } = error as typeof error & { error_description: string };
    throw new AuthorizationRefused(statusCode, name, error_description ?? name);
  }
}

async function redeemed(options: TokenEndpointOptions, asked: Redemption): Promise<Redeemed> {
  const { db, tenantId, indicators, clock, publicUrl } = options;
  const isCode = 'code' in asked;
  const exchange: Exchange = {
    clientId: asked.clientId,
    kind: isCode ? 'AuthorizationCode' : 'RefreshToken',
    value: isCode ? asked.code : asked.refreshToken,
    organizationId: undefined,
    isInItsOrganization: true,
    resource: undefined,
  };
  const found = await findPersonStanding(db, tenantId, exchange, indicators, clock());
  if (!found) throw new errors.InvalidClient('there is no such client');
  if (asked.origin !== undefined && !mayCallFrom(asked.origin, placesOf(found), publicUrl))
    throw new errors.InvalidRequest('this origin is not one of the client');
  mustBeProven(found, asked, clock());
  if (found.isThirdParty)
    throw new errors.UnauthorizedClient('applications of somebody else sign people in at /oidc');
  const policy = isCode ? undefined : await mustLast(options, found.source);
  const place = { ...options, otherIssuer: asked.issuer };
  const { standing, scopes, template, at, refreshToken } = isCode
    ? await useCode(place, found, exchange, asked, mustBelong)
    : await useRefreshToken(place, found, exchange, asked.scope, mustBelong);
  const { source, facts } = standing;
  const { organizationId, sessionUid } = source;
  const roleIds = organizationId === undefined ? [] : standing.roleIds!;
  if (sessionUid !== undefined) {
    const entry = { applicationId: standing.id, organizationId: organizationId ?? null, at };
    if (isCode || policy?.idleMs != null) await noteEntry(db, tenantId, sessionUid, entry);
    if (!isCode) await noteUse(db, tenantId, sessionUid, at);
  }
  return {
    clientId: standing.id,
    userId: source.accountId,
    sessionUid,
    organizationId,
    scopes: [...scopes],
    roles: namedRoles(template, roleIds).map(({ name }) => name),
    permissions: effectiveScopes(template, roleIds).map(({ name }) => name),
    claims: claimsOf({ facts, roles: [], memberships: [], template }, scopes),
    nonce: source.nonce,
    authTime: source.authTime,
    methods: source.amr ?? [],
    refreshToken,
  };
}

/** What the organization says about sessions, which this one still fits. */
async function mustLast(
  { db, tenantId, clock }: TokenEndpointOptions,
  source: Source | null,
): Promise<SessionPolicy | undefined> {
  const { organizationId, sessionUid } = source ?? {};
  if (organizationId === undefined || sessionUid === undefined) return undefined;
  const found = await findSessionUnderPolicy(db, tenantId, organizationId, sessionUid);
  if (found && isSessionOver(found, found, clock()))
    throw new errors.InvalidGrant('the session is too old for the organization, or was idle for too long');
  return found;
}

function mustBelong(standing: GoodStanding): void {
  const { source } = standing;
  if (source.organizationId === undefined) return;
  if (!standing.isMember)
    throw new errors.InvalidGrant('the person does not belong to the organization, or it is disabled');
  if (standing.lacksSecondFactor)
    throw new errors.InvalidGrant('the organization asks for a second factor, and the person has none');
}
