/**
 * Asks an invited person once more: a pending invitation is resent as it is, an expired one renewed, with a new link and
 * as long a life as it was given before. Both count.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import type { MailOrder } from '../../outbox/put.ts';
import { refuse } from '../refusal.ts';
import { statusAt } from './invitation.ts';
import { renew } from './renew.ts';
import { resend } from './resend.ts';
import { getRow, isOpen } from './rows.ts';

export type Reminder = {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly resentAt: number;
  readonly resentCount: number;
  readonly inviter: string | null;
};

/** Refuses: invitation.not_found, and as resending and renewing do. */
export async function remind(act: Act, id: string, mail: MailOrder): Promise<Reminder> {
  const before = await getRow(act.db, act.tenantId, id);
  if (statusAt(before, act.at) === 'Expired') await renewOnce(act, id, mail);
  else await resend(act, id, mail);
  const after = await act.db.first<Reminder>(sql`
    select i.created_at as "createdAt", i.expires_at as "expiresAt", i.resent_at as "resentAt", i.resent_count as "resentCount",
           coalesce(i.inviter_email, v.primary_email) as inviter
      from invitations i left join users v on v.tenant_id = i.tenant_id and v.id = i.inviter_id
     where i.tenant_id = ${act.tenantId} and i.id = ${id}`);
  return after ?? refuse('invitation.not_found', { id });
}

/** Of several reminders at once the first renews it, and the others repeat the new link. */
function renewOnce(act: Act, id: string, mail: MailOrder): Promise<unknown> {
  return act.atomically(async (tx) => {
    await tx.db.run(
      sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
    );
    if (statusAt(await getRow(tx.db, act.tenantId, id), act.at) !== 'Expired') return resend(tx, id, mail);
    await renew(tx, id, { mail });
    return tx.db.run(sql`
      update invitations set resent_at = ${act.at}, resent_count = resent_count + 1 where tenant_id = ${act.tenantId} and id = ${id}`);
  });
}

/** The open invitation of this person, pending or expired. */
export async function findOpenInvitation(
  act: Act,
  organizationId: string,
  userId: string,
): Promise<{ id: string; roleIds: string[] } | undefined> {
  return act.db.first(sql`
    select i.id, i.role_ids as "roleIds" from users u join invitations i on i.tenant_id = u.tenant_id and i.invitee = u.primary_email
     where u.tenant_id = ${act.tenantId} and u.id = ${userId} and i.organization_id = ${organizationId} and ${isOpen}`);
}
