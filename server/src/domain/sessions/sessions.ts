/**
 * Browsers in which somebody is signed in. The cookie holds 256 random bits, the database only their SHA-256; the
 * `uid` is the name by which people and tokens know a session. Every session of a person can be seen and ended.
 */
import { hash, randomBytes } from 'node:crypto';
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { forgetEnded, keeping } from './ended.ts';

/** As RFC 8176 names them: a code or link by mail, a password, a passkey (with its user verified). */
export type Method = 'otp' | 'pwd' | 'hwk' | 'user';

export type Session = {
  readonly uid: string;
  readonly userId: string;
  readonly signedInAt: number;
  readonly methods: readonly string[];
  readonly userAgent: string | null;
  readonly seenAt: number;
  readonly expiresAt: number;
};

export const sessionLifeMs = 14 * 86_400_000;
/** How often it is written down that a session is still in use. */
const noteEveryMs = 10 * 60_000;

/** What the database knows the value of a cookie by. */
export const digestOfCookie = (value: string): Buffer => hash('sha256', value, 'buffer');

const columns = sql`uid, user_id as "userId", signed_in_at as "signedInAt", methods, user_agent as "userAgent",
  seen_at as "seenAt", expires_at as "expiresAt"`;

/**
 * Signs the person in, in a browser that gets the value as its cookie. The session that the browser had before ends:
 * a value known to somebody else is worth nothing afterwards.
 */
export async function openSession(
  act: Act,
  userId: string,
  {
    methods,
    userAgent,
    ip,
    before,
  }: {
    methods: readonly Method[];
    userAgent?: string | undefined;
    ip?: string | undefined;
    before?: string | undefined;
  },
): Promise<{ value: string; session: Session }> {
  const value = randomBytes(32).toString('base64url');
  const uid = randomBytes(16).toString('base64url');
  const session = await act.db.first<Session>(sql`
    with gone as (
      delete from sessions where tenant_id = ${act.tenantId} and digest = ${digestOfCookie(before ?? '')} returning *
    ), ${keeping(act.at, 'sign-out')}
    insert into sessions (tenant_id, digest, uid, user_id, signed_in_at, methods, user_agent, ip, seen_at, expires_at)
    values (${act.tenantId}, ${digestOfCookie(value)}, ${uid}, ${userId}, ${act.at}, ${methods}::text[], ${userAgent?.slice(0, 400) ?? null},
            ${ip ?? null}, ${act.at}, ${act.at + sessionLifeMs})
    returning ${columns}`);
  return { value, session: session! };
}

/** The session of this cookie, unless it is over, or its person suspended or gone. */
export async function findSession(
  db: Queries,
  tenantId: string,
  value: string,
  at: number,
): Promise<Session | undefined> {
  const session = await db.first<Session>(sql`
    select s.uid, s.user_id as "userId", s.signed_in_at as "signedInAt", s.methods, s.user_agent as "userAgent",
           s.seen_at as "seenAt", s.expires_at as "expiresAt"
      from sessions s join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
     where s.tenant_id = ${tenantId} and s.digest = ${digestOfCookie(value)} and s.expires_at > ${at} and u.suspended_at is null`);
  if (session && session.seenAt < at - noteEveryMs) await noteUse(db, tenantId, session.uid, at);
  return session;
}

/** The session is in use: it lives for its whole time from now on. Written down every few minutes. */
export async function noteUse(db: Queries, tenantId: string, uid: string, at: number): Promise<void> {
  await db.run(sql`update sessions set seen_at = ${at}, expires_at = ${at + sessionLifeMs}
                    where tenant_id = ${tenantId} and uid = ${uid} and seen_at < ${at - noteEveryMs} and expires_at > ${at}`);
}

/** Newest use first. */
export const findSessionsOf = (
  db: Queries,
  tenantId: string,
  userId: string,
  at: number,
): Promise<Session[]> =>
  db.rows<Session>(sql`
    select ${columns} from sessions where tenant_id = ${tenantId} and user_id = ${userId} and expires_at > ${at}
     order by seen_at desc, uid`);

/**
 * Ends sessions of the person, with the grants that applications got in them: refresh tokens of those die at once. One
 * session by its uid, or all (then with every grant there is); `except` stays. Returns how many ended.
 */
export async function endSessions(
  act: Act,
  userId: string,
  which: {
    uid?: string | undefined;
    except?: string | undefined;
    /** Otherwise somebody takes the session from whoever has it. */
    by?: 'sign-out';
  } = {},
): Promise<number> {
  const isAll = which.uid === undefined && which.except === undefined;
  const row = await act.db.first<{ ended: number }>(sql`
    with gone as (
      delete from sessions where tenant_id = ${act.tenantId} and user_id = ${userId}
         and (${which.uid ?? null}::text is null or uid = ${which.uid ?? null}) and uid is distinct from ${which.except ?? null}::text
      returning *
    ), ${keeping(act.at, which.by ?? 'revocation')}, doomed as (
      select value->>'grantId' as grant_id from gone, jsonb_each(coalesce(gone.payload->'authorizations', '{}'))
    ), tokens as (
      delete from oidc_records r where r.tenant_id = ${act.tenantId} and r.account_id = ${userId}
         and (${isAll}::boolean or r.payload->>'sessionUid' in (select uid from gone)
              or coalesce(r.grant_id, r.id) in (select grant_id from doomed))
    ), happened as (
      select null as organization_id, ${userId} as subject_id, jsonb_build_object('userId', ${userId}::text, 'sessions', count(*)) as data
        from gone having count(*) > 0
    ), ${recorded(act, 'session.ended')}
    select count(*) as ended from gone`);
  return row!.ended;
}

/** Ends the session of this cookie, whoever's it is, with what applications got for its duration. */
export async function endSession(db: Queries, tenantId: string, value: string, at: number): Promise<void> {
  await db.run(sql`
    with gone as (
      delete from sessions where tenant_id = ${tenantId} and digest = ${digestOfCookie(value)} returning *
    ), ${keeping(at, 'sign-out')}, doomed as (
      select gone.user_id, g.value->>'grantId' as grant_id from gone, jsonb_each(coalesce(gone.payload->'authorizations', '{}')) g
       where not g.value ? 'persistsLogout'
    )
    delete from oidc_records r using doomed where r.tenant_id = ${tenantId} and r.account_id = doomed.user_id
       and coalesce(r.grant_id, r.id) = doomed.grant_id`);
}

/** Common table expressions that end every session and every grant of the people whose ids this selects; they stay. */
export const endingAll = (act: Act, userIds: Statement): Statement => sql`
    gone_sessions as (
      delete from sessions where tenant_id = ${act.tenantId} and user_id in (${userIds}) returning *
    ), ${keeping(act.at, 'revocation', sql`gone_sessions`)}, ${endingGrants(act, userIds)}`;

/** The same for people who are deleted: their sessions go with them, and nothing is kept. */
export const endingGrants = (act: Act, userIds: Statement): Statement => sql`grants_ended as (
      delete from oidc_records where tenant_id = ${act.tenantId} and account_id in (${userIds})
    )`;

/** Removes sessions that are over; those of people are kept among the ended ones for a while. */
export async function forgetSessions(db: Queries, at: number): Promise<void> {
  await db.run(sql`
    with gone as (delete from sessions where expires_at <= ${at} returning *), ${keeping(undefined, 'time')} select`);
  await forgetEnded(db, at);
}
