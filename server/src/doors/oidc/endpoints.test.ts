import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Door,
  management,
  openDoor,
  publicUrl,
  seed,
  type TestDatabase,
  testDatabase,
} from './fixture.ts';

let database: TestDatabase;
let door: Door;

beforeAll(async () => {
  database = await testDatabase();
  const db = database.open();
  await seed(db, Date.now());
  door = await openDoor(db);
});
afterAll(async () => {
  expect(door.problems).toEqual([]);
  await door.close();
  await database.close();
});

const get = (path: string, init: RequestInit = {}) => fetch(door.url + path, { redirect: 'manual', ...init });
const postToken = (body: string, type: string) =>
  get('/token', { method: 'POST', body, headers: { 'content-type': type } });

test('both discovery documents name the endpoints by the public address, whatever host was called', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const response = await get(`/.well-known/${name}`, { headers: { origin: 'https://anyone.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://anyone.example');
    expect(await response.json()).toMatchObject({
      issuer: `${publicUrl}/oidc`,
      authorization_endpoint: `${publicUrl}/oidc/auth`,
      token_endpoint: `${publicUrl}/oidc/token`,
      jwks_uri: `${publicUrl}/oidc/jwks`,
      userinfo_endpoint: `${publicUrl}/oidc/me`,
      revocation_endpoint: `${publicUrl}/oidc/token/revocation`,
      end_session_endpoint: `${publicUrl}/oidc/session/end`,
      introspection_endpoint: `${publicUrl}/oidc/token/introspection`,
      pushed_authorization_request_endpoint: `${publicUrl}/oidc/request`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      response_types_supported: ['code'],
      grant_types_supported: expect.arrayContaining([
        'authorization_code',
        'refresh_token',
        'client_credentials',
      ]),
      id_token_signing_alg_values_supported: ['ES256'],
      scopes_supported: expect.arrayContaining(['openid', 'offline_access', 'urn:logto:scope:organizations']),
      claims_supported: expect.arrayContaining(['sub', 'email_verified', 'organization_roles', 'iss']),
    });
  }
});

test('the key set is for everybody, is never kept, and holds no private half', async () => {
  const response = await get('/jwks', { headers: { origin: 'https://anyone.example' } });
  expect(response.headers.get('access-control-allow-origin')).toBe('https://anyone.example');
  expect(response.headers.get('cache-control')).toBe('no-cache, max-age=0, must-revalidate');
  const { keys } = (await response.json()) as { keys: object[] };
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

test('a token request may be JSON', async () => {
  const fields = {
    grant_type: 'client_credentials',
    client_id: 'app',
    client_secret: 'secret',
    resource: management,
    scope: 'all',
  };
  const response = await postToken(JSON.stringify(fields), 'application/json; charset=utf-8');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ scope: 'all' });
  const wrong = await postToken(JSON.stringify({ ...fields, client_secret: 'wrong' }), 'application/json');
  expect(wrong.status).toBe(401);
});

test.each([
  ['broken JSON', '{"grant_type":', 'application/json'],
  ['JSON that is no object', '["client_credentials"]', 'application/json'],
  ['JSON with objects inside', '{"grant_type":{"a":1}}', 'application/json'],
  ['another type', 'grant_type=client_credentials', 'text/plain'],
  [
    'too much',
    `grant_type=client_credentials&client_id=app&scope=${'x'.repeat(60_000)}`,
    'application/x-www-form-urlencoded',
  ],
  ['nothing', '', 'application/x-www-form-urlencoded'],
])('a body of %s is a bad request', async (_, body, type) => {
  const response = await postToken(body, type);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'oidc.invalid_request',
    error: 'invalid_request',
    message: expect.any(String),
  });
});

test('an authorization request leads to the sign-in page at the public address', async () => {
  const query = new URLSearchParams({
    client_id: 'web',
    redirect_uri: 'https://web.example/back',
    response_type: 'code',
    scope: 'openid',
  });
  const response = await get(`/auth?${query}`);
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(
    /^https:\/\/usher\.example\/sign-in\?app_id=web&flow=[\w-]+$/,
  );
});

test.each([
  ['GET', '/auth', 400],
  ['GET', '/auth?client_id=nobody', 400],
  ['GET', '/auth?client_id=web&redirect_uri=https://evil.example/', 400],
  ['GET', '/auth/uid', 400],
  ['POST', '/session/end/confirm', 400],
  ['GET', '/session/end?client_id=nobody', 400],
])('%s %s answers %i: with a page for browsers, with JSON for programs', async (method, path, status) => {
  const page = await get(path, { method, headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(page.status).toBe(status);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toMatch(/^<h1>/);
  const answer = await get(path, { method });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({
    code: path === '/auth/uid' ? 'session.not_found' : expect.stringMatching(/^oidc\./),
    message: expect.any(String),
    error: expect.any(String),
  });
});

test.each([
  ['GET', '/me', 401],
  ['POST', '/request', 400],
  ['POST', '/token/revocation', 400],
  ['POST', '/token/introspection', 400],
  ['GET', '/interaction/uid', 404],
  ['POST', '/reg', 404],
  ['GET', '/token', 404],
  ['GET', '', 404],
  ['GET', 'jwks', 404],
  ['GET', '/nowhere?x=%', 404],
  ['GET', '/%00', 404],
])('%s %s answers %i with a JSON error, to browsers too', async (method, path, status) => {
  const response = await get(path, { method, headers: { accept: 'text/html' } });
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toMatchObject({
    code: expect.stringMatching(/^oidc\./),
    message: expect.any(String),
    error: expect.any(String),
  });
  expect(response.status).toBe(status);
});

test('a client may revoke and look at its own tokens, once it has proved who it is', async () => {
  const body = new URLSearchParams({ client_id: 'app', client_secret: 'secret', token: 'unknown' });
  expect((await get('/token/revocation', { method: 'POST', body })).status).toBe(200);
  const introspected = await get('/token/introspection', { method: 'POST', body });
  expect(await introspected.json()).toEqual({ active: false });
  body.set('client_secret', 'wrong');
  expect((await get('/token/revocation', { method: 'POST', body })).status).toBe(401);
});

test('preflights succeed, and every answer has a request id', async () => {
  for (const path of ['/token', '/jwks', '/me', '/token/revocation']) {
    const headers = { origin: 'https://anyone.example', 'access-control-request-method': 'POST' };
    const response = await get(path, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://anyone.example');
    expect(response.headers.get('logto-core-request-id')).toMatch(/^[0-9a-z]{21}$/);
  }
});
