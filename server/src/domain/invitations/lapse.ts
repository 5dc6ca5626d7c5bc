/**
 * Closes an invitation that expired: until something else wants its place nobody needs that. Nothing that
 * can be seen changes with it, so `updated_at` stays: the time at which the expiry was set.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { isOpen } from './rows.ts';

export async function lapse(act: Act, id: string): Promise<void> {
  await act.db.run(sql`
    with i as (
      update invitations i set lapsed_at = ${act.at}
       where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and i.expires_at <= ${act.at} returning *
    ), told as (
      insert into told_expiries (tenant_id, invitation_id, expires_at) select tenant_id, id, expires_at from i
      on conflict do nothing returning invitation_id
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'invitee', invitee, 'expiredAt', expires_at) as data
        from i where exists (select from told)
    ), ${recorded(act, 'invitation.expired')} select 1`);
}
