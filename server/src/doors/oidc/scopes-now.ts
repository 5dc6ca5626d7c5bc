/**
 * What the holder of an access token of ours may do where it is good, at this moment: a demotion counts before the token
 * ends. What was granted with it bounds it from above, which is for the caller to say.
 */
import { type Queries, sql } from '../../db/db.ts';
import { effectiveResourceScopes, effectiveScopes, templateOf } from '../../domain/roles/template.ts';
import { isAsked, machineScopes, storable } from './credentials.ts';
import { type Indicators, organizationOf } from './indicators.ts';
import { globalScopes, holds } from './person-standing.ts';
import type { Claims } from './verify.ts';

type Row = { version: number; indicator: string | null; roles: string[][]; scopes: string[] };

export async function scopesNow(
  db: Queries,
  tenantId: string,
  { sub, clientId, aud, organizationId }: Claims,
  indicators: Indicators,
  at: number,
): Promise<ReadonlySet<string>> {
  const isMachine = sub === clientId;
  const holder = sql`${storable(sub)}::text`;
  const there =
    organizationId === undefined ? sql`` : sql`and m.organization_id = ${storable(organizationId)}`;
  const roles = isMachine
    ? sql`select m.role_ids from bots m where m.tenant_id = t.id and m.application_id = ${holder} ${there}`
    : sql`select m.role_ids from members m
            join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
           where m.tenant_id = t.id and m.user_id = ${holder} and ${holds(at)} ${there}`;
  const row = await db.first<Row>(sql`
    select t.template_version as version, r.indicator, (select coalesce(json_agg(role_ids), '[]') from (${roles}) held) as roles,
           ${isMachine ? machineScopes(holder) : globalScopes(holder)} as scopes
      from tenants t left join resources r on r.tenant_id = t.id and ${isAsked(aud, indicators)}
     where t.id = ${tenantId}`);
  const { version, indicator, roles: held, scopes } = row!;
  const template = await templateOf(db, tenantId, version);
  if (organizationOf(aud) !== undefined)
    return new Set(effectiveScopes(template, held.flat()).map(({ name }) => name));
  // A machine acts for the tenant or in an organization, a person as both.
  if (isMachine && organizationId === undefined) return new Set(scopes);
  const given = effectiveResourceScopes(template, held.flat(), indicator ?? '');
  return new Set(isMachine ? given : [...scopes, ...given]);
}
