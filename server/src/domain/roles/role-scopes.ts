/**
 * What an organization role gives: scopes of the organization, and scopes of API resources. The same verbs serve
 * both, each with its table.
 */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { type Page, paged } from '../page.ts';
import { type RefusalCode, refuse } from '../refusal.ts';
import { belongingTo } from './bound.ts';

export type RoleScopes = {
  /** The table of pairs (tenant_id, role_id, scope_id). */
  readonly pairs: Statement;
  /** The table of scopes, and the columns that describe one. */
  readonly scopes: Statement;
  readonly columns: Statement;
  readonly missing: RefusalCode;
};

export const scopesOfRoles: RoleScopes = {
  pairs: sql`organization_role_scopes`,
  scopes: sql`organization_scopes`,
  columns: sql`s.tenant_id as "tenantId", s.id, s.name, s.description`,
  missing: 'scope.not_found',
};

export const resourceScopesOfRoles: RoleScopes = {
  pairs: sql`organization_role_resource_scopes`,
  scopes: sql`resource_scopes`,
  columns: sql`s.tenant_id as "tenantId", s.id, s.resource_id as "resourceId", s.name, s.description, s.created_at as "createdAt"`,
  missing: 'resource_scope.not_found',
};

/** Scopes of a role of the tenant by name. Refuses: role.not_found. */
export async function findScopesOfRole(
  db: Queries,
  tenantId: string,
  kind: RoleScopes,
  roleId: string,
  page: Page,
) {
  const role = await db.first(
    sql`select id from organization_roles where tenant_id = ${tenantId} and id = ${roleId} and organization_id is null`,
  );
  if (!role) refuse('role.not_found', { id: roleId });
  return paged<{ id: string; name: string }>(
    db,
    page,
    (limits) => sql`
    select ${kind.columns}, count(*) over () as total from ${kind.pairs} p
      join ${kind.scopes} s on s.tenant_id = p.tenant_id and s.id = p.scope_id
     where p.tenant_id = ${tenantId} and p.role_id = ${roleId} order by s.name, s.id ${limits}`,
  );
}

/** Adds scopes; those already there stay. Refuses: role.not_found, scope.not_found, resource_scope.not_found. */
export function addScopesToRole(
  act: Act,
  kind: RoleScopes,
  roleId: string,
  scopeIds: readonly string[],
  organizationId: string | null = null,
): Promise<void> {
  return act.atomically(async ({ db }) => {
    await lockRole(act, db, roleId, organizationId);
    await grantScopes(db, act.tenantId, kind, roleId, scopeIds);
  });
}

/** Makes the role give exactly these scopes. Refuses as adding does. */
export function setScopesOfRole(
  act: Act,
  kind: RoleScopes,
  roleId: string,
  scopeIds: readonly string[],
  organizationId: string | null = null,
): Promise<void> {
  return act.atomically(async ({ db }) => {
    await lockRole(act, db, roleId, organizationId);
    await db.run(sql`delete from ${kind.pairs} where tenant_id = ${act.tenantId} and role_id = ${roleId}
                      and scope_id <> all(${scopeIds}::text[])`);
    await grantScopes(db, act.tenantId, kind, roleId, scopeIds);
  });
}

/** Refuses: role.not_found, relation.not_found. */
export function removeScopeFromRole(
  act: Act,
  kind: RoleScopes,
  roleId: string,
  scopeId: string,
  organizationId: string | null = null,
): Promise<void> {
  return act.atomically(async ({ db }) => {
    await lockRole(act, db, roleId, organizationId);
    const gone = await db.run(
      sql`delete from ${kind.pairs} where tenant_id = ${act.tenantId} and role_id = ${roleId} and scope_id = ${scopeId}`,
    );
    if (gone === 0) refuse('relation.not_found', { roleId, scopeId });
  });
}

export async function grantScopes(
  db: Queries,
  tenantId: string,
  kind: RoleScopes,
  roleId: string,
  scopeIds: readonly string[],
) {
  try {
    await db.run(sql`
      insert into ${kind.pairs} (tenant_id, role_id, scope_id)
      select ${tenantId}, ${roleId}, scope_id from unnest(${scopeIds}::text[]) scope_id on conflict do nothing`);
  } catch (error) {
    if (violation(error)?.kind === 'foreign') refuse(kind.missing, {}, error);
    throw error;
  }
}

/** Holds the role against other changes of it, and records this one. */
async function lockRole(act: Act, db: Queries, roleId: string, organizationId: string | null): Promise<void> {
  const role = await db.first(sql`
    with held as (
      select id, name, organization_id from organization_roles
       where tenant_id = ${act.tenantId} and id = ${roleId} and ${belongingTo(organizationId)} for no key update
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from held
    ), ${recorded(act, 'role.updated')}
    select id from held`);
  if (!role) refuse('role.not_found', { id: roleId });
}
