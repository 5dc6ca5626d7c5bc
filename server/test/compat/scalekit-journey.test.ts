/**
 * The whole way, in a real browser, with an application that uses the field's client as its documentation says:
 * createUserAndMembership, the mail, one press, the application's sign-in, the callback, tokens of that organization.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { registerPlaces } from '../../src/doors/scalekit/oauth/fixture.ts';
import { launchBrowser } from '../browser.ts';
import { newPage } from './people.ts';

const door = openDoor();
let browser: Browser;
let application: Server;
let home: string;
/** How the application begins a sign-in, and what it was called with. */
const calls: URL[] = [];
let forwards = false;

beforeAll(async () => {
  browser = await launchBrowser();
  application = createServer((request, response) => {
    answer(new URL(request.url!, home)).then(
      ({ status, location, body }) =>
        response
          .writeHead(status, location ? { location } : { 'content-type': 'text/html' })
          .end(body && `<!doctype html><title>In</title><link rel="icon" href="data:,"><pre>${body}</pre>`),
      (error) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => application.once('listening', listening));
  home = `http://127.0.0.1:${(application.address() as AddressInfo).port}`;
  await registerPlaces(door, undefined, {
    redirectUris: [`${home}/callback`],
    initiateLoginUri: `${home}/login`,
  });
});
afterAll(async () => {
  application?.closeAllConnections();
  application?.close();
  await browser?.close();
});

type Reply = { status: number; location?: string; body?: string };

async function answer(url: URL): Promise<Reply> {
  const { client } = door;
  if (url.pathname === '/login') {
    calls.push(url);
    const organizationId = url.searchParams.get('organization_id') ?? undefined;
    const loginHint = url.searchParams.get('login_hint') ?? undefined;
    const given = forwards ? { organizationId: organizationId!, loginHint: loginHint! } : {};
    return {
      status: 302,
      location: client.getAuthorizationUrl(`${home}/callback`, { state: 'a-state', ...given }),
    };
  }
  const code = url.searchParams.get('code');
  if (url.pathname !== '/callback' || !code) return { status: 400, body: url.search };
  const { user, idToken, accessToken } = await client.authenticateWithCode(code, `${home}/callback`);
  await client.validateToken(accessToken, { issuer: door.url });
  const claims = decodeJwt(accessToken);
  return { status: 200, body: JSON.stringify({ user, claims, oid: decodeJwt(idToken).oid }) };
}

const newOrganization = async () =>
  (await door.client.organization.createOrganization(unique('Acme '))).organization!.id;

async function invite(organizationId: string, email = newAddress()) {
  const { user } = await door.client.user.createUserAndMembership(organizationId, {
    email,
    userProfile: { firstName: 'Ann', lastName: 'Example' },
  });
  return { email, userId: user!.id, link: await newestLink(email) };
}

async function newestLink(address: string): Promise<string> {
  await door.drain();
  const mail = door.mails.findLast(({ to }) => to === address);
  const link = /https?:\/\/\S+\/invitations\/[^\s">]+/.exec(mail?.text ?? '')?.[0];
  if (!link) throw new Error(`No link was mailed to ${address}`);
  return link;
}

const membershipOf = async (organizationId: string, userId: string) => {
  const { users } = await door.client.user.listOrganizationUsers(organizationId, { pageSize: 30 });
  return users.find(({ id }) => id === userId)?.memberships[0];
};
const [active, pending, expired] = [1, 3, 4];

/** Opens the link and presses once. The pages of ours that were seen on the way, and what the application has then. */
async function press(link: string, page: Page) {
  const seen: string[] = [];
  page.on('framenavigated', (frame) => seen.push(new URL(frame.url()).pathname));
  await page.goto(link);
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  await page.waitForURL(`${home}/callback**`);
  const got = JSON.parse((await page.locator('pre').textContent())!);
  return { seen, got };
}

test('one press leads from the mail into the application, with tokens of the organization', async () => {
  const organizationId = await newOrganization();
  const { email, userId, link } = await invite(organizationId);
  expect((await membershipOf(organizationId, userId))!.membershipStatus).toBe(pending);
  const { page, problems } = await newPage(browser);
  const { seen, got } = await press(link, page);
  expect(got.user).toMatchObject({ id: userId, email, emailVerified: true, givenName: 'Ann' });
  expect(got.claims).toMatchObject({ iss: door.url, sub: userId, oid: organizationId });
  expect(got.oid).toBe(organizationId);
  expect(seen).not.toContain('/sign-in');
  expect(seen).not.toContain('/organization');
  const parameters = Object.fromEntries(calls.at(-1)!.searchParams);
  expect(parameters).toEqual({
    iss: door.url,
    login_hint: email,
    target_link_uri: `${home}/`,
    organization_id: organizationId,
  });
  expect(new URL(page.url()).searchParams.get('state')).toBe('a-state');
  const membership = await membershipOf(organizationId, userId);
  expect(membership!.membershipStatus).toBe(active);
  expect(membership!.acceptedAt).toBeDefined();
  expect(problems).toEqual([]);
  await page.context().close();
});

test('without JavaScript it is the same press', async () => {
  const organizationId = await newOrganization();
  const { userId, link } = await invite(organizationId);
  const context = await browser.newContext({ javaScriptEnabled: false });
  const { got } = await press(link, await context.newPage());
  expect(got.claims).toMatchObject({ sub: userId, oid: organizationId });
  await context.close();
});

test('whoever belongs to others already lands in the one that invited, whether the application forwards that or not', async () => {
  const elsewhere = await newOrganization();
  const { email, userId, link } = await invite(elsewhere);
  const { page } = await newPage(browser);
  await press(link, page);
  for (const doesForward of [false, true]) {
    forwards = doesForward;
    const organizationId = await newOrganization();
    await door.client.user.createMembership(organizationId, userId);
    const { got } = await press(await newestLink(email), page);
    expect(got.claims.oid).toBe(organizationId);
  }
  forwards = false;
  await page.context().close();
});

test('the next sign-in of that browser asks nothing, and stays in the organization', async () => {
  const organizationId = await newOrganization();
  const { link } = await invite(organizationId);
  const { page } = await newPage(browser);
  await press(link, page);
  await page.goto(`${home}/login`);
  expect(page.url()).toContain(`${home}/callback`);
  const got = JSON.parse((await page.locator('pre').textContent())!);
  expect(got.claims.oid).toBe(organizationId);
  await page.context().close();
});

test('a reminder repeats the link; after its expiry the old one says so and the new one works', async () => {
  const organizationId = await newOrganization();
  const { email, userId, link } = await invite(organizationId);
  const reminded = await door.client.user.resendInvite(organizationId, userId);
  expect(reminded.invite).toMatchObject({ resentCount: 1, status: 'PENDING_INVITE' });
  expect(await newestLink(email)).toBe(link);
  door.advance(16 * 86_400_000);
  expect((await membershipOf(organizationId, userId))!.membershipStatus).toBe(expired);
  const { page } = await newPage(browser);
  await page.goto(link);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('expired');
  expect(await page.getByRole('button', { name: 'Accept invitation' }).count()).toBe(0);
  const renewed = await door.client.user.resendInvite(organizationId, userId);
  expect(renewed.invite).toMatchObject({ resentCount: 2, status: 'PENDING_INVITE' });
  const next = await newestLink(email);
  expect(next).not.toBe(link);
  // The client judges times by the clock of its machine: this sign-in is looked at, not verified.
  await page.goto(next);
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  await page.waitForURL(`${home}/callback**`);
  expect((await membershipOf(organizationId, userId))!.membershipStatus).toBe(active);
  await page.context().close();
});
