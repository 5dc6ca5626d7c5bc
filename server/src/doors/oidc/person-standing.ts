/**
 * What the token endpoint has to know when an application shows a code or a refresh token: one statement brings the
 * application, what it shows, the grant behind that, the person, the session, and the standing in what is asked for.
 * Nothing of it is kept: whoever is suspended, removed, demoted or signed out feels it with the next request.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { digestOfToken } from './adapter.ts';
import { type Credentials, credentialColumns, isAsked, storable } from './credentials.ts';
import type { Indicators } from './indicators.ts';

/** What an application shows, as oidc-provider keeps it. Times in seconds. */
export type Source = {
  readonly kind: 'AuthorizationCode' | 'RefreshToken';
  readonly clientId: string;
  readonly accountId: string;
  readonly grantId: string;
  readonly iat: number;
  readonly scope?: string;
  readonly resource?: string | readonly string[];
  readonly sessionUid?: string;
  readonly expiresWithSession?: boolean;
  readonly authTime?: number;
  readonly amr?: readonly string[];
  readonly nonce?: string;
  readonly sid?: string;
  readonly codeChallenge?: string;
  readonly redirectUri?: string;
  /** Where it is not that of this door. */
  readonly issuer?: string;
  /** What it is for, under another issuer. */
  readonly organizationId?: string;
  /** When the first of its line was made. */
  readonly iiat?: number;
  readonly rotations?: number;
  readonly exp: number;
};

type GrantRecord = {
  readonly clientId: string;
  readonly accountId: string;
  readonly openid?: { readonly scope?: string };
  readonly resources?: Readonly<Record<string, string>>;
};

export type Membership = { readonly id: string; readonly roles: readonly string[] };

