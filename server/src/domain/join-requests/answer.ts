/**
 * Somebody with the authority answers a request to join, once. Approving joins in the same transaction, with the roles
 * that were asked for or others; nobody gives more than they hold (rule 6). Who is a member by now keeps every role
 * (rule 8).
 */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { removeEnded } from '../members/ended.ts';
import { keepingRoles } from '../members/keeping-roles.ts';
import { takingSeats } from '../organizations/seats.ts';
import { mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { type Mailing, tell } from './ask.ts';

type Asked = {
  userId: string;
  roleIds: string[];
  locale: string | null;
  isAnswered: boolean;
  address: string | null;
  isSuspended: boolean;
  isMemberSuspended: boolean;
  isDisabled: boolean;
};

/**
 * `roleIds`: instead of those that were asked for. Refuses: join_request.not_found, join_request.ended, user.suspended,
 * member.suspended, organization.disabled, role.not_found, role.wrong_type, access.beyond_own, policy.domain_not_allowed,
 * policy.role_not_allowed, seats.full.
 */
export function approveJoinRequest(
  act: Act,
  organizationId: string,
  id: string,
  roleIds: readonly string[] | undefined,
  mail: Mailing,
): Promise<void> {
  return act.atomically(async (tx) => {
    const asked = await lock(tx, organizationId, id);
    if (asked.isDisabled) refuse('organization.disabled', { id: organizationId });
    if (asked.isSuspended) refuse('user.suspended', { id: asked.userId });
    if (asked.isMemberSuspended) refuse('member.suspended', { organizationId });
    const given = await rolesOf(tx, organizationId, roleIds, asked.roleIds);
    await mustCover(tx, organizationId, given);
    await mustKeepPolicy(tx, { organizationId, address: asked.address ?? '', roleIds: given });
    await removeEnded(tx, organizationId, [asked.userId]);
    await takingSeats(tx, organizationId, (inner) => join(inner, id, given));
    await tell(tx, id, 'JoinRequestApproved', { ...mail, locale: asked.locale ?? undefined });
  });
}

/** Refuses: join_request.not_found, join_request.ended, access.beyond_own. */
export function declineJoinRequest(
  act: Act,
  organizationId: string,
  id: string,
  mail: Mailing,
): Promise<void> {
  return act.atomically(async (tx) => {
    const { locale, roleIds } = await lock(tx, organizationId, id);
    await mustCover(tx, organizationId, roleIds);
    await tx.db.run(sql`
      with r as (
        update join_requests set declined_at = ${act.at} where tenant_id = ${act.tenantId} and id = ${id} returning *
      ), happened as (
        select organization_id, id as subject_id, jsonb_build_object('joinRequestId', id, 'userId', user_id) as data from r
      ), ${recorded(act, 'join_request.declined')} select 1`);
    await tell(tx, id, 'JoinRequestDeclined', { ...mail, locale: locale ?? undefined });
  });
}

async function lock(act: TxAct, organizationId: string, id: string): Promise<Asked> {
  const asked = await act.db.first<Asked>(sql`
    select r.user_id as "userId", r.role_ids as "roleIds", r.locale, u.primary_email as address, u.suspended_at is not null as "isSuspended",
           num_nonnulls(r.approved_at, r.declined_at, r.withdrawn_at) > 0 as "isAnswered", o.disabled_at is not null as "isDisabled",
           exists (select from members m where m.tenant_id = r.tenant_id and m.organization_id = r.organization_id
                      and m.user_id = r.user_id and m.suspended_at is not null) as "isMemberSuspended"
      from join_requests r
      join users u on u.tenant_id = r.tenant_id and u.id = r.user_id
      join organizations o on o.tenant_id = r.tenant_id and o.id = r.organization_id
     where r.tenant_id = ${act.tenantId} and r.organization_id = ${organizationId} and r.id = ${id} for update of r, u`);
  if (!asked) refuse('join_request.not_found', { id });
  if (asked.isAnswered) refuse('join_request.ended');
  return asked;
}

/** Chosen roles must all be there; of those asked for, what is gone drops out, as it does from an invitation. */
async function rolesOf(
  act: TxAct,
  organizationId: string,
  chosen: readonly string[] | undefined,
  asked: readonly string[],
): Promise<string[]> {
  const wanted = [...new Set(chosen ?? asked)];
  const found = await act.db.rows<{ id: string; type: string }>(
    sql`select id, type from organization_roles where tenant_id = ${act.tenantId} and id = any(${wanted}::text[]) and ${holdableIn(organizationId)} for key share`,
  );
  const fit = found.filter(({ type }) => type === 'User').map(({ id }) => id);
  if (chosen && found.length < wanted.length) refuse('role.not_found', { ids: wanted });
  if (chosen && fit.length < wanted.length) refuse('role.wrong_type');
  return fit;
}

const join = (act: Act, id: string, roleIds: readonly string[]): Promise<number> =>
  act.db.run(sql`
    with r as (
      update join_requests set approved_at = ${act.at} where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), joined as (
      insert into members (tenant_id, organization_id, user_id, joined_at, came_by, role_ids)
      select tenant_id, organization_id, user_id, ${act.at}::bigint, 'request', ${roleIds}::text[] from r ${keepingRoles}
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('joinRequestId', id, 'userId', user_id,
             'roleIds', ${roleIds}::text[]) as data from r
    ), ${recorded(act, 'join_request.approved')} select 1`);
