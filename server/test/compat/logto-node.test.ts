/** @logto/node, unmodified: a traditional web application with a secret, whose people sign in through the real pages. */
import LogtoClient, { type LogtoConfig, Prompt, UserScope } from '@logto/node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { makeOrganization, makeUser, roleNamed } from '../builders.ts';
import { type TestApp, testApp } from '../harness.ts';
import { newPage, setRoles, signInByCode } from './people.ts';

const callback = 'http://127.0.0.1:9/callback';
const goodbye = 'http://127.0.0.1:9/goodbye';
const reports = 'https://reports.example';

let t: TestApp;
let browser: Browser;
let config: LogtoConfig;

beforeAll(async () => {
  [t, browser] = await Promise.all([testApp(), launchBrowser()]);
  config = await makeApplication({});
  const member = await roleNamed(t, 'member');
  const admin = await roleNamed(t, 'admin');
  for (const [name, roles] of [
    ['read:data', [member, admin]],
    ['write:data', [admin]],
  ] as const) {
    const { body } = await t.api('POST', '/organization-scopes', { name });
    for (const role of roles)
      await t.api('POST', `/organization-roles/${role}/scopes`, { organizationScopeIds: [body.id] });
  }
  const { body: resource } = await t.api('POST', '/resources', { name: 'Reports', indicator: reports });
  const { body: scope } = await t.api('POST', `/resources/${resource.id}/scopes`, { name: 'view' });
  await t.api('POST', `/organization-roles/${member}/resource-scopes`, { scopeIds: [scope.id] });
});
afterAll(async () => {
  await browser?.close();
  await t?.close();
});

async function makeApplication(more: object): Promise<LogtoConfig> {
  const { body: application } = await t.api('POST', '/applications', {
    name: 'Web',
    type: 'Traditional',
    oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [goodbye] },
    ...more,
  });
  const { body: secrets } = await t.api('GET', `/applications/${application.id}/secrets`);
  return {
    endpoint: t.url,
    appId: application.id,
    appSecret: secrets[0].value,
    scopes: [
      UserScope.Email,
      UserScope.Organizations,
      UserScope.OrganizationRoles,
      'read:data',
      'write:data',
      'view',
    ],
    resources: [reports],
  };
}

async function member(
  name: 'member' | 'admin',
  address = `${Math.random().toString(36).slice(2)}@example.com`,
) {
  const organizationId = await makeOrganization(t, 'Acme');
  const userId = await makeUser(t, address);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await setRoles(t, organizationId, userId, [await roleNamed(t, name)]);
  return { address, organizationId, userId };
}

/** The SDK with a store of its own, and the browser that it sends about. */
function clientOf(page: Page, options: LogtoConfig = config) {
  const kept = new Map<string, string>();
  let gone = '';
  const client = new LogtoClient(options, {
    navigate: (url) => {
      gone = url;
    },
    storage: {
      getItem: async (key) => kept.get(key) ?? null,
      setItem: async (key, value) => void kept.set(key, value),
      removeItem: async (key) => void kept.delete(key),
    },
  });
  /** Follows where the SDK sent the browser, until it is back at the application. Nobody listens there. */
  const follow = async (through: () => Promise<void>, to: string): Promise<string> => {
    const back = page.waitForRequest((request) => request.url().startsWith(to));
    await page.goto(gone).catch(() => undefined);
    await through();
    return (await back).url();
  };
  return { client, follow };
}

async function signedIn(address: string, options: LogtoConfig = config) {
  const { page } = await newPage(browser);
  const { client, follow } = clientOf(page, options);
  await client.signIn({ redirectUri: callback });
  await client.handleSignInCallback(await follow(() => signInByCode(t, page, address), callback));
  return { page, client, follow };
}

test('signing in gives an ID token that names the person and the organizations', async () => {
  const { address, organizationId, userId } = await member('member');
  const { client, page } = await signedIn(address);
  expect(await client.isAuthenticated()).toBe(true);
  expect(await client.getIdTokenClaims()).toMatchObject({
    iss: `${t.url}/oidc`,
    aud: config.appId,
    sub: userId,
    email: address,
    email_verified: true,
    organizations: [organizationId],
    organization_roles: [`${organizationId}:member`],
  });
  const context = await client.getContext({ getOrganizationToken: true, fetchUserInfo: true });
  expect(context).toMatchObject({
    isAuthenticated: true,
    userInfo: { sub: userId, organization_data: [{ id: organizationId, name: 'Acme' }] },
    organizationTokens: { [organizationId]: expect.stringMatching(/^ey/) },
  });
  await page.context().close();
});

