/**
 * The roles that somebody gets where nobody says which: who joins an organization, and who makes one. The tenant says
 * both; an organization may have a default of its own for who joins. A default is a role for people that can be held in
 * every organization where it is the default; when it is deleted there is none.
 *
 * They apply where a caller asks for them: an invitation that names no roles gives none by itself.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

export type DefaultRoles = {
  readonly memberRoleId?: string | undefined;
  readonly creatorRoleId?: string | undefined;
};

/** As they hold in this organization; none in an organization that does not exist. */
export async function defaultRolesOf(
  { db, tenantId }: Pick<Act, 'db' | 'tenantId'>,
  organizationId: string,
): Promise<DefaultRoles> {
  const row = await db.first<{ member: string | null; creator: string | null }>(sql`
    select coalesce(o.default_member_role_id, t.default_member_role_id) as member, t.default_creator_role_id as creator
      from organizations o join tenants t on t.id = o.tenant_id
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);
  return { memberRoleId: row?.member ?? undefined, creatorRoleId: row?.creator ?? undefined };
}

/** What is given; the other stays. Refuses: role.not_found, role.wrong_type. */
export function setTenantDefaultRoles(
  act: Act,
  { memberRoleId, creatorRoleId }: DefaultRoles,
): Promise<void> {
  return act.atomically(async (tx) => {
    for (const id of [memberRoleId, creatorRoleId]) if (id !== undefined) await mustFit(tx, id, null);
    await tx.db.run(sql`
      update tenants set default_member_role_id = coalesce(${memberRoleId ?? null}, default_member_role_id),
             default_creator_role_id = coalesce(${creatorRoleId ?? null}, default_creator_role_id) where id = ${act.tenantId}`);
  });
}

/** Null: as the tenant says. Refuses: organization.not_found, role.not_found, role.wrong_type. */
export function setDefaultMemberRole(act: Act, organizationId: string, roleId: string | null): Promise<void> {
  return act.atomically(async (tx) => {
    if (roleId !== null) await mustFit(tx, roleId, organizationId);
    const changed = await tx.db.first(sql`
      with changed as (
        update organizations set default_member_role_id = ${roleId} where tenant_id = ${act.tenantId} and id = ${organizationId}
        returning id
      ), happened as (
        select id as organization_id, id as subject_id, jsonb_build_object('organizationId', id,
               'defaultMemberRoleId', ${roleId}::text) as data from changed
      ), ${recorded(act, 'organization.updated')}
      select id from changed`);
    if (!changed) refuse('organization.not_found', { id: organizationId });
  });
}

/** Held until the end of the transaction: its type does not change meanwhile. */
async function mustFit({ db, tenantId }: Act, id: string, organizationId: string | null): Promise<void> {
  const role = await db.first<{ type: string }>(sql`
    select type from organization_roles where tenant_id = ${tenantId} and id = ${id}
       and (organization_id is null or organization_id = ${organizationId}) for share`);
  if (!role) refuse('role.not_found', { id });
  if (role.type !== 'User') refuse('role.wrong_type', { id });
}
