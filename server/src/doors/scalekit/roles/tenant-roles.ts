/** Roles that every organization has. */
import type { ServiceImpl } from '@connectrpc/connect';
import { sql } from '../../../db/db.ts';
import { setTenantDefaultRoles } from '../../../domain/roles/default-roles.ts';
import { callOf } from '../calls.ts';
import type { RolesService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { invalid } from '../errors.ts';
import { findRoles, getRole, getRoleById, shownRoles } from './read.ts';
import { holdersOf, makeRole, removeBase, removeRole, updateRole } from './write.ts';

export const tenantRoles = ({ db, tenantId }: ScalekitDoor) => {
  const place = { tenantId, organizationId: null };
  const shown = async (row: Parameters<typeof shownRoles>[2][number], include?: string) =>
    (await shownRoles(db, tenantId, [row], include))[0]!;
  return {
    async createRole({ role }, context) {
      const made = await callOf(context).atomically((act) => makeRole(act, null, role!));
      return { role: await shown(made, 'permissions') };
    },
    async getRole({ roleName, include }) {
      return { role: await shown(await getRole(db, place, roleName), include) };
    },
    async listRoles({ include }) {
      return { roles: await shownRoles(db, tenantId, await findRoles(db, place, sql`true`), include) };
    },
    async updateRole({ roleName, role }, context) {
      const changed = await callOf(context).atomically((act) => updateRole(act, null, roleName, role!));
      return { role: await shown(changed, 'permissions') };
    },
    async deleteRole({ roleName, reassignRoleName }, context) {
      await callOf(context).atomically((act) => removeRole(act, null, roleName, reassignRoleName));
      return {};
    },
    async deleteRoleBase({ roleName }, context) {
      await callOf(context).atomically((act) => removeBase(act, null, roleName));
      return {};
    },
    async getRoleUsersCount({ roleName }, context) {
      return callOf(context).act(async (act) => {
        const { id } = await getRole(db, place, roleName);
        return { count: await holdersOf(act, id) };
      });
    },
    async updateDefaultRoles(request, context) {
      const creatorName = request.defaultCreatorRole || request.defaultCreator?.name;
      const memberName = request.defaultMemberRole || request.defaultMember?.name;
      if (!creatorName) throw invalid('default_creator_role', 'is required');
      return callOf(context).atomically(async (act) => {
        const creator = await getRole(act.db, place, creatorName);
        const member = memberName ? await getRole(act.db, place, memberName) : undefined;
        await setTenantDefaultRoles(act, { creatorRoleId: creator.id, memberRoleId: member?.id });
        const defaults = await findRoles(
          act.db,
          place,
          sql`r.id in (t.default_creator_role_id, t.default_member_role_id)`,
        );
        const messages = await shownRoles(act.db, tenantId, defaults);
        return {
          defaultCreator: messages.find(({ defaultCreator }) => defaultCreator),
          defaultMember: messages.find(({ defaultMember }) => defaultMember),
        };
      });
    },
    async listDependentRoles({ roleName }) {
      const { id } = await getRole(db, place, roleName);
      const dependents = await findDependents(id);
      return { roles: await shownRoles(db, tenantId, dependents) };
    },
  } satisfies Partial<ServiceImpl<typeof RolesService>>;

  /** Those of organizations, too. */
  async function findDependents(id: string) {
    const ids = await db.rows<{ id: string; organizationId: string | null }>(sql`
      select id, organization_id as "organizationId" from organization_roles
       where tenant_id = ${tenantId} and extends_id = ${id} and type = 'User' order by created_at, id`);
    return Promise.all(
      ids.map(({ id: each, organizationId }) => getRoleById(db, { tenantId, organizationId }, each)),
    );
  }
};