test('tokens say what the person may do in one organization, at an API, and at an API for one organization', async () => {
  const { address, organizationId, userId } = await member('member');
  const { client, page } = await signedIn(address);
  const token = await client.getOrganizationToken(organizationId);
  expect(token.split('.')).toHaveLength(3);
  expect(await client.getOrganizationTokenClaims(organizationId)).toMatchObject({
    sub: userId,
    aud: `urn:logto:organization:${organizationId}`,
    client_id: config.appId,
    scope: 'read:data',
  });
  expect(await client.getAccessTokenClaims(reports)).toMatchObject({ aud: reports, scope: 'view' });
  const within = await client.getAccessToken(reports, organizationId);
  expect(JSON.parse(Buffer.from(within.split('.')[1]!, 'base64url').toString())).toMatchObject({
    aud: reports,
    organization_id: organizationId,
    scope: 'view',
  });
  const elsewhere = await makeOrganization(t);
  await expect(client.getOrganizationToken(elsewhere)).rejects.toThrow(/not a member/);
  await page.context().close();
});

test('a demotion shows in the next token, and of our own application a promotion too', async () => {
  const { address, organizationId, userId } = await member('member');
  const { client, page } = await signedIn(address);
  const scope = async () => {
    await client.clearAccessToken();
    return (await client.getOrganizationTokenClaims(organizationId)).scope ?? 'none';
  };
  expect(await scope()).toBe('read:data');
  await setRoles(t, organizationId, userId, [await roleNamed(t, 'admin')]);
  expect((await scope()).split(' ').sort()).toEqual(['read:data', 'write:data']);
  await setRoles(t, organizationId, userId, []);
  expect(await scope()).toBe('');
  await page.context().close();
});

test('an application of somebody else asks the person; a promotion needs to be asked about again', async () => {
  const third = await makeApplication({ isThirdParty: true, name: 'Partner' });
  const { address, organizationId, userId } = await member('member');
  const { page } = await newPage(browser);
  const { client, follow } = clientOf(page, third);
  const agree = async () => {
    await page.waitForURL(`${t.url}/consent**`);
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByRole('button', { name: /allow/i }).click();
  };
  await client.signIn({ redirectUri: callback });
  const url = await follow(async () => {
    await signInByCode(t, page, address);
    await agree();
  }, callback);
  await client.handleSignInCallback(url);
  expect((await client.getOrganizationTokenClaims(organizationId)).scope).toBe('read:data');

  await setRoles(t, organizationId, userId, [await roleNamed(t, 'admin')]);
  await client.clearAccessToken();
  expect((await client.getOrganizationTokenClaims(organizationId)).scope).toBe('read:data');
  await client.clearAllTokens();
  await client.signIn({ redirectUri: callback, prompt: Prompt.Consent });
  await client.handleSignInCallback(await follow(agree, callback));
  const { scope } = await client.getOrganizationTokenClaims(organizationId);
  expect(scope!.split(' ').sort()).toEqual(['read:data', 'write:data']);
  await page.context().close();
});

test('signing out ends the session here, and the tokens with it', async () => {
  const { address, organizationId } = await member('member');
  const { client, page, follow } = await signedIn(address);
  const refresh = await client.getRefreshToken();
  await client.signOut(goodbye);
  await follow(async () => undefined, goodbye);
  expect(await client.isAuthenticated()).toBe(false);
  const basic = Buffer.from(`${config.appId}:${config.appSecret}`).toString('base64');
  const answer = await fetch(`${t.url}/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: config.appId,
      refresh_token: refresh!,
      organization_id: organizationId,
    }),
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  await client.signIn({ redirectUri: callback });
  // Not in the page that could not be shown at the address where nobody listens.
  const other = await page.context().newPage();
  await other.goto(`${t.url}/account`);
  expect(new URL(other.url()).pathname).toBe('/sign-in');
  await page.context().close();
});
