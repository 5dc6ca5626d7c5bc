/**
 * Changes what a membership says of itself: when it ends, and the application's own data. The end is judged by the clock
 * at every use; no worker has to come by. Moving it, also for somebody whose time is over, is an act of somebody whose
 * own roles cover those of the member (rule 6).
 */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { mustCoverHolders } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';
import { lockHolder, ownerRefused, people } from './holders.ts';

export type Membership = {
  readonly organizationId: string;
  readonly userId: string;
  readonly joinedAt: number;
  readonly isSuspended: boolean;
  /** Milliseconds since the epoch; null: it lasts. */
  readonly expiresAt: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export type MembershipChange = {
  readonly expiresAt?: number | null | undefined;
  /** Replaced whole. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
};

const columns = sql`organization_id as "organizationId", user_id as "userId", joined_at as "joinedAt",
  suspended_at is not null as "isSuspended", expires_at as "expiresAt", metadata`;

/** Refuses: member.not_found, member.expiry_past, access.beyond_own, organization.last_owner. */
export function changeMembership(
  act: Act,
  organizationId: string,
  userId: string,
  { expiresAt, metadata }: MembershipChange,
): Promise<Membership> {
  return act.atomically(async (tx) => {
    await lockHolder(tx, people, organizationId, userId);
    await mustCoverHolders(tx, organizationId, 'member', [userId]);
    if (typeof expiresAt === 'number' && expiresAt <= act.at) refuse('member.expiry_past', { expiresAt });
    if (expiresAt !== undefined) await mustOutlast(tx, organizationId, userId, expiresAt);
    const membership = await tx.db
      .first<Membership>(sql`
      with m as (
        update members set expires_at = case when ${expiresAt !== undefined}::boolean then ${expiresAt ?? null}::bigint else expires_at end,
               metadata = coalesce(${metadata ?? null}::jsonb, metadata)
         where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and user_id = ${userId} returning *
      ), happened as (
        select organization_id, user_id as subject_id, jsonb_build_object('userIds', jsonb_build_array(user_id),
               'expiresAt', expires_at) as data from m
      ), ${recorded(act, 'membership.updated')}
      select ${columns} from m`)
      .catch(ownerRefused);
    return membership!;
  });
}

/** Who is a member for a time lengthens nobody's membership beyond their own, least of all their own. */
async function mustOutlast(
  act: TxAct,
  organizationId: string,
  userId: string,
  expiresAt: number | null,
): Promise<void> {
  if (act.by.kind !== 'member') return;
  const ends = await act.db.rows<{ userId: string; expiresAt: number | null }>(sql`
    select user_id as "userId", expires_at as "expiresAt" from members
     where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and user_id = any(${[act.by.id, userId]}::text[])`);
  const endOf = (id: string) =>
    ends.find((each) => each.userId === id)?.expiresAt ?? Number.POSITIVE_INFINITY;
  const wanted = expiresAt ?? Number.POSITIVE_INFINITY;
  if (wanted > endOf(act.by.id) && wanted > endOf(userId)) refuse('access.beyond_own', { expiresAt });
}
