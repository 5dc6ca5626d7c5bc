/**
 * Gives a pending or expired invitation a new expiry and a new link: the generation rises, so every link given out
 * before is dead. An expired one that was closed for a newer invitation stays closed while that one is open.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { announceDelivery, deliveryOf, type MailOrder } from '../../outbox/put.ts';
import { isInsider, mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { takingSeats } from '../organizations/seats.ts';
import { asksApproval, joinPolicy, mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { statusAt } from './invitation.ts';
import { lapse } from './lapse.ts';
import {
  getRow,
  type InvitationRow,
  invitationColumns,
  isOpen,
  memberRefused,
  type PresentedInvitation,
  present,
  templateVersion,
} from './rows.ts';

export type RenewInput = {
  /** Milliseconds since the epoch. Absent: as long from now as it was last given. */
  expiresAt?: number | undefined;
  mail?: MailOrder | undefined;
};

/**
 * Refuses: invitation.not_found, invitation.ended (facts: status), invitation.expiry_past, member.expiry_past, invitation.duplicate,
 * invitation.already_member, organization.disabled, access.beyond_own, seats.full, policy.domain_not_allowed,
 * policy.role_not_allowed, policy.life_too_long, mail.no_connector, mail.too_many.
 */
export async function renew(act: Act, id: string, input: RenewInput): Promise<PresentedInvitation> {
  const before = await getRow(act.db, act.tenantId, id);
  refuseEnded(before, act.at);
  // While it is open, `updatedAt` is when it was made or last renewed.
  const expiresAt = input.expiresAt ?? act.at + (before.expiresAt - before.updatedAt);
  if (expiresAt <= act.at) refuse('invitation.expiry_past', { expiresAt });
  const row = await act.atomically(async (tx) => {
    await mustCover(tx, before.organizationId, before.roleIds);
    await holdPolicy(tx, before);
    await mustKeepPolicy(tx, { ...before, address: before.invitee, lifeMs: expiresAt - act.at });
    await clearTheSlot(tx, before);
    return takingSeats(tx, before.organizationId, (inner) =>
      reopen(inner, before, expiresAt, input.mail),
    ).catch(slotTaken);
  });
  if (!row) return explain(act, id);
  if (input.mail) act.queued();
  return present(act.db, row);
}

/** It is judged by, and does not change before the renewal is made. */
async function holdPolicy(act: TxAct, { organizationId }: InvitationRow): Promise<void> {
  await act.db.run(sql`
    select changed_at from organization_policies where tenant_id = ${act.tenantId} and organization_id = ${organizationId} for share`);
}

/** Another open invitation of the same address: one that expired makes way, a pending one does not. */
async function clearTheSlot(act: TxAct, { id, organizationId, invitee }: InvitationRow): Promise<void> {
  const other = await act.db.first<InvitationRow>(sql`
    select ${invitationColumns} from invitations i where i.tenant_id = ${act.tenantId}
       and i.organization_id = ${organizationId} and i.invitee = ${invitee} and i.id <> ${id} and ${isOpen} for update`);
  if (!other) return;
  if (statusAt(other, act.at) === 'Pending') refuse('invitation.duplicate', { id: other.id });
  await lapse(act, other.id);
}

async function reopen(act: Act, before: InvitationRow, expiresAt: number, mail: MailOrder | undefined) {
  // It stands with the authority of who renewed it from now on (rule 6).
  const authority = isInsider(act.by) ? act.by : undefined;
  // What was approved stays so: it is for the same address and roles. What the management renews needs nobody else.
  const needed = authority
    ? sql`case when ${asksApproval(before.invitee, before.roleIds)} then coalesce(i.approval_needed_at, ${act.at}::bigint) else i.approval_needed_at end`
    : sql`null`;
  const held =
    authority && mail
      ? sql`case when i.awaits_approval or i.approved_at is null and ${asksApproval(before.invitee, before.roleIds)} then ${mail.payload}::jsonb end`
      : sql`null`;
  const renewed = sql`i as (
    update invitations i set authority_id = ${authority?.id ?? null}, approval_needed_at = ${needed}, held_mail = ${held}, expires_at = ${expiresAt}, generation = generation + 1, updated_at = ${act.at}, lapsed_at = null
      from organizations o ${joinPolicy}
     where i.tenant_id = ${act.tenantId} and i.id = ${before.id}
       and i.accepted_at is null and i.rejected_at is null and i.revoked_at is null
       and o.tenant_id = i.tenant_id and o.id = i.organization_id and o.disabled_at is null
    returning i.*
  ), happened as (
    select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'expiresAt', expires_at) as data from i
  ), ${recorded(act, 'invitation.renewed')}`;
  if (!mail) {
    return act.db.first<InvitationRow>(
      sql`with ${renewed} select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`,
    );
  }
  return announceDelivery(act, mail, before.invitee, () =>
    act.db.first<InvitationRow>(sql`
      with ${renewed}, ${deliveryOf(act, mail)} select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`),
  );
}

async function explain(act: Act, id: string): Promise<never> {
  const found = await getRow(act.db, act.tenantId, id);
  refuseEnded(found, act.at);
  return refuse('organization.disabled', { id: found.organizationId });
}

/** Accepted, rejected and revoked are for good; whoever reads one of them need not look again. */
function refuseEnded(invitation: InvitationRow, at: number): void {
  const status = statusAt(invitation, at);
  if (status !== 'Pending' && status !== 'Expired') refuse('invitation.ended', { status });
}

function slotTaken(error: unknown): never {
  if (violation(error)?.constraint === 'invitations_membership_outlasts')
    refuse('member.expiry_past', {}, error);
  if (violation(error)?.constraint === 'invitations_open') refuse('invitation.duplicate', {}, error);
  return memberRefused(error);
}
