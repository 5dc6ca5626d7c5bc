/**
 * Sessions of people as they can be looked back at: those that hold, and for thirty days those that are over. What the
 * status is follows from the times.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import type { Session } from './sessions.ts';

/** Somebody signed out, somebody took it away, or it came to its end. */
type EndedBy = 'sign-out' | 'revocation' | 'time';

/** What an application got in the session, and for which organization. */
export type Entry = {
  readonly applicationId: string;
  readonly organizationId: string | null;
  readonly at: number;
};

export type SessionRecord = Session & {
  readonly ip: string | null;
  /** Oldest first. */
  readonly entered: readonly Entry[];
  readonly endedAt: number | null;
  readonly endedBy: EndedBy | null;
};

export type SessionStatus = 'active' | 'expired' | 'revoked' | 'signed-out';

export const keptForMs = 30 * 86_400_000;

export function statusOfSession(
  { endedBy, expiresAt }: Pick<SessionRecord, 'endedBy' | 'expiresAt'>,
  at: number,
): SessionStatus {
  if (endedBy === 'sign-out') return 'signed-out';
  if (endedBy === 'revocation') return 'revoked';
  return endedBy === 'time' || expiresAt <= at ? 'expired' : 'active';
}

/** A common table expression that keeps what `gone` (rows of `sessions`) deleted. Without a time, each ended by itself. */
export const keeping = (
  at: number | undefined,
  by: EndedBy,
  gone: Statement = sql`gone`,
): Statement => sql`kept as (
      insert into ended_sessions (tenant_id, uid, user_id, signed_in_at, methods, user_agent, ip, seen_at, expires_at, entered, ended_at, ended_by)
      select tenant_id, uid, user_id, signed_in_at, methods, user_agent, ip, seen_at, expires_at, entered,
             ${at === undefined ? sql`expires_at` : sql`least(${at}::bigint, expires_at)`},
             ${at === undefined ? sql`'time'` : sql`case when expires_at <= ${at}::bigint then 'time' else ${by} end`}
        from ${gone} where user_id is not null
      on conflict do nothing
    )`;

export const forgetEnded = (db: Queries, at: number): Promise<number> =>
  db.run(sql`delete from ended_sessions where ended_at <= ${at - keptForMs}`);

/** Held and ended ones of this tenant, as `s`. */
const all = (tenantId: string, where: Statement): Statement => sql`(
  select uid, user_id, signed_in_at, methods, user_agent, ip, seen_at, expires_at, entered, null::bigint as ended_at, null::text as ended_by
    from sessions where tenant_id = ${tenantId} and user_id is not null and ${where}
  union all
  select uid, user_id, signed_in_at, methods, user_agent, ip, seen_at, expires_at, entered, ended_at, ended_by
    from ended_sessions where tenant_id = ${tenantId} and ${where}) s`;

const columns = sql`s.uid, s.user_id as "userId", s.signed_in_at as "signedInAt", s.methods, s.user_agent as "userAgent", s.ip,
  s.seen_at as "seenAt", s.expires_at as "expiresAt", s.entered, s.ended_at as "endedAt", s.ended_by as "endedBy"`;

export const findSessionRecord = (
  db: Queries,
  tenantId: string,
  uid: string,
): Promise<SessionRecord | undefined> =>
  db.first(sql`select ${columns} from ${all(tenantId, sql`uid = ${uid}`)} limit 1`);

export type SessionFilter = {
  /** Every status where none is named. */
  readonly statuses?: readonly SessionStatus[] | undefined;
  /** Signed in from then on, and before then. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
};

/** The columns of `s` by which a list goes: the last of them is unique. */
export const sessionOrder = [sql`s.signed_in_at`, sql`s.uid`] as const;

/** Which part of the list, as what stands after `where`, `order by` and at the end. */
export type SessionSlice = {
  readonly condition: Statement;
  readonly order: Statement;
  readonly limit: Statement;
};

/** A part of the list, and how long all of it is. */
export async function findSessionRecordsOf(
  db: Queries,
  tenantId: string,
  userId: string,
  at: number,
  filter: SessionFilter,
  { condition, order, limit }: SessionSlice,
): Promise<{ rows: SessionRecord[]; total: number }> {
  const status = sql`case when s.ended_by = 'sign-out' then 'signed-out' when s.ended_by = 'revocation' then 'revoked'
    when s.ended_by = 'time' or s.expires_at <= ${at} then 'expired' else 'active' end`;
  const asked = sql`${all(tenantId, sql`user_id = ${userId}`)}
    where ${filter.statuses?.length ? sql`${status} = any(${filter.statuses}::text[])` : sql`true`}
      and ${filter.from === undefined ? sql`true` : sql`s.signed_in_at >= ${filter.from}`}
      and ${filter.until === undefined ? sql`true` : sql`s.signed_in_at < ${filter.until}`}`;
  const [rows, count] = await Promise.all([
    db.rows<SessionRecord>(sql`select ${columns} from ${asked} and ${condition} order by ${order} ${limit}`),
    db.first<{ total: number }>(sql`select count(*) as total from ${asked}`),
  ]);
  return { rows, total: count!.total };
}

/** Writes down that an application got something in the session for this organization, or for none. */
export async function noteEntry(
  db: Queries,
  tenantId: string,
  uid: string,
  { applicationId, organizationId, at }: Entry,
): Promise<void> {
  await db.run(sql`
    update sessions set entered = (
      select coalesce(jsonb_agg(e order by (e->>'at')::bigint), '[]') from jsonb_array_elements(entered) e
       where e->>'applicationId' <> ${applicationId} or e->>'organizationId' is distinct from ${organizationId}::text
    ) || ${JSON.stringify([{ applicationId, organizationId, at }])}::jsonb
     where tenant_id = ${tenantId} and uid = ${uid} and user_id is not null`);
}
