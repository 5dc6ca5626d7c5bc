/** Roles by the field's client, unmodified, over a socket: those of the environment and those of one organization. */
import {
  ScalekitBadRequestException,
  ScalekitConflictException,
  ScalekitNotFoundException,
} from '@scalekit-sdk/node';
import { expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { makeInvitation, makeOrganization, parallel } from '../builders.ts';
import { makePerson } from '../joining.ts';

const door = openDoor();
const roles = () => door.client.role;

const newRole = (more: object = {}) => ({
  name: unique('role_'),
  displayName: 'A role',
  permissions: [],
  ...more,
});
const make = async (more: object = {}) => (await roles().createRole(newRole(more) as never)).role!;

/** An organization, by its own id and by its name at this door. */
async function organization(): Promise<{ id: string; name: string }> {
  const id = await makeOrganization(door, unique('Acme'));
  const [row] = await door.sql('select public_number(id) as n from organizations where id = $1', [id]);
  return { id, name: `org_${String(row.n).padStart(19, '0')}` };
}

async function holder(organizationId: string, roleName: string): Promise<string> {
  const user = await makePerson(door);
  await door.api('POST', `/organizations/${organizationId}/users`, { userIds: [user] });
  const given = await door.api('POST', `/organizations/${organizationId}/users/${user}/roles`, {
    organizationRoleNames: [roleName],
  });
  expect(given.status).toBe(201);
  return user;
}

const rolesOf = async (organizationId: string, user: string) =>
  (await door.api('GET', `/organizations/${organizationId}/users/${user}/roles`)).body.map(
    ({ name }: { name: string }) => name,
  );

test('a fresh environment has a role for who joins and one for who makes an organization', async () => {
  const { roles: all } = await roles().listRoles();
  const byName = new Map(all.map((role) => [role.name, role]));
  expect(byName.get('member')).toMatchObject({
    defaultMember: true,
    defaultCreator: false,
    isOrgRole: false,
  });
  expect(byName.get('admin')).toMatchObject({ defaultMember: false, defaultCreator: true });
  expect(byName.get('owner')).toMatchObject({ defaultMember: false, defaultCreator: false });
});

test('a role: made, read, listed, changed, deleted', async () => {
  const made = await make({ description: 'For tests', permissions: ['read:member'], extends: 'member' });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^role_\d+$/),
    displayName: 'A role',
    description: 'For tests',
    extends: 'member',
    isOrgRole: false,
    dependentRolesCount: 0,
    permissions: [{ name: 'read:member', roleName: made.name }],
  });
  const { role: read } = await roles().getRole(made.name);
  expect(read).toEqual({ ...made, permissions: [] });
  expect((await roles().listRoles()).roles).toContainEqual(read);
  const changed = await roles().updateRole(made.name, { displayName: 'Other', permissions: [] } as never);
  expect(changed.role).toEqual({ ...made, displayName: 'Other' });
  const replaced = await roles().updateRole(made.name, { permissions: ['invite:member'] } as never);
  expect(replaced.role!.permissions.map(({ name }) => name)).toEqual(['invite:member']);
  await roles().deleteRole(made.name);
  await expect(roles().getRole(made.name)).rejects.toThrow(ScalekitNotFoundException);
  await expect(roles().deleteRole(made.name)).rejects.toThrow(ScalekitNotFoundException);
  await expect(roles().updateRole(made.name, { displayName: 'x' } as never)).rejects.toThrow(
    ScalekitNotFoundException,
  );
});

test('what a role cannot be is refused by its kind', async () => {
  await expect(make({ name: 'member' })).rejects.toThrow(ScalekitConflictException);
  for (const unfit of [
    { name: 'with space' },
    { name: '' },
    { displayName: '' },
    { extends: 'nobody' },
    { permissions: ['no:such'] },
    { permissions: ['not a name'] },
    { description: 'x'.repeat(2001) },
  ])
    await expect(make(unfit), JSON.stringify(unfit)).rejects.toThrow(ScalekitBadRequestException);
});

test('a role gives what it extends, counts who extends it, and loses its base when told', async () => {
  const base = await make({ permissions: ['invite:member'] });
  const child = await make({ extends: base.name, permissions: ['read:member'] });
  const { permissions } = await door.client.permission.listEffectiveRolePermissions(child.name);
  expect(permissions.map(({ name }) => name).sort()).toEqual(['invite:member', 'read:member']);
  expect((await roles().getRole(base.name)).role!.dependentRolesCount).toBe(1);
  const dependents = await roles().listDependentRoles(base.name);
  expect(dependents.roles.map(({ name }) => name)).toEqual([child.name]);
  await expect(roles().updateRole(base.name, { extends: child.name } as never)).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await roles().deleteRoleBase(child.name);
  const { role } = await roles().getRole(child.name);
  expect('extends' in role! && role.extends !== undefined).toBe(false);
  await expect(roles().deleteRoleBase('nobody')).rejects.toThrow(ScalekitNotFoundException);
  await expect(roles().listDependentRoles('nobody')).rejects.toThrow(ScalekitNotFoundException);
});

