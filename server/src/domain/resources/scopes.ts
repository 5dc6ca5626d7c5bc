/** Scopes of API resources. Those of the Management API cannot be changed. */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { newId } from '../ids.ts';
import { given, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { type Search, searchingIn } from '../search.ts';

export type ResourceScope = {
  tenantId: string;
  id: string;
  resourceId: string;
  name: string;
  description: string | null;
  createdAt: number;
};

const columns = sql`s.tenant_id as "tenantId", s.id, s.resource_id as "resourceId", s.name, s.description, s.created_at as "createdAt"`;

/** Refuses: resource.not_found, resource.is_management (unless seeding), resource_scope.name_taken. */
export async function createResourceScope(
  act: Act,
  resourceId: string,
  input: { name: string; description?: string | null | undefined },
): Promise<ResourceScope> {
  await refuseManagement(act, resourceId);
  const scope = await act.db
    .first<ResourceScope>(sql`
      insert into resource_scopes as s (tenant_id, id, resource_id, name, description, created_at)
      values (${act.tenantId}, ${newId(act.at)}, ${resourceId}, ${input.name}, ${input.description || null}, ${act.at}) returning ${columns}`)
    .catch(scopeViolation);
  return scope!;
}

/** Refuses: resource.not_found, resource.is_management, resource_scope.not_found, resource_scope.name_taken. */
export async function changeResourceScope(
  act: Act,
  resourceId: string,
  id: string,
  change: { name?: string | undefined; description?: string | null | undefined },
): Promise<ResourceScope> {
  await refuseManagement(act, resourceId);
  const c = given(change);
  const scope = await act.db
    .first<ResourceScope>(sql`
      update resource_scopes s set name = coalesce(${c.name ?? null}, name),
             description = case when ${'description' in c}::boolean then ${c.description || null} else description end
       where tenant_id = ${act.tenantId} and resource_id = ${resourceId} and id = ${id} returning ${columns}`)
    .catch(scopeViolation);
  return scope ?? refuse('resource_scope.not_found', { id });
}

/** Refuses: resource.not_found, resource.is_management, resource_scope.not_found. */
export async function deleteResourceScope(act: Act, resourceId: string, id: string): Promise<void> {
  await refuseManagement(act, resourceId);
  const gone = await act.db.run(
    sql`delete from resource_scopes where tenant_id = ${act.tenantId} and resource_id = ${resourceId} and id = ${id}`,
  );
  if (gone === 0) refuse('resource_scope.not_found', { id });
}

export const searchableScopeFields = {
  id: sql`s.id`,
  name: sql`s.name`,
  description: sql`s.description`,
} as const;

/** Newest first. Refuses: resource.not_found. */
export async function findResourceScopes(
  db: Queries,
  tenantId: string,
  resourceId: string,
  filter: { search?: Search | undefined; page: Page },
) {
  const resource = await db.first(
    sql`select id from resources where tenant_id = ${tenantId} and id = ${resourceId}`,
  );
  if (!resource) refuse('resource.not_found', { id: resourceId });
  return paged<ResourceScope>(
    db,
    filter.page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from resource_scopes s
     where s.tenant_id = ${tenantId} and s.resource_id = ${resourceId} and ${searchingIn(filter.search, searchableScopeFields)}
     order by s.created_at desc, s.id desc ${limits}`,
  );
}

/** The scopes of several resources, by name. */
export const findScopesOfResources = (
  db: Queries,
  tenantId: string,
  resourceIds: readonly string[],
): Promise<ResourceScope[]> =>
  db.rows<ResourceScope>(sql`
    select ${columns} from resource_scopes s where s.tenant_id = ${tenantId} and s.resource_id = any(${resourceIds}::text[]) order by s.name`);

async function refuseManagement(act: Act, resourceId: string): Promise<void> {
  if (act.by.kind === 'system') return;
  const resource = await act.db.first<{ is_management: boolean }>(
    sql`select is_management from resources where tenant_id = ${act.tenantId} and id = ${resourceId}`,
  );
  if (!resource) refuse('resource.not_found', { id: resourceId });
  if (resource.is_management) refuse('resource.is_management', { id: resourceId });
}

function scopeViolation(error: unknown): never {
  if (violation(error)?.constraint === 'resource_scopes_name') refuse('resource_scope.name_taken', {}, error);
  if (violation(error)?.kind === 'foreign') refuse('resource.not_found', {}, error);
  throw error;
}
