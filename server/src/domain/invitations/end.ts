/** What revoking and rejecting share: an invitation that is pending at the act's time ends, and only once (rule 4). */
import type { Act } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';
import { statusAt } from './invitation.ts';
import {
  getRow,
  type InvitationRow,
  invitationColumns,
  isOpen,
  type PresentedInvitation,
  present,
  templateVersion,
} from './rows.ts';

const columns: Record<'revoked' | 'rejected', Statement> = {
  revoked: sql`revoked_at`,
  rejected: sql`rejected_at`,
};

export async function endInvitation(
  act: Act,
  id: string,
  how: 'revoked' | 'rejected',
): Promise<PresentedInvitation> {
  const row = await act.db.first<InvitationRow>(sql`
    with i as (
      update invitations i set ${columns[how]} = ${act.at}, updated_at = ${act.at}
       where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and i.expires_at > ${act.at} returning *
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'invitee', invitee) as data from i
    ), ${recorded(act, `invitation.${how}`)}
    select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`);
  if (row) return present(act.db, row);
  const found = await getRow(act.db, act.tenantId, id);
  return refuse('invitation.ended', { status: statusAt(found, act.at) });
}
