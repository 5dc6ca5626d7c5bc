/** Organization roles: made, read, changed, deleted. What they give is in role-scopes.ts; who holds them is not here. */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given, matching, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { grantScopes, resourceScopesOfRoles, scopesOfRoles } from './role-scopes.ts';
import type { HolderType } from './template.ts';

export type Role = {
  tenantId: string;
  id: string;
  name: string;
  description: string | null;
  type: HolderType;
  extendsId: string | null;
  rank: number | null;
  isOwner: boolean;
};

export type RoleInput = {
  name: string;
  description?: string | null | undefined;
  type?: HolderType | undefined;
  /** A role that this one includes. */
  extendsId?: string | null | undefined;
  /** Higher may hand out lower; absent: only permissions are compared. */
  rank?: number | null | undefined;
  /** Who holds it owns the organization: one that has an owner keeps one. */
  isOwner?: boolean | undefined;
  organizationScopeIds?: readonly string[] | undefined;
  resourceScopeIds?: readonly string[] | undefined;
};

const columns = sql`tenant_id as "tenantId", id, name, description, type, extends_id as "extendsId", rank, is_owner as "isOwner"`;

/** Creates the role with its scopes. Refuses: role.name_taken, scope.not_found, role.extends_unknown. */
export function createRole(act: Act, input: RoleInput): Promise<Role> {
  const id = newId(act.at);
  return act.atomically(async ({ db }) => {
    const role = await db
      .first<Role>(sql`
        with made as (
          insert into organization_roles (tenant_id, id, name, description, type, extends_id, rank, is_owner, created_at)
          values (${act.tenantId}, ${id}, ${input.name}, ${input.description || null}, ${input.type ?? 'User'},
                  ${input.extendsId ?? null}, ${input.rank ?? null}, ${input.isOwner ?? false}, ${act.at}) returning *
        ), happened as (
          select null as organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from made
        ), ${recorded(act, 'role.created')}
        select ${columns} from made`)
      .catch(roleViolation);
    if (input.organizationScopeIds?.length)
      await grantScopes(db, act.tenantId, scopesOfRoles, id, input.organizationScopeIds);
    if (input.resourceScopeIds?.length)
      await grantScopes(db, act.tenantId, resourceScopesOfRoles, id, input.resourceScopeIds);
    return role!;
  });
}

export async function getRole(db: Queries, tenantId: string, id: string): Promise<Role> {
  const role = await db.first<Role>(
    sql`select ${columns} from organization_roles where tenant_id = ${tenantId} and id = ${id}`,
  );
  return role ?? refuse('role.not_found', { id });
}

/**
 * Changes what is given. Refuses: role.not_found, role.name_taken, role.type_in_use, role.extends_itself,
 * role.extends_unknown.
 */
export function changeRole(act: Act, id: string, change: Partial<RoleInput>): Promise<Role> {
  return act.atomically(async ({ db }) => {
    const before = await db.first<Role>(
      sql`select ${columns} from organization_roles where tenant_id = ${act.tenantId} and id = ${id} for update`,
    );
    if (!before) refuse('role.not_found', { id });
    if (change.type && change.type !== before.type && (await isPromised(db, act, id)))
      refuse('role.type_in_use', { id });
    const after = { ...before, ...given(change) };
    if (after.extendsId && (await leadsBack(db, act.tenantId, id, after.extendsId)))
      refuse('role.extends_itself', { id });
    const role = await db
      .first<Role>(sql`
        with changed as (
          update organization_roles set name = ${after.name}, description = ${after.description || null}, type = ${after.type},
                 extends_id = ${after.extendsId}, rank = ${after.rank}, is_owner = ${after.isOwner}
           where tenant_id = ${act.tenantId} and id = ${id} returning *
        ), happened as (
          select null as organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from changed
        ), ${recorded(act, 'role.updated')}
        select ${columns} from changed`)
      .catch(roleViolation);
    return role!;
  });
}

/** Deletes the role; whoever held it holds it no more, invitations and JIT rules lose it. Refuses: role.not_found. */
export async function deleteRole(act: Act, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from organization_roles where tenant_id = ${act.tenantId} and id = ${id} returning id, name
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from gone
    ), ${recorded(act, 'role.deleted')}
    select id from gone`);
  if (!gone) refuse('role.not_found', { id });
}

/** Roles by name, and how many there are. `text` is looked for in id, name and description. */
export async function findRoles(
  db: Queries,
  tenantId: string,
  filter: { text?: string | undefined; page: Page },
) {
  return paged<Role>(
    db,
    filter.page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from organization_roles
     where tenant_id = ${tenantId} and ${matching(filter.text, sql`id`, sql`name`, sql`description`)}
     order by name, id ${limits}`,
  );
}

/** Ids of the roles of these names (case-sensitive). Refuses: role.names_not_found. */
export async function roleIdsByName(
  db: Queries,
  tenantId: string,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await db.rows<{ id: string; name: string }>(
    sql`select id, name from organization_roles where tenant_id = ${tenantId} and name = any(${names})`,
  );
  const missing = names.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) refuse('role.names_not_found', { names: missing });
  return rows.map((row) => row.id);
}

/** Somebody holds it, is to get it by joining, or was offered it. */
async function isPromised(db: Queries, { tenantId, at }: Act, id: string): Promise<boolean> {
  const row = await db.first<{ promised: boolean }>(sql`
    select exists (select from member_roles where tenant_id = ${tenantId} and role_id = ${id})
        or exists (select from bot_roles where tenant_id = ${tenantId} and role_id = ${id})
        or exists (select from jit_roles where tenant_id = ${tenantId} and role_id = ${id})
        or exists (select from invitations where tenant_id = ${tenantId} and ${id} = any(role_ids) and expires_at > ${at}
             and accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null) as promised`);
  return row!.promised;
}

async function leadsBack(db: Queries, tenantId: string, id: string, extendsId: string): Promise<boolean> {
  const row = await db.first<{ loop: boolean }>(sql`
    with recursive above as (
      select id, extends_id from organization_roles where tenant_id = ${tenantId} and id = ${extendsId}
      union select r.id, r.extends_id from organization_roles r join above on r.tenant_id = ${tenantId} and r.id = above.extends_id
    ) select exists (select from above where id = ${id}) as loop`);
  return row!.loop;
}

function roleViolation(error: unknown): never {
  const found = violation(error);
  if (found?.constraint === 'organization_roles_name') refuse('role.name_taken', {}, error);
  if (found?.constraint === 'organization_roles_extends') refuse('role.extends_unknown', {}, error);
  throw error;
}
