/** Organizations: made, read, changed, disabled, deleted. */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { given, matching, type Page, within } from '../page.ts';
import { refuse } from '../refusal.ts';

export type Organization = {
  tenantId: string;
  id: string;
  name: string;
  description: string | null;
  customData: object;
  isMfaRequired: boolean;
  color: object;
  branding: { logoUrl?: string; darkLogoUrl?: string; favicon?: string; darkFavicon?: string };
  customCss: string | null;
  createdAt: number;
};

/** What applications say of organizations beside: their names for them, which nothing here depends on. */
type Profile = {
  externalId: string | null;
  slug: string | null;
  /** Features that the application has switched on and off, by name. */
  switches: Readonly<Record<string, boolean>>;
};
export type ProfiledOrganization = Organization & Profile & { updatedAt: number };

export type OrganizationInput = Partial<
  Omit<Organization, 'tenantId' | 'id' | 'createdAt' | 'name'> & Profile
> & {
  name: string;
};

export const organizationColumns = sql`o.tenant_id as "tenantId", o.id, o.name, o.description, o.custom_data as "customData",
  o.is_mfa_required as "isMfaRequired", o.color, o.branding, o.custom_css as "customCss", o.created_at as "createdAt"`;
export const profiledColumns = sql`${organizationColumns}, o.external_id as "externalId", o.slug, o.switches,
  coalesce(o.updated_at, o.created_at) as "updatedAt"`;

/** Refuses: organization.external_id_taken, organization.slug_taken. */
export async function createOrganization(act: Act, input: OrganizationInput): Promise<ProfiledOrganization> {
  const organization = await act.db
    .first<ProfiledOrganization>(sql`
    with o as (
      insert into organizations (tenant_id, id, name, description, custom_data, is_mfa_required, color, branding, custom_css, external_id,
                                 slug, switches, created_at)
      values (${act.tenantId}, ${newId(act.at)}, ${input.name}, ${input.description || null}, ${input.customData ?? {}},
              ${input.isMfaRequired ?? false}, ${input.color ?? {}}, ${input.branding ?? {}}, ${input.customCss || null},
              ${input.externalId || null}, ${input.slug || null}, ${input.switches ?? {}}, ${act.at})
      returning *
    ), happened as (
      select id as organization_id, id as subject_id, jsonb_build_object('name', name) as data from o
    ), ${recorded(act, 'organization.created')}
    select ${profiledColumns} from o`)
    .catch(nameTaken);
  return organization!;
}

export async function getOrganization(db: Queries, tenantId: string, id: string): Promise<Organization> {
  const organization = await db.first<Organization>(
    sql`select ${organizationColumns} from organizations o where tenant_id = ${tenantId} and id = ${id}`,
  );
  return organization ?? refuse('organization.not_found', { id });
}

/** With what applications say of it, by its id or their own for it. Refuses: organization.not_found. */
export async function getProfiledOrganization(
  db: Queries,
  tenantId: string,
  by: { readonly id: string } | { readonly externalId: string },
): Promise<ProfiledOrganization> {
  const it = 'id' in by ? sql`id = ${by.id}` : sql`external_id = ${by.externalId}`;
  const organization = await db.first<ProfiledOrganization>(
    sql`select ${profiledColumns} from organizations o where tenant_id = ${tenantId} and ${it}`,
  );
  return organization ?? refuse('organization.not_found', by);
}

/**
 * Replaces what is given, whole; of the switches the given ones. Refuses: organization.not_found,
 * organization.external_id_taken, organization.slug_taken.
 */
