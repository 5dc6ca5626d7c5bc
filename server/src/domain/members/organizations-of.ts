/** The organizations that somebody belongs to, person or bot, newest first, with the roles held there. */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { type Organization, organizationColumns } from '../organizations/organizations.ts';
import { type Page, within } from '../page.ts';
import { refuse } from '../refusal.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import type { HolderKind } from './holders.ts';

/** Those in which the membership holds at this time, where one is given. Refuses: user.not_found, application.not_found. */
export async function findOrganizationsOf(
  db: Queries,
  tenantId: string,
  kind: HolderKind,
  holderId: string,
  page?: Page,
  holdingAt?: number,
) {
  const where: Statement =
    holdingAt === undefined
      ? sql`true`
      : sql`m.suspended_at is null and coalesce(m.expires_at > ${holdingAt}, true) and o.disabled_at is null`;
  const [rows, facts] = await Promise.all([
    db.rows<Organization & { roleIds: string[] }>(sql`
      select ${organizationColumns}, m.role_ids as "roleIds"
        from ${kind.table} m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id
       where m.tenant_id = ${tenantId} and m.${kind.id} = ${holderId} and ${where}
       order by o.created_at desc, o.id desc ${within(page)}`),
    db.first<{ version: number; exists: boolean; total: number }>(sql`
      select template_version as version, exists (select from ${kind.source} where tenant_id = ${tenantId} and id = ${holderId}) as exists,
             (select count(*) from ${kind.table} m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id
               where m.tenant_id = ${tenantId} and m.${kind.id} = ${holderId} and ${where}) as total
        from tenants where id = ${tenantId}`),
  ]);
  if (!facts!.exists) refuse(kind.unknown, { id: holderId });
  const template = await templateOf(db, tenantId, facts!.version);
  const items = rows.map(({ roleIds, ...organization }) => ({
    ...organization,
    organizationRoles: namedRoles(template, roleIds),
  }));
  return { items, total: facts!.total };
}

/** When memberships for a time end, in milliseconds since the epoch, by the id of the organization; past ones too. */
export async function findEndsOf(
  db: Queries,
  tenantId: string,
  userId: string,
): Promise<Map<string, number>> {
  const rows = await db.rows<{ organizationId: string; expiresAt: number }>(sql`
    select organization_id as "organizationId", expires_at as "expiresAt" from members
     where tenant_id = ${tenantId} and user_id = ${userId} and expires_at is not null`);
  return new Map(rows.map(({ organizationId, expiresAt }) => [organizationId, expiresAt]));
}
