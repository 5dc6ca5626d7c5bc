/** Finding users: of the tenant, of one organization; and the organizations of one user. */
import { type Queries, sql } from '../../db/db.ts';
import { matching, type Page, within } from '../page.ts';
import { refuse } from '../refusal.ts';
import { type Named, namedRoles, templateOf } from '../roles/template.ts';
import { type Search, searchingIn } from '../search.ts';
import { type User, userColumns } from './users.ts';

export const searchableUserFields = {
  id: sql`u.id`,
  primaryEmail: sql`u.primary_email`,
  primaryPhone: sql`u.primary_phone`,
  username: sql`u.username`,
  name: sql`u.name`,
} as const;

/** Newest first. */
export async function findUsers(
  db: Queries,
  tenantId: string,
  filter: {
    search?: Search | undefined;
    notInOrganization?: string | undefined;
    withoutRole?: string | undefined;
    page: Page;
  },
) {
  const where = sql`u.tenant_id = ${tenantId} and ${searchingIn(filter.search, searchableUserFields)}
    and ${
      filter.notInOrganization
        ? sql`not exists (select from members m where m.tenant_id = u.tenant_id and m.organization_id = ${filter.notInOrganization} and m.user_id = u.id)`
        : sql`true`
    } and ${
      filter.withoutRole
        ? sql`not exists (select from user_roles r where r.tenant_id = u.tenant_id and r.role_id = ${filter.withoutRole} and r.user_id = u.id)`
        : sql`true`
    }`;
  const [items, count] = await Promise.all([
    db.rows<User>(
      sql`select ${userColumns} from users u where ${where} order by u.created_at desc, u.id desc ${within(filter.page)}`,
    ),
    db.first<{ total: number }>(sql`select count(*) as total from users u where ${where}`),
  ]);
  return { items, total: count!.total };
}

type Member = User & {
  organizationRoles: readonly Named[];
  /** Only where there is something to say. */
  membership?: { isSuspended: boolean; expiresAt: number | null };
};

/** Members by id. Refuses: organization.not_found. */
export async function findMembers(
  db: Queries,
  tenantId: string,
  organizationId: string,
  filter: { text?: string | undefined; roleId?: string | undefined; page: Page },
) {
  const where = sql`m.tenant_id = ${tenantId} and m.organization_id = ${organizationId}
    and ${matching(filter.text, ...Object.values(searchableUserFields))}
    and ${filter.roleId ? sql`${filter.roleId} = any(m.role_ids)` : sql`true`}`;
  const [rows, facts] = await Promise.all([
    db.rows<User & { roleIds: string[]; outAt: number | null; expiresAt: number | null }>(sql`
      select ${userColumns}, m.suspended_at as "outAt", m.expires_at as "expiresAt", m.role_ids as "roleIds"
        from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
       where ${where} order by m.user_id ${within(filter.page)}`),
    db.first<{ version: number; exists: boolean; total: number }>(sql`
      select t.template_version as version, exists (select from organizations where tenant_id = ${tenantId} and id = ${organizationId}) as exists,
             (select count(*) from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id where ${where}) as total
        from tenants t where t.id = ${tenantId}`),
  ]);
  if (!facts!.exists) refuse('organization.not_found', { id: organizationId });
  const template = await templateOf(db, tenantId, facts!.version);
  const items: Member[] = rows.map(({ roleIds, outAt, expiresAt, ...user }) => ({
    ...user,
    organizationRoles: namedRoles(template, roleIds),
    ...(outAt === null && expiresAt === null
      ? {}
      : { membership: { isSuspended: outAt !== null, expiresAt } }),
  }));
  return { items, total: facts!.total };
}
