/**
 * Seats: members and open invitations together never exceed the limit (rule 9). The counter on the organization's row
 * is moved by triggers and checked by a constraint; here the limit is set, and seats of expired invitations and of memberships
 * whose time is over are freed when somebody needs one. 0 is a limit like any other; null is none.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { type Expired, recordExpired } from '../invitations/expiries.ts';
import { removeEnded } from '../members/ended.ts';
import { refuse } from '../refusal.ts';
import { savepointed } from '../savepoint.ts';

export type Seats = { limit: number | null; isUnlimited: boolean; members: number; pending: number };

export async function getSeats(
  db: Queries,
  tenantId: string,
  organizationId: string,
  at: number,
): Promise<Seats> {
  const seats = await db.first<Seats>(sql`
    select seat_limit as limit, unlimited_at is not null as "isUnlimited",
           (select count(*) from members where tenant_id = ${tenantId} and organization_id = ${organizationId}) as members,
           (select count(*) from invitations where tenant_id = ${tenantId} and organization_id = ${organizationId}
               and accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null
               and expires_at > ${at}) as pending
      from organizations where tenant_id = ${tenantId} and id = ${organizationId}`);
  return seats ?? refuse('organization.not_found', { id: organizationId });
}

/** Sets or lifts the limit. Refuses: organization.not_found, seats.below_use (facts: used). */
export function setSeatLimit(
  act: Act,
  organizationId: string,
  limit: number | null,
  /** It was said that there is no limit: told from never having said anything. */
  isUnlimited = false,
): Promise<Seats> {
  return act.atomically(async (tx) => {
    // FOR UPDATE, not less: it waits for every join under way, so that the count after it misses none.
    const locked = await tx.db.first(
      sql`select id from organizations where tenant_id = ${act.tenantId} and id = ${organizationId} for update`,
    );
    if (!locked) refuse('organization.not_found', { id: organizationId });
    await lapseExpired(tx, organizationId);
    const { members, pending } = await getSeats(tx.db, act.tenantId, organizationId, act.at);
    if (limit !== null && members + pending > limit) refuse('seats.below_use', { used: members + pending });
    await tx.db.run(sql`
      with changed as (
        update organizations set seat_limit = ${limit}::int, unlimited_at = case when ${isUnlimited}::boolean then ${act.at}::bigint end,
               seats_used = ${members + pending}::int
         where tenant_id = ${act.tenantId} and id = ${organizationId} returning id
      ), happened as (
        select id as organization_id, id as subject_id, jsonb_build_object('limit', ${limit}::int) as data from changed
      ), ${recorded(act, 'organization.seats_set')} select 1`);
    return { limit, isUnlimited, members, pending };
  });
}

/**
 * Runs what takes seats. When none is left, the seats that hold nothing any more are freed and it runs once
 * more. Refuses: seats.full.
 */
export async function takingSeats<T>(
  act: Act,
  organizationId: string,
  take: (act: Act) => Promise<T>,
): Promise<T> {
  try {
    return await savepointed(act, take);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
  try {
    return await act.atomically(async (tx) => {
      await tx.db.first(
        sql`select id from organizations where tenant_id = ${act.tenantId} and id = ${organizationId} for no key update`,
      );
      await lapseExpired(tx, organizationId);
      return take(tx);
    });
  } catch (error) {
    if (isFull(error)) refuse('seats.full', { organizationId }, error);
    throw error;
  }
}

const isFull = (error: unknown) => violation(error)?.constraint === 'organizations_seats';

/** Closes what expired: memberships, and invitations of the organization. */
async function lapseExpired(act: TxAct, organizationId: string): Promise<void> {
  await removeEnded(act, organizationId);
  const lapsed = await act.db.rows<Expired>(sql`
    update invitations set lapsed_at = ${act.at}
     where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and expires_at <= ${act.at}
       and accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null
    returning id, organization_id as "organizationId", invitee, expires_at as "expiresAt"`);
  await recordExpired(act, lapsed);
}
