/** A role that is in use goes only where another takes its place. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInvitation, makeOrganization, makeUser, parallel } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { makeJoinLink } from '../../../test/joining.ts';
import type { Act } from '../../act.ts';
import { Refusal } from '../refusal.ts';
import { setTenantDefaultRoles } from './default-roles.ts';
import { retireRole } from './retire-role.ts';
import { createRole } from './roles.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

const act = <T>(verb: (act: Act) => Promise<T>) => t.app.act({ kind: 'system', id: 'test' }, verb);
let count = 0;
const make = (organizationId?: string, type?: 'MachineToMachine') =>
  act((a) => createRole(a, { name: `role ${count++}`, type }, organizationId));
const retire = (id: string, successorId?: string, organizationId?: string) =>
  act((a) => retireRole(a, id, successorId, organizationId)).then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : error),
  );

test.for([
  [
    'held',
    (id: string, role: string, user: string) =>
      t.api('POST', `/organizations/${id}/users/${user}/roles`, { organizationRoleIds: [role] }),
  ],
  [
    'offered',
    (id: string, role: string) =>
      makeInvitation(t, id, `${role}@example.com`, { organizationRoleIds: [role] }),
  ],
  [
    'given by joining',
    (id: string, role: string) =>
      t.api('POST', `/organizations/${id}/jit/roles`, { organizationRoleIds: [role] }),
  ],
  [
    'given by default',
    (_id: string, role: string) => act((a) => setTenantDefaultRoles(a, { memberRoleId: role })),
  ],
] as const)('a role that is %s stays until another takes its place', async ([, use]) => {
  const [id, { id: role }, { id: next }] = [await makeOrganization(t), await make(), await make()];
  const user = await makeUser(t, `${id}@example.com`);
  await t.api('POST', `/organizations/${id}/users`, { userIds: [user] });
  await use(id, role, user);
  expect(await retire(role)).toBe('role.in_use');
  expect(await retire(role, next)).toBe('done');
  expect(await retire(next)).toBe('role.in_use');
});

test('links and policies name the successor from then on; what has ended stays as it was', async () => {
  const [id, { id: role }, { id: next }] = [await makeOrganization(t), await make(), await make()];
  const link = await makeJoinLink(t, id, { organizationRoleIds: [role, next] });
  await t.api('PUT', `/organizations/${id}/policy`, {
    invitableRoles: [{ roleId: role, byRoleIds: [role] }],
    approvalRequired: { roleIds: [role], domains: [] },
  });
  const over = await makeInvitation(t, id, 'over@example.com', { organizationRoleIds: [role] });
  await t.api('PUT', `/organization-invitations/${over.id}/status`, { status: 'Revoked' });
  expect(await retire(role, next)).toBe('done');
  const policy = (await t.api('GET', `/organizations/${id}/policy`)).body;
  expect(policy.invitableRoles).toEqual([{ roleId: next, byRoleIds: [next] }]);
  expect(policy.approvalRequired.roleIds).toEqual([next]);
  expect(await t.sql('select role_ids from join_links where id = $1', [link.id])).toEqual([
    { role_ids: [next] },
  ]);
  expect(await t.sql('select role_ids from invitations where id = $1', [over.id])).toEqual([
    { role_ids: [role] },
  ]);
});

test('the successor can be held wherever the role could, by the same kind of holder', async () => {
  const [here, there] = [await makeOrganization(t), await makeOrganization(t)];
  const [{ id: role }, { id: own }, { id: foreign }, { id: machine }] = [
    await make(),
    await make(here),
    await make(there),
    await make(undefined, 'MachineToMachine'),
  ];
  expect(await retire(role, role)).toBe('role.replaces_itself');
  expect(await retire(role, own)).toBe('role.not_found');
  expect(await retire(own, foreign, here)).toBe('role.not_found');
  expect(await retire(own, role)).toBe('role.not_found');
  expect(await retire(own, role, there)).toBe('role.not_found');
  expect(await retire(role, machine)).toBe('role.wrong_type');
  expect(await retire(own, role, here)).toBe('done');
});

test('that a role went, and for which, is told once', async () => {
  const [{ id: role, name }, { id: next }] = [await make(), await make()];
  await retire(role, next);
  const told = await t.sql("select data from events where type = 'role.deleted' and data->>'roleId' = $1", [
    role,
  ]);
  expect(told).toEqual([{ data: { roleId: role, name, replacedByRoleId: next } }]);
});

test('two roles that replace each other at once: one goes', async () => {
  const [{ id: one }, { id: other }] = [await make(), await make()];
  const answers = await parallel(2, (i) => (i === 0 ? retire(one, other) : retire(other, one)));
  expect(answers.sort()).toEqual(['done', 'role.not_found']);
});

test.for(['deleted', 'replaced'] as const)(
  'invitations that are accepted while their role is %s make members all the same',
  async (how) => {
    // Depends on the act being run again where a role went while it was given.
    const [id, { id: role }, { id: next }] = [await makeOrganization(t), await make(), await make()];
    const invited = await parallel(16, async (i) => {
      const address = `${how}${i}-${id}@example.com`;
      const userId = await makeUser(t, address);
      const invitation = await makeInvitation(t, id, address, { organizationRoleIds: [role] });
      return { userId, invitationId: invitation.id as string };
    });
    const [gone, ...accepted] = await Promise.all([
      how === 'deleted'
        ? t.api('DELETE', `/organization-roles/${role}`).then(({ status }) => status)
        : retire(role, next),
      ...invited.map(({ userId, invitationId }) =>
        t
          .api('PUT', `/organization-invitations/${invitationId}/status`, {
            status: 'Accepted',
            acceptedUserId: userId,
          })
          .then(({ status }) => status),
      ),
    ]);
    expect(gone).toBe(how === 'deleted' ? 204 : 'done');
    expect(accepted).toEqual(invited.map(() => 200));
    const held = await t.sql('select role_id from member_roles where organization_id = $1', [id]);
    expect(held).toEqual(how === 'deleted' ? [] : invited.map(() => ({ role_id: next })));
  },
);
