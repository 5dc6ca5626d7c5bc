/** For the tests of this door: it, behind a real socket, over a real database, with one machine that is a bot. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testKeys } from '../../../test/fixtures.ts';
import { testDatabase as emptyDatabase } from '../../../test/harness.ts';
import { type Db, openDb, sql } from '../../db/db.ts';
import { digestOf } from '../../domain/applications/secrets.ts';
import { type Oidc, type OidcOptions, openOidc } from './oidc.ts';

export { testKeys };
export const management = 'https://default.logto.app/api';
export const reports = 'https://reports.example';

export type TestDatabase = { open(): Db; close(): Promise<void> };

/** Any number of servers may open it. */
export async function testDatabase(): Promise<TestDatabase> {
  const options = await emptyDatabase();
  const open: Db[] = [];
  return {
    open() {
      const db = openDb({ ...options, transactions: 3 });
      open.push(db);
      return db;
    },
    async close() {
      await Promise.all(open.map((db) => db.close()));
    },
  };
}

/**
 * Application `app` (secret `secret`), a bot of organization `org` with a role for the scopes read:data and
 * write:data, and for `export` of the API `reports`; a global role gives it `all` of the Management API and `view` of `reports`.
 */
export async function seed(db: Db, at: number): Promise<void> {
  const t = 'default';
  await db.run(sql`truncate tenants cascade`);
  await db.run(sql`insert into tenants (id, created_at) values (${t}, ${at})`);
  await db.run(sql`insert into applications (tenant_id, id, name, type, oidc_client_metadata, created_at) values
    (${t}, 'app', 'App', 'MachineToMachine', '{}', ${at}), (${t}, 'other', 'Other', 'MachineToMachine', '{}', ${at}),
    (${t}, 'web', 'Web', 'Traditional', '{"redirectUris": ["https://web.example/back"]}', ${at}),
    (${t}, 'spa', 'Page', 'SPA', '{"redirectUris": ["https://spa.example/back"]}', ${at})`);
  for (const id of ['app', 'other', 'web']) await addSecret(db, id, 'first', 'secret');
  await db.run(
    sql`insert into organizations (tenant_id, id, name, created_at) values (${t}, 'org', 'Org', ${at}), (${t}, 'org2', 'Org 2', ${at})`,
  );
  await db.run(sql`insert into organization_scopes (tenant_id, id, name, created_at) values
    (${t}, 's1', 'read:data', ${at}), (${t}, 's2', 'write:data', ${at}), (${t}, 's3', 'delete:data', ${at})`);
  await db.run(
    sql`insert into organization_roles (tenant_id, id, name, type, created_at) values (${t}, 'r', 'worker', 'MachineToMachine', ${at})`,
  );
  await db.run(sql`insert into organization_role_scopes values (${t}, 'r', 's1'), (${t}, 'r', 's2')`);
  await db.run(sql`insert into resources (tenant_id, id, name, indicator, is_management, access_token_ttl, created_at) values
    (${t}, 'm', 'Management', ${management}, true, 3600, ${at}), (${t}, 'rep', 'Reports', ${reports}, false, 600, ${at})`);
  await db.run(sql`insert into resource_scopes (tenant_id, id, resource_id, name, created_at) values
    (${t}, 'all', 'm', 'all', ${at}), (${t}, 'view', 'rep', 'view', ${at}), (${t}, 'export', 'rep', 'export', ${at})`);
  await db.run(sql`insert into organization_role_resource_scopes values (${t}, 'r', 'export')`);
  await db.run(
    sql`insert into roles (tenant_id, id, name, type, created_at) values (${t}, 'full', 'Full', 'MachineToMachine', ${at})`,
  );
  await db.run(sql`insert into role_scopes values (${t}, 'full', 'all'), (${t}, 'full', 'view')`);
  await db.run(sql`insert into application_roles values (${t}, 'app', 'full')`);
  await db.run(
    sql`insert into bots (tenant_id, organization_id, application_id, joined_at, role_ids) values (${t}, 'org', 'app', ${at}, '{r}')`,
  );
}

export const addSecret = (
  db: Db,
  applicationId: string,
  name: string,
  value: string,
  expiresAt: number | null = null,
) =>
  db.run(sql`insert into application_secrets (tenant_id, application_id, name, digest, created_at, expires_at)
             values ('default', ${applicationId}, ${name}, ${digestOf(value)}, 0, ${expiresAt})`);

export type Door = { oidc: Oidc; url: string; problems: unknown[]; close(): Promise<void> };

/** Every door has the same public address, as servers behind one load balancer have. */
export const publicUrl = 'https://usher.example';

export async function openDoor(db: Db, options: Partial<OidcOptions> = {}): Promise<Door> {
  const problems: unknown[] = [];
  const oidc = await openOidc({
    db,
    keys: testKeys,
    clock: Date.now,
    tenantId: 'default',
    issuer: `${publicUrl}/oidc`,
    publicUrl,
    algorithm: 'ES256',
    renderNotice: ({ kind }) => ({ headers: {}, html: `<h1>${kind}</h1>` }),
    log: (problem) => problems.push(problem),
    ...options,
  });
  const server: Server = createServer((req, res) => oidc.handle(req, res));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    oidc,
    problems,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidc`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      oidc.close();
    },
  };
}

export type Answer = {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { access_token: string };
};

/** Asks for a token as `app`; `fields` and `headers` add to that or (undefined) take from it. */
export async function ask(
  door: Door,
  fields: Record<string, string | undefined>,
  { headers = {}, path = '/token' }: { headers?: Record<string, string>; path?: string } = {},
): Promise<Answer> {
  const all = { grant_type: 'client_credentials', client_id: 'app', client_secret: 'secret', ...fields };
  const body = new URLSearchParams(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const response = await fetch(door.url + path, { method: 'POST', body, headers });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}
