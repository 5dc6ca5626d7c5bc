/**
 * Whether an application may manage the tenant at this moment: it exists, and one of its roles has the scope `all` of the
 * Management API. A token says so for an hour; this says so now, and what it said is believed for five seconds: when an
 * application was deleted, or lost the role, its tokens are worth nothing from then on.
 */
import { type Queries, sql } from '../../db/db.ts';

async function managesTenant(db: Queries, tenantId: string, applicationId: string): Promise<boolean> {
  const row = await db.first<{ manages: boolean }>(sql`
    select exists (
      select from application_roles a
        join role_scopes p on p.tenant_id = a.tenant_id and p.role_id = a.role_id
        join resource_scopes s on s.tenant_id = p.tenant_id and s.id = p.scope_id and s.name = 'all'
        join resources r on r.tenant_id = s.tenant_id and r.id = s.resource_id and r.is_management
       where a.tenant_id = ${tenantId} and a.application_id = ${applicationId}) as manages`);
  return row!.manages;
}

const believedForMs = 5_000;

/** Answers at once for an application that was looked at within the last seconds. */
export type MayManage = (applicationId: string) => boolean | Promise<boolean>;

export function rememberingAuthority(db: Queries, tenantId: string, clock: () => number): MayManage {
  const seen = new Map<string, { manages: boolean; until: number }>();
  return (applicationId) => {
    const known = seen.get(applicationId);
    const at = clock();
    if (known && at < known.until) return known.manages;
    return managesTenant(db, tenantId, applicationId).then((manages) => {
      if (manages) seen.set(applicationId, { manages, until: at + believedForMs });
      else seen.delete(applicationId);
      return manages;
    });
  };
}
