/**
 * Tenant-wide roles: scopes of API resources for users and applications, outside any organization. Holding the scope
 * `all` of the Management API's resource is what lets an application manage the tenant.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import type { ResourceScope } from '../resources/scopes.ts';
import { type Search, searchingIn } from '../search.ts';
import type { HolderType } from './template.ts';

export type GlobalRole = {
  tenantId: string;
  id: string;
  name: string;
  description: string;
  type: HolderType;
  isDefault: boolean;
};

const columns = sql`r.tenant_id as "tenantId", r.id, r.name, r.description, r.type, r.is_default as "isDefault"`;

/** Refuses: global_role.name_taken, resource_scope.not_found, global_role.management_scope. */
export function createGlobalRole(
  act: Act,
  input: {
    name: string;
    description: string;
    type?: HolderType | undefined;
    isDefault?: boolean | undefined;
    scopeIds?: readonly string[] | undefined;
  },
): Promise<GlobalRole> {
  return act.atomically(async (tx) => {
    const role = await tx.db
      .first<GlobalRole>(sql`
        insert into roles as r (tenant_id, id, name, description, type, is_default, created_at)
        values (${act.tenantId}, ${newId(act.at)}, ${input.name}, ${input.description}, ${input.type ?? 'User'}, ${input.isDefault ?? false}, ${act.at})
        returning ${columns}`)
      .catch(nameTaken);
    if (input.scopeIds?.length) await grant(tx, role!, input.scopeIds);
    return role!;
  });
}

export async function getGlobalRole(db: Queries, tenantId: string, id: string): Promise<GlobalRole> {
  const role = await db.first<GlobalRole>(
    sql`select ${columns} from roles r where tenant_id = ${tenantId} and id = ${id}`,
  );
  return role ?? refuse('global_role.not_found', { id });
}

/** Refuses: global_role.not_found, global_role.name_taken. */
export async function changeGlobalRole(
  act: Act,
  id: string,
  change: { name?: string | undefined; description?: string | undefined; isDefault?: boolean | undefined },
): Promise<GlobalRole> {
  const c = given(change);
  const role = await act.db
    .first<GlobalRole>(sql`
      update roles r set name = coalesce(${c.name ?? null}, name), description = coalesce(${c.description ?? null}, description),
             is_default = coalesce(${c.isDefault ?? null}::boolean, is_default)
       where tenant_id = ${act.tenantId} and id = ${id} returning ${columns}`)
    .catch(nameTaken);
  return role ?? refuse('global_role.not_found', { id });
}

/** Refuses: global_role.not_found. */
export async function deleteGlobalRole(act: Act, id: string): Promise<void> {
  if ((await act.db.run(sql`delete from roles where tenant_id = ${act.tenantId} and id = ${id}`)) === 0) {
    refuse('global_role.not_found', { id });
  }
}

/** What the advanced search looks at. */
export const searchableRoleFields = {
  id: sql`id`,
  name: sql`name`,
  description: sql`description`,
} as const;

/** By name. */
export async function findGlobalRoles(
  db: Queries,
  tenantId: string,
  filter: { search?: Search | undefined; type?: string | undefined; page: Page },
) {
  return paged<GlobalRole>(
    db,
    filter.page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from roles r
     where tenant_id = ${tenantId} and ${searchingIn(filter.search, searchableRoleFields)}
       and ${filter.type ? sql`type = ${filter.type}` : sql`true`} order by name ${limits}`,
  );
}

/** Scopes of a role by name. Refuses: global_role.not_found. */
export async function findScopesOfGlobalRole(
  db: Queries,
  tenantId: string,
  roleId: string,
): Promise<ResourceScope[]> {
  await getGlobalRole(db, tenantId, roleId);
  return db.rows<ResourceScope>(sql`
    select s.tenant_id as "tenantId", s.id, s.resource_id as "resourceId", s.name, s.description, s.created_at as "createdAt"
      from role_scopes p join resource_scopes s on s.tenant_id = p.tenant_id and s.id = p.scope_id
     where p.tenant_id = ${tenantId} and p.role_id = ${roleId} order by s.name`);
}

/** Refuses: global_role.not_found, global_role.scope_taken, resource_scope.not_found, global_role.management_scope. */
export function addScopesToGlobalRole(
  act: Act,
  roleId: string,
  scopeIds: readonly string[],
): Promise<ResourceScope[]> {
  return act.atomically(async (tx) => {
    const role = await getGlobalRole(tx.db, act.tenantId, roleId);
    const taken = await tx.db.first<{ scope_id: string }>(sql`
      select scope_id from role_scopes where tenant_id = ${act.tenantId} and role_id = ${roleId} and scope_id = any(${scopeIds}::text[])`);
    if (taken) refuse('global_role.scope_taken', { id: taken.scope_id });
    await grant(tx, role, scopeIds);
    return findScopesOfGlobalRole(tx.db, act.tenantId, roleId);
  });
}

/** Refuses: relation.not_found. */
export async function removeScopeFromGlobalRole(act: Act, roleId: string, scopeId: string): Promise<void> {
  const gone = await act.db.run(
    sql`delete from role_scopes where tenant_id = ${act.tenantId} and role_id = ${roleId} and scope_id = ${scopeId}`,
  );
  if (gone === 0) refuse('relation.not_found', { roleId, scopeId });
}

/** The tenant-wide roles of an application by name. Refuses: application.not_found. */
export async function findRolesOfApplication(
  db: Queries,
  tenantId: string,
  applicationId: string,
  page: Page,
) {
  const application = await db.first(
    sql`select id from applications where tenant_id = ${tenantId} and id = ${applicationId}`,
  );
  if (!application) refuse('application.not_found', { id: applicationId });
  return paged<GlobalRole>(
    db,
    page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from application_roles a join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
     where a.tenant_id = ${tenantId} and a.application_id = ${applicationId} order by r.name ${limits}`,
  );
}

