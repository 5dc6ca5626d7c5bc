/** Who is told that something was written can rely on it, whatever happens to PostgreSQL the moment after. */
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type Db, isOutage, openDb, sql } from './db.ts';
import { startEmbedded } from './embedded.ts';

/** Whatever PostgreSQL does not write at once stays in its memory for ten seconds, and dies with it. */
const settings = { fsync: 'off', wal_writer_delay: '10s' };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(await realpath(tmpdir()), 'usher-test-'));
  await chmod(made, 0o755);
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return join(made, 'data');
}

async function start(dataDir: string) {
  const lost = Promise.withResolvers<Error>();
  const embedded = await startEmbedded({ dataDir, settings, onLost: lost.resolve });
  const db = openDb(embedded.connection);
  onTestFinished(async () => {
    await db.close();
    await embedded.stop();
  });
  return { embedded, db, lost: lost.promise };
}

/** Many write at once until told to stop; what went wrong must be an outage and nothing else. */
function writing(db: Db) {
  const written: number[] = [];
  const errors: unknown[] = [];
  let n = 0;
  let isOver = false;
  const ended = Promise.all(
    Array.from({ length: 16 }, async () => {
      while (!isOver) {
        const mine = ++n;
        await db.run(sql`insert into kept values (${mine}::int)`).then(
          () => written.push(mine),
          async (error) => {
            errors.push(error);
            await sleep(5);
          },
        );
      }
    }),
  );
  return {
    written,
    errors,
    async stop() {
      isOver = true;
      await ended;
    },
  };
}

test('what was acknowledged is there after PostgreSQL was killed', { timeout: 60_000 }, async () => {
  const dataDir = await folder();
  const { embedded, db, lost } = await start(dataDir);
  await db.run(sql`create table kept (n int)`);
  const writers = writing(db);
  while (writers.written.length < 500) await sleep(5);
  process.kill(embedded.pid, 'SIGKILL');
  await lost;
  await writers.stop();
  const again = await start(dataDir);
  const rows = await again.db.rows<{ n: number }>(sql`select n from kept`);
  const kept = new Set(rows.map(({ n }) => n));
  expect(writers.written.filter((n) => !kept.has(n))).toEqual([]);
});

test('a connection that breaks leaves nobody waiting, and nobody told what is not so', {
  timeout: 60_000,
}, async () => {
  const { embedded, db } = await start(await folder());
  await db.run(sql`create table kept (n int)`);
  const killer = new pg.Client(embedded.superuser);
  await killer.connect();
  const writers = writing(db);
  for (let round = 0; round < 20; round++) {
    const before = writers.written.length;
    while (writers.written.length < before + 20) await sleep(1);
    await killer.query(
      "select pg_terminate_backend(pid) from (select pid from pg_stat_activity where usename = 'usher' order by random() limit 1) one",
    );
  }
  await writers.stop();
  await killer.end();
  const rows = await db.rows<{ n: number }>(sql`select n from kept`);
  const kept = new Set(rows.map(({ n }) => n));
  expect(writers.written.filter((n) => !kept.has(n))).toEqual([]);
  expect(writers.errors.filter((error) => !isOutage(error))).toEqual([]);
});

test('a statement that changes rows is known as one', () => {
  expect(sql`select 1 for update`.writes).toBe(false);
  expect(sql`select 1 from t for no key update of t`.writes).toBe(false);
  expect(sql`with i as (insert into t values (1) returning *) select * from i`.writes).toBe(true);
  const part = sql`update t set a = ${1}`;
  expect(sql`with u as (${part} returning a) select a from u`.writes).toBe(true);
  expect(sql`delete from t`.writes).toBe(true);
});
