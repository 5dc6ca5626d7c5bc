/** API resources that tokens can be for. The Management API is one of them, and cannot be changed. */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { newId } from '../ids.ts';
import { given, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import { findScopesOfResources, type ResourceScope } from './scopes.ts';

export type Resource = {
  tenantId: string;
  id: string;
  name: string;
  indicator: string;
  isDefault: boolean;
  /** Seconds. */
  accessTokenTtl: number;
};

const columns = sql`tenant_id as "tenantId", id, name, indicator, is_default as "isDefault", access_token_ttl as "accessTokenTtl"`;

/** Refuses: resource.indicator_taken. */
export async function createResource(
  act: Act,
  input: { name: string; indicator: string; accessTokenTtl?: number | undefined; isManagement?: boolean },
): Promise<Resource> {
  const resource = await act.db
    .first<Resource>(sql`
      insert into resources (tenant_id, id, name, indicator, access_token_ttl, is_management, created_at)
      values (${act.tenantId}, ${newId(act.at)}, ${input.name}, ${input.indicator}, ${input.accessTokenTtl ?? 3600},
              ${input.isManagement ?? false}, ${act.at}) returning ${columns}`)
    .catch((error: unknown) => {
      if (violation(error)?.constraint === 'resources_indicator')
        refuse('resource.indicator_taken', {}, error);
      throw error;
    });
  return resource!;
}

export async function getResource(db: Queries, tenantId: string, id: string): Promise<Resource> {
  const resource = await db.first<Resource>(
    sql`select ${columns} from resources where tenant_id = ${tenantId} and id = ${id}`,
  );
  return resource ?? refuse('resource.not_found', { id });
}

/** Refuses: resource.not_found, resource.is_management. */
export async function changeResource(
  act: Act,
  id: string,
  change: { name?: string | undefined; accessTokenTtl?: number | undefined },
): Promise<Resource> {
  const { name, accessTokenTtl } = given(change);
  const resource = await act.db.first<Resource>(sql`
    update resources set name = coalesce(${name ?? null}, name), access_token_ttl = coalesce(${accessTokenTtl ?? null}::int, access_token_ttl)
     where tenant_id = ${act.tenantId} and id = ${id} and not is_management returning ${columns}`);
  return resource ?? refuseMissing(act, id);
}

/** Makes it the default, of which there is at most one, or no longer so. Refuses: resource.not_found, resource.is_management. */
export function setDefaultResource(act: Act, id: string, isDefault: boolean): Promise<Resource> {
  return act.atomically(async ({ db }) => {
    await db.run(sql`select id from tenants where id = ${act.tenantId} for no key update`);
    if (isDefault)
      await db.run(
        sql`update resources set is_default = false where tenant_id = ${act.tenantId} and is_default and id <> ${id}`,
      );
    const resource = await db.first<Resource>(
      sql`update resources set is_default = ${isDefault} where tenant_id = ${act.tenantId} and id = ${id} and not is_management returning ${columns}`,
    );
    return resource ?? refuseMissing({ ...act, db }, id);
  });
}

/** Deletes it with its scopes. Refuses: resource.not_found, resource.is_management. */
export async function deleteResource(act: Act, id: string): Promise<void> {
  const gone = await act.db.run(
    sql`delete from resources where tenant_id = ${act.tenantId} and id = ${id} and not is_management`,
  );
  if (gone === 0) await refuseMissing(act, id);
}

/** In the order they were made, with their scopes when asked for. */
export async function findResources(
  db: Queries,
  tenantId: string,
  filter: { withScopes: boolean; page: Page },
) {
  const { items, total } = await paged<Resource & { scopes?: ResourceScope[] }>(
    db,
    filter.page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from resources where tenant_id = ${tenantId} order by created_at, id ${limits}`,
  );
  if (filter.withScopes) {
    const scopes = await findScopesOfResources(
      db,
      tenantId,
      items.map((resource) => resource.id),
    );
    for (const resource of items)
      resource.scopes = scopes.filter((scope) => scope.resourceId === resource.id);
  }
  return { items, total };
}

async function refuseMissing(act: Act, id: string): Promise<never> {
  await getResource(act.db, act.tenantId, id);
  return refuse('resource.is_management', { id });
}
