/** The organizations that an application is a member of, newest first, with the roles it holds there. */
import { type Queries, sql } from '../../db/db.ts';
import { type Organization, organizationColumns } from '../organizations/organizations.ts';
import { type Page, within } from '../page.ts';
import { refuse } from '../refusal.ts';
import { namedRoles, templateOf } from '../roles/template.ts';

/** Refuses: application.not_found. */
export async function findOrganizationsOfApplication(
  db: Queries,
  tenantId: string,
  applicationId: string,
  page: Page,
) {
  const [rows, facts] = await Promise.all([
    db.rows<Organization & { roleIds: string[] }>(sql`
      select ${organizationColumns}, array(select role_id from bot_roles r where r.tenant_id = b.tenant_id
             and r.organization_id = b.organization_id and r.application_id = b.application_id) as "roleIds"
        from bots b join organizations o on o.tenant_id = b.tenant_id and o.id = b.organization_id
       where b.tenant_id = ${tenantId} and b.application_id = ${applicationId}
       order by o.created_at desc, o.id desc ${within(page)}`),
    db.first<{ version: number; exists: boolean; total: number }>(sql`
      select template_version as version, exists (select from applications where tenant_id = ${tenantId} and id = ${applicationId}) as exists,
             (select count(*) from bots where tenant_id = ${tenantId} and application_id = ${applicationId}) as total
        from tenants where id = ${tenantId}`),
  ]);
  if (!facts!.exists) refuse('application.not_found', { id: applicationId });
  const template = await templateOf(db, tenantId, facts!.version);
  const items = rows.map(({ roleIds, ...organization }) => ({
    ...organization,
    organizationRoles: namedRoles(template, roleIds),
  }));
  return { items, total: facts!.total };
}
