/** Permissions, and which of them a role gives. A role is found by its name among the tenant's. */
import type { ServiceImpl } from '@connectrpc/connect';
import { type Queries, sql } from '../../../db/db.ts';
import { addScopesToRole, removeScopeFromRole, scopesOfRoles } from '../../../domain/roles/role-scopes.ts';
import { changeScope, createScope, deleteScope } from '../../../domain/roles/scopes.ts';
import { effectiveScopes, loadTemplate } from '../../../domain/roles/template.ts';
import { callOf } from '../calls.ts';
import { PermissionType, type RolesService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { pageOf, pagesOf, within } from '../paging.ts';
import {
  builtInNames,
  findPermissions,
  getPermission,
  getRole,
  type PermissionRow,
  permissionColumns,
  shownPermission,
} from './read.ts';
import { permissionIds } from './write.ts';

export const permissions = ({ db, tenantId }: ScalekitDoor) => {
  const roleId = async (queries: Queries, name: string) =>
    (await getRole(queries, { tenantId, organizationId: null }, name)).id;

  const ownOf = (queries: Queries, id: string) =>
    findPermissions(
      queries,
      tenantId,
      sql`s.id in (select scope_id from organization_role_scopes where tenant_id = ${tenantId} and role_id = ${id})`,
    );

  return {
    async createPermission({ permission }, context) {
      const { name, description } = permission!;
      return callOf(context).atomically(async (act) => {
        await createScope(act, { name, description });
        return { permission: shownPermission(await getPermission(act.db, tenantId, name)) };
      });
    },
    async getPermission({ permissionName }) {
      return { permission: shownPermission(await getPermission(db, tenantId, permissionName)) };
    },
    async listPermissions({ pageSize = 0, pageToken = '', type }) {
      const which = ofType(type);
      const page = pageOf({ pageSize, pageToken }, `permissions:${type}`);
      const { condition, order, limit } = within(page, [sql`s.created_at`, sql`s.id`], 'desc');
      const [rows, count] = await Promise.all([
        db.rows<PermissionRow>(sql`
          select ${permissionColumns} from organization_scopes s
           where s.tenant_id = ${tenantId} and ${which} and ${condition} order by ${order} ${limit}`),
        db.first<{ total: number }>(
          sql`select count(*) as total from organization_scopes s where s.tenant_id = ${tenantId} and ${which}`,
        ),
      ]);
      const { items, ...tokens } = pagesOf(page, rows, ({ createdAt, id }) => [createdAt, id]);
      return { ...tokens, permissions: items.map(shownPermission), totalSize: count!.total };
    },
    async updatePermission({ permissionName, permission }, context) {
      const { name, description } = permission!;
      return callOf(context).atomically(async (act) => {
        const { id } = await getPermission(act.db, tenantId, permissionName);
        await changeScope(act, id, { name, description });
        return { permission: shownPermission(await getPermission(act.db, tenantId, name)) };
      });
    },
    async deletePermission({ permissionName }, context) {
      await callOf(context).atomically(async (act) => {
        const { id } = await getPermission(act.db, tenantId, permissionName);
        await deleteScope(act, id);
      });
      return {};
    },
    async listRolePermissions({ roleName }) {
      return { permissions: (await ownOf(db, await roleId(db, roleName))).map(shownPermission) };
    },
    async addPermissionsToRole({ roleName, permissionNames }, context) {
      return callOf(context).atomically(async (act) => {
        const id = await roleId(act.db, roleName);
        const scopes = await permissionIds(act, permissionNames, 'permission_names');
        await addScopesToRole(act, scopesOfRoles, id, scopes);
        return { permissions: (await ownOf(act.db, id)).map(shownPermission) };
      });
    },
    async removePermissionFromRole({ roleName, permissionName }, context) {
      await callOf(context).atomically(async (act) => {
        const id = await roleId(act.db, roleName);
        const { id: scopeId } = await getPermission(act.db, tenantId, permissionName);
        await removeScopeFromRole(act, scopesOfRoles, id, scopeId);
      });
      return {};
    },
    async listEffectiveRolePermissions({ roleName }) {
      const id = await roleId(db, roleName);
      const all = effectiveScopes(await loadTemplate(db, tenantId), [id]).map((scope) => scope.id);
      const rows = await findPermissions(db, tenantId, sql`s.id = any(${all}::text[])`);
      return { permissions: rows.map(shownPermission) };
    },
  } satisfies Partial<ServiceImpl<typeof RolesService>>;
};

function ofType(type: PermissionType) {
  if (type === PermissionType.SCALEKIT) return sql`s.name = any(${builtInNames}::text[])`;
  if (type === PermissionType.ENVIRONMENT) return sql`s.name <> all(${builtInNames}::text[])`;
  return sql`true`;
}
