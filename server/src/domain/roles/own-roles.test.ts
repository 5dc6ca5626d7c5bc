/** Roles of one organization, and default roles. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInvitation, makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { Refusal } from '../refusal.ts';
import { defaultRolesOf, setDefaultMemberRole, setTenantDefaultRoles } from './default-roles.ts';
import { changeRole, createRole, deleteRole, type RoleInput } from './roles.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

const act = <T>(verb: (act: Act) => Promise<T>) => t.app.act({ kind: 'system', id: 'test' }, verb);
const make = (input: RoleInput, organizationId?: string) => act((a) => createRole(a, input, organizationId));
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error) => (error instanceof Refusal ? error.code : error),
  );

async function two() {
  const [here, there] = [await makeOrganization(t), await makeOrganization(t)];
  const own = await make({ name: `own_${here}` }, here);
  return { here, there, own };
}

test('a role of one organization is given there, and does not exist in another, by any path', async () => {
  const { here, there, own } = await two();
  const user = await makeUser(t, `${here}@example.com`);
  for (const [id, works] of [
    [here, true],
    [there, false],
  ] as const) {
    await t.api('POST', `/organizations/${id}/users`, { userIds: [user] });
    const assigned = await t.api('POST', `/organizations/${id}/users/${user}/roles`, {
      organizationRoleIds: [own.id],
    });
    const byName = await t.api('PUT', `/organizations/${id}/users/${user}/roles`, {
      organizationRoleNames: [own.name],
    });
    const jit = await t.api('POST', `/organizations/${id}/jit/roles`, { organizationRoleIds: [own.id] });
    const policy = await t.api('PUT', `/organizations/${id}/policy`, {
      invitableRoles: [{ roleId: own.id, byRoleIds: null }],
    });
    const link = await t.api('POST', `/organizations/${id}/join-links`, { organizationRoleIds: [own.id] });
    const invited = await t.api('POST', '/organization-invitations', {
      organizationId: id,
      invitee: `new-${here}@example.com`,
      expiresAt: t.now() + 1e6,
      organizationRoleIds: [own.id],
    });
    const all = [assigned, byName, jit, policy, link, invited].map(({ status }) => status < 300);
    expect(all, id).toEqual(all.map(() => works));
  }
  const held = await t.sql('select organization_id from member_roles where role_id = $1', [own.id]);
  expect(held).toEqual([{ organization_id: here }]);
});

test('the roles of the tenant are listed without those of its organizations, and only they are found by id', async () => {
  const { own } = await two();
  const listed = await t.api('GET', '/organization-roles?page_size=100');
  expect(listed.body.map(({ id }: { id: string }) => id)).not.toContain(own.id);
  for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['DELETE']] as const)
    expect((await t.api(method, `/organization-roles/${own.id}`, body)).status).toBe(404);
});

test('names are unique among what can be held in one place', async () => {
  const { here, there, own } = await two();
  expect(await refusalOf(make({ name: own.name }, here))).toBe('role.name_taken');
  expect(await refusalOf(make({ name: own.name }))).toBe('role.name_taken');
  expect(await refusalOf(make({ name: 'member' }, here))).toBe('role.name_taken');
  const same = await make({ name: own.name }, there);
  expect(await refusalOf(act((a) => changeRole(a, same.id, { name: 'member' }, there)))).toBe(
    'role.name_taken',
  );
});

test('of a role of the tenant and an own one of the same name, made at once, one is made', async () => {
  // Depends on the lock of the tenant in the trigger admit_role.
  for (let i = 0; i < 5; i++) {
    const here = await makeOrganization(t);
    const made = await Promise.all([
      refusalOf(make({ name: `same_${here}` }, here)),
      refusalOf(make({ name: `same_${here}` })),
    ]);
    expect(made.sort()).toEqual(['none', 'role.name_taken']);
  }
});

test('an own role extends one of the tenant or of the same organization', async () => {
  const { here, there, own } = await two();
  await make({ name: 'by_tenant', extendsId: await roleNamed(t, 'member') }, here);
  await make({ name: 'by_own', extendsId: own.id }, here);
  expect(await refusalOf(make({ name: 'beyond', extendsId: own.id }, there))).toBe('role.extends_unknown');
  expect(await refusalOf(make({ name: 'beyond', extendsId: own.id }))).toBe('role.extends_unknown');
});

test('an own role goes with its organization; a member who holds it loses nothing elsewhere', async () => {
  const { here, own } = await two();
  await makeInvitation(t, here, `gone-${here}@example.com`, { organizationRoleIds: [own.id] });
  expect((await t.api('DELETE', `/organizations/${here}`)).status).toBe(204);
  expect(await t.sql('select id from organization_roles where id = $1', [own.id])).toEqual([]);
  expect(await refusalOf(act((a) => deleteRole(a, own.id, here)))).toBe('role.not_found');
});

test('a fresh tenant makes people members, and admins of what they make; an organization may say otherwise', async () => {
  const { here, there, own } = await two();
  const [member, admin] = [await roleNamed(t, 'member'), await roleNamed(t, 'admin')];
  expect(await act((a) => defaultRolesOf(a, here))).toEqual({ memberRoleId: member, creatorRoleId: admin });
  await act((a) => setDefaultMemberRole(a, here, own.id));
  expect(await act((a) => defaultRolesOf(a, here))).toEqual({ memberRoleId: own.id, creatorRoleId: admin });
  expect(await act((a) => defaultRolesOf(a, there))).toEqual({ memberRoleId: member, creatorRoleId: admin });
  expect(await refusalOf(act((a) => setDefaultMemberRole(a, there, own.id)))).toBe('role.not_found');
  expect(await refusalOf(act((a) => setTenantDefaultRoles(a, { memberRoleId: own.id })))).toBe(
    'role.not_found',
  );
  expect(await refusalOf(act((a) => changeRole(a, own.id, { type: 'MachineToMachine' }, here)))).toBe(
    'role.type_in_use',
  );
  await act((a) => deleteRole(a, own.id, here));
  expect((await act((a) => defaultRolesOf(a, here))).memberRoleId).toBe(member);
});

test('defaults give nothing to an invitation by itself', async () => {
  const { here } = await two();
  expect((await makeInvitation(t, here, `bare-${here}@example.com`)).organizationRoles).toEqual([]);
});

test('a role cannot move to another organization', async () => {
  const { there, own } = await two();
  const moved = act((a) =>
    a.db.run(sql`update organization_roles set organization_id = ${there} where id = ${own.id}`),
  );
  await expect(moved).rejects.toThrow('stays where it is');
});