test('people who hold a role are counted each once', async () => {
  const { name } = await make();
  const [one, other] = [await organization(), await organization()];
  const user = await holder(one.id, name);
  await holder(one.id, name);
  await door.api('POST', `/organizations/${other.id}/users`, { userIds: [user] });
  await door.api('POST', `/organizations/${other.id}/users/${user}/roles`, { organizationRoleNames: [name] });
  expect((await roles().getRoleUsersCount(name)).count).toBe(2n);
  expect((await roles().getOrganizationRoleUsersCount(other.name, name)).count).toBe(1n);
  await expect(roles().getRoleUsersCount('nobody')).rejects.toThrow(ScalekitNotFoundException);
});

test('a role that somebody holds, was offered, or gets by default is deleted only where another takes its place', async () => {
  const [old, next] = [await make(), await make()];
  const acme = await organization();
  const user = await holder(acme.id, old.name);
  const [{ id: oldId }] = await door.sql('select id from organization_roles where name = $1', [old.name]);
  const invitation = await makeInvitation(door, acme.id, `${unique('i')}@example.com`, {
    organizationRoleIds: [oldId],
  });
  await door.api('POST', `/organizations/${acme.id}/jit/roles`, { organizationRoleIds: [oldId] });
  await roles().updateDefaultOrganizationRoles(acme.name, old.name);
  await expect(roles().deleteRole(old.name)).rejects.toMatchObject({
    errorCode: 'ROLE_IN_USE',
    httpStatus: 400,
  });
  await expect(roles().deleteRole(old.name, 'nobody')).rejects.toThrow(ScalekitBadRequestException);
  await expect(roles().deleteRole(old.name, old.name)).rejects.toThrow(ScalekitBadRequestException);
  await roles().deleteRole(old.name, next.name);
  expect(await rolesOf(acme.id, user)).toEqual([next.name]);
  const offered = (await door.api('GET', `/organization-invitations/${invitation.id}`)).body
    .organizationRoles;
  expect(offered.map(({ name }: { name: string }) => name)).toEqual([next.name]);
  const jit = (await door.api('GET', `/organizations/${acme.id}/jit/roles`)).body;
  expect(jit.map(({ name }: { name: string }) => name)).toEqual([next.name]);
  const here = (await roles().listOrganizationRoles(acme.name)).roles;
  expect(here.find(({ defaultMember }) => defaultMember)!.name).toBe(next.name);
  await expect(roles().deleteRole('member')).rejects.toMatchObject({ errorCode: 'ROLE_IN_USE' });
});

test('a role that is given while it is replaced ends as the one that replaces it, or is not there to be given', async () => {
  // Depends on the lock of the role in retireRole, and on whoever gives it taking the role's key.
  const acme = await organization();
  const people = await parallel(12, () => makePerson(door));
  await door.api('POST', `/organizations/${acme.id}/users`, { userIds: people });
  const [old, next] = [await make(), await make()];
  const [{ id }] = await door.sql('select id from organization_roles where name = $1', [old.name]);
  const [, ...given] = await Promise.all([
    roles().deleteRole(old.name, next.name),
    ...people.map((user) =>
      door.api('POST', `/organizations/${acme.id}/users/${user}/roles`, { organizationRoleIds: [id] }),
    ),
  ]);
  for (const [index, { status }] of given.entries()) {
    const held = await rolesOf(acme.id, people[index]!);
    expect([status, held]).toEqual(status === 201 ? [201, [next.name]] : [422, []]);
  }
  expect(await door.sql('select 1 from member_roles where role_id = $1', [id])).toEqual([]);
});

test('default roles: the creator’s is always said, unknown names change nothing', async () => {
  const mine = await make();
  const set = await roles().updateDefaultRoles({ defaultCreatorRole: 'owner', defaultMemberRole: mine.name });
  expect(set.defaultCreator!.name).toBe('owner');
  expect(set.defaultMember!.name).toBe(mine.name);
  await expect(roles().updateDefaultRoles({ defaultMemberRole: 'member' })).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await expect(
    roles().updateDefaultRoles({ defaultCreatorRole: 'admin', defaultMemberRole: 'nobody' }),
  ).rejects.toThrow(ScalekitNotFoundException);
  expect((await roles().getRole('owner')).role!.defaultCreator).toBe(true);
  await roles().updateDefaultRoles({ defaultCreatorRole: 'admin', defaultMemberRole: 'member' });
  expect((await roles().getRole('member')).role!.defaultMember).toBe(true);
});

