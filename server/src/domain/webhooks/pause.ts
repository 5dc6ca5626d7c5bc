/** While an endpoint is paused, what happens is kept for it; resuming it sends that. */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { type Endpoint, getEndpoint } from './endpoints.ts';
import { notedDown } from './noted-down.ts';

/** Refuses: webhook.not_found. */
export async function pauseEndpoint(act: Act, id: string): Promise<Endpoint> {
  await act.db.run(sql`
    with e as (
      update webhook_endpoints set paused_at = ${act.at}, pause_reason = 'asked', updated_at = greatest(${act.at}, updated_at + 1)
       where tenant_id = ${act.tenantId} and id = ${id} and closed_at is null and paused_at is null returning *
    ), ${notedDown(act, 'webhook.paused')} select id from e`);
  return getEndpoint(act.db, act.tenantId, id);
}

/** Everything kept is due now, and has three days again. Refuses: webhook.not_found. */
export function resumeEndpoint(act: Act, id: string): Promise<Endpoint> {
  return act.atomically(async (tx) => {
    const resumed = await tx.db.first(sql`
      with e as (
        update webhook_endpoints set paused_at = null, pause_reason = null, failing_since = null, failures = 0,
               updated_at = greatest(${act.at}, updated_at + 1)
         where tenant_id = ${act.tenantId} and id = ${id} and closed_at is null and paused_at is not null returning *
      ), ${notedDown(act, 'webhook.resumed')} select id from e`);
    if (!resumed) {
      const endpoint = await getEndpoint(tx.db, act.tenantId, id);
      return endpoint.pausedAt === null ? endpoint : refuse('webhook.not_found', { id });
    }
    await tx.db.run(sql`
      update webhook_deliveries set due_at = ${act.at}, tried_at = null
       where tenant_id = ${act.tenantId} and endpoint_id = ${id} and sent_at is null and failed_at is null and canceled_at is null`);
    act.queued('webhook');
    return getEndpoint(tx.db, act.tenantId, id);
  });
}
