/** What need not be kept: messages a month old, delivered or not, and endpoints whose organization is gone. */
import { type Queries, sql } from '../../db/db.ts';

const keptMs = 30 * 24 * 60 * 60_000;

export async function forgetDeliveries(db: Queries, now: number): Promise<void> {
  await db.run(sql`
    delete from webhook_endpoints e where e.closed_at is not null and not exists (
      select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and d.sent_at is null
         and d.failed_at is null and d.canceled_at is null)`);
  await db.run(sql`
    delete from webhook_deliveries where created_at < ${now - keptMs}`);
  // A message may be sent again as long as its delivery is known: the event goes after it.
  await db.run(sql`
    delete from webhook_events v where v.at < ${now - keptMs}
       and not exists (select from webhook_deliveries d where d.tenant_id = v.tenant_id and d.event_id = v.id)`);
}
