import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { testApp } from '../../test/harness.ts';

test('in a database that nobody has counted yet, a row is found by its primary key', async () => {
  const t = await testApp();
  const { pipes: _pipes, transactions: _transactions, ...config } = t.database;
  const client = new pg.Client(config);
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('set plan_cache_mode = force_generic_plan');
  const { rows: keys } = await client.query<{ table: string; index: string; columns: string[] }>(`
    select x.indrelid::regclass::text as table, x.indexrelid::regclass::text as index,
           array(select a.attname::text || ' = $' || n || '::' || format_type(a.atttypid, null)
                   from unnest(x.indkey::int2[]) with ordinality k(number, n)
                   join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number order by n) as columns
      from pg_index x join pg_class c on c.oid = x.indrelid
     -- One domain is in few organizations: its own index serves as well.
     where x.indisprimary and c.relname <> 'email_domains' and c.relnamespace = 'public'::regnamespace and x.indnatts > 1`);
  expect(keys.length).toBeGreaterThan(30);
  const others: string[] = [];
  for (const { table, index, columns } of keys) {
    await client.query(`prepare one as select * from ${table} where ${columns.join(' and ')}`);
    const { rows } = await client.query(`explain execute one(${columns.map(() => 'null').join()})`);
    await client.query('deallocate one');
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    if (!plan.includes(index)) others.push(`${table}: ${plan}`);
  }
  expect(others).toEqual([]);
});
