/**
 * Just-in-time joining: the e-mail domains of an organization, and the roles that who joins by one of them gets.
 * Domains are in their ASCII spelling and match whole: neither a suffix nor a subdomain is the same domain. Those that
 * are only claimed are none of these (claims.ts).
 */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { lockOrganization } from '../organizations/organizations.ts';
import { type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { type Role, roleColumns } from '../roles/roles.ts';

export type EmailDomain = { tenantId: string; organizationId: string; emailDomain: string };

const columns = sql`tenant_id as "tenantId", organization_id as "organizationId", domain as "emailDomain"`;

/** Refuses: domain.exists, organization.not_found. */
export async function addEmailDomain(act: Act, organizationId: string, domain: string): Promise<EmailDomain> {
  const added = await act.db
    .first<EmailDomain>(sql`
      with added as (
        insert into email_domains (tenant_id, organization_id, domain, created_at, verified_at)
        values (${act.tenantId}, ${organizationId}, ${domain}, ${act.at}, ${act.at}) returning *
      ), happened as (
        select organization_id, organization_id as subject_id, jsonb_build_object('domains', jsonb_build_array(domain)) as data from added
      ), ${recorded(act, 'email_domain.added')}
      select ${columns} from added`)
    .catch((error: unknown) => domainRefused(error, organizationId, domain));
  return added!;
}

/** Why a row of `email_domains` was not made, as the database says it. */
export function domainRefused(error: unknown, organizationId: string, domain: string): never {
  if (violation(error)?.kind === 'unique') refuse('domain.exists', { domain }, error);
  if (violation(error)?.kind === 'foreign') refuse('organization.not_found', { id: organizationId }, error);
  throw error;
}

/** Refuses: domain.not_found. */
export async function removeEmailDomain(act: Act, organizationId: string, domain: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from email_domains where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and domain = ${domain} returning *
    ), happened as (
      select organization_id, organization_id as subject_id, jsonb_build_object('domains', jsonb_build_array(domain)) as data from gone
    ), ${recorded(act, 'email_domain.removed')}
    select domain from gone`);
  if (!gone) refuse('domain.not_found', { domain });
}

/** Refuses: organization.not_found. */
export function setEmailDomains(act: Act, organizationId: string, domains: readonly string[]): Promise<void> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, organizationId);
    await tx.db.run(sql`
      with gone as (
        delete from email_domains where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and domain <> all(${domains}::text[])
           and verified_at is not null returning domain
      ), happened as (
        select ${organizationId} as organization_id, ${organizationId} as subject_id,
               jsonb_build_object('domains', jsonb_agg(domain)) as data from gone having count(*) > 0
      ), ${recorded(act, 'email_domain.removed')} select 1`);
    await tx.db.run(sql`
      with added as (
        insert into email_domains (tenant_id, organization_id, domain, created_at, verified_at)
        select ${act.tenantId}, ${organizationId}, domain, ${act.at}::bigint, ${act.at}::bigint from (select distinct unnest(${domains}::text[])) d(domain)
        on conflict (tenant_id, organization_id, domain) do update set verified_at = excluded.verified_at, is_claimed = false
          where email_domains.verified_at is null
        returning domain
      ), happened as (
        select ${organizationId} as organization_id, ${organizationId} as subject_id,
               jsonb_build_object('domains', jsonb_agg(domain)) as data from added having count(*) > 0
      ), ${recorded(act, 'email_domain.added')} select 1`);
  });
}

/** By name. Refuses: organization.not_found. */
export async function findEmailDomains(db: Queries, tenantId: string, organizationId: string, page: Page) {
  await mustExist(db, tenantId, organizationId);
  return paged<EmailDomain>(
    db,
    page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from email_domains
     where tenant_id = ${tenantId} and organization_id = ${organizationId} and verified_at is not null order by domain ${limits}`,
  );
}

/** By name. Refuses: organization.not_found. */
export async function findJitRoles(db: Queries, tenantId: string, organizationId: string, page: Page) {
  await mustExist(db, tenantId, organizationId);
  return paged<Role>(
    db,
    page,
    (limits) => sql`
    select ${roleColumns}, count(*) over () as total
      from jit_roles j join organization_roles r on r.tenant_id = j.tenant_id and r.id = j.role_id
     where j.tenant_id = ${tenantId} and j.organization_id = ${organizationId} order by r.name ${limits}`,
  );
}

/**
 * Adds roles, or makes them exactly these. Refuses: organization.not_found, role.not_found, role.wrong_type,
 * access.beyond_own.
 */
export function setJitRoles(
  act: Act,
  organizationId: string,
  roleIds: readonly string[],
  how: 'add' | 'replace',
): Promise<void> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, organizationId);
    const wanted = [...new Set(roleIds)];
    const found = await tx.db.first<{ found: number; fit: number }>(sql`
      select count(*) as found, count(*) filter (where type = 'User') as fit from organization_roles
       where tenant_id = ${act.tenantId} and id = any(${wanted}::text[]) and ${holdableIn(organizationId)}`);
    if (found!.found < wanted.length) refuse('role.not_found', { ids: wanted });
    if (found!.fit < wanted.length) refuse('role.wrong_type');
    await mustCover(tx, organizationId, wanted);
    if (how === 'replace') {
      await tx.db.run(sql`delete from jit_roles where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
                           and role_id <> all(${wanted}::text[])`);
    }
    await tx.db.run(sql`insert into jit_roles (tenant_id, organization_id, role_id)
      select ${act.tenantId}, ${organizationId}, id from unnest(${wanted}::text[]) id on conflict do nothing`);
  });
}

/** Refuses: relation.not_found. */
export async function removeJitRole(act: Act, organizationId: string, roleId: string): Promise<void> {
  const gone = await act.db.run(
    sql`delete from jit_roles where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and role_id = ${roleId}`,
  );
  if (gone === 0) refuse('relation.not_found', { roleId });
}

export async function mustExist(db: Queries, tenantId: string, organizationId: string): Promise<void> {
  const found = await db.first(
    sql`select id from organizations where tenant_id = ${tenantId} and id = ${organizationId}`,
  );
  if (!found) refuse('organization.not_found', { id: organizationId });
}
