/** The main job from end to end over a socket: organization, roles, invitation by mail, acceptance, permissions. */
import { expect, test } from 'vitest';
import { appForTest } from './harness.ts';

test('an application invites by mail, accepts for the invitee, and asks what the member may do', async () => {
  const t = await appForTest();
  const organization = await t.api('POST', '/organizations', { name: 'Acme' });
  expect(organization.status).toBe(201);
  const roles = await t.api('GET', '/organization-roles');
  const admin = roles.body.find((role: { name: string }) => role.name === 'admin');

  const invitation = await t.api('POST', '/organization-invitations', {
    organizationId: organization.body.id,
    invitee: '  Ann@EXAMPLE.com ',
    expiresAt: t.now() + 86_400_000,
    organizationRoleIds: [admin.id],
    messagePayload: { locale: 'de' },
  });
  expect(invitation).toMatchObject({
    status: 201,
    body: {
      invitee: 'ann@example.com',
      status: 'Pending',
      organizationRoles: [{ id: admin.id, name: 'admin' }],
    },
  });
  expect(await t.drain()).toBe(1);
  expect(t.mails).toMatchObject([{ to: 'ann@example.com', language: 'de' }]);
  expect(t.mails[0]!.text).toMatch(new RegExp(`${t.url}/invitations/${invitation.body.id}\\.1\\.m\\.`));

  const user = await t.api('POST', '/users', { primaryEmail: 'ANN@example.com', name: 'Ann' });
  expect(user.status).toBe(200);
  const accepted = await t.api('PUT', `/organization-invitations/${invitation.body.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.body.id,
  });
  expect(accepted).toMatchObject({ status: 200, body: { status: 'Accepted', acceptedUserId: user.body.id } });

  const scopes = await t.api('GET', `/organizations/${organization.body.id}/users/${user.body.id}/scopes`);
  expect(scopes.body.map((scope: { name: string }) => scope.name)).toContain('invite:member');
  const members = await t.api('GET', `/organizations/${organization.body.id}/users`);
  expect(members.headers.get('total-number')).toBe('1');
  expect(members.body).toMatchObject([
    { id: user.body.id, organizationRoles: [{ id: admin.id, name: 'admin' }] },
  ]);
});
