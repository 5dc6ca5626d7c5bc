/**
 * Approves an invitation that the organization's policy holds: whoever may give all of its roles does, and not who made
 * it. From then on it stands with the authority of who approved, and its mail goes out in the same transaction.
 * Declining is revoking.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { announceDelivery, deliveryOf, type MailOrder } from '../../outbox/put.ts';
import { isInsider, mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { type InvitationRow, invitationColumns, isOpen, templateVersion } from './rows.ts';

type Held = InvitationRow & { authorityId: string | null; heldMail: Record<string, unknown> | null };

/**
 * Undefined where the policy does not hold it. Refuses: access.beyond_own, invitation.own_approval,
 * policy.domain_not_allowed, policy.role_not_allowed, organization.disabled, mail.no_connector, mail.too_many.
 */
export async function approveHeld(
  act: TxAct,
  id: string,
  orderMail: (payload: Record<string, unknown>) => MailOrder,
): Promise<InvitationRow | undefined> {
  const held = await act.db.first<Held>(sql`
    select ${invitationColumns}, i.authority_id as "authorityId", i.held_mail as "heldMail" from invitations i
     where i.tenant_id = ${act.tenantId} and i.id = ${id} and i.awaits_approval and ${isOpen} and i.expires_at > ${act.at} for update`);
  if (!held) return undefined;
  const { organizationId, roleIds, invitee, inviterId, authorityId, heldMail } = held;
  if (isInsider(act.by) && (act.by.id === authorityId || act.by.id === inviterId))
    refuse('invitation.own_approval', { id });
  await mustCover(act, organizationId, roleIds);
  await mustKeepPolicy(act, { organizationId, address: invitee, roleIds });
  const mail = heldMail ? orderMail(heldMail) : undefined;
  const approved = sql`i as (
    update invitations i set approved_at = ${act.at}, held_mail = null, approval_asked_at = null, authority_id = ${isInsider(act.by) ? act.by.id : null}
      from organizations o
     where i.tenant_id = ${act.tenantId} and i.id = ${id}
       and o.tenant_id = i.tenant_id and o.id = i.organization_id and o.disabled_at is null returning i.*
  ), happened as (
    select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'roleIds', role_ids) as data from i
  ), ${recorded(act, 'invitation.approved')}`;
  const answer = sql`select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`;
  const row = mail
    ? await announceDelivery(act, mail, invitee, () =>
        act.db.first<InvitationRow>(sql`with ${approved}, ${deliveryOf(act, mail)} ${answer}`),
      )
    : await act.db.first<InvitationRow>(sql`with ${approved} ${answer}`);
  if (mail) act.queued();
  return row ?? refuse('organization.disabled', { id: organizationId });
}
