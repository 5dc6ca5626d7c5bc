/**
 * Changes what an open invitation offers: the roles, or what the membership is to say of itself. Also of one that expired
 * and can be renewed. The roles are judged as when inviting (rule 6): it stands with the authority of who changed them,
 * and is approved anew where the organization wants that. Whoever accepts at the same time gets the one or the other.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { isInsider, mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { asksApproval, joinPolicy, mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { mustCoverInvitation } from './authority.ts';
import { statusAt } from './invitation.ts';
import { getRow, isOpen } from './rows.ts';

export type OfferChange = {
  /** All of them. */
  readonly roleIds?: readonly string[] | undefined;
  /** Replaced whole. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
};

/** Refuses: invitation.not_found, invitation.ended (facts: status), role.not_found, role.wrong_type, access.beyond_own, policy.role_not_allowed. */
export function changeOffer(act: Act, id: string, { roleIds, metadata }: OfferChange): Promise<void> {
  return act.atomically(async (tx) => {
    await tx.db.run(
      sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
    );
    const before = await getRow(tx.db, act.tenantId, id);
    await mustCoverInvitation(tx, id);
    const roles = roleIds && [...new Set(roleIds)];
    if (roles) {
      await mustBeHoldable(tx, before.organizationId, roles);
      await mustCover(tx, before.organizationId, roles);
      await mustKeepPolicy(tx, { organizationId: before.organizationId, roleIds: roles });
    }
    const authority = roles && isInsider(act.by) ? act.by.id : null;
    const needed =
      authority === null
        ? sql`null::bigint`
        : sql`case when ${asksApproval(before.invitee, roles ?? [])} then ${act.at}::bigint end`;
    const standing = roles
      ? sql`, authority_id = ${authority}, approved_at = null, approval_needed_at = ${needed}`
      : sql``;
    const row = await tx.db.first(sql`
      with i as (
        update invitations i set role_ids = coalesce(${roles ?? null}::text[], i.role_ids),
               membership_metadata = coalesce(${metadata ?? null}::jsonb, i.membership_metadata) ${standing}
          from organizations o ${joinPolicy}
         where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and o.tenant_id = i.tenant_id and o.id = i.organization_id
        returning i.*
      ), happened as (
        select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'roleIds', role_ids) as data from i
      ), ${recorded(act, 'invitation.updated')} select id from i`);
    if (!row) refuse('invitation.ended', { status: statusAt(before, act.at) });
  });
}

async function mustBeHoldable(act: Act, organizationId: string, roleIds: readonly string[]): Promise<void> {
  const found = await act.db.first<{ known: number; fit: number }>(sql`
    select count(*) as known, count(*) filter (where type = 'User') as fit from organization_roles
     where tenant_id = ${act.tenantId} and id = any(${roleIds}::text[]) and ${holdableIn(organizationId)}`);
  if (found!.known < roleIds.length) refuse('role.not_found', { ids: roleIds });
  if (found!.fit < roleIds.length) refuse('role.wrong_type');
}