/** The person's columns that ID tokens speak of. */
export type PersonFacts = {
  readonly username: string | null;
  readonly email: string | null;
  readonly emailVerifiedAt: number | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly avatar: string | null;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export type PersonStanding = Credentials & {
  readonly facts: PersonFacts;
  readonly version: number;
  /** Null when there is no such code or token, or not any more. */
  readonly source: Source | null;
  readonly consumedAt: number | null;
  readonly grant: GrantRecord | null;
  readonly isActive: boolean;
  /** Known where the source ends with its session. */
  readonly hasSession: boolean;
  /** Names of the person's tenant-wide roles, where the source has them in its scope. */
  readonly roles: readonly string[];
  /** Memberships that hold, of those that the application may know; null when nothing asks for them. */
  readonly memberships: readonly Membership[] | null;
  /** In the organization that was asked for; absent when none was. */
  readonly isMember?: boolean;
  readonly isGranted?: boolean;
  /** The organization asks for a second factor, whether the person has one or not. */
  readonly wantsSecondFactor?: boolean;
  readonly lacksSecondFactor?: boolean;
  readonly roleIds?: readonly string[];
  /** The resource that was asked for: null when there is none, absent when it was not asked for. */
  readonly indicator?: string | null;
  readonly ttl?: number;
  /** Scopes of the resource that tenant-wide roles give. */
  readonly scopes?: readonly string[];
};

/** What an application wants in exchange. */
export type Exchange = {
  readonly clientId: string;
  readonly kind: Source['kind'];
  /** The code or token itself. */
  readonly value: string;
  readonly organizationId: string | undefined;
  /** The organization is the one that it is for. */
  readonly isInItsOrganization?: boolean;
  readonly resource: string | undefined;
};

/** The row `u` as PersonFacts: one value, for reading a row takes time by the column. */
export const factsColumn = sql`json_build_object('username', u.username, 'email', u.primary_email, 'emailVerifiedAt', u.email_verified_at,
  'phone', u.primary_phone, 'name', u.name, 'avatar', u.avatar, 'profile', u.profile, 'createdAt', u.created_at, 'updatedAt', u.updated_at) as facts`;

/** The row `m` of a membership that holds now. */
export const holds = (at: number): Statement =>
  sql`m.suspended_at is null and coalesce(m.expires_at > ${at}, true)`;

/** Scopes of the resource `r` that tenant-wide roles of the person give. */
export const globalScopes = (userId: Statement): Statement => sql`
  array(select distinct n.name from user_roles j
          join role_scopes k on k.tenant_id = j.tenant_id and k.role_id = j.role_id
          join resource_scopes n on n.tenant_id = k.tenant_id and n.id = k.scope_id
         where j.tenant_id = r.tenant_id and j.user_id = ${userId} and n.resource_id = r.id)`;

/** Applications whose last standing had more to it than the usual one. */
const unusual = new Set<string>();
const mostRemembered = 10_000;

/**
 * Asked in full the statement has half as much again to it, for applications of somebody else, tokens that end with their
 * session, names of roles and second factors. So it is asked without first; where one of these matters, it is asked again
 * in full, and that answer alone counts.
 */
export async function findPersonStanding(
  db: Queries,
  tenantId: string,
  exchange: Exchange,
  indicators: Indicators,
  at: number,
): Promise<PersonStanding | undefined> {
  const { clientId } = exchange;
  if (!unusual.has(clientId)) {
    const standing = await ask(db, tenantId, exchange, indicators, at, false);
    if (!standing || !hasMoreToIt(standing)) return standing;
    if (unusual.size >= mostRemembered) unusual.clear();
    unusual.add(clientId);
  }
  const standing = await ask(db, tenantId, exchange, indicators, at, true);
  if (standing && !hasMoreToIt(standing)) unusual.delete(clientId);
  return standing;
}

const hasMoreToIt = ({ isThirdParty, source, wantsSecondFactor }: PersonStanding): boolean =>
  isThirdParty ||
  wantsSecondFactor === true ||
  source?.expiresWithSession === true ||
  source?.scope?.split(' ').includes('roles') === true;

async function ask(
  db: Queries,
  tenantId: string,
  { clientId, kind, value, organizationId, isInItsOrganization, resource }: Exchange,
  indicators: Indicators,
  at: number,
  inFull: boolean,
): Promise<PersonStanding | undefined> {
  const mayKnow = (organization: Statement) => (inFull ? isGrantedTo(organization) : sql`true`);
  const person = sql`s.account_id`;
  const organization = isInItsOrganization
    ? sql`s.payload->>'organizationId'`
    : organizationId !== undefined && sql`${storable(organizationId)}`;
  const row = await db.first<Row>(sql`
    select ${credentialColumns}, t.template_version as version, s.payload as source, s.consumed_at as "consumedAt", g.payload as grant, u.username,
           u.primary_email as email, u.email_verified_at as "emailVerifiedAt", u.primary_phone as phone, u.name, u.avatar, u.profile,
           u.created_at as "createdAt", u.updated_at as "updatedAt",
           coalesce(u.id is not null and u.suspended_at is null, false) as "isActive",
           ${
             inFull
               ? sql`b.uid is not null as "hasSession", case when s.payload->>'scope' ~ '(^| )roles( |$)' then
             array(select d.name from user_roles j join roles d on d.tenant_id = j.tenant_id and d.id = j.role_id
                    where j.tenant_id = a.tenant_id and j.user_id = ${person} order by d.name) else '{}' end as roles`
               : sql`false as "hasSession", '{}'::text[] as roles`
           },
           case when ${resource !== undefined && organizationId === undefined}::boolean or s.payload->>'scope' like '%urn:logto:scope:organization%' then
             array(select array_to_string(m.organization_id || m.role_ids, ${unit}) from members m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
               where m.tenant_id = a.tenant_id and m.user_id = ${person} and ${holds(at)} and ${mayKnow(sql`m.organization_id`)})
           end as memberships
           ${organization ? sql`, ${inOrganization(at)}, ${mayKnow(sql`o.id`)} as "isGranted", ${inFull ? lacksSecondFactor : sql`false`} as "lacksSecondFactor"` : sql``}
           ${resource === undefined ? sql`` : sql`, r.indicator, r.access_token_ttl as ttl, ${globalScopes(person)} as scopes`}
      from applications a
      join tenants t on t.id = a.tenant_id
      left join oidc_records s on s.tenant_id = a.tenant_id and s.model = ${kind} and s.id = ${digestOfToken(value)} and s.expires_at > ${at}
      left join oidc_records g on g.tenant_id = a.tenant_id and g.model = 'Grant' and g.id = s.grant_id and g.expires_at > ${at}
      left join users u on u.tenant_id = a.tenant_id and u.id = ${person}
      ${inFull ? sql`left join sessions b on b.tenant_id = a.tenant_id and b.uid = s.payload->>'sessionUid' and b.user_id = ${person} and b.expires_at > ${at}` : sql``}
      ${
        organization
          ? sql`left join organizations o on o.tenant_id = a.tenant_id and o.id = ${organization} and o.disabled_at is null
      left join members m on m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = ${person}`
          : sql``
      }
      ${resource === undefined ? sql`` : sql`left join resources r on r.tenant_id = a.tenant_id and ${isAsked(resource, indicators)}`}
     where a.tenant_id = ${tenantId} and a.id = ${storable(clientId)}`);
  return row && standingOf(row);
}

/** Facts come as columns of their own and memberships as lines: making JSON of them takes PostgreSQL longer than finding them. */
type Row = Omit<PersonStanding, 'facts' | 'memberships'> &
  PersonFacts & {
    /** The id of the organization and those of the roles. */
    readonly memberships: readonly string[] | null;
  };

/** Between values stands what is in no id: the unit separator. */
const unit = sql`chr(31)`;

function standingOf(row: Row): PersonStanding {
  const memberships = row.memberships?.map((line) => {
    const [id, ...roles] = line.split('\u001f');
    return { id: id!, roles };
  });
  memberships?.sort((one, other) => (one.id < other.id ? -1 : 1));
  // The row itself: there are forty columns to copy.
  return Object.assign(row, { facts: row, memberships: memberships ?? null });
}

/** Applications of somebody else know the organizations that the person let them see. */
const isGrantedTo = (organizationId: Statement): Statement => sql`(not a.is_third_party or exists (
  select from organization_grants l where l.tenant_id = a.tenant_id and l.user_id = s.account_id and l.application_id = a.id
     and l.organization_id = ${organizationId}))`;

const inOrganization = (at: number): Statement => sql`
  coalesce(m.user_id is not null and ${holds(at)}, false) as "isMember", coalesce(o.is_mfa_required, false) as "wantsSecondFactor",
  coalesce(m.role_ids, '{}') as "roleIds"`;

const lacksSecondFactor = sql`coalesce(o.is_mfa_required and not exists (
  select from passkeys p where p.tenant_id = a.tenant_id and p.user_id = s.account_id), false)`;
