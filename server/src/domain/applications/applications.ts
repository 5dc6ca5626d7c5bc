/** Applications: made, read, changed, deleted. Their secrets are in secrets.ts. */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given, matching, type Page, within } from '../page.ts';
import { refuse } from '../refusal.ts';
import { type Named, namedRoles, templateOf } from '../roles/template.ts';
import { type Search, searchingIn } from '../search.ts';
import { createSecret, hasSecrets, type SecretKeys } from './secrets.ts';

export type ApplicationType = 'Native' | 'SPA' | 'Traditional' | 'MachineToMachine' | 'Protected';

export type Application = {
  tenantId: string;
  id: string;
  name: string;
  description: string | null;
  type: ApplicationType;
  oidcClientMetadata: object;
  customClientMetadata: object;
  protectedAppMetadata: null;
  customData: Record<string, unknown>;
  isThirdParty: boolean;
  appLevelAccessControlEnabled: boolean;
  isAdmin: boolean;
  createdAt: number;
};

export type ApplicationInput = Partial<
  Pick<
    Application,
    'description' | 'oidcClientMetadata' | 'customClientMetadata' | 'customData' | 'isThirdParty'
  >
> &
  Pick<Application, 'name' | 'type'>;

/** Columns of the row `a` as an Application. */
const columns = sql`a.tenant_id as "tenantId", a.id, a.name, a.description, a.type, a.oidc_client_metadata as "oidcClientMetadata",
  a.custom_client_metadata as "customClientMetadata", null as "protectedAppMetadata", a.custom_data as "customData",
  a.is_third_party as "isThirdParty", false as "appLevelAccessControlEnabled", a.is_admin as "isAdmin", a.created_at as "createdAt"`;

/** Makes it, with one secret where its type has secrets; the secret's value is told this once. */
export function createApplication(
  act: Act,
  keys: SecretKeys,
  input: ApplicationInput & { id?: string; secretName?: string | undefined },
): Promise<Application & { secret?: string }> {
  return act.atomically(async (tx) => {
    const application = await tx.db.first<Application>(sql`
      with a as (
        insert into applications (tenant_id, id, name, description, type, oidc_client_metadata, custom_client_metadata, custom_data,
                                  is_third_party, created_at)
        values (${act.tenantId}, ${input.id ?? newId(act.at)}, ${input.name}, ${input.description || null}, ${input.type},
                ${input.oidcClientMetadata ?? { redirectUris: [], postLogoutRedirectUris: [] }}, ${input.customClientMetadata ?? {}},
                ${input.customData ?? {}}, ${input.isThirdParty ?? false}, ${act.at})
        returning *
      ), happened as (
        select null as organization_id, id as subject_id, jsonb_build_object('applicationId', id, 'type', type) as data from a
      ), ${recorded(act, 'application.created')}
      select ${columns} from a`);
    if (!hasSecrets(input.type)) return application!;
    const secret = await createSecret(tx, keys, application!.id, {
      name: input.secretName ?? 'Default secret',
    });
    return { ...application!, secret: secret.value };
  });
}

export async function getApplication(db: Queries, tenantId: string, id: string): Promise<Application> {
  const application = await db.first<Application>(
    sql`select ${columns} from applications a where tenant_id = ${tenantId} and id = ${id}`,
  );
  return application ?? refuse('application.not_found', { id });
}

/** Replaces what is given; the type stays. Refuses: application.not_found. */
export async function changeApplication(
  act: Act,
  id: string,
  change: Partial<Omit<ApplicationInput, 'type'>>,
): Promise<Application> {
  const c = given(change);
  const application = await act.db.first<Application>(sql`
    with a as (
      update applications set name = coalesce(${c.name ?? null}, name),
             description = case when ${'description' in c}::boolean then ${c.description || null} else description end,
             oidc_client_metadata = coalesce(${c.oidcClientMetadata ?? null}::jsonb, oidc_client_metadata),
             custom_client_metadata = coalesce(${c.customClientMetadata ?? null}::jsonb, custom_client_metadata),
             custom_data = coalesce(${c.customData ?? null}::jsonb, custom_data)
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('applicationId', id, 'changed',
             ${Object.keys(c)}::text[]) as data from a
    ), ${recorded(act, 'application.updated')}
    select ${columns} from a`);
  return application ?? refuse('application.not_found', { id });
}

