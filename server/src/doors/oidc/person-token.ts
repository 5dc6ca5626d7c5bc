/**
 * Tokens for people: what an application gets for a code or a refresh token. Everything is judged anew each time, by
 * what the person holds at this moment: a demotion shrinks the next token. What was asked for when the person came in
 * bounds it from above; for applications of somebody else, so does what the person agreed to.
 */
import { errors } from 'oidc-provider';
import type { Queries } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import {
  effectiveResourceScopes,
  effectiveScopes,
  type Template,
  templateOf,
} from '../../domain/roles/template.ts';
import type { RingKey } from '../../domain/signing-keys/key-ring.ts';
import { endOf, signed } from '../../domain/signing-keys/sign.ts';
import { defaultTokenLifeS } from '../../domain/signing-keys/signing-key.ts';
import { organizationAudience, organizationsResource } from './indicators.ts';
import { denied } from './machine-token.ts';
import { claimsOf } from './person-claims.ts';
import type { Exchange, PersonStanding, Source } from './person-standing.ts';

/** A standing in which the code or token, the grant and the person are found good. */
export type GoodStanding = PersonStanding & {
  readonly source: Source;
  readonly grant: NonNullable<PersonStanding['grant']>;
};

/** What an access token will say. No audience: it is opaque, and good for userinfo only. */
export type Target = {
  readonly audience: string | undefined;
  readonly organizationId?: string | undefined;
  readonly lifeS: number;
  readonly scope: string;
};

const organizationsScope = 'urn:logto:scope:organizations';

/** Throws the OAuth error that says why it is not good. */
export function mustBeGood(
  standing: PersonStanding | undefined,
  clientId: string,
  otherIssuer?: string,
): GoodStanding {
  const { source, grant } = standing ?? {};
  if (!source || source.issuer !== otherIssuer) throw new errors.InvalidGrant('not found, or over');
  if (source.clientId !== clientId) throw new errors.InvalidGrant('client mismatch');
  if (!grant || grant.accountId !== source.accountId)
    throw new errors.InvalidGrant('the grant has been revoked');
  if (!standing!.isActive) throw new errors.InvalidGrant('the person is suspended or gone');
  if (source.expiresWithSession && !standing!.hasSession)
    throw new errors.InvalidGrant('the session is over');
  return standing as GoodStanding;
}

/** The scopes that count: all of the source's, or those of them that are asked for. */
export function narrowed(source: Source, asked: string | undefined): ReadonlySet<string> {
  const all = new Set(source.scope?.split(' ').filter(Boolean));
  if (!asked) return all;
  const wanted = new Set(asked.split(' ').filter(Boolean));
  const missing = [...wanted].filter((name) => !all.has(name));
  if (missing.length > 0) {
    throw new errors.InvalidScope('refresh token missing requested scope', missing.join(' '));
  }
  return wanted;
}

/** What is granted of what is asked. Throws the OAuth error that says why nothing. */
export function targetOf(
  standing: GoodStanding,
  { organizationId, resource }: Pick<Exchange, 'organizationId' | 'resource'>,
  scopes: ReadonlySet<string>,
  template: Template,
): Target {
  if (resource !== undefined) mustBeAuthorized(standing, resource);
  if (organizationId !== undefined) mustBelong(standing);
  if (resource !== undefined) {
    const roleIds =
      organizationId === undefined
        ? (standing.memberships ?? []).flatMap(({ roles }) => roles)
        : standing.roleIds!;
    const held = [...standing.scopes!, ...effectiveResourceScopes(template, roleIds, standing.indicator!)];
    return {
      audience: resource,
      organizationId,
      lifeS: standing.ttl!,
      scope: common(held, agreed(standing, resource, scopes)),
    };
  }
  if (organizationId !== undefined) {
    const held = effectiveScopes(template, standing.roleIds!).map(({ name }) => name);
    return {
      audience: organizationAudience(organizationId),
      lifeS: defaultTokenLifeS,
      scope: common(held, agreed(standing, organizationsResource, scopes)),
    };
  }
  return {
    audience: undefined,
    lifeS: defaultTokenLifeS,
    scope: common((standing.grant.openid?.scope ?? '').split(' '), scopes),
  };
}

function mustBeAuthorized({ source, indicator }: GoodStanding, resource: string): void {
  const authorized = [source.resource ?? []].flat();
  if (!authorized.includes(resource) || !indicator) throw new errors.InvalidTarget();
}

function mustBelong(standing: GoodStanding): void {
  if (!standing.source.scope?.split(' ').includes(organizationsScope))
    throw new errors.InsufficientScope('refresh token missing required scope', organizationsScope);
  if (!standing.isMember) throw denied('user is not a member of the organization');
  if (!standing.isGranted) throw denied('organization access is not granted to the application');
  if (standing.lacksSecondFactor) throw denied('organization requires MFA but user has no MFA configured');
}

/** Of these scopes, what an application of somebody else's was allowed on this resource; ours need no leave. */
function agreed(
  { isThirdParty, grant }: GoodStanding,
  resource: string,
  scopes: ReadonlySet<string>,
): ReadonlySet<string> {
  if (!isThirdParty) return scopes;
  const allowed = new Set(grant.resources?.[resource]?.split(' '));
  return new Set([...scopes].filter((name) => allowed.has(name)));
}

const common = (held: readonly string[], wanted: ReadonlySet<string>): string =>
  [...new Set(held)].filter((name) => wanted.has(name)).join(' ');

type Signing = { readonly key: RingKey; readonly issuer: string; readonly at: number };

/** The grant is named by the id of the token, so that introspection can tell when it has been revoked. */
export function signAccessToken(
  { source, id }: GoodStanding,
  { audience, organizationId, lifeS, scope }: Target,
  { key, issuer, at }: Signing,
): Promise<string> {
  const iat = Math.floor(at / 1000);
  return signed(key, 'accessToken', {
    organization_id:
      organizationId !== undefined && audience !== organizationAudience(organizationId)
        ? organizationId
        : undefined,
    jti: `${newId(at)}.${source.grantId}`,
    sub: source.accountId,
    iat,
    exp: endOf(iat, lifeS, key),
    scope,
    client_id: id,
    iss: issuer,
    aud: audience,
  });
}

/** The grant that the id of an access token names. */
export const grantOf = (jti: string): string | undefined => jti.split('.')[1];

/** None without the scope `openid`. */
export async function signIdToken(
  standing: GoodStanding,
  scopes: ReadonlySet<string>,
  template: Template,
  { key, issuer, at }: Signing,
): Promise<string | undefined> {
  const { source, grant, memberships } = standing;
  const given = new Set(grant.openid?.scope?.split(' ').filter((name) => scopes.has(name)));
  if (!given.has('openid')) return undefined;
  const iat = Math.floor(at / 1000);
  const lifeS = Number(standing.customClientMetadata?.idTokenTtl) || defaultTokenLifeS;
  return signed(key, 'idToken', {
    sub: source.accountId,
    ...claimsOf(
      { facts: standing.facts, roles: standing.roles, memberships: memberships ?? [], template },
      given,
    ),
    auth_time: source.authTime,
    amr: source.amr,
    nonce: source.nonce,
    sid: source.sid,
    aud: standing.id,
    exp: endOf(iat, lifeS, key),
    iat,
    iss: issuer,
  });
}

export const templateFor = (db: Queries, tenantId: string, standing: PersonStanding): Promise<Template> =>
  templateOf(db, tenantId, standing.version);
