/** Every attempt by itself, and how many there were. */
import { type Queries, sql } from '../../db/db.ts';
import { type Page, paged } from '../page.ts';
import type { Attempt } from './deliveries.ts';

export type AttemptView = Attempt & { deliveryId: string; number: number; type: string };

/** Of an endpoint within a span of time, newest first; of some types of events, where they are said. */
export const findAttempts = (
  db: Queries,
  tenantId: string,
  endpointId: string,
  { from, to, types, page }: { from: number; to: number; types?: readonly string[] | undefined; page: Page },
): Promise<{ items: AttemptView[]; total: number }> =>
  paged<AttemptView>(
    db,
    page,
    (limits) => sql`
      select d.id as "deliveryId", a.number::int as number, v.type, (a.entry->>'at')::bigint as at, a.entry->>'outcome' as outcome,
             a.entry->>'answer' as answer, (a.entry->>'status')::int as status, (a.entry->>'ms')::int as ms, count(*) over () as total
        from webhook_deliveries d join webhook_events v on v.tenant_id = d.tenant_id and v.id = d.event_id
       cross join lateral jsonb_array_elements(d.history) with ordinality a(entry, number)
       where d.tenant_id = ${tenantId} and d.endpoint_id = ${endpointId} and (a.entry->>'at')::bigint between ${from} and ${to}
         and (${types ?? null}::text[] is null or v.type = any(${types ?? null}::text[]))
       order by at desc, d.sequence desc, a.number desc ${limits}`,
  );

export type Counted = { id: string; requestCount: number; successCount: number };

/** Of these endpoints since then. */
export const countAttempts = (
  db: Queries,
  tenantId: string,
  endpointIds: readonly string[],
  since: number,
): Promise<Counted[]> =>
  db.rows<Counted>(sql`
    select d.endpoint_id as id, count(*) as "requestCount", count(*) filter (where a.entry->>'outcome' = 'sent') as "successCount"
      from webhook_deliveries d cross join lateral jsonb_array_elements(d.history) a(entry)
     where d.tenant_id = ${tenantId} and d.endpoint_id = any(${endpointIds}::text[]) and (a.entry->>'at')::bigint >= ${since}
     group by d.endpoint_id`);
