/** Finding invitations: one, or a list, newest first. */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { matching } from '../page.ts';
import type { Status } from './invitation.ts';
import { getRow, type PresentedInvitation, present } from './rows.ts';

export type InvitationFilter = {
  organizationId?: string | undefined;
  inviterId?: string | undefined;
  /** An address in normal form. */
  invitee?: string | undefined;
  status?: Status | undefined;
  /** One of these. */
  statuses?: readonly Status[] | undefined;
  ids?: readonly string[] | undefined;
  /** A part of the invited address. */
  text?: string | undefined;
};

/** Refuses: invitation.not_found. */
export async function getInvitation(db: Queries, tenantId: string, id: string): Promise<PresentedInvitation> {
  return present(db, await getRow(db, tenantId, id));
}

export async function countInvitations(
  db: Queries,
  tenantId: string,
  filter: InvitationFilter,
  at: number,
): Promise<number> {
  const row = await db.first<{ total: number }>(
    sql`select count(*) as total from invitations i where ${conditions(tenantId, filter, at)}`,
  );
  return row!.total;
}

/** Only the conditions that are asked for, so that each combination is a statement with a plan of its own. */
export function conditions(tenantId: string, filter: InvitationFilter, at: number): Statement {
  let all = sql`i.tenant_id = ${tenantId}`;
  if (filter.organizationId !== undefined) all = sql`${all} and i.organization_id = ${filter.organizationId}`;
  if (filter.inviterId !== undefined) all = sql`${all} and i.inviter_id = ${filter.inviterId}`;
  if (filter.invitee !== undefined) all = sql`${all} and i.invitee = ${filter.invitee}`;
  if (filter.status) all = sql`${all} and ${statusIs(filter.status, at)}`;
  if (filter.ids) all = sql`${all} and i.id = any(${filter.ids}::text[])`;
  if (filter.statuses) {
    const each = filter.statuses.map((status) => sql`(${statusIs(status, at)})`);
    all = sql`${all} and (${each.reduce((one, other) => sql`${one} or ${other}`, sql`false`)})`;
  }
  if (filter.text) all = sql`${all} and ${matching(filter.text, sql`i.invitee`)}`;
  return all;
}

/** statusAt, said in SQL. */
function statusIs(status: Status, at: number): Statement {
  switch (status) {
    case 'Accepted':
      return sql`i.accepted_at is not null`;
    case 'Rejected':
      return sql`i.rejected_at is not null`;
    case 'Revoked':
      return sql`i.revoked_at is not null`;
    case 'Expired':
      return sql`i.accepted_at is null and i.rejected_at is null and i.revoked_at is null
        and (i.lapsed_at is not null or i.expires_at <= ${at})`;
    case 'Pending':
      return sql`i.accepted_at is null and i.rejected_at is null and i.revoked_at is null and i.lapsed_at is null
        and i.expires_at > ${at}`;
  }
}
