/**
 * Sends the mail of a live invitation again: the same link, the same expiry, one more in the count (rule 13). An
 * expired one is renewed instead; one that ended is refused.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { announceDelivery, deliveryOf, type MailOrder } from '../../outbox/put.ts';
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

/**
 * Refuses: invitation.not_found, invitation.ended (facts: status), organization.disabled, invitation.waiting,
 * mail.no_connector, mail.too_many.
 */
export async function resend(act: Act, id: string, mail: MailOrder): Promise<PresentedInvitation> {
  const before = await getRow(act.db, act.tenantId, id);
  const known = statusAt(before, act.at);
  if (known !== 'Pending') refuse('invitation.ended', { status: known });
  if (before.awaitsApproval) refuse('invitation.waiting', { id });
  const row = await announceDelivery(act, mail, before.invitee, () =>
    act.db.first<InvitationRow>(sql`
      with i as (
        update invitations i set resent_at = ${act.at}, resent_count = resent_count + 1
          from organizations o
         where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and i.expires_at > ${act.at} and not i.awaits_approval
           and o.tenant_id = i.tenant_id and o.id = i.organization_id and o.disabled_at is null
        returning i.*
      ), happened as (
        select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'resentCount', resent_count) as data from i
      ), ${recorded(act, 'invitation.resent')}, ${deliveryOf(act, mail)}
      select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`),
  );
  if (row) {
    act.queued();
    return present(act.db, row);
  }
  const found = await getRow(act.db, act.tenantId, id);
  const status = statusAt(found, act.at);
  return status === 'Pending'
    ? refuse('organization.disabled', { id: found.organizationId })
    : refuse('invitation.ended', { status });
}
