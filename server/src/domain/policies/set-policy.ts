/** Says what the policy of an organization is from now on, as a whole. Invitations that were made before stay as they were made. */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { isInsider } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { lockOrganization } from '../organizations/organizations.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { dayMs } from './judge.ts';
import { getPolicy, type Policy } from './policy.ts';

/**
 * Refuses: organization.not_found, policy.not_yours (a member, where the tenant does not let them, or about whether it
 * does), policy.default_above_longest, role.not_found.
 */
export function setPolicy(
  act: Act,
  organizationId: string,
  given: Omit<Policy, 'organizationMayChange'> & { readonly organizationMayChange?: boolean | undefined },
): Promise<Policy> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, organizationId);
    const before = await getPolicy(tx.db, act.tenantId, organizationId);
    const mayChange = given.organizationMayChange ?? before.organizationMayChange;
    if (isInsider(act.by) && (!before.organizationMayChange || !mayChange)) refuse('policy.not_yours');
    const policy = { ...given, organizationMayChange: mayChange };
    const { defaultLifeMs, longestLifeMs } = policy;
    if (defaultLifeMs !== null && longestLifeMs !== null && defaultLifeMs > longestLifeMs)
      refuse('policy.default_above_longest', { longestLifeMs });
    await mustExist(tx, organizationId, policy);
    await write(tx, organizationId, policy);
    return getPolicy(tx.db, act.tenantId, organizationId);
  });
}

async function mustExist(
  act: TxAct,
  organizationId: string,
  { invitableRoles, approvalRequired }: Policy,
): Promise<void> {
  const named = [
    ...(invitableRoles ?? []).flatMap(({ roleId, byRoleIds }) => [roleId, ...(byRoleIds ?? [])]),
    ...(typeof approvalRequired === 'object' ? approvalRequired.roleIds : []),
  ];
  const ids = [...new Set(named)];
  if (ids.length === 0) return;
  const found = await act.db.rows<{ id: string }>(
    sql`select id from organization_roles where tenant_id = ${act.tenantId} and id = any(${ids}::text[]) and ${holdableIn(organizationId)}`,
  );
  const known = new Set(found.map(({ id }) => id));
  if (known.size < ids.length) refuse('role.not_found', { ids: ids.filter((id) => !known.has(id)) });
}

async function write(act: TxAct, organizationId: string, policy: Policy): Promise<void> {
  const { approvalRequired, invitableRoles, invitationsPerDay: most } = policy;
  const some = typeof approvalRequired === 'object' ? approvalRequired : { roleIds: [], domains: [] };
  const approval = typeof approvalRequired === 'object' ? 'some' : approvalRequired;
  // What was made within the day counts from the start, as far as it still matters: the newest, as many as are allowed.
  const counted = sql`array(select created_at from invitations where tenant_id = ${act.tenantId}
      and organization_id = ${organizationId} and created_at > ${act.at - dayMs} order by created_at desc limit ${most ?? 0}::int)`;
  await act.db.run(sql`
    with y as (
      insert into organization_policies (tenant_id, organization_id, allowed_domains, blocked_domains, has_role_list, longest_life_ms,
             default_life_ms, approval, approval_role_ids, approval_domains, invitations_per_day, invited_at,
             organization_may_change, changed_at)
      values (${act.tenantId}, ${organizationId}, ${policy.allowedDomains}::text[], ${policy.blockedDomains}::text[],
             ${invitableRoles !== null}, ${policy.longestLifeMs}::bigint, ${policy.defaultLifeMs}::bigint, ${approval},
             ${some.roleIds}::text[], ${some.domains}::text[], ${most}::int, ${counted}, ${policy.organizationMayChange}, ${act.at})
      on conflict (tenant_id, organization_id) do update set
        allowed_domains = excluded.allowed_domains, blocked_domains = excluded.blocked_domains,
        has_role_list = excluded.has_role_list, longest_life_ms = excluded.longest_life_ms,
        default_life_ms = excluded.default_life_ms, approval = excluded.approval,
        approval_role_ids = excluded.approval_role_ids, approval_domains = excluded.approval_domains,
        invitations_per_day = excluded.invitations_per_day, invited_at = excluded.invited_at,
        organization_may_change = excluded.organization_may_change, changed_at = excluded.changed_at
      returning *
    ), happened as (
      select organization_id, organization_id as subject_id, ${policy}::jsonb as data from y
    ), ${recorded(act, 'organization.policy_set')} select 1`);
  await act.db.run(sql`
    delete from organization_policy_roles where tenant_id = ${act.tenantId} and organization_id = ${organizationId}`);
  for (const { roleId, byRoleIds } of invitableRoles ?? [])
    await act.db.run(sql`
      insert into organization_policy_roles (tenant_id, organization_id, role_id, by_role_ids)
      values (${act.tenantId}, ${organizationId}, ${roleId}, ${byRoleIds}::text[])
      on conflict (tenant_id, organization_id, role_id) do update set by_role_ids = excluded.by_role_ids`);
}