test('a role of an organization: made, read, listed, changed, deleted there, and nowhere else', async () => {
  const [acme, other] = [await organization(), await organization()];
  const input = newRole({ extends: 'member', permissions: ['read:member'] });
  const { role } = await roles().createOrganizationRole(acme.name, input as never);
  expect(role).toMatchObject({ name: input.name, isOrgRole: true, extends: 'member' });
  expect((await roles().getOrganizationRole(acme.name, input.name)).role).toEqual({
    ...role,
    permissions: [],
  });
  const listed = (await roles().listOrganizationRoles(acme.name)).roles.map(({ name }) => name);
  expect(listed).toEqual(expect.arrayContaining(['owner', 'admin', 'member', input.name]));
  expect((await roles().listOrganizationRoles(other.name)).roles.map(({ name }) => name)).not.toContain(
    input.name,
  );
  expect((await roles().listRoles()).roles.map(({ name }) => name)).not.toContain(input.name);
  const changed = await roles().updateOrganizationRole(acme.name, input.name, {
    displayName: 'Ours',
  } as never);
  expect(changed.role).toEqual({ ...role, displayName: 'Ours' });
  for (const elsewhere of [
    () => roles().getRole(input.name),
    () => roles().getOrganizationRole(other.name, input.name),
    () => roles().updateOrganizationRole(other.name, input.name, { displayName: 'x' } as never),
    () => roles().deleteOrganizationRole(other.name, input.name),
    () => roles().deleteOrganizationRoleBase(other.name, input.name),
    () => roles().getOrganizationRoleUsersCount(other.name, input.name),
    () => roles().updateDefaultOrganizationRoles(other.name, input.name),
    () => roles().updateOrganizationRole(acme.name, 'member', { displayName: 'x' } as never),
    () => roles().deleteOrganizationRole(acme.name, 'member'),
  ])
    await expect(elsewhere()).rejects.toThrow(ScalekitNotFoundException);
  await roles().deleteOrganizationRoleBase(acme.name, input.name);
  expect((await roles().getOrganizationRole(acme.name, input.name)).role!.extends).toBeUndefined();
  await expect(roles().createOrganizationRole(acme.name, input as never)).rejects.toThrow(
    ScalekitConflictException,
  );
  await expect(make({ name: input.name })).rejects.toThrow(ScalekitConflictException);
  const user = await holder(acme.id, input.name);
  await expect(roles().deleteOrganizationRole(acme.name, input.name)).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await roles().deleteOrganizationRole(acme.name, input.name, 'member');
  expect(await rolesOf(acme.id, user)).toEqual(['member']);
});

test('an organization’s own default comes before the environment’s', async () => {
  const acme = await organization();
  const { role } = await roles().createOrganizationRole(acme.name, newRole() as never);
  const set = await roles().updateDefaultOrganizationRoles(acme.name, role!.name);
  expect(set.defaultMember).toMatchObject({ name: role!.name, defaultMember: true });
  const defaults = (await roles().listOrganizationRoles(acme.name)).roles.filter(
    (each) => each.defaultMember,
  );
  expect(defaults.map(({ name }) => name)).toEqual([role!.name]);
});

test('an organization that is not there has no roles', async () => {
  const gone = await organization();
  await roles().listOrganizationRoles(gone.name);
  await door.api('DELETE', `/organizations/${gone.id}`);
  for (const name of [gone.name, 'org_1234567890123456789'])
    for (const call of [
      () => roles().listOrganizationRoles(name),
      () => roles().createOrganizationRole(name, newRole() as never),
      () => roles().getOrganizationRoleUsersCount(name, 'member'),
      () => roles().updateDefaultOrganizationRoles(name, 'member'),
    ])
      await expect(call()).rejects.toThrow(ScalekitNotFoundException);
});

test('with a role one may read what it gives by itself, or with all that it extends, each once', async () => {
  const base = await make({ permissions: ['invite:member', 'read:member'] });
  const child = await make({ extends: base.name, permissions: ['read:member'] });
  const authorization = `Bearer ${await door.client.getClientAccessToken()}`;
  const given = async (include: string) => {
    const answer = await fetch(`${door.url}/api/v1/roles/${child.name}?include=${include}`, {
      headers: { authorization },
    });
    const { role } = (await answer.json()) as {
      role: { permissions: { name: string; role_name: string }[] };
    };
    return role.permissions.map(({ name, role_name: from }) => `${name} by ${from}`);
  };
  expect(await given('permissions')).toEqual([`read:member by ${child.name}`]);
  expect(await given('permissions:all')).toEqual([
    `read:member by ${child.name}`,
    `invite:member by ${base.name}`,
  ]);
  expect(await given('')).toEqual([]);
});