/** Deletes it with its secrets, roles and memberships. Refuses: application.not_found. */
export async function deleteApplication(act: Act, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from applications where tenant_id = ${act.tenantId} and id = ${id} returning id
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('applicationId', id) as data from gone
    ), ${recorded(act, 'application.deleted')}
    select id from gone`);
  if (!gone) refuse('application.not_found', { id });
}

export const searchableApplicationFields = {
  id: sql`a.id`,
  name: sql`a.name`,
  description: sql`a.description`,
} as const;

/** Newest first. */
export async function findApplications(
  db: Queries,
  tenantId: string,
  filter: {
    types?: readonly string[] | undefined;
    isThirdParty?: boolean | undefined;
    notInOrganization?: string | undefined;
    withoutRole?: string | undefined;
    search?: Search | undefined;
    page: Page;
  },
) {
  const where = sql`a.tenant_id = ${tenantId} and ${searchingIn(filter.search, searchableApplicationFields)}
    and ${filter.types?.length ? sql`a.type = any(${filter.types}::text[])` : sql`true`}
    and ${filter.isThirdParty === undefined ? sql`true` : sql`a.is_third_party = ${filter.isThirdParty}`}
    and ${
      filter.notInOrganization
        ? sql`not exists (select from bots b where b.tenant_id = a.tenant_id and b.organization_id = ${filter.notInOrganization} and b.application_id = a.id)`
        : sql`true`
    } and ${
      filter.withoutRole
        ? sql`not exists (select from application_roles r where r.tenant_id = a.tenant_id and r.role_id = ${filter.withoutRole} and r.application_id = a.id)`
        : sql`true`
    }`;
  const [items, count] = await Promise.all([
    db.rows<Application>(
      sql`select ${columns} from applications a where ${where} order by a.created_at desc, a.id desc ${within(filter.page)}`,
    ),
    db.first<{ total: number }>(sql`select count(*) as total from applications a where ${where}`),
  ]);
  return { items, total: count!.total };
}

/** Bots of an organization by id. Refuses: organization.not_found. */
export async function findBots(
  db: Queries,
  tenantId: string,
  organizationId: string,
  filter: { text?: string | undefined; page: Page },
) {
  const where = sql`b.tenant_id = ${tenantId} and b.organization_id = ${organizationId}
    and ${matching(filter.text, ...Object.values(searchableApplicationFields))}`;
  const [rows, facts] = await Promise.all([
    db.rows<Application & { roleIds: string[] }>(sql`
      select ${columns}, b.role_ids as "roleIds"
        from bots b join applications a on a.tenant_id = b.tenant_id and a.id = b.application_id
       where ${where} order by a.id ${within(filter.page)}`),
    db.first<{ version: number; exists: boolean; total: number }>(sql`
      select t.template_version as version, exists (select from organizations where tenant_id = ${tenantId} and id = ${organizationId}) as exists,
             (select count(*) from bots b join applications a on a.tenant_id = b.tenant_id and a.id = b.application_id where ${where}) as total
        from tenants t where t.id = ${tenantId}`),
  ]);
  if (!facts!.exists) refuse('organization.not_found', { id: organizationId });
  const template = await templateOf(db, tenantId, facts!.version);
  const items = rows.map(
    ({ roleIds, ...application }): Application & { organizationRoles: readonly Named[] } => ({
      ...application,
      organizationRoles: namedRoles(template, roleIds),
    }),
  );
  return { items, total: facts!.total };
}
