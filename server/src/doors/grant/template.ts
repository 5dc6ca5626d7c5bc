/**
 * The roles of organizations that are made through this door: Owner > Admin > Dev > Viewer, made once in a tenant.
 * They hold the permissions that are built in and those that Grant's clients know by name. A role that the tenant has
 * under one of these names already is taken as it is.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { type Permission, permissions } from '../../domain/access.ts';
import { createRole } from '../../domain/roles/roles.ts';
import { createScope } from '../../domain/roles/scopes.ts';

export const invitationPermissions = {
  create: 'OrganizationInvitation:Create',
  read: 'OrganizationInvitation:Read',
  query: 'OrganizationInvitation:Query',
  revoke: 'OrganizationInvitation:Revoke',
  resendEmail: 'OrganizationInvitation:ResendEmail',
  renew: 'OrganizationInvitation:Renew',
} as const;
export const memberPermissions = {
  read: 'OrganizationMember:Read',
  update: 'OrganizationMember:Update',
  remove: 'OrganizationMember:Remove',
  query: 'OrganizationMember:Query',
} as const;

const everything = [
  ...(Object.keys(permissions) as Permission[]),
  ...Object.values(invitationPermissions),
  ...Object.values(memberPermissions),
];
const looking = [
  'read:member',
  invitationPermissions.read,
  invitationPermissions.query,
  memberPermissions.read,
  memberPermissions.query,
];

const roles = [
  { name: 'Owner', description: 'Everything', rank: 100, isOwner: true, scopes: everything },
  {
    name: 'Admin',
    description: 'Members, invitations and settings',
    rank: 50,
    scopes: everything.filter((scope) => scope !== 'delete:organization'),
  },
  { name: 'Dev', description: 'Works in the organization', rank: 20, scopes: looking },
  { name: 'Viewer', description: 'Sees the organization', rank: 10, scopes: looking },
];

/** The id of the role that the maker of an organization gets. */
export async function ownerRoleOf(act: TxAct): Promise<string> {
  // Of several that come first, the others wait here and find the roles made.
  await act.db.run(
    sql`insert into grant_templates (tenant_id) values (${act.tenantId}) on conflict do nothing`,
  );
  const known = await act.db.first<{ ownerRoleId: string | null }>(sql`
    select owner_role_id as "ownerRoleId" from grant_templates where tenant_id = ${act.tenantId} for update`);
  if (known?.ownerRoleId) return known.ownerRoleId;
  const scopeIds = await ensured(act, 'organization_scopes', everything, (name) =>
    createScope(act, { name }),
  );
  const roleIds = await ensured(
    act,
    'organization_roles',
    roles.map(({ name }) => name),
    (name) => {
      const { scopes, ...role } = roles.find((each) => each.name === name)!;
      return createRole(act, { ...role, organizationScopeIds: scopes.map((scope) => scopeIds.get(scope)!) });
    },
  );
  const ownerRoleId = roleIds.get('Owner')!;
  await act.db.run(
    sql`update grant_templates set owner_role_id = ${ownerRoleId} where tenant_id = ${act.tenantId}`,
  );
  return ownerRoleId;
}

/** Ids by name, of what is there and what is made now. */
async function ensured(
  act: TxAct,
  table: 'organization_scopes' | 'organization_roles',
  names: readonly string[],
  make: (name: string) => Promise<{ id: string }>,
): Promise<Map<string, string>> {
  const from =
    table === 'organization_scopes'
      ? sql`organization_scopes where true`
      : sql`organization_roles where organization_id is null`;
  const found = await act.db.rows<{ id: string; name: string }>(
    sql`select id, name from ${from} and tenant_id = ${act.tenantId} and name = any(${names}::text[])`,
  );
  const ids = new Map(found.map(({ id, name }) => [name, id]));
  for (const name of names) if (!ids.has(name)) ids.set(name, (await make(name)).id);
  return ids;
}
