/** One PostgreSQL for the whole run, and in it a database that is migrated and seeded: every test file clones that. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openApp } from '../src/app.ts';
import { startEmbedded } from '../src/db/embedded.ts';
import { testConfig, testCredentials, testKeys } from './fixtures.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { host: string; port: number; user: string; database: string };
  }
}

export const templateDatabase = 'usher_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'usher-test-'));
  const postgres = await startEmbedded({ dataDir, settings: { fsync: 'off', max_connections: '200' } });
  const admin = new pg.Client(postgres.connection);
  await admin.connect();
  await admin.query(`create database ${templateDatabase}`);
  await admin.end();
  const app = await openApp({
    config: testConfig(3000),
    secrets: { smtpUrl: undefined, ...testCredentials },
    keys: testKeys,
    database: { ...postgres.connection, database: templateDatabase },
    sender: null,
  });
  await app.close();
  project.provide('postgres', postgres.connection);
  return async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
