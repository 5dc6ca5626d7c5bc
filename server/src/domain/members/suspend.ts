/**
 * Suspends a member of one organization, or lets them in again. Who is suspended keeps every role and has none of what
 * they give; joining by whatever path changes nothing about it (rule 11): reinstating is an act of its own, by somebody
 * whose own roles cover those of the member (rule 6).
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { mustCoverHolders } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { lockHolder, ownerRefused, people } from './holders.ts';

/** Refuses: member.not_found, access.beyond_own, organization.last_owner. */
export function setMemberSuspended(
  act: Act,
  organizationId: string,
  userId: string,
  isSuspended: boolean,
): Promise<void> {
  return act.atomically(async (tx) => {
    await lockHolder(tx, people, organizationId, userId);
    await mustCoverHolders(tx, organizationId, 'member', [userId]);
    await tx.db
      .run(sql`
      with m as (
        update members set suspended_at = case when ${isSuspended}::boolean then ${act.at}::bigint end
         where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and user_id = ${userId}
           and (suspended_at is not null) <> ${isSuspended}::boolean returning *
      ), happened as (
        select organization_id, user_id as subject_id, jsonb_build_object('userIds', jsonb_build_array(user_id)) as data from m
      ), ${recorded(act, isSuspended ? 'membership.suspended' : 'membership.reinstated')} select 1`)
      .catch(ownerRefused);
  });
}
