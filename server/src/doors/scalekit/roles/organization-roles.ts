/** Roles in one organization: the tenant's, and those that exist there alone. Only the latter are changed here. */
import type { ServiceImpl } from '@connectrpc/connect';
import { sql } from '../../../db/db.ts';
import { setDefaultMemberRole } from '../../../domain/roles/default-roles.ts';
import { callOf } from '../calls.ts';
import type { RolesService } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { notFound } from '../errors.ts';
import { findRoles, getRole, getRoleById, type RoleRow, shownRoles } from './read.ts';
import { holdersOf, makeRole, removeBase, removeRole, updateRole } from './write.ts';

export const organizationRoles = ({ db, tenantId, ids }: ScalekitDoor) => {
  const shown = async (row: RoleRow, include?: string) =>
    (await shownRoles(db, tenantId, [row], include))[0]!;

  /** Names are remembered, so whether the organization is there still is looked at. */
  async function placeOf(name: string) {
    const organizationId = await ids.organization(name);
    const found = await db.first(
      sql`select id from organizations where tenant_id = ${tenantId} and id = ${organizationId}`,
    );
    if (!found) throw notFound('organization');
    return { tenantId, organizationId };
  }

  return {
    async createOrganizationRole({ orgId, role }, context) {
      const { organizationId } = await placeOf(orgId);
      const made = await callOf(context).atomically((act) => makeRole(act, organizationId, role!));
      return { role: await shown(made, 'permissions') };
    },
    async getOrganizationRole({ orgId, roleName, include }) {
      return { role: await shown(await getRole(db, await placeOf(orgId), roleName), include) };
    },
    async listOrganizationRoles({ orgId, include }) {
      const rows = await findRoles(db, await placeOf(orgId), sql`true`);
      return { roles: await shownRoles(db, tenantId, rows, include) };
    },
    async updateOrganizationRole({ orgId, roleName, role }, context) {
      const { organizationId } = await placeOf(orgId);
      const changed = await callOf(context).atomically((act) =>
        updateRole(act, organizationId, roleName, role!),
      );
      return { role: await shown(changed, 'permissions') };
    },
    async deleteOrganizationRole({ orgId, roleName, reassignRoleName }, context) {
      const { organizationId } = await placeOf(orgId);
      await callOf(context).atomically((act) => removeRole(act, organizationId, roleName, reassignRoleName));
      return {};
    },
    async deleteOrganizationRoleBase({ orgId, roleName }, context) {
      const { organizationId } = await placeOf(orgId);
      await callOf(context).atomically((act) => removeBase(act, organizationId, roleName));
      return {};
    },
    async getOrganizationRoleUsersCount({ orgId, roleName }, context) {
      const place = await placeOf(orgId);
      return callOf(context).act(async (act) => {
        const { id } = await getRole(db, place, roleName);
        return { count: await holdersOf(act, id, place.organizationId) };
      });
    },
    async updateDefaultOrganizationRoles({ orgId, defaultMemberRole }, context) {
      const place = await placeOf(orgId);
      return callOf(context).atomically(async (act) => {
        const { id } = await getRole(act.db, place, defaultMemberRole);
        await setDefaultMemberRole(act, place.organizationId, id);
        const [defaultMember] = await shownRoles(act.db, tenantId, [await getRoleById(act.db, place, id)]);
        return { defaultMember };
      });
    },
  } satisfies Partial<ServiceImpl<typeof RolesService>>;
};
