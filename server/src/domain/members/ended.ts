/**
 * Memberships for a time end by the clock: from then on they give nothing, whether or not anybody looks. Their rows go
 * when something wants their place: a seat, or the same person joining anew. Who comes back later begins anew, with the
 * roles of then: what somebody was granted for a time is not granted again by being invited as less.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';

/** Of these people, or of all. */
export async function removeEnded(
  act: TxAct,
  organizationId: string,
  userIds?: readonly string[],
): Promise<void> {
  const whose = userIds ? sql`and user_id = any(${userIds}::text[])` : sql``;
  await act.db.run(sql`
    with gone as (
      delete from members where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
         and expires_at <= ${act.at} ${whose} returning user_id as id
    ), happened as (
      select ${organizationId} as organization_id, ${organizationId} as subject_id,
             jsonb_build_object('userIds', jsonb_agg(id order by id), 'reason', 'expired') as data from gone having count(*) > 0
    ), ${recorded(act, 'membership.deleted')} select 1`);
}
