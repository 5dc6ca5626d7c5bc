/**
 * The statements of webhooks. One server at a time works for an endpoint, under a lease that it renews while it works; a
 * server that dies lets it pass. Whoever settles must still hold it. Within an endpoint the messages of one
 * organization go in order: while the first of them waits, all behind it are due no sooner.
 */
import { type Db, type Queries, sql } from '../../db/db.ts';
import type { Attempt } from '../../domain/webhooks/deliveries.ts';
import type { PauseReason } from '../../domain/webhooks/endpoints.ts';
import { notedDown } from '../../domain/webhooks/noted-down.ts';
import type { EventContext } from './format.ts';

/** A crash of one of several servers delays what it worked for by this long at most. */
export const leaseMs = 40_000;
/** So many failures in a row, and only one message at a time finds out whether it is back. */
export const isDeadAfter = 5;
const isOpen = sql`d.sent_at is null and d.failed_at is null and d.canceled_at is null`;

export type LeasedEndpoint = {
  tenantId: string;
  id: string;
  organizationId: string | null;
  url: string;
  format: string;
  events: string[];
  secret: Buffer;
  formerSecret: Buffer | null;
  formerUntil: number | null;
  headers: Buffer | null;
  /** In a row. */
  failures: number;
  failingSince: number | null;
  /** Changes with every change of the endpoint. */
  updatedAt: number;
};

export type Pending = {
  id: string;
  lane: string;
  sequence: number;
  part: number;
  attempts: number;
  triedAt: number | null;
  dueAt: number;
  /** Of the first message of the lane; null: this is it. */
  headDueAt: number | null;
  at: number;
  type: string;
  organizationId: string | null;
  subjectId: string | null;
  userIds: string[];
  data: Record<string, unknown>;
  context: EventContext;
};

/** When something is due for the endpoint: the first of an index, however much waits for others. */
const dueAt = sql`(select min(d.due_at) from webhook_deliveries d
  where d.tenant_id = e.tenant_id and d.endpoint_id = e.id and ${isOpen} and e.paused_at is null and e.is_enabled)`;

/** Takes the endpoints for which something is due and nobody works. */
export const leaseEndpoints = (db: Queries, worker: string, now: number): Promise<LeasedEndpoint[]> =>
  db.rows<LeasedEndpoint>(sql`
    with free as (
      select e.tenant_id, e.id from webhook_endpoints e
       where (e.leased_until is null or e.leased_until <= ${now}) and ${dueAt} <= ${now} for no key update skip locked
    )
    update webhook_endpoints e set leased_by = ${worker}, leased_until = ${now + leaseMs} from free
     where e.tenant_id = free.tenant_id and e.id = free.id
    returning e.tenant_id as "tenantId", e.id, e.organization_id as "organizationId", e.url, e.format, e.events, e.secret,
              e.former_secret as "formerSecret", e.former_until as "formerUntil", e.headers, e.failures, e.failing_since as "failingSince", e.updated_at as "updatedAt"`);

export type Outlook = {
  /** Whether anybody listens at all. */
  hasEndpoints: boolean;
  /** Something is due for an endpoint that another server works for. */
  isElsewhere: boolean;
  /** When something is due next for an endpoint that this server does not work for. */
  nextDueAt: number | null;
};

export async function lookAhead(db: Queries, worker: string, now: number): Promise<Outlook> {
  const row = await db.first<Outlook>(sql`
    select count(*) > 0 as "hasEndpoints",
           coalesce(bool_or(e.leased_by <> ${worker} and e.leased_until > ${now} and n.due_at <= ${now}), false) as "isElsewhere",
           min(greatest(n.due_at, case when e.leased_by <> ${worker} then e.leased_until end))
             filter (where e.leased_by is distinct from ${worker}) as "nextDueAt"
      from webhook_endpoints e
      cross join lateral (select ${dueAt} as due_at) n`);
  return row!;
}

/** Renews the lease. False: it was lost. */
export const renewLease = async (
  db: Queries,
  worker: string,
  { tenantId, id }: LeasedEndpoint,
  now: number,
): Promise<boolean> =>
  (await db.run(sql`
    update webhook_endpoints set leased_until = ${now + leaseMs} where tenant_id = ${tenantId} and id = ${id} and leased_by = ${worker}`)) ===
  1;

export const releaseLease = (
  db: Queries,
  worker: string,
  { tenantId, id }: LeasedEndpoint,
): Promise<number> =>
  db.run(sql`
    update webhook_endpoints set leased_by = null, leased_until = null
     where tenant_id = ${tenantId} and id = ${id} and leased_by = ${worker}`);

/** Gives back everything that any server held: for one that knows it is the only one, after a crash. */
export const releaseAllLeases = (db: Queries): Promise<number> =>
  db.run(sql`update webhook_endpoints set leased_by = null, leased_until = null where leased_by is not null`);

