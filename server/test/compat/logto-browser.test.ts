/** @logto/browser, unmodified, in a page of its own origin: PKCE, rotation, CORS, two windows at once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.ts';
import { makeOrganization, makeUser, roleNamed } from '../builders.ts';
import { freePort, type TestApp, testApp } from '../harness.ts';
import { newPage, setRoles, signInByCode } from './people.ts';

type Client = InstanceType<typeof import('@logto/browser').default>;

let t: TestApp;
let browser: Browser;
let app: FastifyInstance;
let here: string;
let folder: string;
let config: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usher-page-'));
  here = `http://localhost:${await freePort()}`;
  const root = join(import.meta.dirname, 'browser-page');
  const built = build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
  [t, browser] = await Promise.all([testApp(), launchBrowser(), built]);
  app = fastify();
  app.register(staticFiles, { root: folder });
  app.setNotFoundHandler((_request, reply) => reply.sendFile('index.html'));
  await app.listen({ port: Number(new URL(here).port), host: '127.0.0.1' });
  const { body } = await t.api('POST', '/applications', {
    name: 'Page',
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [`${here}/callback`], postLogoutRedirectUris: [here] },
  });
  config = { endpoint: t.url, appId: body.id, scopes: ['urn:logto:scope:organizations', 'email'] };
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await t?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the text as the body of a function of the page, with the SDK's client. */
const inPage = <T>(
  page: Page,
  act: (client: Client, argument: string) => Promise<T>,
  argument = '',
): Promise<T> =>
  page.evaluate(
    `(${act})((globalThis.client ??= makeClient(${JSON.stringify(config)})), ${JSON.stringify(argument)})`,
  );

async function signedIn(address: string): Promise<Page> {
  const { page } = await newPage(browser);
  await page.goto(here);
  await inPage(page, (client, url) => client.signIn(url), `${here}/callback`).catch(() => undefined);
  await signInByCode(t, page, address);
  await page.waitForURL(`${here}/callback?**`);
  await inPage(page, (client, url) => client.handleSignInCallback(url), page.url());
  return page;
}

async function member() {
  const address = `${Math.random().toString(36).slice(2)}@example.com`;
  const organizationId = await makeOrganization(t);
  const userId = await makeUser(t, address);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await setRoles(t, organizationId, userId, [await roleNamed(t, 'member')]);
  return { address, organizationId, userId };
}

test('a page of another origin signs in, asks who it is, and gets organization tokens', async () => {
  const { address, organizationId, userId } = await member();
  const page = await signedIn(address);
  expect(await inPage(page, (client) => client.isAuthenticated())).toBe(true);
  expect(await inPage(page, (client) => client.getIdTokenClaims())).toMatchObject({
    sub: userId,
    email: address,
  });
  expect(await inPage(page, (client) => client.fetchUserInfo())).toMatchObject({
    sub: userId,
    organizations: [organizationId],
  });
  expect(
    await inPage(page, (client, id) => client.getOrganizationTokenClaims(id), organizationId),
  ).toMatchObject({ aud: `urn:logto:organization:${organizationId}`, sub: userId });
  await page.context().close();
});

test('every refresh of a page rotates the token, and two that go out at once both succeed', async () => {
  const { address, organizationId } = await member();
  const page = await signedIn(address);
  const before = await inPage(page, (client) => client.getRefreshToken());
  const tokens = await inPage(
    page,
    async (client, id) => {
      await client.clearAccessToken();
      return Promise.all([client.getOrganizationToken(id), client.getAccessToken()]);
    },
    organizationId,
  );
  expect(tokens.every((token) => token.length > 20)).toBe(true);
  const after = await inPage(page, (client) => client.getRefreshToken());
  expect(after).not.toBe(before);
  await page.context().close();
});

test('signing out leads back to the page, and the next sign-in asks again', async () => {
  const { address } = await member();
  const page = await signedIn(address);
  await inPage(page, (client, url) => client.signOut(url), here).catch(() => undefined);
  await page.waitForURL(`${here}/`);
  expect(await inPage(page, (client) => client.isAuthenticated())).toBe(false);
  await inPage(page, (client, url) => client.signIn(url), `${here}/callback`).catch(() => undefined);
  await page.waitForURL(`${t.url}/sign-in**`);
  await page.context().close();
});

test('being signed in with Usher signs in to the application without a page', async () => {
  const { address } = await member();
  const page = await signedIn(address);
  const other = await page.context().newPage();
  await other.goto(here);
  await inPage(other, (client, url) => client.signIn(url), `${here}/callback`).catch(() => undefined);
  await other.waitForURL(`${here}/callback?**`);
  await page.context().close();
});
