/**
 * An invitation whose authority has lapsed waits (rule 6). Whoever may give all of its roles approves it: from then on it
 * stands with their authority, and the link that the invited person holds is good again. Declining is revoking. So does one
 * that the organization's policy holds (see approve-held.ts).
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import type { MailOrder } from '../../outbox/put.ts';
import { isInsider, mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';
import { approveHeld } from './approve-held.ts';
import { getBacking, isBacked } from './authority.ts';
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

/**
 * Refuses: invitation.not_found, invitation.ended (facts: status), invitation.not_waiting, access.beyond_own, and as
 * approveHeld does.
 */
export function approve(
  act: Act,
  id: string,
  orderMail: (payload: Record<string, unknown>) => MailOrder,
): Promise<PresentedInvitation> {
  return act.atomically(async (tx) => {
    const invitation = await getRow(tx.db, act.tenantId, id);
    const status = statusAt(invitation, act.at);
    if (status !== 'Pending') refuse('invitation.ended', { status });
    await mustCover(tx, invitation.organizationId, invitation.roleIds);
    const held = await approveHeld(tx, id, orderMail);
    if (held) return present(tx.db, held);
    const backing = await getBacking(tx.db, act.tenantId, id);
    if (await isBacked(tx.db, act.tenantId, backing, act.at)) refuse('invitation.not_waiting', { id });
    const authority = isInsider(act.by) ? act.by.id : null;
    // The authority that was judged, and no other: of two who approve at once, one does.
    const row = await tx.db.first<InvitationRow>(sql`
      with i as (
        update invitations i set authority_id = ${authority}, approval_asked_at = null
         where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and i.expires_at > ${act.at}
           and i.authority_id is not distinct from ${backing.authorityId} returning i.*
      ), happened as (
        select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'roleIds', role_ids) as data from i
      ), ${recorded(act, 'invitation.approved')}
      select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`);
    return present(tx.db, row ?? refuse('invitation.not_waiting', { id }));
  });
}
