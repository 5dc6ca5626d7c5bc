/**
 * What an organization says about who may be invited, by whom, for how long, and what somebody else approves first.
 * Domains, lives and the number a day bind everybody, the tenant's management too; the list of roles and the approval
 * bind members and bots. Absent is no bound; none and zero are bounds like any other.
 */
import { type Queries, sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';

type Approval =
  | 'never'
  | 'always'
  | { readonly roleIds: readonly string[]; readonly domains: readonly string[] };

export type Policy = {
  /** Null: any. */
  readonly allowedDomains: readonly string[] | null;
  readonly blockedDomains: readonly string[];
  /** Null: every role, by whoever may invite. `byRoleIds` null: by whoever may invite. */
  readonly invitableRoles:
    | readonly { readonly roleId: string; readonly byRoleIds: readonly string[] | null }[]
    | null;
  readonly longestLifeMs: number | null;
  readonly defaultLifeMs: number | null;
  readonly approvalRequired: Approval;
  readonly invitationsPerDay: number | null;
  readonly organizationMayChange: boolean;
};

type Row = Omit<Policy, 'invitableRoles' | 'approvalRequired'> & {
  readonly exists: boolean;
  readonly approval: 'never' | 'always' | 'some' | null;
  readonly approvalRoleIds: string[];
  readonly approvalDomains: string[];
  readonly hasRoleList: boolean;
  readonly roleList: { roleId: string; byRoleIds: string[] | null }[];
};

const none: Policy = {
  allowedDomains: null,
  blockedDomains: [],
  invitableRoles: null,
  longestLifeMs: null,
  defaultLifeMs: null,
  approvalRequired: 'never',
  invitationsPerDay: null,
  organizationMayChange: false,
};

/** Refuses: organization.not_found. */
export async function getPolicy(db: Queries, tenantId: string, organizationId: string): Promise<Policy> {
  const row = await db.first<Row>(sql`
    select y.tenant_id is not null as exists, y.allowed_domains as "allowedDomains", y.blocked_domains as "blockedDomains",
           y.longest_life_ms as "longestLifeMs", y.default_life_ms as "defaultLifeMs", y.approval,
           y.approval_role_ids as "approvalRoleIds", y.approval_domains as "approvalDomains",
           y.invitations_per_day as "invitationsPerDay", y.organization_may_change as "organizationMayChange",
           y.has_role_list as "hasRoleList",
           coalesce((select jsonb_agg(jsonb_build_object('roleId', r.role_id, 'byRoleIds', r.by_role_ids) order by r.role_id)
              from organization_policy_roles r where r.tenant_id = o.tenant_id and r.organization_id = o.id), '[]') as "roleList"
      from organizations o left join organization_policies y on y.tenant_id = o.tenant_id and y.organization_id = o.id
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);
  if (!row) refuse('organization.not_found', { id: organizationId });
  if (!row.exists) return none;
  const { exists: _, approval, approvalRoleIds, approvalDomains, hasRoleList, roleList, ...same } = row;
  return {
    ...same,
    invitableRoles: hasRoleList ? roleList : null,
    approvalRequired:
      approval === 'some' ? { roleIds: approvalRoleIds, domains: approvalDomains } : (approval ?? 'never'),
  };
}