/** What is due, but for the lanes that are busy already. */
export const findPending = (
  db: Queries,
  { tenantId, id }: LeasedEndpoint,
  busy: readonly string[],
  most: number,
  now: number,
): Promise<Pending[]> =>
  db.rows<Pending>(sql`
    with due as (
      select d.* from webhook_deliveries d
       where d.tenant_id = ${tenantId} and d.endpoint_id = ${id} and ${isOpen} and d.due_at <= ${now} and d.lane <> all(${busy}::text[])
       order by d.due_at, d.sequence limit ${most}::int
    )
    select d.id, d.lane, d.sequence, d.part, d.attempts, d.tried_at as "triedAt", d.due_at as "dueAt", h.due_at as "headDueAt",
           v.at, v.type, v.organization_id as "organizationId", v.subject_id as "subjectId", v.user_ids as "userIds", v.data, v.context
      from due d join webhook_events v on v.tenant_id = d.tenant_id and v.id = d.event_id
      left join lateral (
        select h.due_at from webhook_deliveries h
         where h.tenant_id = d.tenant_id and h.endpoint_id = d.endpoint_id and h.lane = d.lane and h.sequence < d.sequence
           and h.sent_at is null and h.failed_at is null and h.canceled_at is null
         order by h.sequence limit 1) h on true
     order by d.sequence`);

/** Whoever stands behind a message that waits is due no sooner than it. */
export const queueBehind = (
  db: Queries,
  { tenantId, id }: LeasedEndpoint,
  lane: string,
  dueAt: number,
): Promise<number> =>
  db.run(sql`
    update webhook_deliveries d set due_at = ${dueAt}
     where d.tenant_id = ${tenantId} and d.endpoint_id = ${id} and d.lane = ${lane} and ${isOpen} and d.due_at < ${dueAt}`);

export type Settlement = {
  readonly attempt: Attempt;
  /** The next one, when retrying. */
  readonly dueAt?: number | undefined;
  /** Why the endpoint gets nothing more for now. */
  readonly pause?: PauseReason | undefined;
};

/**
 * Writes down what became of an attempt, and what that says about the endpoint. Returns when the endpoint was changed
 * last; undefined: it is gone, or somebody else works for it, and nothing was written.
 */
export function settleMessage(
  db: Db,
  worker: string,
  endpoint: LeasedEndpoint,
  message: Pending,
  { attempt, dueAt, pause }: Settlement,
): Promise<number | undefined> {
  const { tenantId, id } = endpoint;
  const { at, outcome } = attempt;
  const settled = sql`
    update webhook_deliveries d set attempts = d.attempts + ${outcome === 'canceled' ? 0 : 1}::int, history = d.history || ${JSON.stringify([attempt])}::jsonb,
           tried_at = coalesce(d.tried_at, ${at}), due_at = coalesce(${dueAt ?? null}::bigint, d.due_at),
           sent_at = case when ${outcome} = 'sent' then ${at}::bigint end,
           failed_at = case when ${outcome} = 'failed' then ${at}::bigint end,
           canceled_at = case when ${outcome} = 'canceled' then ${at}::bigint end
      from webhook_endpoints e
     where d.tenant_id = ${tenantId} and d.endpoint_id = ${id} and d.id = ${message.id} and ${isOpen}
       and e.tenant_id = d.tenant_id and e.id = d.endpoint_id and e.leased_by = ${worker}
    returning e.updated_at as "updatedAt"`;
  const isWell = outcome === 'sent' && endpoint.failures === 0;
  if (isWell || outcome === 'canceled')
    return db.first<{ updatedAt: number }>(settled).then((row) => row?.updatedAt);
  return db.atomically(async (tx) => {
    const row = await tx.first<{ updatedAt: number }>(settled);
    if (!row) return undefined;
    if (outcome === 'sent') {
      await tx.run(
        sql`update webhook_endpoints set failures = 0, failing_since = null where tenant_id = ${tenantId} and id = ${id}`,
      );
      // It is back: what was put off is due at once.
      if (endpoint.failures >= isDeadAfter)
        await tx.run(sql`
        update webhook_deliveries d set due_at = ${at} where d.tenant_id = ${tenantId} and d.endpoint_id = ${id} and ${isOpen} and d.due_at > ${at}`);
      return row.updatedAt;
    }
    await tx.run(sql`
      update webhook_endpoints set failures = failures + 1, failing_since = coalesce(failing_since, ${at}) where tenant_id = ${tenantId} and id = ${id}`);
    if (dueAt !== undefined) await queueBehind(tx, endpoint, message.lane, dueAt);
    if (!pause) return row.updatedAt;
    const by = { kind: 'system', id: 'outbox' } as const;
    await tx.run(sql`
      with e as (
        update webhook_endpoints set paused_at = ${at}, pause_reason = ${pause}, updated_at = greatest(${at}, updated_at + 1)
         where tenant_id = ${tenantId} and id = ${id} and paused_at is null returning *
      ), ${notedDown({ tenantId, at, by }, 'webhook.paused')} select 1`);
    return undefined;
  });
}
