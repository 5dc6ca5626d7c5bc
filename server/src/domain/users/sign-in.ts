/**
 * Somebody signs in: known by a mailbox that they proved, or by an account that they proved otherwise. A proven
 * mailbox without an account gets one where signing up is allowed. Who is signed in joins the organizations that let
 * their e-mail domain in.
 */
import type { Act } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { joinByDomain } from '../domains/join-by-domain.ts';
import { newId } from '../ids.ts';
import { refuse } from '../refusal.ts';
import { type Method, openSession, type Session } from '../sessions/sessions.ts';

export type Browser = {
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
  /** The value of the session cookie that the browser came with. */
  readonly before?: string | undefined;
};

export type SignedIn = {
  readonly userId: string;
  readonly isNew: boolean;
  /** The new value of the session cookie. */
  readonly value: string;
  readonly session: Session;
};

/** Refuses: user.not_found, user.suspended. */
export async function signIn(
  act: Act,
  userId: string,
  methods: readonly Method[],
  browser: Browser,
): Promise<SignedIn> {
  const opened = await act.atomically(async (tx) => {
    const person = await tx.db.first<{ suspendedAt: number | null }>(sql`
      update users set last_sign_in_at = case when suspended_at is null then ${act.at} else last_sign_in_at end
       where tenant_id = ${act.tenantId} and id = ${userId} returning suspended_at as "suspendedAt"`);
    if (!person) refuse('user.not_found', { id: userId });
    if (person.suspendedAt !== null) refuse('user.suspended', { id: userId });
    return openSession(tx, userId, { methods, ...browser });
  });
  await joinByDomain(act, userId);
  return { userId, isNew: false, ...opened };
}

/**
 * The person of a mailbox that was just proven, made when there is none. Nothing of an existing account is changed but
 * that its address is verified. Refuses: user.not_found (no account, and none may be made), user.suspended.
 */
export async function personOf(
  act: Act,
  address: string,
  signUp: { name?: string | undefined; applicationId?: string | undefined } | false,
): Promise<{ userId: string; isNew: boolean }> {
  const known = await act.db.first<{ id: string; suspendedAt: number | null }>(sql`
    update users set email_verified_at = ${act.at} where tenant_id = ${act.tenantId} and primary_email = ${address}
    returning id, suspended_at as "suspendedAt"`);
  if (known)
    return known.suspendedAt === null
      ? { userId: known.id, isNew: false }
      : refuse('user.suspended', { id: known.id });
  if (!signUp) refuse('user.not_found');
  const userId = newId(act.at);
  try {
    await act.db.run(sql`
      with u as (
        insert into users (tenant_id, id, primary_email, email_verified_at, name, application_id, created_at, updated_at)
        values (${act.tenantId}, ${userId}, ${address}, ${act.at}, ${signUp.name || null}, ${signUp.applicationId ?? null}, ${act.at}, ${act.at})
        returning *
      ), happened as (
        select null as organization_id, id as subject_id, jsonb_build_object('userId', id) as data from u
      ), ${recorded(act, 'user.created')} select 1`);
    return { userId, isNew: true };
  } catch (error) {
    // Somebody made it meanwhile. Inside a transaction nothing more can be asked: the act is run again.
    if (violation(error)?.constraint !== 'users_primary_email' || 'transaction' in act.db) throw error;
    return personOf(act, address, false);
  }
}
