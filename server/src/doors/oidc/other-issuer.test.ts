import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { makeClient, type TestClient, visitor } from '../../../test/visitor.ts';
import type { AuthorizationRequest, Redeemed } from '../authorizations.ts';

const issuer = 'https://issuer.example';
let t: TestApp;
let client: TestClient;
/** What the door that has this issuer asks next. */
let next: AuthorizationRequest;
const door = createServer((req, res) => t.app.oidc.authorizations.begin(req, res, next)).listen(
  0,
  '127.0.0.1',
);
beforeAll(async () => {
  t = await testApp();
  client = await makeClient(t, 'Traditional');
  if (!door.listening) await once(door, 'listening');
});
afterAll(async () => {
  door.close();
  await t?.close();
});

let count = 0;
async function member(roles: ('admin' | 'member')[] = ['admin']) {
  const userId = await makeUser(t, `somebody${count++}@example.com`);
  const organizationId = await makeOrganization(t);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  const organizationRoleIds = await Promise.all(roles.map((name) => roleNamed(t, name)));
  await t.api('PUT', `/organizations/${organizationId}/users/${userId}/roles`, { organizationRoleIds });
  return { userId, organizationId };
}

async function arrived(userId: string, asked: Partial<AuthorizationRequest> = {}): Promise<URL> {
  const scopes = ['openid', 'email', 'offline_access'];
  next = { issuer, clientId: client.id, redirectUri: client.redirectUri, scopes, state: 'a-state', ...asked };
  const browser = visitor(t);
  const on = await browser.get(`http://127.0.0.1:${(door.address() as AddressInfo).port}/`);
  return (await browser.follow(on.headers.get('location')!, userId)) as URL;
}

const codeFor = async (...ask: Parameters<typeof arrived>) =>
  (await arrived(...ask)).searchParams.get('code')!;

const redeemed = (code: string, more: object = {}): Promise<Redeemed> =>
  t.app.oidc.authorizations.redeem({
    issuer,
    clientId: client.id,
    secret: client.secret,
    origin: undefined,
    code,
    redirectUri: client.redirectUri,
    verifier: undefined,
    ...more,
  });
const refused = { name: 'AuthorizationRefused', status: 400, error: 'invalid_grant' };

test('another issuer answers in its own name, and its code says who, where and as what', async () => {
  const { userId, organizationId } = await member();
  const url = await arrived(userId);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ state: 'a-state', iss: issuer });
  const answer = await redeemed(url.searchParams.get('code')!);
  expect(answer).toMatchObject({
    clientId: client.id,
    userId,
    organizationId,
    scopes: ['openid', 'email', 'offline_access'],
    roles: ['admin'],
    permissions: expect.arrayContaining(['invite:member']),
    methods: ['otp'],
    refreshToken: expect.any(String),
  });
  expect(answer.claims).toHaveProperty('email');
});

test('a code of one issuer is nothing at another, and neither is the wrong secret', async () => {
  const { userId } = await member();
  const code = await codeFor(userId);
  await expect(redeemed(code, { issuer: 'https://elsewhere.example' })).rejects.toMatchObject(refused);
  await expect(redeemed(code, { secret: 'wrong' })).rejects.toMatchObject({
    status: 401,
    error: 'invalid_client',
  });
  expect((await redeemed(code)).userId).toBe(userId);
});

test('refresh tokens follow each other, and end with the membership', async () => {
  const { userId, organizationId } = await member();
  const first = await redeemed(await codeFor(userId));
  const again = (refreshToken: string | undefined) =>
    t.app.oidc.authorizations.redeem({
      issuer,
      clientId: client.id,
      secret: client.secret,
      origin: undefined,
      refreshToken: refreshToken!,
      scope: undefined,
    });
  const second = await again(first.refreshToken);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  await t.api('DELETE', `/organizations/${organizationId}/users/${userId}`);
  await expect(again(second.refreshToken)).rejects.toMatchObject(refused);
});

test('an application of somebody else gets nothing by another issuer', async () => {
  const { userId } = await member();
  const theirs = await makeClient(t, 'Traditional', { isThirdParty: true });
  const code = await codeFor(userId, { clientId: theirs.id });
  await expect(redeemed(code, { clientId: theirs.id, secret: theirs.secret })).rejects.toMatchObject({
    error: 'unauthorized_client',
  });
});
