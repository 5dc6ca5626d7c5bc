/**
 * The data to measure against, loaded by SQL in bulk, past triggers and foreign keys. Half of the invitations lie in
 * organizations that have exactly 100 and are only listed; the rest in those that new ones come into.
 */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { type InputKind, tenantId, undeliveredMs } from './operations.ts';

export type Data = Awaited<ReturnType<typeof openData>>;

const sampleSize = 20_000;
const chunk = 100_000;
const day = 86_400_000;
const loadedTables = 'organizations, users, members, bots, invitations, journal';

/** In the form and order of real ids. The same in SQL below. */
const idOf = (kind: string, n: number) =>
  String(n).padStart(9, '0') + createHash('md5').update(`${kind}${n}`).digest('hex').slice(0, 12);

const idFunction = `create function pg_temp.id(kind text, n bigint) returns text language sql immutable
  as $$ select lpad(n::text, 9, '0') || left(md5(kind || n), 12) $$`;

export async function openData(
  database: pg.ClientConfig,
  clientId: string,
  roleId: string,
  botRoleId: string,
) {
  const client = new pg.Client(database);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('set session_replication_role = replica; set synchronous_commit = off');
  await client.query(idFunction);

  const loaded = { invitations: 0, organizations: 0 };
  const full: string[] = [];
  const growing: string[] = [];
  const known = new Map<InputKind, string[][]>();
  const makers = new Map<InputKind, (count: number) => Promise<string[][]>>();
  // Beyond all numbers of the bulk, as what is made later has later ids.
  let fresh = 500_000_000;

  /** Loads up to this many invitations in all. */
  async function load(rows: number, progress: (done: number) => void): Promise<void> {
    const first = loaded.invitations;
    const count = rows - first;
    const organizations = Math.max(100, rows / 100) - loaded.organizations;
    const lists = Math.floor(count / 200);
    const base = loaded.organizations;
    for (let n = 1; n <= organizations; n++) (n <= lists ? full : growing).push(idOf('o', base + n));
    await client.query(organizationRows, [base, organizations, Date.now(), roleId]);
    await client.query(botRows, [base, Math.min(organizations, 1000), Date.now(), clientId, botRoleId]);
    for (let done = 0; done < count; done += chunk) {
      const size = Math.min(chunk, count - done);
      const range = [first, done, size];
      await client.query(invitationRows, [...range, base, lists, organizations, count, Date.now(), roleId]);
      for (const text of [userRows, memberRows, journalRows])
        await client.query(text, [first + done + 1, first + done + size]);
      progress(first + done + size);
    }
    Object.assign(loaded, { invitations: rows, organizations: base + organizations });
    // What is loaded only: known to be empty, a table would be read from end to end when it no longer is.
    await client.query(`vacuum (analyze) ${loadedTables}`);
    await client.query('checkpoint');
    await sample();
  }

  async function sample(): Promise<void> {
    const take = async (kind: InputKind, text: string) =>
      known.set(kind, (await client.query({ text, rowMode: 'array' })).rows as string[][]);
    await take('invitation', `select id from invitations order by random() limit ${sampleSize}`);
    await take(
      'member',
      `select organization_id, user_id from members order by random() limit ${sampleSize}`,
    );
    await take('bot', `select organization_id from bots order by random() limit ${sampleSize}`);
    known.set(
      'full organization',
      full.map((id) => [id]),
    );
  }

  /** For fresh kinds exactly as many as are wanted; otherwise a sample to use again and again. */
  async function inputs(kind: InputKind, count: number): Promise<string[][]> {
    if (kind === 'crowd') return crowds();
    const sampled = known.get(kind);
    if (sampled) return sampled;
    const make = makers.get(kind);
    if (make) return make(count);
    const first = fresh + 1;
    fresh += count;
    if (kind === 'newcomer') {
      return Array.from({ length: count }, (_, i) => [addressOf(first + i), growing[i % growing.length]!]);
    }
    await client.query(waitingUserRows, [first, fresh, Date.now()]);
    await client.query(waitingRows, [first, fresh, Date.now(), roleId, growing]);
    return Array.from({ length: count }, (_, i) => [idOf('w', first + i), idOf('v', first + i)]);
  }

  /** Organizations that have exactly 100 members, with a role each. */
  async function crowds(): Promise<string[][]> {
    const sampled = known.get('crowd');
    if (sampled) return sampled;
    const first = fresh + 1;
    fresh += 5000;
    const { rows } = await client.query({ text: crowdRows, rowMode: 'array' }, [
      first,
      fresh,
      Date.now(),
      roleId,
    ]);
    await client.query(`vacuum (analyze) ${loadedTables}`);
    known.set('crowd', rows as string[][]);
    return rows as string[][];
  }

  /** Waits until all mail has gone, drops what the limit queued, and frees the bounds. Returns mails a second. */
  async function settleMail(): Promise<number> {
    const waiting = async () =>
      Number((await client.query(dueDeliveries, [Date.now() + undeliveredMs / 2])).rows[0].count);
    const startedAt = Date.now();
    const before = await waiting();
    while ((await waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const perSecond = before / ((Date.now() - startedAt) / 1000);
    await client.query(`delete from deliveries where ${open}`);
    await client.query('truncate sender_allowances');
    return perSecond;
  }

  return {
    load,
    inputs,
    settleMail,
    isFresh: (kind: InputKind) => !known.has(kind),
    /** The inputs of a kind that comes from elsewhere: a sample, or how fresh ones are made. */
    provide(kind: InputKind, inputs: string[][] | ((count: number) => Promise<string[][]>)) {
      if (Array.isArray(inputs)) known.set(kind, inputs);
      else makers.set(kind, inputs);
    },
    client,
    query: async (text: string) => (await client.query(text)).rows,
    close: () => client.end(),
  };
}

const addressOf = (n: number) => `person${String(n).padStart(9, '0')}@example.com`;

const organizationRows = `
  with o as (
    insert into organizations (tenant_id, id, name, created_at)
    select '${tenantId}', pg_temp.id('o', n), 'Organization ' || n, $3::bigint - ${90 * day} + n
      from generate_series($1::bigint + 1, $1::bigint + $2::bigint) n
    returning id
  ), u as (
    insert into users (tenant_id, id, primary_email, name, created_at, updated_at)
    select '${tenantId}', id, id || '@owner.example.com', 'Owner', $3::bigint, $3::bigint from o
  ), m as (
    insert into members (tenant_id, organization_id, user_id, joined_at, role_ids)
    select '${tenantId}', id, id, $3::bigint, array[$4] from o
  )
  select count(*) from o`;

const botRows = `
  insert into bots (tenant_id, organization_id, application_id, joined_at, role_ids)
  select '${tenantId}', pg_temp.id('o', n), $4, $3::bigint, array[$5] from generate_series($1::bigint + 1, $1::bigint + $2::bigint) n`;

/** Half accepted, 30 of 100 pending, 15 expired, the rest revoked or rejected; neighbours belong to different organizations. */
const invitationRows = `
  insert into invitations (tenant_id, id, organization_id, invitee, inviter_id, role_ids, created_at, updated_at, expires_at,
                           accepted_at, accepted_user_id, revoked_at, rejected_at)
  select '${tenantId}', pg_temp.id('i', n), organization, 'invited' || n || '@example.com', organization, array[$9::text],
         made, made, made + case when state < 50 or state between 80 and 94 then ${7 * day} else ${120 * day} end,
         case when state < 50 then made + ${day} end, case when state < 50 then pg_temp.id('u', n) end,
         case when state between 95 and 97 then made + ${day} end, case when state >= 98 then made + ${day} end
    from generate_series($2::bigint, $2::bigint + $3::bigint - 1) r
   cross join lateral (select r + $1::bigint + 1 as n, abs(hashint8(r)::bigint) % 100 as state,
     $8::bigint - ${90 * day} + ${80 * day} * r / $7::bigint as made,
     pg_temp.id('o', $4::bigint + 1 + case when r < $5::bigint * 100 then r % $5::bigint
                                   else $5::bigint + r % ($6::bigint - $5::bigint) end) as organization) x`;

const made = `from invitations where tenant_id = '${tenantId}'
  and id between lpad($1::text, 9, '0') and lpad(($2::bigint + 1)::text, 9, '0')`;
const userRows = `
  insert into users (tenant_id, id, primary_email, name, created_at, updated_at)
  select tenant_id, accepted_user_id, invitee, 'Invited', accepted_at, accepted_at ${made} and accepted_at is not null`;
const memberRows = `
  insert into members (tenant_id, organization_id, user_id, joined_at, role_ids)
  select tenant_id, organization_id, accepted_user_id, accepted_at, role_ids ${made} and accepted_at is not null`;
const journalRows = `
  insert into journal (tenant_id, id, at, actor, type, organization_id, subject_id, data)
  select tenant_id, id, created_at, 'system:bench', 'invitation.created', organization_id, id, jsonb_build_object('invitee', invitee) ${made}`;

/** People and the invitations that wait for them. */
const waitingUserRows = `
  insert into users (tenant_id, id, primary_email, name, created_at, updated_at)
  select '${tenantId}', pg_temp.id('v', n), 'waiting' || n || '@example.com', 'Waiting', $3::bigint, $3::bigint
    from generate_series($1::bigint, $2::bigint) n`;
const waitingRows = `
  insert into invitations (tenant_id, id, organization_id, invitee, role_ids, created_at, updated_at, expires_at)
  select '${tenantId}', pg_temp.id('w', n), ($5::text[])[1 + n % cardinality($5::text[])], 'waiting' || n || '@example.com',
         array[$4::text], $3::bigint, $3::bigint, $3::bigint + ${7 * day}
    from generate_series($1::bigint, $2::bigint) n`;

const crowdRows = `
  with o as (
    insert into organizations (tenant_id, id, name, created_at)
    select '${tenantId}', pg_temp.id('k', n), 'Crowd ' || n, $3::bigint from generate_series($1::bigint, $2::bigint, 100) n returning id
  ), u as (
    insert into users (tenant_id, id, primary_email, name, created_at, updated_at)
    select '${tenantId}', pg_temp.id('c', n), 'crowd' || n || '@example.com', 'Somebody', $3::bigint, $3::bigint
      from generate_series($1::bigint, $2::bigint) n
  ), m as (
    insert into members (tenant_id, organization_id, user_id, joined_at, role_ids)
    select '${tenantId}', pg_temp.id('k', $1::bigint + (n - $1::bigint) / 100 * 100), pg_temp.id('c', n), $3::bigint, array[$4]
      from generate_series($1::bigint, $2::bigint) n
  )
  select id from o`;

const open = 'sent_at is null and failed_at is null and canceled_at is null';
const dueDeliveries = `select count(*) from deliveries where due_at < $1 and ${open}`;
