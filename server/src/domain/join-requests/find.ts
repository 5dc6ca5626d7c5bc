/** Requests to join: of an organization, and the organizations that a person may ask. */
import { type Queries, sql } from '../../db/db.ts';
import { type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { type Named, namedRoles, templateOf } from '../roles/template.ts';

export type RequestStatus = 'Open' | 'Approved' | 'Declined';
type JoinRequest = {
  readonly id: string;
  readonly organizationId: string;
  readonly user: { readonly id: string; readonly name: string | null; readonly primaryEmail: string | null };
  readonly joinLinkId: string | null;
  readonly status: RequestStatus;
  readonly createdAt: number;
  readonly answeredAt: number | null;
  readonly organizationRoles: readonly Named[];
};
type Row = Omit<JoinRequest, 'organizationRoles'> & { readonly roleIds: string[]; readonly version: number };

/** Newest first. Refuses: organization.not_found. */
export async function findJoinRequests(
  db: Queries,
  tenantId: string,
  organizationId: string,
  status: RequestStatus | undefined,
  page: Page,
) {
  const found = await db.first<{ version: number }>(sql`
    select t.template_version as version from organizations o join tenants t on t.id = o.tenant_id
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);
  if (!found) refuse('organization.not_found', { id: organizationId });
  const { items, total } = await paged<Row>(
    db,
    page,
    (limits) => sql`
    select * from (
      select r.id, r.organization_id as "organizationId", r.link_id as "joinLinkId", r.role_ids as "roleIds", r.created_at as "createdAt",
             jsonb_build_object('id', u.id, 'name', u.name, 'primaryEmail', u.primary_email) as user,
             coalesce(r.approved_at, r.declined_at, r.withdrawn_at) as "answeredAt",
             case when r.approved_at is not null then 'Approved' when r.declined_at is not null then 'Declined' else 'Open' end as status,
             count(*) over () as total
        from join_requests r join users u on u.tenant_id = r.tenant_id and u.id = r.user_id
       where r.tenant_id = ${tenantId} and r.organization_id = ${organizationId} and r.withdrawn_at is null
         and (${status ?? null}::text is null or ${status ?? null} = case when r.approved_at is not null then 'Approved'
                when r.declined_at is not null then 'Declined' else 'Open' end)
    ) q order by "createdAt" desc, id desc ${limits}`,
  );
  const template = await templateOf(db, tenantId, found.version);
  return {
    items: items.map(({ roleIds, ...row }) => ({ ...row, organizationRoles: namedRoles(template, roleIds) })),
    total,
  };
}

export type OwnRequest = {
  readonly id: string;
  readonly organization: { readonly id: string; readonly name: string };
  readonly createdAt: number;
};

/** What the person has asked, that nobody has answered yet; newest first. */
export const findOwnRequests = (db: Queries, tenantId: string, userId: string): Promise<OwnRequest[]> =>
  db.rows<OwnRequest>(sql`
    select r.id, jsonb_build_object('id', o.id, 'name', o.name) as organization, r.created_at as "createdAt"
      from join_requests r join organizations o on o.tenant_id = r.tenant_id and o.id = r.organization_id
     where r.tenant_id = ${tenantId} and r.user_id = ${userId}
       and r.approved_at is null and r.declined_at is null and r.withdrawn_at is null
     order by r.created_at desc, r.id desc limit 100`);

/** Organizations of the person's own proven domain that do not let everybody in by themselves, or have no seat. */
export const findOrganizationsToAsk = (
  db: Queries,
  tenantId: string,
  userId: string,
): Promise<{ id: string; name: string; hasAsked: boolean }[]> =>
  db.rows(sql`
    select o.id, o.name, exists (select from join_requests r where r.tenant_id = o.tenant_id and r.organization_id = o.id
             and r.user_id = u.id and r.approved_at is null and r.declined_at is null and r.withdrawn_at is null) as "hasAsked"
      from users u
      join email_domains d on d.tenant_id = u.tenant_id and d.domain = split_part(u.primary_email, '@', 2) and d.verified_at is not null
      join organizations o on o.tenant_id = d.tenant_id and o.id = d.organization_id and o.disabled_at is null
     where u.tenant_id = ${tenantId} and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
       and policy_admits(o.tenant_id, o.id, u.primary_email)
       and not exists (select from members m where m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = u.id)
     order by o.name, o.id limit 20`);
