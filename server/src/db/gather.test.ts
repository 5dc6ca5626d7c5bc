/** Acts that share a statement have nothing else to do with each other. */
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { testDatabase } from '../../test/harness.ts';
import { type Db, isOutage, openDb, type Queries, sql } from './db.ts';
import { gathered } from './gather.ts';

async function open() {
  const options = await testDatabase();
  const db = openDb(options);
  onTestFinished(() => db.close());
  await db.run(sql`create table kept (tenant text, n int primary key check (n <> 13))`);
  return { options, db };
}

/** Keeps numbers, and takes down which were kept by one statement. */
function keeping() {
  const statements: (readonly number[])[] = [];
  const keep = gathered(async (db: Queries, tenant, all: readonly number[]) => {
    statements.push(all);
    const rows = await db.rows<{ n: number }>(
      sql`insert into kept select ${tenant}, n from unnest(${all}::int[]) n returning n`,
    );
    return all.map((wanted) => rows.find(({ n }) => n === wanted)?.n);
  });
  return { statements, keep };
}

const kept = async (db: Db) =>
  (await db.rows<{ n: number }>(sql`select n from kept order by n`)).map(({ n }) => n);

test('a hundred acts at once are a few statements, and each hears of its own', async () => {
  const { db } = await open();
  const { statements, keep } = keeping();
  const all = Array.from({ length: 100 }, (_, n) => n + 100);
  expect(await Promise.all(all.map((n) => keep(db, 'one', n)))).toEqual(all);
  expect(statements.length).toBeLessThanOrEqual(4);
  expect(await kept(db)).toEqual(all);
});

test('an act that comes alone is alone', async () => {
  const { db } = await open();
  const { statements, keep } = keeping();
  for (const n of [1, 2, 3]) await keep(db, 'one', n);
  expect(statements).toEqual([[1], [2], [3]]);
});

test('an act that fails takes no other along', async () => {
  const { db } = await open();
  const { keep } = keeping();
  const answers = await Promise.allSettled([1, 2, 13, 2, 4].map((n) => keep(db, 'one', n)));
  expect(answers.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(2);
  expect(answers[2]).toMatchObject({ reason: { code: '23514' } });
  expect(await kept(db)).toEqual([1, 2, 4]);
});

test('tenants, and transactions, do not share statements', async () => {
  const { db } = await open();
  const { statements, keep } = keeping();
  const undone = new Error('undone');
  await Promise.all([
    keep(db, 'one', 1),
    keep(db, 'other', 2),
    db
      .atomically(async (tx) => {
        await keep(tx, 'one', 3);
        throw undone;
      })
      .catch((error) => expect(error).toBe(undone)),
  ]);
  expect(statements.toSorted()).toEqual([[1], [2], [3]]);
  expect(await db.rows(sql`select tenant, n from kept order by n`)).toEqual([
    { tenant: 'one', n: 1 },
    { tenant: 'other', n: 2 },
  ]);
});

test('what a lost connection leaves open is not tried again', async () => {
  const { options, db } = await open();
  const { statements, keep } = keeping();
  const holder = new pg.Client(options);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin; lock table kept');
  const waiting = Promise.allSettled([1, 2, 3].map((n) => keep(db, 'one', n)));
  const blocked = sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  let pid: number | undefined;
  while (!pid) pid = (await db.first<{ pid: number }>(blocked))?.pid;
  await holder.query('select pg_terminate_backend($1)', [pid]);
  for (const answer of await waiting) {
    expect(answer.status).toBe('rejected');
    expect(isOutage((answer as PromiseRejectedResult).reason)).toBe(true);
  }
  expect(statements).toEqual([[1, 2, 3]]);
  await holder.query('rollback');
  // On a connection that is not yet known to be dead, once more.
  expect(await vi.waitFor(() => keep(db, 'one', 4))).toBe(4);
});
