/**
 * Roles and permissions as this door shows them: roles are those for people, of the tenant ("of the environment") and of
 * one organization; permissions are the scopes that they are made of.
 */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Queries, type Statement, sql } from '../../../db/db.ts';
import { permissions as builtIn } from '../../../domain/access.ts';
import { loadTemplate, type Template, withInherited } from '../../../domain/roles/template.ts';
import type { PermissionSchema, RolePermissionSchema, RoleSchema } from '../descriptors.ts';
import { notFound } from '../errors.ts';
import { numbered } from '../ids.ts';
import { timestampOf } from '../times.ts';

export type RoleRow = {
  id: string;
  name: string;
  displayName: string;
  description: string;
  extends: string | null;
  dependents: number;
  isOrgRole: boolean;
  defaultCreator: boolean;
  defaultMember: boolean;
};

export type PermissionRow = {
  id: string;
  name: string;
  description: string;
  createdAt: number;
  updatedAt: number;
};

/** Where a role is looked for: among the tenant's, or also among those of an organization. */
type Place = { readonly tenantId: string; readonly organizationId: string | null };

/** Roles of the tenant (null), or what can be held in an organization; `extra` says which of them. */
export function findRoles(
  db: Queries,
  { tenantId, organizationId }: Place,
  extra: Statement,
): Promise<RoleRow[]> {
  return db.rows<RoleRow>(sql`
    select r.id, r.name, coalesce(r.display_name, r.name) as "displayName", coalesce(r.description, '') as description, p.name as extends,
           (select count(*) from organization_roles d where d.tenant_id = r.tenant_id and d.extends_id = r.id and d.type = 'User') as dependents,
           r.organization_id is not null as "isOrgRole", coalesce(r.id = t.default_creator_role_id, false) as "defaultCreator",
           coalesce(r.id = coalesce(o.default_member_role_id, t.default_member_role_id), false) as "defaultMember"
      from organization_roles r
      join tenants t on t.id = r.tenant_id
      left join organizations o on o.tenant_id = r.tenant_id and o.id = ${organizationId}
      left join organization_roles p on p.tenant_id = r.tenant_id and p.id = r.extends_id
     where r.tenant_id = ${tenantId} and r.type = 'User' and (r.organization_id is null or r.organization_id = ${organizationId})
       and ${extra}
     order by r.created_at, r.id`);
}

/** Refuses NOT_FOUND. `own`: of the organization itself, not what the tenant gives it. */
export async function getRole(db: Queries, place: Place, name: string, own?: 'own'): Promise<RoleRow> {
  const isOwn = own && place.organizationId !== null ? sql`r.organization_id is not null` : sql`true`;
  const [role] = await findRoles(db, place, sql`r.name = ${name} and ${isOwn}`);
  if (!role) throw notFound('role');
  return role;
}

/** The role by its id, after it was made or changed. */
export async function getRoleById(db: Queries, place: Place, id: string): Promise<RoleRow> {
  const [role] = await findRoles(db, place, sql`r.id = ${id}`);
  if (!role) throw notFound('role');
  return role;
}

/** As messages, with the permissions that are asked for. */
export async function shownRoles(
  db: Queries,
  tenantId: string,
  rows: readonly RoleRow[],
  include: string | undefined = '',
): Promise<MessageInitShape<typeof RoleSchema>[]> {
  const given = include === '' ? undefined : await givenBy(db, tenantId);
  return rows.map(({ id, dependents, extends: parent, ...role }) => ({
    ...role,
    id: numbered('role_', id),
    dependentRolesCount: dependents,
    ...(parent === null ? {} : { extends: parent }),
    permissions: given?.(id, include === 'permissions:all') ?? [],
  }));
}

type RolePermission = MessageInitShape<typeof RolePermissionSchema>;

async function givenBy(db: Queries, tenantId: string) {
  const [template, all] = await Promise.all([
    loadTemplate(db, tenantId),
    findPermissions(db, tenantId, sql`true`),
  ]);
  const permissions = new Map(all.map((row) => [row.id, row]));
  // From the role itself upwards: what it gives by itself is not said once more of what it extends.
  return (id: string, isAll: boolean): RolePermission[] => {
    const given = new Map<string, RolePermission>();
    for (const { name: roleName, scopes } of rolesOf(template, id, isAll))
      for (const scope of scopes) {
        const found = permissions.get(scope.id);
        if (found && !given.has(scope.id)) given.set(scope.id, { ...shownTimes(found), roleName });
      }
    return [...given.values()];
  };
}

function rolesOf(template: Template, id: string, isAll: boolean) {
  if (isAll) return withInherited(template, [id]);
  const role = template.roles.get(id);
  return role ? [role] : [];
}

/** `s` is the row of the scope. */
export const findPermissions = (db: Queries, tenantId: string, which: Statement): Promise<PermissionRow[]> =>
  db.rows<PermissionRow>(sql`
    select ${permissionColumns} from organization_scopes s where s.tenant_id = ${tenantId} and ${which} order by s.created_at desc, s.id desc`);

export const permissionColumns = sql`s.id, s.name, coalesce(s.description, '') as description, s.created_at as "createdAt",
  coalesce(s.updated_at, s.created_at) as "updatedAt"`;

export async function getPermission(db: Queries, tenantId: string, name: string): Promise<PermissionRow> {
  const [permission] = await findPermissions(db, tenantId, sql`s.name = ${name}`);
  if (!permission) throw notFound('permission');
  return permission;
}

const shownTimes = ({ id, name, description, createdAt, updatedAt }: PermissionRow) => ({
  id: numbered('perm_', id),
  name,
  description,
  createTime: timestampOf(createdAt),
  updateTime: timestampOf(updatedAt),
});

/** What every installation begins with is the product's own; the rest is the environment's. */
export const shownPermission = (row: PermissionRow): MessageInitShape<typeof PermissionSchema> => ({
  ...shownTimes(row),
  isScalekitPermission: Object.hasOwn(builtIn, row.name),
});

/** Of the product's own: for filters. */
export const builtInNames = Object.keys(builtIn);
