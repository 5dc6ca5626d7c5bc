/**
 * Invitations that wait for an approval: pending ones whose authority does not cover their roles any more (rule 6), and
 * those that the organization's policy holds.
 */
import { type Queries, sql } from '../../db/db.ts';
import { covers } from '../roles/covers.ts';
import { templateOf } from '../roles/template.ts';
import { isOpen } from './rows.ts';

type Row = { version: number; id: string; roleIds: string[]; isHeld: boolean; held: string[] | null };

/** Their ids. */
export async function findAwaitingApproval(
  db: Queries,
  tenantId: string,
  organizationId: string | undefined,
  at: number,
): Promise<string[]> {
  const where = organizationId === undefined ? sql`` : sql`and i.organization_id = ${organizationId}`;
  const rows = await db.rows<Row>(sql`
    select t.template_version as version, i.id, i.role_ids as "roleIds", i.awaits_approval as "isHeld",
           case when o.disabled_at is null then coalesce(m.role_ids, b.role_ids)
                when m.user_id is not null or b.application_id is not null then '{}' end as held
      from invitations i
      join tenants t on t.id = i.tenant_id
      join organizations o on o.tenant_id = i.tenant_id and o.id = i.organization_id
      left join (members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id and u.suspended_at is null)
        on m.tenant_id = i.tenant_id and m.organization_id = i.organization_id and m.user_id = i.authority_id
       and m.suspended_at is null and coalesce(m.expires_at > ${at}, true)
      left join bots b on b.tenant_id = i.tenant_id and b.organization_id = i.organization_id and b.application_id = i.authority_id
     where i.tenant_id = ${tenantId} ${where} and i.authority_id is not null and ${isOpen} and i.expires_at > ${at}`);
  if (rows.length === 0) return [];
  const template = await templateOf(db, tenantId, rows[0]!.version);
  return rows
    .filter(({ held, roleIds, isHeld }) => isHeld || held === null || !covers(template, held, roleIds))
    .map(({ id }) => id);
}
