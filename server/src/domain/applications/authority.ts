/**
 * Whether an application may manage the tenant at this moment: it exists, and one of its roles has the scope `all` of the
 * Management API. A token says so for an hour; this says so now.
 */
import { type Queries, sql } from '../../db/db.ts';

export async function managesTenant(db: Queries, tenantId: string, applicationId: string): Promise<boolean> {
  const row = await db.first<{ manages: boolean }>(sql`
    select exists (
      select from application_roles a
        join role_scopes p on p.tenant_id = a.tenant_id and p.role_id = a.role_id
        join resource_scopes s on s.tenant_id = p.tenant_id and s.id = p.scope_id and s.name = 'all'
        join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id and r.is_management
       where a.tenant_id = ${tenantId} and a.application_id = ${applicationId}) as manages`);
  return row!.manages;
}
