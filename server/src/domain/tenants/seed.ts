/**
 * What a fresh tenant has: the resource of the Management API with its scope `all`, a role that holds it, the first
 * application with that role, and the default organization template. Seeding twice changes nothing.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { type Permission, permissions } from '../access.ts';
import { createApplication } from '../applications/applications.ts';
import { createSecret, newSecretValue, type SecretKeys } from '../applications/secrets.ts';
import { newId } from '../ids.ts';
import { createResource } from '../resources/resources.ts';
import { createResourceScope } from '../resources/scopes.ts';
import { setTenantDefaultRoles } from '../roles/default-roles.ts';
import { createGlobalRole, setRolesOfApplication } from '../roles/global-roles.ts';
import { createRole } from '../roles/roles.ts';
import { createScope } from '../roles/scopes.ts';

/** The indicator under which the field's clients ask for the Management API of a tenant. */
export const managementIndicator = (tenantId: string): string => `https://${tenantId}.logto.app/api`;

const defaultRoles: {
  name: string;
  description: string;
  rank: number;
  isOwner?: true;
  scopes: Permission[];
}[] = [
  {
    name: 'owner',
    description: 'Everything',
    rank: 100,
    isOwner: true,
    scopes: Object.keys(permissions) as Permission[],
  },
  {
    name: 'admin',
    description: 'Members, invitations and settings',
    rank: 50,
    scopes: ['invite:member', 'manage:member', 'delete:member', 'read:member', 'manage:organization'],
  },
  { name: 'member', description: 'Belongs to the organization', rank: 10, scopes: ['read:member'] },
];

export type Credentials = { clientId: string; clientSecret: string };

/** Returns the credentials of the first application when it was made now; undefined when the tenant was there. */
export async function seedTenant(
  act: TxAct,
  keys: SecretKeys,
  wanted: Partial<Credentials>,
): Promise<Credentials | undefined> {
  const made = await act.db.run(
    sql`insert into tenants (id, created_at) values (${act.tenantId}, ${act.at}) on conflict do nothing`,
  );
  if (made === 0) return undefined;
  await seedTemplate(act);
  return seedManagement(act, keys, {
    clientId: wanted.clientId ?? newId(act.at),
    clientSecret: wanted.clientSecret ?? newSecretValue(),
  });
}

async function seedTemplate(act: TxAct): Promise<void> {
  const ids = new Map<Permission, string>();
  for (const [name, description] of Object.entries(permissions)) {
    ids.set(name as Permission, (await createScope(act, { name, description })).id);
  }
  const roles = new Map<string, string>();
  for (const { scopes, ...role } of defaultRoles) {
    const made = await createRole(act, {
      ...role,
      organizationScopeIds: scopes.map((name) => ids.get(name)!),
    });
    roles.set(role.name, made.id);
  }
  await setTenantDefaultRoles(act, { memberRoleId: roles.get('member'), creatorRoleId: roles.get('admin') });
}

async function seedManagement(act: TxAct, keys: SecretKeys, credentials: Credentials): Promise<Credentials> {
  const resource = await createResource(act, {
    name: 'Management API',
    indicator: managementIndicator(act.tenantId),
    isManagement: true,
  });
  const all = await createResourceScope(act, resource.id, {
    name: 'all',
    description: 'Everything in the tenant',
  });
  const role = await createGlobalRole(act, {
    name: 'Management API access',
    description: 'Full access to the Management API',
    type: 'MachineToMachine',
    scopeIds: [all.id],
  });
  await setManagementApplication(act, keys, role.id, credentials);
  return credentials;
}

async function setManagementApplication(
  act: TxAct,
  keys: SecretKeys,
  roleId: string,
  { clientId, clientSecret }: Credentials,
) {
  await createApplication(act, keys, { id: clientId, name: 'Management', type: 'MachineToMachine' });
  await act.db.run(
    sql`delete from application_secrets where tenant_id = ${act.tenantId} and application_id = ${clientId}`,
  );
  await createSecret(act, keys, clientId, { name: 'Default secret', value: clientSecret });
  await act.db.run(
    sql`update applications set is_admin = true where tenant_id = ${act.tenantId} and id = ${clientId}`,
  );
  await setRolesOfApplication(act, clientId, [roleId], 'add');
}
