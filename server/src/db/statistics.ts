/**
 * What the planner may assume of tables that nobody has counted yet. Every key begins with the tenant, and of a new table
 * PostgreSQL guesses that this alone finds one row: then any index that begins so looks as good as the primary key, and the
 * first statements of a new database read all rows of a tenant to find one. Counting replaces what is said here.
 */
import type pg from 'pg';

/**
 * How many different values: a number, or, below zero, a part of the rows. What is a key by itself, or is not named, is as
 * good as unique.
 */
const distinct = `case when is_key or relname = 'application_secrets' and attname = 'application_id' then -1 else case attname
  when 'tenant_id' then 1 when 'role_id' then 20 when 'scope_id' then 50 when 'endpoint_id' then 20
  when 'organization_id' then case when relname in ('members', 'invitations', 'journal') then -0.05 else -0.4 end
  when 'user_id' then -0.5 when 'application_id' then -0.5 else -1 end end`;
/** Most of what may happen to a row has not happened. */
const unset = `case when not is_null then 0 when attname like '%_at' then 0.7 else 0.2 end`;

/** Before PostgreSQL 18 nobody can say so: there the planner waits for the first ANALYZE. */
export async function assumeStatistics(client: pg.Client): Promise<void> {
  await client.query(`
    do $$ begin
      if current_setting('server_version_num')::integer < 180000 then return; end if;
      perform pg_restore_attribute_stats('schemaname', schema::text, 'relname', relname::text, 'attname', attname::text,
                'inherited', false, 'avg_width', 20, 'null_frac', (${unset})::real, 'n_distinct', (${distinct})::real)
         from (select distinct n.nspname as schema, k.relname, a.attname, not a.attnotnull as is_null,
                      exists (select from pg_index p where p.indrelid = k.oid and p.indisprimary and p.indnkeyatts = 2
                                 and p.indkey[1] = a.attnum) as is_key
                 from pg_index x
                 join pg_class k on k.oid = x.indrelid
                 join pg_namespace n on n.oid = k.relnamespace and n.nspname = current_schema
                 join pg_attribute a on a.attrelid = k.oid and a.attnum > 0
                      and (a.attnum = any(x.indkey::int2[]) or a.attname like '%_at' and not a.attnotnull)
                where not exists (select from pg_stats s where s.schemaname = n.nspname and s.tablename = k.relname
                                     and s.attname = a.attname)) uncounted;
    end $$`);
}
