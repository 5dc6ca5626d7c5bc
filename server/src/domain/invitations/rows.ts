/** Statements that the verbs of invitations share. */
import { type Queries, sql, violation } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import type { Named } from '../roles/template.ts';
import { namedRoles, templateOf } from '../roles/template.ts';
import type { Invitation } from './invitation.ts';

/** Columns of the row `i` as an Invitation, with the version of the template that names its roles. */
export const invitationColumns = sql`i.tenant_id as "tenantId", i.id, i.organization_id as "organizationId", i.invitee,
  i.inviter_id as "inviterId", i.role_ids as "roleIds", i.generation, i.accepted_user_id as "acceptedUserId",
  i.created_at as "createdAt", i.updated_at as "updatedAt", i.expires_at as "expiresAt", i.resent_count as "resentCount",
  i.accepted_at as "acceptedAt", i.rejected_at as "rejectedAt", i.revoked_at as "revokedAt", i.lapsed_at as "lapsedAt", i.awaits_approval as "awaitsApproval"`;

/** No ending is written yet; whether it is past its time is another question. */
export const isOpen = sql`i.accepted_at is null and i.rejected_at is null and i.revoked_at is null and i.lapsed_at is null`;

/** The version of the organization template, as a column. */
export const templateVersion = (tenantId: string) =>
  sql`(select template_version from tenants where id = ${tenantId}) as version`;

export type InvitationRow = Invitation & { readonly version: number };

/** With the names of its roles. */
export type PresentedInvitation = Invitation & { readonly organizationRoles: readonly Named[] };

export async function present(db: Queries, row: InvitationRow): Promise<PresentedInvitation> {
  const template = await templateOf(db, row.tenantId, row.version);
  return Object.assign(row, { organizationRoles: namedRoles(template, row.roleIds) });
}

/** Refuses: invitation.not_found. */
export async function getRow(db: Queries, tenantId: string, id: string): Promise<InvitationRow> {
  const row = await db.first<InvitationRow>(sql`
    select ${invitationColumns}, ${templateVersion(tenantId)} from invitations i where i.tenant_id = ${tenantId} and i.id = ${id}`);
  return row ?? refuse('invitation.not_found', { id });
}

/** Rule 3, as the database says it. */
export function memberRefused(error: unknown): never {
  if (violation(error)?.constraint === 'invitations_invitee_is_no_member') {
    refuse('invitation.already_member', {}, error);
  }
  throw error;
}
