/**
 * What ties a person to an organization: a membership, or an open invitation. Held until the end of the transaction, so
 * that nobody accepts or ends it between the look and what is done. Whoever was a member for a time that is over and is
 * invited again counts as invited.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { isOpen } from '../invitations/rows.ts';
import { refuse } from '../refusal.ts';

export type Tie =
  | { readonly is: 'member' }
  | { readonly is: 'invitation'; readonly id: string; readonly roleIds: readonly string[] };

/** Refuses: member.not_found. */
export async function lockTie(act: TxAct, organizationId: string, userId: string): Promise<Tie> {
  // First, for an acceptance under way makes it a membership: the next statement sees that.
  const invitation = await act.db.first<{ id: string; roleIds: string[] }>(sql`
    select i.id, i.role_ids as "roleIds"
      from users u join invitations i on i.tenant_id = u.tenant_id and i.invitee = u.primary_email
     where u.tenant_id = ${act.tenantId} and u.id = ${userId} and i.organization_id = ${organizationId} and ${isOpen}
       for update of i`);
  const member = await act.db.first<{ isOver: boolean }>(sql`
    select coalesce(expires_at <= ${act.at}, false) as "isOver" from members
     where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and user_id = ${userId} for no key update`);
  if (member && !(member.isOver && invitation)) return { is: 'member' };
  if (invitation) return { is: 'invitation', ...invitation };
  return refuse('member.not_found', { organizationId, id: userId });
}
