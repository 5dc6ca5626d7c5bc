/**
 * Applies the numbered files of migrations/ that the database has not seen yet, each in a transaction, all under
 * one advisory lock: servers that start together wait for each other and then find nothing left to do.
 */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { assumeStatistics } from './statistics.ts';

const folder = new URL('./migrations/', import.meta.url);
/** Any number that nobody else locks; the same in every version of Usher. */
const lock = 7_483_011;

/** Returns the names of the files applied now. Throws when the database was migrated by a newer Usher. */
export async function migrate(config: pg.ClientConfig): Promise<string[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    await refuseOld(client);
    await client.query(
      'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
    );
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    const { rows } = await client.query<{ name: string }>('select name from migrations');
    const applied = new Set(rows.map((row) => row.name));
    const unknown = [...applied].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new Error(
        `This database was migrated by a newer Usher (${unknown.join(', ')}). Start that version instead.`,
      );
    }
    const missing = files.filter((name) => !applied.has(name));
    for (const name of missing) await apply(client, name);
    if (missing.length > 0) await assumeStatistics(client);
    return missing;
  } finally {
    await client.end();
  }
}

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    "select current_setting('server_version_num') as version",
  );
  const version = Math.floor(Number(rows[0]!.version) / 10_000);
  if (version < 15)
    throw new Error(`Usher needs PostgreSQL 15 or newer; this database is PostgreSQL ${version}.`);
}

async function apply(client: pg.Client, name: string): Promise<void> {
  const text = await readFile(new URL(name, folder), 'utf8');
  try {
    await client.query('begin');
    await client.query(text);
    await client.query('insert into migrations (name) values ($1)', [name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
