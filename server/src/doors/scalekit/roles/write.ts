/** What is done to roles, the same for those of the tenant (`organizationId` null) and those of one organization. */
import type { Act } from '../../../act.ts';
import { sql } from '../../../db/db.ts';
import { retireRole } from '../../../domain/roles/retire-role.ts';
import { scopesOfRoles, setScopesOfRole } from '../../../domain/roles/role-scopes.ts';
import { changeRole, createRole } from '../../../domain/roles/roles.ts';
import { invalid } from '../errors.ts';
import { findPermissions, findRoles, getRole, getRoleById, type RoleRow } from './read.ts';

type NewRole = {
  readonly name: string;
  readonly displayName: string;
  readonly description?: string | undefined;
  readonly extends?: string | undefined;
  readonly permissions: readonly string[];
};

export async function makeRole(act: Act, organizationId: string | null, role: NewRole): Promise<RoleRow> {
  const place = { tenantId: act.tenantId, organizationId };
  const { id } = await createRole(
    act,
    {
      name: role.name,
      displayName: role.displayName,
      description: role.description,
      extendsId: await parentId(act, organizationId, role.extends),
      organizationScopeIds: await permissionIds(act, role.permissions, 'role.permissions'),
    },
    organizationId,
  );
  return getRoleById(act.db, place, id);
}

type RoleChange = Partial<Pick<NewRole, 'displayName' | 'description' | 'extends'>> & {
  /** None: unchanged, for what is empty is not sent. */
  readonly permissions: readonly string[];
};

export async function updateRole(
  act: Act,
  organizationId: string | null,
  name: string,
  change: RoleChange,
): Promise<RoleRow> {
  const place = { tenantId: act.tenantId, organizationId };
  const { id } = await getRole(act.db, place, name, 'own');
  const { displayName, description, permissions } = change;
  const extendsId = await parentId(act, organizationId, change.extends);
  await changeRole(act, id, { displayName, description, extendsId }, organizationId);
  if (permissions.length > 0) {
    const ids = await permissionIds(act, permissions, 'role.permissions');
    await setScopesOfRole(act, scopesOfRoles, id, ids, organizationId);
  }
  return getRoleById(act.db, place, id);
}

/** An organization may put one of the tenant's roles in the place of its own. */
export async function removeRole(
  act: Act,
  organizationId: string | null,
  name: string,
  successor: string | undefined,
): Promise<void> {
  const place = { tenantId: act.tenantId, organizationId };
  const { id } = await getRole(act.db, place, name, 'own');
  const next =
    successor === undefined ? undefined : await findRoles(act.db, place, sql`r.name = ${successor}`);
  if (next?.length === 0) throw invalid('reassign_role_name', 'is not the name of a role');
  await retireRole(act, id, next?.at(0)?.id, organizationId);
}

export async function removeBase(act: Act, organizationId: string | null, name: string): Promise<void> {
  const { id } = await getRole(act.db, { tenantId: act.tenantId, organizationId }, name, 'own');
  await changeRole(act, id, { extendsId: null }, organizationId);
}

/** Refuses INVALID_ARGUMENT where one of them is unknown. */
export async function permissionIds(act: Act, names: readonly string[], field: string): Promise<string[]> {
  const wanted = [...new Set(names)];
  const found = await findPermissions(act.db, act.tenantId, sql`s.name = any(${wanted}::text[])`);
  if (found.length < wanted.length) throw invalid(field, 'names a permission that does not exist');
  return found.map(({ id }) => id);
}

async function parentId(act: Act, organizationId: string | null, name: string | undefined) {
  if (name === undefined) return undefined;
  const [parent] = await findRoles(act.db, { tenantId: act.tenantId, organizationId }, sql`r.name = ${name}`);
  if (!parent) throw invalid('role.extends', 'is not the name of a role');
  return parent.id;
}

/** People, each once, whose membership has not ended; in one organization, or in all. Who is only invited is none yet. */
export async function holdersOf(
  { db, tenantId, at }: Act,
  id: string,
  organizationId: string | null = null,
): Promise<bigint> {
  const row = await db.first<{ count: number }>(sql`
    select count(distinct m.user_id) as count from members m
     where m.tenant_id = ${tenantId} and ${id} = any(m.role_ids) and (${organizationId}::text is null or m.organization_id = ${organizationId})
       and coalesce(m.expires_at > ${at}, true)`);
  return BigInt(row!.count);
}
