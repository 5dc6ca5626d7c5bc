import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { appForTest } from '../../../test/harness.ts';
import {
  comeIn,
  makeClient,
  organizationsResource,
  organizationsScope,
  refreshed,
} from '../../../test/visitor.ts';

test('a person comes in with a code, and the application gets tokens that say who it is in which organization', async () => {
  const t = await appForTest();
  const client = await makeClient(t, 'SPA');
  const userId = await makeUser(t, 'ann@example.com');
  const organizationId = await makeOrganization(t);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await t.api('POST', `/organizations/${organizationId}/users/roles`, {
    userIds: [userId],
    organizationRoleIds: [await roleNamed(t, 'admin')],
  });

  const { status, body, arrived } = await comeIn(t, client, userId, {
    scope: `openid offline_access profile email ${organizationsScope} read:member`,
    resource: organizationsResource,
  });
  expect(arrived.searchParams.get('state')).toBe('a-state');
  expect(arrived.searchParams.get('iss')).toBe(`${t.url}/oidc`);
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3600, refresh_token: expect.any(String) },
  });
  expect(body.access_token).not.toContain('.');
  const keys = createRemoteJWKSet(new URL(`${t.url}/oidc/jwks`));
  const idToken = await jwtVerify(body.id_token, keys, { issuer: `${t.url}/oidc`, audience: client.id });
  expect(idToken.payload).toMatchObject({
    sub: userId,
    name: null,
    email: 'ann@example.com',
    email_verified: false,
    organizations: [organizationId],
  });

  const next = await refreshed(t, client, body.refresh_token, { organization_id: organizationId });
  expect(next).toMatchObject({ status: 200, body: { scope: 'read:member', expires_in: 3600 } });
  const token = await jwtVerify(next.body.access_token, keys, {
    typ: 'at+jwt',
    audience: `urn:logto:organization:${organizationId}`,
  });
  expect(token.payload).toMatchObject({ sub: userId, client_id: client.id, scope: 'read:member' });
});
