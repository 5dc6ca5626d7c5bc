/** Organization roles: made, read, changed, deleted. What they give is in role-scopes.ts; who holds them is not here. */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given, matching, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { belongingTo, holdableIn } from './bound.ts';
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
  /** Null: the tenant's, for every organization. Otherwise of this one alone. */
  organizationId: string | null;
  /** What people read; null: the name. */
  displayName: string | null;
  createdAt: number;
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
  displayName?: string | null | undefined;
  organizationScopeIds?: readonly string[] | undefined;
  resourceScopeIds?: readonly string[] | undefined;
};

/** Of a row `r`. */
export const roleColumns = sql`r.tenant_id as "tenantId", r.id, r.name, r.description, r.type, r.extends_id as "extendsId", r.rank,
  r.is_owner as "isOwner", r.organization_id as "organizationId", r.display_name as "displayName", r.created_at as "createdAt"`;

/**
 * Creates the role with its scopes; with `organizationId` it is that organization's own. Refuses: role.name_taken,
 * scope.not_found, role.extends_unknown, organization.not_found.
 */
export function createRole(act: Act, input: RoleInput, organizationId: string | null = null): Promise<Role> {
  const id = newId(act.at);
  return act.atomically(async ({ db }) => {
    const role = await db
      .first<Role>(sql`
        with made as (
          insert into organization_roles (tenant_id, id, name, description, type, extends_id, rank, is_owner, organization_id, display_name, created_at)
          values (${act.tenantId}, ${id}, ${input.name}, ${input.description || null}, ${input.type ?? 'User'},
                  ${input.extendsId ?? null}, ${input.rank ?? null}, ${input.isOwner ?? false}, ${organizationId}, ${input.displayName || null},
                  ${act.at}) returning *
        ), happened as (
          select organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from made
        ), ${recorded(act, 'role.created')}
        select ${roleColumns} from made r`)
      .catch(roleViolation);
    if (input.organizationScopeIds?.length)
      await grantScopes(db, act.tenantId, scopesOfRoles, id, input.organizationScopeIds);
    if (input.resourceScopeIds?.length)
      await grantScopes(db, act.tenantId, resourceScopesOfRoles, id, input.resourceScopeIds);
    return role!;
  });
}

/** A role of the tenant, or of this organization. Refuses: role.not_found. */
export async function getRole(
  db: Queries,
  tenantId: string,
  id: string,
  organizationId: string | null = null,
): Promise<Role> {
  const role = await db.first<Role>(
    sql`select ${roleColumns} from organization_roles r where tenant_id = ${tenantId} and id = ${id} and ${belongingTo(organizationId)}`,
  );
  return role ?? refuse('role.not_found', { id });
}

/**
 * Changes what is given. Refuses: role.not_found, role.name_taken, role.type_in_use, role.extends_itself,
 * role.extends_unknown.
 */
export function changeRole(
  act: Act,
  id: string,
  change: Partial<RoleInput>,
  organizationId: string | null = null,
): Promise<Role> {
  return act.atomically(async ({ db }) => {
    const before = await db.first<Role>(
      sql`select ${roleColumns} from organization_roles r where tenant_id = ${act.tenantId} and id = ${id}
            and ${belongingTo(organizationId)} for update`,
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
                 extends_id = ${after.extendsId}, rank = ${after.rank}, is_owner = ${after.isOwner}, display_name = ${after.displayName || null}
           where tenant_id = ${act.tenantId} and id = ${id} returning *
        ), happened as (
          select organization_id, id as subject_id, jsonb_build_object('roleId', id, 'name', name) as data from changed
        ), ${recorded(act, 'role.updated')}
        select ${roleColumns} from changed r`)
      .catch(roleViolation);
    return role!;
  });
}

/**
 * Deletes the role; whoever held it holds it no more, invitations and JIT rules lose it. `successorId`: what has taken its
 * place, told along. Refuses: role.not_found.
 */
export async function deleteRole(
  act: Act,
  id: string,
  organizationId: string | null = null,
  successorId?: string,
): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from organization_roles where tenant_id = ${act.tenantId} and id = ${id} and ${belongingTo(organizationId)}
      returning id, name, organization_id
    ), happened as (
      select organization_id, id as subject_id, jsonb_strip_nulls(jsonb_build_object('roleId', id, 'name', name,
             'replacedByRoleId', ${successorId ?? null}::text)) as data from gone
    ), ${recorded(act, 'role.deleted')}
    select id from gone`);
  if (!gone) refuse('role.not_found', { id });
}

/** The tenant's roles by name, and how many there are. `text` is looked for in id, name and description. */
export async function findRoles(
  db: Queries,
  tenantId: string,
  filter: { text?: string | undefined; page: Page },
) {
  return paged<Role>(
    db,
    filter.page,
    (limits) => sql`
    select ${roleColumns}, count(*) over () as total from organization_roles r
     where tenant_id = ${tenantId} and organization_id is null and ${matching(filter.text, sql`id`, sql`name`, sql`description`)}
     order by name, id ${limits}`,
  );
}

/** Ids of the roles of these names (case-sensitive) that can be held in the organization. Refuses: role.names_not_found. */
export async function roleIdsByName(
  db: Queries,
  tenantId: string,
  organizationId: string,
  names: readonly string[],
): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await db.rows<{ id: string; name: string }>(
    sql`select id, name from organization_roles where tenant_id = ${tenantId} and name = any(${names}) and ${holdableIn(organizationId)}`,
  );
  const missing = names.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) refuse('role.names_not_found', { names: missing });
  return rows.map((row) => row.id);
}

/** Somebody holds it, is to get it by joining or as a default, or was offered it. */
export async function isPromised(db: Queries, { tenantId, at }: Act, id: string): Promise<boolean> {
  const row = await db.first<{ promised: boolean }>(sql`
    select exists (select from members where tenant_id = ${tenantId} and ${id} = any(role_ids))
        or exists (select from bots where tenant_id = ${tenantId} and ${id} = any(role_ids))
        or exists (select from jit_roles where tenant_id = ${tenantId} and role_id = ${id})
        or exists (select from tenants where id = ${tenantId} and ${id} in (default_member_role_id, default_creator_role_id))
        or exists (select from organizations where tenant_id = ${tenantId} and default_member_role_id = ${id})
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
  if (found?.constraint === 'organization_roles_name' || found?.constraint === 'organization_roles_own_name')
    refuse('role.name_taken', {}, error);
  if (found?.constraint === 'organization_roles_kind') refuse('role.type_in_use', {}, error);
  if (found?.constraint === 'organization_roles_organization') refuse('organization.not_found', {}, error);
  if (found?.constraint === 'organization_roles_extends') refuse('role.extends_unknown', {}, error);
  throw error;
}
