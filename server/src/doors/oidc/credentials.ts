/**
 * What the token endpoint has to know of an application, brought by one statement for each request and never kept:
 * a deleted secret, a removed bot or a changed role takes effect with the next request.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import type { ApplicationType } from '../../domain/applications/applications.ts';
import { secretsOfApplication } from '../../domain/applications/secrets.ts';
import type { Places } from './clients.ts';
import type { Indicators } from './indicators.ts';

export type Credentials = {
  readonly id: string;
  readonly type: ApplicationType;
  readonly isThirdParty: boolean;
  /** Null for machines, which have no pages to return to. */
  readonly oidcClientMetadata: Readonly<Record<string, unknown>> | null;
  readonly customClientMetadata: Readonly<Record<string, unknown>> | null;
  /** "{SHA-256 in hexadecimal}:{when it expires in milliseconds, or nothing}" */
  readonly secrets: readonly string[];
};

/** An API resource that was asked for. `scopes`: what the application's global roles give. */
type AskedResource = { readonly indicator: string | null; readonly ttl: number | null };
export type GlobalStanding = Credentials & AskedResource & { readonly scopes: readonly string[] };
export type BotStanding = Credentials &
  AskedResource & {
    readonly version: number;
    readonly isBot: boolean;
    readonly isOrganizationEnabled: boolean;
    readonly roleIds: readonly string[];
  };

/** What a machine asks a token for. */
export type Ask = {
  readonly clientId: string;
  readonly organizationId?: string | undefined;
  readonly resource?: string | undefined;
};

/** Columns of the row `a` as Credentials. */
export const credentialColumns = sql`a.id, a.type, a.is_third_party as "isThirdParty",
  case when a.type <> 'MachineToMachine' then a.oidc_client_metadata end as "oidcClientMetadata",
  case when a.type <> 'MachineToMachine' then a.custom_client_metadata end as "customClientMetadata",
  ${secretsOfApplication} as secrets`;

export const findCredentials = (
  db: Queries,
  tenantId: string,
  clientId: string,
): Promise<(Credentials & Places) | undefined> =>
  db.first(
    sql`select ${credentialColumns}, case when a.type = 'MachineToMachine' then a.oidc_client_metadata end as "machinePlaces" from applications a where a.tenant_id = ${tenantId} and a.id = ${storable(clientId)}`,
  );

export const findBotStanding = (
  db: Queries,
  tenantId: string,
  ask: Ask & { organizationId: string },
  indicators: Indicators,
): Promise<BotStanding | undefined> =>
  db.first(sql`
    select ${credentialColumns}, t.template_version as version, b.application_id is not null as "isBot",
           o.id is not null and o.disabled_at is null as "isOrganizationEnabled",
           coalesce(b.role_ids, '{}') as "roleIds",
           ${ask.resource === undefined ? sql`null as indicator, null as ttl` : sql`r.indicator, r.access_token_ttl as ttl`}
      from applications a
      join tenants t on t.id = a.tenant_id
      left join bots b on b.tenant_id = a.tenant_id and b.organization_id = ${storable(ask.organizationId)} and b.application_id = a.id
      left join organizations o on o.tenant_id = b.tenant_id and o.id = b.organization_id
      ${ask.resource === undefined ? sql`` : sql`left join resources r on r.tenant_id = a.tenant_id and ${isAsked(ask.resource, indicators)}`}
     where a.tenant_id = ${tenantId} and a.id = ${storable(ask.clientId)}`);

/** Scopes of the resource `r` that tenant-wide roles of the application give. */
export const machineScopes = (applicationId: Statement): Statement => sql`
  array(select distinct s.name from application_roles j
          join role_scopes k on k.tenant_id = j.tenant_id and k.role_id = j.role_id
          join resource_scopes s on s.tenant_id = k.tenant_id and s.id = k.scope_id
         where j.tenant_id = r.tenant_id and j.application_id = ${applicationId} and s.resource_id = r.id)`;

export const findGlobalStanding = (
  db: Queries,
  tenantId: string,
  ask: Ask,
  indicators: Indicators,
): Promise<GlobalStanding | undefined> =>
  db.first(sql`
    select ${credentialColumns}, r.indicator, r.access_token_ttl as ttl,
           ${machineScopes(sql`a.id`)} as scopes
      from applications a
      left join resources r on r.tenant_id = a.tenant_id and ${isAsked(ask.resource, indicators)}
     where a.tenant_id = ${tenantId} and a.id = ${storable(ask.clientId)}`);

/** Asked by no name, it is the tenant's default resource. */
export function isAsked(resource: string | undefined, indicators: Indicators): Statement {
  if (resource === undefined) return sql`r.is_default`;
  return resource === indicators.managementHere
    ? sql`r.is_management`
    : sql`r.indicator = ${storable(resource)}`;
}

/** PostgreSQL stores no NUL character: nothing that has one can be found. */
export const storable = (text: string): string => (text.includes('\0') ? '' : text);
