/**
 * Access tokens for machines (client credentials): what a caller gets for what it asks. An organization token carries
 * organization scopes, a resource token scopes of that API; both only as far as they were asked for and the
 * application's roles give them at this moment.
 */
import { errors } from 'oidc-provider';
import type { Queries } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import { effectiveResourceScopes, effectiveScopes, templateOf } from '../../domain/roles/template.ts';
import type { RingKey } from '../../domain/signing-keys/key-ring.ts';
import { endOf, signed } from '../../domain/signing-keys/sign.ts';
import { defaultTokenLifeS } from '../../domain/signing-keys/signing-key.ts';
import {
  type Ask,
  type BotStanding,
  findBotStanding,
  findGlobalStanding,
  type GlobalStanding,
} from './credentials.ts';
import { type Indicators, organizationAudience } from './indicators.ts';

export type MachineStanding = BotStanding | GlobalStanding;

/** What a token will say. No scope: neither the claim nor the field; in organization tokens both are then "". */
export type Grant = { audience: string; lifeS: number; organizationId?: string; scope?: string | undefined };

export const requestedScopes = (scope: string | undefined): string[] =>
  scope?.split(' ').filter(Boolean) ?? [];

export const findMachine = (
  db: Queries,
  tenantId: string,
  ask: Ask,
  indicators: Indicators,
): Promise<MachineStanding | undefined> =>
  ask.organizationId === undefined
    ? findGlobalStanding(db, tenantId, ask, indicators)
    : findBotStanding(db, tenantId, { ...ask, organizationId: ask.organizationId }, indicators);

/** What this application is granted. Throws the OAuth error that says why nothing. */
export async function grantTo(
  db: Queries,
  tenantId: string,
  machine: MachineStanding,
  ask: Ask,
  requested: readonly string[],
): Promise<Grant> {
  if ('scopes' in machine) {
    if (machine.indicator === null) throw unknownTarget(ask);
    return {
      audience: ask.resource ?? machine.indicator,
      lifeS: machine.ttl!,
      scope: joined(requested, machine.scopes),
    };
  }
  if (!machine.isBot) throw denied('app has not associated with the organization');
  if (!machine.isOrganizationEnabled) throw denied('the organization is disabled');
  if (ask.resource !== undefined && machine.indicator === null) throw unknownTarget(ask);
  const organizationId = ask.organizationId!;
  const template = requested.length > 0 ? await templateOf(db, tenantId, machine.version) : undefined;
  if (ask.resource === undefined) {
    const names = template ? effectiveScopes(template, machine.roleIds).map((scope) => scope.name) : [];
    return {
      audience: organizationAudience(organizationId),
      lifeS: defaultTokenLifeS,
      scope: joined(requested, names) ?? '',
    };
  }
  const names = template ? effectiveResourceScopes(template, machine.roleIds, machine.indicator!) : [];
  return { audience: ask.resource, lifeS: machine.ttl!, organizationId, scope: joined(requested, names) };
}

function joined(requested: readonly string[], held: readonly string[]): string | undefined {
  const granted = requested.filter((name, index) => held.includes(name) && requested.indexOf(name) === index);
  return granted.length > 0 ? granted.join(' ') : undefined;
}

const unknownTarget = (ask: Ask) =>
  new errors.InvalidTarget(
    ask.resource === undefined ? 'both `resource` and `organization_id` are not provided' : undefined,
  );

export function denied(description: string): Error {
  return Object.assign(new errors.AccessDenied(description), { status: 403, statusCode: 403 });
}

export type TokenResponse = {
  access_token: string;
  expires_in: number;
  scope?: string | undefined;
  token_type: 'Bearer';
};

/** Signs the token. Its life ends with its key's at the latest. `at` in milliseconds. */
export async function mint(
  grant: Grant,
  clientId: string,
  issuer: string,
  key: RingKey,
  at: number,
): Promise<TokenResponse> {
  const iat = Math.floor(at / 1000);
  const exp = endOf(iat, grant.lifeS, key);
  const token = await signed(key, 'accessToken', {
    organization_id: grant.organizationId,
    jti: newId(at),
    sub: clientId,
    iat,
    exp,
    scope: grant.scope,
    client_id: clientId,
    iss: issuer,
    aud: grant.audience,
  });
  return {
    access_token: token,
    expires_in: exp - iat,
    scope: grant.scope,
    token_type: 'Bearer',
  };
}
