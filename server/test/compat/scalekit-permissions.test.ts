/** Permissions by the field's client, unmodified, over a socket. */
import {
  ScalekitBadRequestException,
  ScalekitConflictException,
  ScalekitNotFoundException,
} from '@scalekit-sdk/node';
import { expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';

const door = openDoor();
const permissions = () => door.client.permission;
const make = async (name = unique('do:')) =>
  (await permissions().createPermission({ name, description: 'To do' } as never)).permission!;
const namesOf = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test('a permission: made, read, changed, deleted', async () => {
  const made = await make();
  expect(made).toMatchObject({ id: expect.stringMatching(/^perm_\d+$/), isScalekitPermission: false });
  expect((await permissions().getPermission(made.name)).permission).toEqual(made);
  const other = unique('other:');
  const changed = await permissions().updatePermission(made.name, { name: other, description: '' } as never);
  expect(changed.permission).toMatchObject({ id: made.id, name: other, description: '' });
  await permissions().deletePermission(other);
  for (const call of [
    () => permissions().getPermission(other),
    () => permissions().deletePermission(other),
    () => permissions().updatePermission(other, { name: other, description: 'x' } as never),
  ])
    await expect(call()).rejects.toThrow(ScalekitNotFoundException);
});

test('names are unique, and of letters, digits, colons and underscores', async () => {
  const { name } = await make();
  await expect(make(name)).rejects.toThrow(ScalekitConflictException);
  const second = await make();
  await expect(
    permissions().updatePermission(second.name, { name, description: '' } as never),
  ).rejects.toThrow(ScalekitConflictException);
  for (const unfit of ['', 'with space', 'x'.repeat(65)])
    await expect(make(unfit), unfit).rejects.toThrow(ScalekitBadRequestException);
});

test('they are listed newest first, page by page, and what is made meanwhile moves nothing', async () => {
  const made: string[] = [];
  for (let i = 0; i < 5; i++) {
    made.unshift((await make()).name);
    door.advance(5);
  }
  const first = await permissions().listPermissions(undefined, 2);
  await make();
  const second = await permissions().listPermissions(first.nextPageToken, 2);
  expect(namesOf([...first.permissions, ...second.permissions])).toEqual(made.slice(0, 4));
  const back = await permissions().listPermissions(second.prevPageToken, 2);
  expect(namesOf(back.permissions)).toEqual(made.slice(0, 2));
  expect(first.totalSize + 1).toBe(second.totalSize);
  for (const size of [0, 101])
    await expect(permissions().listPermissions(undefined, size)).rejects.toThrow(ScalekitBadRequestException);
  await expect(permissions().listPermissions('nonsense', 2)).rejects.toThrow(ScalekitBadRequestException);
});

test('what every installation begins with is the product’s own', async () => {
  const { permission } = await permissions().getPermission('invite:member');
  expect(permission!.isScalekitPermission).toBe(true);
});

test('a role gets permissions, says which, and loses them', async () => {
  const name = unique('role_');
  await door.client.role.createRole({ name, displayName: 'A role', permissions: [] } as never);
  const [one, other] = [await make(), await make()];
  const added = await permissions().addPermissionsToRole(name, [one.name]);
  expect(namesOf(added.permissions)).toEqual([one.name]);
  const both = await permissions().addPermissionsToRole(name, [one.name, other.name]);
  expect(namesOf(both.permissions).sort()).toEqual([one.name, other.name].sort());
  expect((await permissions().listRolePermissions(name)).permissions).toEqual(both.permissions);
  await permissions().removePermissionFromRole(name, one.name);
  expect(namesOf((await permissions().listEffectiveRolePermissions(name)).permissions)).toEqual([other.name]);
  await expect(permissions().removePermissionFromRole(name, one.name)).rejects.toThrow(
    ScalekitNotFoundException,
  );
  await expect(permissions().addPermissionsToRole(name, [one.name, 'no:such'])).rejects.toThrow(
    ScalekitBadRequestException,
  );
  await expect(permissions().addPermissionsToRole(name, [])).rejects.toThrow(ScalekitBadRequestException);
  expect(namesOf((await permissions().listRolePermissions(name)).permissions)).toEqual([other.name]);
  for (const call of [
    () => permissions().listRolePermissions('nobody'),
    () => permissions().listEffectiveRolePermissions('nobody'),
    () => permissions().addPermissionsToRole('nobody', [one.name]),
    () => permissions().removePermissionFromRole('nobody', one.name),
  ])
    await expect(call()).rejects.toThrow(ScalekitNotFoundException);
});

test('a permission that is deleted is given by no role any more', async () => {
  const name = unique('role_');
  const { name: permission } = await make();
  await door.client.role.createRole({ name, displayName: 'A role', permissions: [permission] } as never);
  await permissions().deletePermission(permission);
  expect((await permissions().listRolePermissions(name)).permissions).toEqual([]);
});
