/** Roles as requests name them: by name, or by the id that this door gives them. */
import type { Queries } from '../../../db/db.ts';
import { roleIdsByName } from '../../../domain/roles/roles.ts';
import { invalid } from '../errors.ts';
import { idOf } from '../ids.ts';

type Named = { readonly id: string; readonly name?: string; readonly roleName?: string };

/** Refuses: role.names_not_found, or INVALID_ARGUMENT where one is not named at all. */
export async function roleIdsOf(
  db: Queries,
  tenantId: string,
  organizationId: string,
  roles: readonly Named[],
): Promise<string[]> {
  const ids: string[] = [];
  const names: string[] = [];
  for (const { id, name, roleName } of roles) {
    const called = name || roleName;
    const known = called ? undefined : idOf('role_', id);
    if (called) names.push(called);
    else if (known) ids.push(known);
    else throw invalid('roles', 'each role needs its name');
  }
  return [...new Set([...ids, ...(await roleIdsByName(db, tenantId, organizationId, names))])];
}
