/** Invitations that wait for a signed-in person: those for an address that they have proven, and for no other. */
import { type Queries, sql } from '../../db/db.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import type { Somebody } from './look.ts';

export type WaitingInvitation = {
  readonly id: string;
  readonly organizationId: string;
  readonly organization: string;
  readonly inviter: Somebody | undefined;
  readonly roles: readonly string[];
  readonly expiresAt: number;
};

type Row = {
  id: string;
  version: number;
  organizationId: string;
  organization: string;
  roleIds: string[];
  expiresAt: number;
  hasInviter: boolean;
  inviterName: string | null;
  inviterAddress: string | null;
};

/** Newest first; one of them where its id is given. */
export async function findWaitingFor(
  db: Queries,
  tenantId: string,
  userId: string,
  at: number,
  id?: string,
): Promise<WaitingInvitation[]> {
  const rows = await db.rows<Row>(sql`
    select i.id, t.template_version as version, o.id as "organizationId", o.name as organization, i.role_ids as "roleIds", i.expires_at as "expiresAt",
           v.id is not null as "hasInviter", v.name as "inviterName", v.primary_email as "inviterAddress"
      from users u
      join invitations i on i.tenant_id = u.tenant_id and i.invitee = u.primary_email
      join organizations o on o.tenant_id = i.tenant_id and o.id = i.organization_id and o.disabled_at is null
      join tenants t on t.id = u.tenant_id
      left join users v on v.tenant_id = i.tenant_id and v.id = i.inviter_id
     where u.tenant_id = ${tenantId} and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
       and i.accepted_at is null and i.rejected_at is null and i.revoked_at is null and i.lapsed_at is null
       and i.expires_at > ${at} and not i.awaits_approval and (${id ?? null}::text is null or i.id = ${id ?? null})
     order by i.created_at desc, i.id desc limit 100`);
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      organizationId: row.organizationId,
      organization: row.organization,
      inviter: row.hasInviter ? { name: row.inviterName, address: row.inviterAddress } : undefined,
      roles: namedRoles(await templateOf(db, tenantId, row.version), row.roleIds).map(({ name }) => name),
      expiresAt: row.expiresAt,
    })),
  );
}
