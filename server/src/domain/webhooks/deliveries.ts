/** Messages to an endpoint: what became of them, sending one again, and one that only shows that they arrive. */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';
import { type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { getEndpoint } from './endpoints.ts';
import { testEventType } from './event-types.ts';

export type Attempt = {
  at: number;
  outcome: 'sent' | 'retrying' | 'failed' | 'canceled';
  /** What it answered, or why it was not reached; nothing about the network inside. */
  answer: string;
  /** The HTTP status, when there was one. */
  status: number | null;
  /** How long it took. */
  ms: number;
};

export type DeliveryView = {
  id: string;
  type: string;
  organizationId: string | null;
  status: 'queued' | 'retrying' | 'sent' | 'failed' | 'canceled';
  attempts: number;
  createdAt: number;
  nextAttemptAt: number | null;
  endedAt: number | null;
  history: Attempt[];
};

const columns = sql`d.id, v.type, v.organization_id as "organizationId", d.attempts, d.created_at as "createdAt", d.history,
  case when d.sent_at is not null then 'sent' when d.failed_at is not null then 'failed' when d.canceled_at is not null then 'canceled'
       when d.attempts = 0 then 'queued' else 'retrying' end as status,
  case when num_nonnulls(d.sent_at, d.failed_at, d.canceled_at) = 0 then d.due_at end as "nextAttemptAt",
  coalesce(d.sent_at, d.failed_at, d.canceled_at) as "endedAt"`;

/** Newest first. Refuses: webhook.not_found. */
export async function findDeliveries(db: Queries, tenantId: string, endpointId: string, page: Page) {
  await getEndpoint(db, tenantId, endpointId);
  return paged<DeliveryView>(
    db,
    page,
    (limits) => sql`
      select ${columns}, count(*) over () as total from webhook_deliveries d
        join webhook_events v on v.tenant_id = d.tenant_id and v.id = d.event_id
       where d.tenant_id = ${tenantId} and d.endpoint_id = ${endpointId} order by d.sequence desc ${limits}`,
  );
}

/**
 * The same message under the same id, whatever became of it before; one that still waits goes now. Refuses:
 * webhook.not_found, webhook.paused, webhook_delivery.not_found.
 */
export async function redeliver(act: Act, endpointId: string, id: string): Promise<DeliveryView> {
  const endpoint = await getEndpoint(act.db, act.tenantId, endpointId);
  if (endpoint.pausedAt !== null) refuse('webhook.paused', { id: endpointId });
  const again = await act.db.first<DeliveryView>(sql`
    with d as (
      update webhook_deliveries set due_at = ${act.at}, tried_at = null, sent_at = null, failed_at = null, canceled_at = null
       where tenant_id = ${act.tenantId} and endpoint_id = ${endpointId} and id = ${id} returning *
    ) select ${columns} from d join webhook_events v on v.tenant_id = d.tenant_id and v.id = d.event_id`);
  act.queued('webhook');
  return again ?? refuse('webhook_delivery.not_found', { id });
}

/** Refuses: webhook.not_found, webhook.paused. */
export async function orderTest(act: Act, endpointId: string): Promise<DeliveryView> {
  const endpoint = await getEndpoint(act.db, act.tenantId, endpointId);
  if (endpoint.pausedAt !== null) refuse('webhook.paused', { id: endpointId });
  const id = newId(act.at);
  const ordered = await act.db.first<DeliveryView>(sql`
    with v as (
      insert into webhook_events (tenant_id, id, at, type, organization_id)
      values (${act.tenantId}, ${id}, ${act.at}, ${testEventType}, ${endpoint.organizationId}) returning *
    ), d as (
      insert into webhook_deliveries (tenant_id, endpoint_id, id, event_id, lane, created_at, due_at)
      select tenant_id, ${endpointId}, id, id, 'test', at, at from v returning *
    ) select ${columns} from d cross join v`);
  act.queued('webhook');
  return ordered!;
}
