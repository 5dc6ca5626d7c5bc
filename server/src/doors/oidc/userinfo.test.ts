import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMember, makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  comeIn,
  makeClient,
  organizationsResource,
  organizationsScope,
  payloadOf,
  refreshed,
  type TestClient,
} from '../../../test/visitor.ts';

const all = `openid offline_access profile email phone address roles custom_data identities ${organizationsScope} urn:logto:scope:organization_roles`;

let t: TestApp;
let spa: TestClient;
let ann: string;
let acme: string;

beforeAll(async () => {
  t = await testApp();
  spa = await makeClient(t, 'SPA');
  acme = await makeOrganization(t);
  const { body } = await t.api('POST', '/users', {
    primaryEmail: 'ann@example.com',
    primaryPhone: '4930123456',
    username: 'ann',
    name: 'Ann',
    avatar: 'https://pictures.example/ann.png',
    customData: { plan: 'pro' },
    profile: { givenName: 'Ann', familyName: 'Onymous', locale: 'de', address: { country: 'DE' } },
  });
  ann = body.id;
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [ann] });
  await t.api('PUT', `/organizations/${acme}/users/${ann}/roles`, {
    organizationRoleIds: [await roleNamed(t, 'admin')],
  });
});
afterAll(() => t.close());

const me = (token: string, init: RequestInit = {}) =>
  fetch(`${t.url}/oidc/me`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

test('userinfo says what the scopes allow, and more than the ID token', async () => {
  const { body } = await comeIn(t, spa, ann, { scope: all });
  const [{ created_at: createdAt, updated_at: updatedAt }] = await t.sql(
    'select created_at, updated_at from users where id = $1',
    [ann],
  );
  const both = {
    sub: ann,
    name: 'Ann',
    given_name: 'Ann',
    family_name: 'Onymous',
    locale: 'de',
    username: 'ann',
    preferred_username: 'ann',
    picture: 'https://pictures.example/ann.png',
    email: 'ann@example.com',
    email_verified: false,
    phone_number: '4930123456',
    phone_number_verified: false,
    address: { country: 'DE' },
    roles: [],
    organizations: [acme],
    organization_roles: [`${acme}:admin`],
    created_at: Math.floor(createdAt / 1000),
    updated_at: Math.floor(updatedAt / 1000),
  };
  const idToken = payloadOf(body.id_token);
  expect(idToken).toEqual({
    ...both,
    aud: spa.id,
    iss: `${t.url}/oidc`,
    iat: expect.any(Number),
    exp: idToken.iat + 3600,
    auth_time: expect.any(Number),
    amr: ['otp'],
  });
  expect(Math.abs(idToken.iat - t.now() / 1000)).toBeLessThan(5);
  expect(await (await me(body.access_token)).json()).toEqual({
    ...both,
    organization_data: [{ id: acme, name: 'Acme', description: null }],
    custom_data: { plan: 'pro' },
    identities: {},
    sso_identities: [],
  });
});

test('what a person has not said is null, and nothing is verified that nobody proved', async () => {
  const bob = await makeUser(t, 'bob@example.com');
  const { body } = await comeIn(t, spa, bob, { scope: 'openid profile email phone' });
  expect(payloadOf(body.id_token)).toMatchObject({
    name: null,
    username: null,
    picture: null,
    email: 'bob@example.com',
    email_verified: false,
    phone_number: null,
    phone_number_verified: false,
  });
  await t.sql('update users set email_verified_at = 1 where id = $1', [bob]);
  const verified = await comeIn(t, spa, bob, { scope: 'openid email' });
  expect(payloadOf(verified.body.id_token)).toMatchObject({ email_verified: true });
  await t.api('PATCH', `/users/${bob}`, { primaryEmail: 'robert@example.com' });
  expect(await (await me(verified.body.access_token)).json()).toEqual({
    sub: bob,
    email: 'robert@example.com',
    email_verified: false,
  });
});

test('memberships that are over or suspended, and disabled organizations, are not told', async () => {
  const left = await makeOrganization(t, 'Left');
  const carl = await makeMember(t, 'carl@example.com', acme, left);
  await t.sql('update members set expires_at = 1 where organization_id = $1 and user_id = $2', [left, carl]);
  const { body } = await comeIn(t, spa, carl, { scope: `openid ${organizationsScope}` });
  expect(payloadOf(body.id_token).organizations).toEqual([acme]);
  expect(await (await me(body.access_token)).json()).toMatchObject({
    organizations: [acme],
    organization_data: [{ id: acme }],
  });
});

test('applications of somebody else are told of the organizations that the person chose', async () => {
  const theirs = await makeClient(t, 'SPA', { isThirdParty: true });
  const second = await makeOrganization(t, 'Second');
  const dora = await makeMember(t, 'dora@example.com', acme, second);
  const asked = { scope: `openid ${organizationsScope}` };
  const none = await comeIn(t, theirs, dora, asked);
  expect(payloadOf(none.body.id_token).organizations).toEqual([]);
  const one = await comeIn(t, theirs, dora, asked, { organizationIds: [second, 'not-a-member-there'] });
  expect(payloadOf(one.body.id_token).organizations).toEqual([second]);
  expect(await (await me(one.body.access_token)).json()).toEqual({
    sub: dora,
    organizations: [second],
    organization_data: [{ id: second, name: 'Second', description: null }],
  });
});

test('userinfo takes opaque tokens with openid only, by GET and POST, from any origin', async () => {
  const { body } = await comeIn(t, spa, ann, { scope: all, resource: organizationsResource });
  const posted = await me(body.access_token, {
    method: 'POST',
    headers: { origin: 'https://anywhere.example' },
  });
  expect(posted.status).toBe(200);
  expect(posted.headers.get('access-control-allow-origin')).toBe('https://anywhere.example');
  const organization = await refreshed(t, spa, body.refresh_token, { organization_id: acme });
  for (const bad of [organization.body.access_token, 'unknown', body.refresh_token]) {
    const answer = await me(bad, { headers: { origin: 'https://anywhere.example' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('www-authenticate');
    expect(await answer.json()).toMatchObject({ code: 'oidc.invalid_token' });
  }
  const { body: bare } = await comeIn(t, spa, ann, { scope: 'offline_access profile' });
  const without = await me(bare.access_token);
  expect(without.status).toBe(403);
  expect(await without.json()).toMatchObject({ error: 'insufficient_scope' });
  expect(bare).not.toHaveProperty('id_token');
  t.advance(3_600_001);
  expect((await me(body.access_token)).status).toBe(401);
});

test('a narrowed refresh gives narrowed claims', async () => {
  const { body } = await comeIn(t, spa, ann, { scope: all });
  const { body: next } = await refreshed(t, spa, body.refresh_token, { scope: 'openid email' });
  expect(next.scope).toBe('openid email');
  expect(payloadOf(next.id_token)).not.toHaveProperty('name');
  expect(await (await me(next.access_token)).json()).toEqual({
    sub: ann,
    email: 'ann@example.com',
    email_verified: false,
  });
});

test('revoking a refresh token or an opaque access token revokes the whole grant; JWTs are declined; the unknown is fine', async () => {
  const revoke = (token: string) =>
    fetch(`${t.url}/oidc/token/revocation`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: spa.id, token }),
      headers: { origin: 'https://app.example' },
    });
  for (const kind of ['refresh_token', 'access_token'] as const) {
    const { body } = await comeIn(t, spa, ann, { scope: all });
    const answer = await revoke(body[kind]);
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect((await me(body.access_token)).status).toBe(401);
    expect((await refreshed(t, spa, body.refresh_token)).body.error).toBe('invalid_grant');
  }
  const { body } = await comeIn(t, spa, ann, { scope: all });
  const jwt = await refreshed(t, spa, body.refresh_token, { organization_id: acme });
  const declined = await revoke(jwt.body.access_token);
  expect(declined.status).toBe(400);
  expect(await declined.json()).toMatchObject({ error: 'unsupported_token_type' });
  expect((await revoke('unknown')).status).toBe(200);
  const other = await makeClient(t, 'SPA');
  const foreign = new URLSearchParams({ client_id: other.id, token: jwt.body.refresh_token });
  await fetch(`${t.url}/oidc/token/revocation`, { method: 'POST', body: foreign });
  expect((await refreshed(t, spa, jwt.body.refresh_token)).status).toBe(200);
});

test('browsers may call the token endpoint from where the application is, and from nowhere else', async () => {
  const client = await makeClient(t, 'SPA', {
    oidcClientMetadata: { redirectUris: ['https://*.preview.example/cb'], postLogoutRedirectUris: [] },
    customClientMetadata: { corsAllowedOrigins: ['https://extra.example'] },
  });
  const from = (origin: string) =>
    fetch(`${t.url}/oidc/token`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: client.id, refresh_token: 'x' }),
    });
  for (const origin of ['https://a.preview.example', 'https://extra.example', t.url]) {
    const answer = await from(origin);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  }
  for (const origin of ['https://evil.example', 'https://a.b.preview.example', 'null']) {
    const answer = await from(origin);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  }
});
