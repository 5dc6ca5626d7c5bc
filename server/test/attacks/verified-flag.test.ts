/** Row 22 of the attacks: a self-verified address. Nothing that a caller says makes an address a proven one. */
import { expect, test } from 'vitest';
import { joinByDomain } from '../../src/domain/domains/join-by-domain.ts';
import { routes } from '../../src/doors/management/index.ts';
import { day, makeInvitation, makeOrganization, makeUser } from '../builders.ts';
import { appForTest, type TestApp } from '../harness.ts';

const flags = {
  emailVerifiedAt: 1,
  email_verified_at: 1,
  email_verified: true,
  emailVerified: true,
  isEmailVerified: true,
  isVerified: true,
  verified: true,
  primaryEmailVerified: true,
  verifiedAt: 1,
  profile: { emailVerified: true, email_verified_at: 1 },
  customData: { emailVerified: true, email_verified_at: 1 },
};

const verified = async (t: TestApp) =>
  (await t.sql('select id from users where email_verified_at is not null')).map(({ id }) => id);

test('no body of any route verifies an address, and no domain lets such a person in', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const made = await t.api('POST', '/users', { primaryEmail: 'ann@example.com', ...flags });
  expect(made.status).toBe(200);
  const id = made.body.id as string;
  const calls: [string, string, object][] = [
    ['PATCH', `/users/${id}`, { name: 'Ann', ...flags }],
    ['PATCH', `/users/${id}`, { primaryEmail: 'ann@corp.example', ...flags }],
    ['PATCH', `/users/${id}/custom-data`, { ...flags, customData: flags }],
    ['PATCH', `/users/${id}/profile`, { ...flags, profile: { nickname: 'a', ...flags.profile } }],
    ['PATCH', `/users/${id}/password`, { password: 'correct horse battery', ...flags }],
    ['PATCH', `/users/${id}/is-suspended`, { isSuspended: false, ...flags }],
    ['POST', `/organizations/${organizationId}/users`, { userIds: [id], ...flags }],
  ];
  for (const [method, path, body] of calls) {
    const { status } = await t.api(method, path, body);
    expect(status, `${method} ${path}`).toBeLessThan(300);
    expect(await verified(t), `${method} ${path}`).toEqual([]);
  }
  await t.api('POST', `/organizations/${await makeOrganization(t, 'Corp')}/jit/email-domains`, {
    emailDomain: 'corp.example',
  });
  expect(await t.app.act({ kind: 'user', id }, (act) => joinByDomain(act, id))).toEqual([]);
});

test('no body of a route has a field for it', () => {
  const named = routes.flatMap(
    ({ method, path, body }) =>
      JSON.stringify(body ?? {})
        .match(/"\w*verif\w*"/gi)
        ?.map((field) => `${method} ${path} ${field}`) ?? [],
  );
  // Kinds of mail, not fields.
  expect(named.filter((each) => !each.endsWith('"MfaVerification"'))).toEqual([]);
});

test('another address is not a proven one; the same, however it is spelled, stays proven', async () => {
  const t = await appForTest();
  const id = await makeUser(t, 'ann@example.com');
  const prove = () => t.sql('update users set email_verified_at = $1 where id = $2', [t.now(), id]);
  await prove();
  await t.api('PATCH', `/users/${id}`, { name: 'Ann', primaryEmail: 'ANN@example.com' });
  expect(await verified(t)).toEqual([id]);
  for (const primaryEmail of ['ann@corp.example', 'ann@example.com', null]) {
    await prove();
    expect((await t.api('PATCH', `/users/${id}`, { primaryEmail, ...flags })).status).toBe(200);
    expect(await verified(t), String(primaryEmail)).toEqual([]);
  }
});

test('the Management API accepts for somebody without proof, with the tenant’s authority, and proves nothing by it', async () => {
  const t = await appForTest();
  const id = await makeUser(t, 'ann@example.com');
  const invitation = await makeInvitation(t, await makeOrganization(t), 'ann@example.com', {
    expiresAt: t.now() + day,
  });
  const body = { status: 'Accepted', acceptedUserId: id, ...flags };
  expect((await t.api('PUT', `/organization-invitations/${invitation.id}/status`, body)).status).toBe(200);
  expect(await verified(t)).toEqual([]);
});