export async function changeOrganization(
  act: Act,
  id: string,
  change: Partial<OrganizationInput>,
): Promise<ProfiledOrganization> {
  const c = given(change);
  const organization = await act.db
    .first<ProfiledOrganization>(sql`
    with o as (
      update organizations set
        name = coalesce(${c.name ?? null}, name),
        description = case when ${'description' in c}::boolean then ${c.description || null} else description end,
        custom_data = coalesce(${c.customData ?? null}::jsonb, custom_data),
        is_mfa_required = coalesce(${c.isMfaRequired ?? null}::boolean, is_mfa_required),
        color = coalesce(${c.color ?? null}::jsonb, color),
        branding = coalesce(${c.branding ?? null}::jsonb, branding),
        custom_css = case when ${'customCss' in c}::boolean then ${c.customCss || null} else custom_css end,
        external_id = case when ${'externalId' in c}::boolean then ${c.externalId || null} else external_id end,
        slug = case when ${'slug' in c}::boolean then ${c.slug || null} else slug end,
        switches = switches || ${c.switches ?? {}}::jsonb,
        updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select id as organization_id, id as subject_id, jsonb_build_object('changed', ${Object.keys(c)}::text[]) as data from o
    ), ${recorded(act, 'organization.updated')}
    select ${profiledColumns} from o`)
    .catch(nameTaken);
  return organization ?? refuse('organization.not_found', { id });
}

function nameTaken(error: unknown): never {
  const { constraint } = violation(error) ?? {};
  if (constraint === 'organizations_external_id') refuse('organization.external_id_taken', {}, error);
  if (constraint === 'organizations_slug') refuse('organization.slug_taken', {}, error);
  throw error;
}

/**
 * Disables or enables. A disabled organization keeps its members and invitations, and lets nobody in (rule 17).
 * Refuses: organization.not_found.
 */
export async function setDisabled(act: Act, id: string, isDisabled: boolean): Promise<Organization> {
  const organization = await act.db.first<Organization>(sql`
    with o as (
      update organizations set disabled_at = case when ${isDisabled}::boolean then coalesce(disabled_at, ${act.at}::bigint) end
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select id as organization_id, id as subject_id, jsonb_build_object('name', name) as data from o
    ), ${recorded(act, isDisabled ? 'organization.disabled' : 'organization.enabled')}
    select ${organizationColumns} from o`);
  return organization ?? refuse('organization.not_found', { id });
}

/** Refuses: organization.not_found. */
export async function isDisabled(db: Queries, tenantId: string, id: string): Promise<boolean> {
  const row = await db.first<{ disabled: boolean }>(
    sql`select disabled_at is not null as disabled from organizations where tenant_id = ${tenantId} and id = ${id}`,
  );
  return row?.disabled ?? refuse('organization.not_found', { id });
}

/** Holds the organization against other changes of what belongs to it. Refuses: organization.not_found. */
export async function lockOrganization(act: TxAct, id: string): Promise<void> {
  const found = await act.db.first(
    sql`select id from organizations where tenant_id = ${act.tenantId} and id = ${id} for no key update`,
  );
  if (!found) refuse('organization.not_found', { id });
}

/** Newest first. `text` is looked for in id and name. */
export async function findOrganizations(
  db: Queries,
  tenantId: string,
  filter: { text?: string | undefined; page: Page },
) {
  const [items, count] = await Promise.all([
    db.rows<Organization>(sql`
      select ${organizationColumns} from organizations o
       where tenant_id = ${tenantId} and ${matching(filter.text, sql`id`, sql`name`)}
       order by created_at desc, id desc ${within(filter.page)}`),
    db.first<{ total: number }>(sql`
      select count(*) as total from organizations
       where tenant_id = ${tenantId} and ${matching(filter.text, sql`id`, sql`name`)}`),
  ]);
  return { items, total: count!.total };
}

export type Featured = {
  usersCount: number;
  featuredUsers: { id: string; avatar: string | null; name: string | null }[];
};

/** For each organization how many members it has and three of them, the earliest first. */
export async function featuredUsers(
  db: Queries,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Featured>> {
  const rows = await db.rows<Featured & { id: string }>(sql`
    select o.id, (select count(*) from members m where m.tenant_id = ${tenantId} and m.organization_id = o.id) as "usersCount",
           coalesce((select json_agg(f) from (
             select u.id, u.avatar, u.name from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
              where m.tenant_id = ${tenantId} and m.organization_id = o.id order by m.joined_at, u.id limit 3) f), '[]') as "featuredUsers"
      from unnest(${ids}::text[]) o(id)`);
  return new Map(rows.map(({ id, ...featured }) => [id, featured]));
}
