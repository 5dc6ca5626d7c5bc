/**
 * Judging by the policy of an organization: parts of the statements that invite, in which its row is `y`, and the same
 * for what is done less often.
 */
import type { Act } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { type Insider, isInsider } from '../access.ts';
import { refuse } from '../refusal.ts';

export const dayMs = 86_400_000;

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** The policy of the organization `o`. */
export const joinPolicy = sql`left join organization_policies y on y.tenant_id = o.tenant_id and y.organization_id = o.id`;

export const hasNoPolicy = sql`y.organization_id is null`;

export function admitsDomain(address: string): Statement {
  const domain = domainOf(address);
  return sql`(y.organization_id is null or ${domain} <> all(y.blocked_domains)
         and (y.allowed_domains is null or ${domain} = any(y.allowed_domains)))`;
}

export const admitsLife = (lifeMs: number): Statement =>
  sql`(y.longest_life_ms is null or ${lifeMs}::bigint <= y.longest_life_ms)`;

/** Whether a member or bot may put these roles on an invitation: by the roles that they hold themselves. */
export function admitsRoles({ kind, id }: Insider, roleIds: readonly string[]): Statement {
  const held =
    kind === 'member'
      ? sql`select unnest(role_ids) from members k where k.tenant_id = y.tenant_id and k.organization_id = y.organization_id and k.user_id = ${id}`
      : sql`select unnest(role_ids) from bots k where k.tenant_id = y.tenant_id and k.organization_id = y.organization_id and k.application_id = ${id}`;
  return sql`(y.has_role_list is not true or not exists (
         select from unnest(${roleIds}::text[]) wanted(id) where not exists (
           select from organization_policy_roles p where p.tenant_id = y.tenant_id and p.organization_id = y.organization_id
              and p.role_id = wanted.id and (p.by_role_ids is null or p.by_role_ids && array(${held})))))`;
}

/** Whether an invitation by a member or bot waits until somebody else approves it. */
export const asksApproval = (address: string, roleIds: readonly string[]): Statement =>
  sql`(y.approval = 'always' or y.approval = 'some' and (y.approval_role_ids && ${roleIds}::text[]
        or ${domainOf(address)} = any(y.approval_domains)))`;

/** A common table expression that counts the invitation `i` among those of the day, where that is bounded. */
export const countedToday = (act: Act): Statement => sql`counted as (
    update organization_policies y
       set invited_at = array(select t from unnest(y.invited_at) t where t > ${act.at - dayMs}::bigint order by t desc) || ${act.at}::bigint
      from i where y.tenant_id = i.tenant_id and y.organization_id = i.organization_id and y.invitations_per_day is not null
  )`;

/** The bound of countedToday, as the database says it. */
export const tooManyToday = 'organization_policies_day';

/** Refuses: policy.too_many_today (facts: retryAt). */
export async function refuseTooMany(act: Act, organizationId: string, cause: unknown): Promise<never> {
  const row = await act.db.first<{ oldest: number | null }>(sql`
    select (select min(t) from unnest(invited_at) t where t > ${act.at - dayMs}::bigint) as oldest from organization_policies
     where tenant_id = ${act.tenantId} and organization_id = ${organizationId}`);
  return refuse('policy.too_many_today', { retryAt: (row?.oldest ?? act.at) + dayMs }, cause);
}

type Wanted = {
  readonly organizationId: string;
  readonly address?: string | undefined;
  readonly roleIds?: readonly string[] | undefined;
  readonly lifeMs?: number | undefined;
};

/** Refuses: policy.domain_not_allowed, policy.role_not_allowed, policy.life_too_long (facts: longestLifeMs). */
export async function mustKeepPolicy(act: Act, wanted: Wanted): Promise<void> {
  const { organizationId, address, roleIds, lifeMs } = wanted;
  const row = await act.db.first<{
    domain: boolean;
    roles: boolean;
    life: boolean;
    longest: number | null;
  }>(sql`
    select ${address === undefined ? sql`true` : admitsDomain(address)} as domain,
           ${isInsider(act.by) && roleIds ? admitsRoles(act.by, roleIds) : sql`true`} as roles,
           ${lifeMs === undefined ? sql`true` : admitsLife(lifeMs)} as life, y.longest_life_ms as longest
      from organizations o ${joinPolicy} where o.tenant_id = ${act.tenantId} and o.id = ${organizationId}`);
  if (!row) return;
  if (!row.domain) refuse('policy.domain_not_allowed', { domain: domainOf(address!) });
  if (!row.roles) refuse('policy.role_not_allowed', { roleIds });
  if (!row.life) refuse('policy.life_too_long', { longestLifeMs: row.longest });
}

/** How long an invitation lives for which nobody says it; undefined where the organization does not say either. */
export async function defaultLifeOf(
  db: Queries,
  tenantId: string,
  organizationId: string,
): Promise<number | undefined> {
  const row = await db.first<{ life: number | null }>(sql`
    select default_life_ms as life from organization_policies where tenant_id = ${tenantId} and organization_id = ${organizationId}`);
  return row?.life ?? undefined;
}
