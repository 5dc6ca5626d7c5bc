/**
 * The e-mail connectors of a tenant: at most one of a type. A configuration holds the provider's credentials and is
 * sealed under the server's secret key, bound to its row.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import type { Keys } from '../keys.ts';
import { refuse } from '../refusal.ts';

export type StoredConnector = {
  id: string;
  /** The factory that made it. */
  connectorId: string;
  config: Record<string, unknown>;
  metadata: Record<string, unknown>;
  syncProfile: boolean;
  enableTokenStorage: boolean;
  createdAt: number;
};

export type ConnectorInput = {
  id?: string | undefined;
  connectorId: string;
  config: Record<string, unknown>;
  metadata?: Record<string, unknown> | undefined;
  syncProfile?: boolean | undefined;
  enableTokenStorage?: boolean | undefined;
};

type Row = Omit<StoredConnector, 'config'> & { config: Buffer };

const columns = sql`id, connector_id as "connectorId", config, metadata, sync_profile as "syncProfile",
  enable_token_storage as "enableTokenStorage", created_at as "createdAt"`;

/** Sets the tenant's e-mail connector, in place of the one before. */
export function setConnector(act: Act, keys: Keys, input: ConnectorInput): Promise<StoredConnector> {
  const id = input.id ?? newId(act.at);
  return act.atomically(async ({ db }) => {
    await db.run(sql`select id from tenants where id = ${act.tenantId} for no key update`);
    await db.run(sql`delete from connectors where tenant_id = ${act.tenantId} and type = 'Email'`);
    const row = await db.first<Row>(sql`
      with made as (
        insert into connectors (tenant_id, id, connector_id, type, config, metadata, sync_profile, enable_token_storage, created_at)
        values (${act.tenantId}, ${id}, ${input.connectorId}, 'Email', ${keys.seal(JSON.stringify(input.config), `connector:${id}`)},
                ${input.metadata ?? {}}, ${input.syncProfile ?? false}, ${input.enableTokenStorage ?? false}, ${act.at}) returning *
      ), happened as (
        select null as organization_id, id as subject_id, jsonb_build_object('connectorId', connector_id) as data from made
      ), ${recorded(act, 'connector.set')}
      select ${columns} from made`);
    return opened(keys, row!);
  });
}

/** Refuses: connector.not_found. */
export async function changeConnector(
  act: Act,
  keys: Keys,
  id: string,
  change: {
    config?: Record<string, unknown> | undefined;
    metadata?: Record<string, unknown> | undefined;
    syncProfile?: boolean | undefined;
  },
): Promise<StoredConnector> {
  const config = change.config && keys.seal(JSON.stringify(change.config), `connector:${id}`);
  const row = await act.db.first<Row>(sql`
    with changed as (
      update connectors set config = coalesce(${config ?? null}::bytea, config), metadata = coalesce(${change.metadata ?? null}::jsonb, metadata),
             sync_profile = coalesce(${change.syncProfile ?? null}::boolean, sync_profile)
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('connectorId', connector_id) as data from changed
    ), ${recorded(act, 'connector.set')}
    select ${columns} from changed`);
  return row ? opened(keys, row) : refuse('connector.not_found', { id });
}

export async function getConnector(
  db: Queries,
  keys: Keys,
  tenantId: string,
  id: string,
): Promise<StoredConnector> {
  const row = await db.first<Row>(
    sql`select ${columns} from connectors where tenant_id = ${tenantId} and id = ${id}`,
  );
  return row ? opened(keys, row) : refuse('connector.not_found', { id });
}

export async function findConnectors(db: Queries, keys: Keys, tenantId: string): Promise<StoredConnector[]> {
  const rows = await db.rows<Row>(
    sql`select ${columns} from connectors where tenant_id = ${tenantId} order by created_at`,
  );
  return rows.map((row) => opened(keys, row));
}

/** Refuses: connector.not_found. */
export async function deleteConnector(act: Act, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from connectors where tenant_id = ${act.tenantId} and id = ${id} returning id, connector_id
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('connectorId', connector_id) as data from gone
    ), ${recorded(act, 'connector.deleted')}
    select id from gone`);
  if (!gone) refuse('connector.not_found', { id });
}

const opened = (keys: Keys, row: Row): StoredConnector => ({
  ...row,
  config: JSON.parse(keys.open(row.config, `connector:${row.id}`)) as Record<string, unknown>,
});
