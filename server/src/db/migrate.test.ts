import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { migrate } from './migrate.ts';

const folder = new URL('./migrations/', import.meta.url);
let count = 0;

async function emptyDatabase(): Promise<{ config: pg.ClientConfig; client: pg.Client }> {
  const postgres = inject('postgres');
  const name = `migrating_${process.pid}_${count++}`;
  const admin = new pg.Client(postgres);
  await admin.connect();
  await admin.query(`create database ${name}`);
  const config = { ...postgres, database: name };
  const client = new pg.Client(config);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    // Without force: that may not end an autovacuum, while this waits for whoever is on the way out.
    await admin.query(`drop database ${name}`);
    await admin.end();
  });
  return { config, client };
}

/** As a server left it that knew the files up to this one. */
async function migratedTo(client: pg.Client, last: string): Promise<void> {
  await client.query(
    'create table migrations (name text primary key, applied_at timestamptz not null default now())',
  );
  for (const name of (await readdir(folder)).sort().filter((each) => each <= last)) {
    await client.query(await readFile(new URL(name, folder), 'utf8'));
    await client.query('insert into migrations (name) values ($1)', [name]);
  }
}

test('servers that start together migrate once, and a second start finds nothing to do', async () => {
  const { config } = await emptyDatabase();
  const applied = await Promise.all([migrate(config), migrate(config), migrate(config)]);
  expect(applied.flat().sort()).toEqual((await readdir(folder)).sort());
  expect(await migrate(config)).toEqual([]);
});

test('a database of a newer server is left alone', async () => {
  const { config, client } = await emptyDatabase();
  await migrate(config);
  await client.query("insert into migrations (name) values ('9999_from_the_future.sql')");
  await expect(migrate(config)).rejects.toThrow('newer Usher (9999_from_the_future.sql)');
});

test('roles that were pairs move to the rows of members and bots, and owners are kept as before', async () => {
  const { config, client } = await emptyDatabase();
  await migratedTo(client, '0017_what_rows_must_keep.sql');
  await client.query(`
    insert into tenants (id, created_at) values ('t', 0);
    insert into organizations (tenant_id, id, name, created_at) values ('t', 'o', 'Acme', 0);
    insert into users (tenant_id, id, created_at, updated_at) values ('t', 'ann', 0, 0), ('t', 'bob', 0, 0);
    insert into applications (tenant_id, id, name, type, created_at) values ('t', 'app', 'Bot', 'MachineToMachine', 0);
    insert into organization_roles (tenant_id, id, name, type, is_owner, created_at)
      values ('t', 'owner', 'owner', 'User', true, 0), ('t', 'member', 'member', 'User', false, 0), ('t', 'bot', 'bot', 'MachineToMachine', false, 0);
    insert into members (tenant_id, organization_id, user_id, joined_at) values ('t', 'o', 'ann', 0), ('t', 'o', 'bob', 0);
    insert into member_roles values ('t', 'o', 'ann', 'owner'), ('t', 'o', 'ann', 'member');
    insert into bots values ('t', 'o', 'app', 0);
    insert into bot_roles values ('t', 'o', 'app', 'bot');`);
  await migrate(config);
  const rows = async (text: string) => (await client.query({ text, rowMode: 'array' })).rows;
  expect(await rows('select user_id, role_ids from members order by 1')).toEqual([
    ['ann', ['member', 'owner']],
    ['bob', []],
  ]);
  expect(await rows('select user_id, role_id from member_roles order by 2')).toEqual([
    ['ann', 'member'],
    ['ann', 'owner'],
  ]);
  expect(await rows('select application_id, role_id from bot_roles')).toEqual([['app', 'bot']]);
  await expect(client.query("delete from members where user_id = 'ann'")).rejects.toThrow('without an owner');
  await client.query("delete from organization_roles where id in ('member', 'bot')");
  expect(await rows('select role_ids from members union all select role_ids from bots order by 1')).toEqual([
    [[]],
    [[]],
    [['owner']],
  ]);
});
