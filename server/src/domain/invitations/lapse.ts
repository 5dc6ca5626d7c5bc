/**
 * Writes down that an invitation expired: until something else wants its place nobody needs the fact. Nothing that
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
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'expiredAt', expires_at) as data from i
    ), ${recorded(act, 'invitation.expired')} select 1`);
}