/**
 * Adds roles to an application, or makes them exactly these. Returns the ids that are new. Refuses:
 * application.not_found, application.wrong_type, global_role.not_found, global_role.wrong_type.
 */
export function setRolesOfApplication(
  act: Act,
  applicationId: string,
  roleIds: readonly string[],
  how: 'add' | 'replace',
): Promise<string[]> {
  return act.atomically(async ({ db }) => {
    const application = await db.first<{ type: string }>(
      sql`select type from applications where tenant_id = ${act.tenantId} and id = ${applicationId} for no key update`,
    );
    if (!application) refuse('application.not_found', { id: applicationId });
    if (application.type !== 'MachineToMachine') refuse('application.wrong_type', { id: applicationId });
    const wanted = [...new Set(roleIds)];
    const roles = await db.rows<{ type: HolderType }>(
      sql`select type from roles where tenant_id = ${act.tenantId} and id = any(${wanted}::text[])`,
    );
    if (roles.length < wanted.length) refuse('global_role.not_found', { ids: wanted });
    if (roles.some((role) => role.type !== 'MachineToMachine')) refuse('global_role.wrong_type');
    if (how === 'replace') {
      await db.run(sql`delete from application_roles where tenant_id = ${act.tenantId} and application_id = ${applicationId}
                        and role_id <> all(${wanted}::text[])`);
    }
    const added = await db.rows<{ role_id: string }>(sql`
      with added as (
        insert into application_roles (tenant_id, application_id, role_id)
        select ${act.tenantId}, ${applicationId}, id from unnest(${wanted}::text[]) id on conflict do nothing returning role_id
      ), happened as (
        select null as organization_id, ${applicationId} as subject_id, jsonb_build_object('applicationId',
               ${applicationId}::text, 'how', ${how}::text, 'roleIds', ${wanted}::text[]) as data
      ), ${recorded(act, 'application.updated')}
      select role_id from added`);
    return added.map((row) => row.role_id);
  });
}

/** Refuses: relation.not_found. */
export async function removeRoleFromApplication(
  act: Act,
  applicationId: string,
  roleId: string,
): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from application_roles where tenant_id = ${act.tenantId} and application_id = ${applicationId} and role_id = ${roleId}
      returning application_id
    ), happened as (
      select null as organization_id, application_id as subject_id, jsonb_build_object('applicationId', application_id,
             'how', 'remove', 'roleIds', jsonb_build_array(${roleId}::text)) as data from gone
    ), ${recorded(act, 'application.updated')}
    select application_id from gone`);
  if (!gone) refuse('relation.not_found', { roleId });
}

async function grant(act: TxAct, role: GlobalRole, scopeIds: readonly string[]): Promise<void> {
  const wanted = [...new Set(scopeIds)];
  const scopes = await act.db.rows<{ is_management: boolean }>(sql`
    select r.is_management from resource_scopes s join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id
     where s.tenant_id = ${act.tenantId} and s.id = any(${wanted}::text[])`);
  if (scopes.length < wanted.length) refuse('resource_scope.not_found', { ids: wanted });
  if (role.type === 'User' && scopes.some((scope) => scope.is_management))
    refuse('global_role.management_scope');
  await act.db.run(sql`insert into role_scopes (tenant_id, role_id, scope_id)
    select ${act.tenantId}, ${role.id}, id from unnest(${wanted}::text[]) id on conflict do nothing`);
}

function nameTaken(error: unknown): never {
  if (violation(error)?.constraint === 'roles_name') refuse('global_role.name_taken', {}, error);
  throw error;
}
