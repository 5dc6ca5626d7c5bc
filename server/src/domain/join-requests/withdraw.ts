/** Whoever asked to join takes it back, as long as nobody has answered. */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

/** Somebody else's request is as if it did not exist. Refuses: join_request.not_found, join_request.ended. */
export async function withdrawJoinRequest(act: Act, id: string, userId: string): Promise<void> {
  const own = sql`tenant_id = ${act.tenantId} and id = ${id} and user_id = ${userId}`;
  const withdrawn = await act.db.first(sql`
    with r as (
      update join_requests set withdrawn_at = ${act.at} where ${own}
         and approved_at is null and declined_at is null and withdrawn_at is null returning *
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('joinRequestId', id, 'userId', user_id) as data from r
    ), ${recorded(act, 'join_request.withdrawn')} select id from r`);
  if (withdrawn) return;
  const known = await act.db.first(sql`select id from join_requests where ${own}`);
  refuse(known ? 'join_request.ended' : 'join_request.not_found', { id });
}
