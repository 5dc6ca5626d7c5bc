/**
 * Endpoints: where webhooks go, for all organizations of the tenant or for one, and what they ask for. Secrets and headers
 * are sealed under the server's secret key, bound to their row, and shown only where somebody asks for them.
 */
import { randomBytes } from 'node:crypto';
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { newId } from '../ids.ts';
import type { Keys } from '../keys.ts';
import { given, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { notedDown } from './noted-down.ts';

export type PauseReason = 'asked' | 'gone' | 'failing';

export type Endpoint = {
  id: string;
  organizationId: string | null;
  name: string;
  url: string;
  /** In whose words it is told. */
  format: string;
  /** What it asked for, in those words. */
  events: string[];
  settings: Record<string, unknown>;
  isEnabled: boolean;
  pausedAt: number | null;
  pauseReason: PauseReason | null;
  failingSince: number | null;
  /** Until when the secret before the present one still signs, too. */
  formerSecretUntil: number | null;
  createdAt: number;
  updatedAt: number;
};

export type EndpointInput = {
  organizationId?: string | null | undefined;
  name?: string | undefined;
  url: string;
  format: string;
  events: readonly string[];
  /** The types of ours that the events stand for. */
  types: readonly string[];
  isPerPerson: boolean;
  headers?: Readonly<Record<string, string>> | undefined;
  settings?: Readonly<Record<string, unknown>> | undefined;
  isEnabled?: boolean | undefined;
  secret?: string | undefined;
};
export type EndpointChange = Partial<
  Omit<EndpointInput, 'organizationId' | 'format' | 'secret' | 'isPerPerson'>
>;

const columns = sql`e.id, e.organization_id as "organizationId", e.name, e.url, e.format, e.events, e.settings,
  e.is_enabled as "isEnabled", e.paused_at as "pausedAt", e.pause_reason as "pauseReason", e.failing_since as "failingSince",
  e.former_until as "formerSecretUntil", e.created_at as "createdAt", e.updated_at as "updatedAt"`;

/** As Standard Webhooks has them: 32 random bytes in the base64 that every library reads. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

const sealedHeaders = (keys: Keys, id: string, headers: EndpointInput['headers']): Buffer | null =>
  headers && Object.keys(headers).length > 0
    ? keys.seal(JSON.stringify(headers), `webhook-headers:${id}`)
    : null;

/**
 * Who begins to listen waits for the acts under way, which look for listeners as they begin: they have happened when the
 * endpoint is there, and whatever begins later sees it.
 */
const beginning = <T>(act: Act, work: (act: TxAct) => Promise<T>): Promise<T> =>
  act.atomically(async (tx) => {
    await tx.db.run(sql`lock table journal in share row exclusive mode`);
    return work(tx);
  });

/** Refuses: organization.not_found. */
export const createEndpoint = (act: Act, input: EndpointInput): Promise<Endpoint & { secret: string }> =>
  beginning(act, (tx) => insert(tx, input));

async function insert(act: Act, input: EndpointInput): Promise<Endpoint & { secret: string }> {
  const id = newId(act.at);
  const secret = input.secret ?? newSecret();
  const { organizationId = null } = input;
  const made = await act.db.first<Endpoint>(sql`
    with e as (
      insert into webhook_endpoints (tenant_id, id, organization_id, name, url, format, events, types, is_per_person, secret, headers,
                                     settings, is_enabled, created_at, updated_at)
      select ${act.tenantId}, ${id}, ${organizationId}, ${input.name ?? ''}, ${input.url}, ${input.format}, ${input.events}::text[],
             ${input.types}::text[], ${input.isPerPerson}, ${act.keys.seal(secret, `webhook:${id}`)}, ${sealedHeaders(act.keys, id, input.headers)}::bytea,
             ${input.settings ?? {}}, ${input.isEnabled ?? true}, ${act.at}, ${act.at}
       where ${organizationId}::text is null
          or exists (select from organizations where tenant_id = ${act.tenantId} and id = ${organizationId})
      returning *
    ), ${notedDown(act, 'webhook.created')}
    select ${columns} from e`);
  if (!made) refuse('organization.not_found', { id: organizationId });
  act.queued('webhook');
  return { ...made, secret };
}

/** Refuses: webhook.not_found. */
export const changeEndpoint = (act: Act, id: string, change: EndpointChange): Promise<Endpoint> =>
  change.isEnabled ? beginning(act, (tx) => update(tx, id, change)) : update(act, id, change);

async function update(act: Act, id: string, change: EndpointChange): Promise<Endpoint> {
  const c = given(change);
  const changed = await act.db.first<Endpoint>(sql`
    with e as (
      update webhook_endpoints set name = coalesce(${c.name ?? null}, name), url = coalesce(${c.url ?? null}, url),
             events = coalesce(${c.events ?? null}::text[], events), types = coalesce(${c.types ?? null}::text[], types),
             headers = case when ${c.headers !== undefined} then ${sealedHeaders(act.keys, id, c.headers)}::bytea else headers end,
             settings = coalesce(${c.settings ?? null}::jsonb, settings), is_enabled = coalesce(${c.isEnabled ?? null}::boolean, is_enabled),
             updated_at = greatest(${act.at}, updated_at + 1)
       where tenant_id = ${act.tenantId} and id = ${id} and closed_at is null returning *
    ), ${notedDown(act, 'webhook.updated')}
    select ${columns} from e`);
  act.queued('webhook');
  return changed ?? refuse('webhook.not_found', { id });
}

/** With what was not delivered yet. Refuses: webhook.not_found. */
export function deleteEndpoint(act: Act, id: string): Promise<void> {
  return act.atomically(async (tx) => {
    const gone = await tx.db.first(sql`
      with e as (
        delete from webhook_endpoints where tenant_id = ${act.tenantId} and id = ${id} and closed_at is null returning *
      ), ${notedDown(act, 'webhook.deleted')}
      select id from e`);
    if (!gone) refuse('webhook.not_found', { id });
    await tx.db.run(
      sql`delete from webhook_deliveries where tenant_id = ${act.tenantId} and endpoint_id = ${id}`,
    );
  });
}

/** Refuses: webhook.not_found. */
export async function getEndpoint(db: Queries, tenantId: string, id: string): Promise<Endpoint> {
  const found = await db.first<Endpoint>(
    sql`select ${columns} from webhook_endpoints e where e.tenant_id = ${tenantId} and e.id = ${id} and e.closed_at is null`,
  );
  return found ?? refuse('webhook.not_found', { id });
}

/** Newest first; of one format, or of one organization, where that is said. */
export const findEndpoints = (
  db: Queries,
  tenantId: string,
  {
    format,
    organizationId,
    page,
  }: { format?: string | undefined; organizationId?: string | undefined; page: Page },
): Promise<{ items: Endpoint[]; total: number }> =>
  paged<Endpoint>(
    db,
    page,
    (limits) => sql`
      select ${columns}, count(*) over () as total from webhook_endpoints e
       where e.tenant_id = ${tenantId} and e.closed_at is null and (${format ?? null}::text is null or e.format = ${format ?? null})
         and (${organizationId ?? null}::text is null or e.organization_id = ${organizationId ?? null})
       order by e.created_at desc, e.id desc ${limits}`,
  );

/** The headers that go along, in clear. */
export async function getHeaders(
  db: Queries,
  keys: Keys,
  tenantId: string,
  id: string,
): Promise<Record<string, string>> {
  const row = await db.first<{ headers: Buffer | null }>(
    sql`select headers from webhook_endpoints where tenant_id = ${tenantId} and id = ${id} and closed_at is null`,
  );
  if (!row) refuse('webhook.not_found', { id });
  return openHeaders(keys, id, row.headers);
}

export const openHeaders = (keys: Keys, id: string, sealed: Buffer | null): Record<string, string> =>
  sealed ? (JSON.parse(keys.open(sealed, `webhook-headers:${id}`)) as Record<string, string>) : {};
