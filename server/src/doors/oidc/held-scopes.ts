/** What a person holds at this moment, in all organizations together: what there is to agree to. */
import { type Queries, sql } from '../../db/db.ts';
import { effectiveResourceScopes, effectiveScopes, templateOf } from '../../domain/roles/template.ts';
import { isAsked, storable } from './credentials.ts';
import { type Indicators, organizationsResource } from './indicators.ts';
import { globalScopes, holds } from './person-standing.ts';

type HeldScope = { readonly name: string; readonly description: string | null };
export type HeldOfResource = { readonly name: string; readonly scopes: readonly HeldScope[] };

/** The resource by name, with the scopes of it that the person holds; undefined when there is no such resource. */
export async function findHeld(
  db: Queries,
  tenantId: string,
  userId: string | undefined,
  resource: string,
  indicators: Indicators,
  at: number,
): Promise<HeldOfResource | undefined> {
  const isOrganizations = resource === organizationsResource;
  const person = sql`${storable(userId ?? '')}::text`;
  const row = await db.first<{
    version: number;
    name: string;
    indicator: string;
    roles: string[][];
    scopes: string[];
    descriptions: Record<string, string | null>;
  }>(sql`
    select t.template_version as version, ${
      isOrganizations
        ? sql`'' as name, '' as indicator, '{}'::text[] as scopes, '{}'::json as descriptions`
        : sql`r.name, r.indicator, ${globalScopes(person)} as scopes,
              (select coalesce(json_object_agg(n.name, n.description), '{}') from resource_scopes n
                where n.tenant_id = r.tenant_id and n.resource_id = r.id) as descriptions`
    },
           (select coalesce(json_agg(m.role_ids), '[]') from members m
              join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id and o.disabled_at is null
             where m.tenant_id = t.id and m.user_id = ${person} and ${holds(at)}) as roles
      from tenants t ${isOrganizations ? sql`` : sql`join resources r on r.tenant_id = t.id and ${isAsked(resource, indicators)}`}
     where t.id = ${tenantId}`);
  if (!row) return undefined;
  const template = await templateOf(db, tenantId, row.version);
  const roleIds = row.roles.flat();
  if (isOrganizations) return { name: '', scopes: effectiveScopes(template, roleIds) };
  const names = new Set([...row.scopes, ...effectiveResourceScopes(template, roleIds, row.indicator)]);
  return {
    name: row.name,
    scopes: [...names].sort().map((name) => ({ name, description: row.descriptions[name] ?? null })),
  };
}
