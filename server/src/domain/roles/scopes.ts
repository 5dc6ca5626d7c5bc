/** Organization scopes: the permissions that the roles of the template are made of. */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { newId } from '../ids.ts';
import { given, matching, type Page, paged } from '../page.ts';
import { refuse } from '../refusal.ts';
import type { Scope } from './template.ts';

const columns = sql`tenant_id as "tenantId", id, name, description`;

/** Refuses: scope.name_taken. */
export async function createScope(
  act: Act,
  input: { name: string; description?: string | null | undefined },
): Promise<Scope> {
  const scope = await act.db
    .first<Scope>(sql`
      insert into organization_scopes (tenant_id, id, name, description, created_at)
      values (${act.tenantId}, ${newId(act.at)}, ${input.name}, ${input.description || null}, ${act.at}) returning ${columns}`)
    .catch(nameTaken);
  return scope!;
}

export async function getScope(db: Queries, tenantId: string, id: string): Promise<Scope> {
  const scope = await db.first<Scope>(
    sql`select ${columns} from organization_scopes where tenant_id = ${tenantId} and id = ${id}`,
  );
  return scope ?? refuse('scope.not_found', { id });
}

/** Refuses: scope.not_found, scope.name_taken. */
export async function changeScope(
  act: Act,
  id: string,
  change: { name?: string | undefined; description?: string | null | undefined },
): Promise<Scope> {
  const { name, description } = given(change);
  const scope = await act.db
    .first<Scope>(sql`
      update organization_scopes set name = coalesce(${name ?? null}, name),
             description = case when ${description !== undefined}::boolean then ${description || null} else description end,
             updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and id = ${id} returning ${columns}`)
    .catch(nameTaken);
  return scope ?? refuse('scope.not_found', { id });
}

/** Refuses: scope.not_found. */
export async function deleteScope(act: Act, id: string): Promise<void> {
  const gone = await act.db.run(
    sql`delete from organization_scopes where tenant_id = ${act.tenantId} and id = ${id}`,
  );
  if (gone === 0) refuse('scope.not_found', { id });
}

/** Scopes by name, and how many there are. `text` is looked for in the name. */
export async function findScopes(
  db: Queries,
  tenantId: string,
  filter: { text?: string | undefined; page: Page },
) {
  return paged<Scope>(
    db,
    filter.page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from organization_scopes
     where tenant_id = ${tenantId} and ${matching(filter.text, sql`name`)} order by name, id ${limits}`,
  );
}

function nameTaken(error: unknown): never {
  if (violation(error)?.constraint === 'organization_scopes_name') refuse('scope.name_taken', {}, error);
  throw error;
}
