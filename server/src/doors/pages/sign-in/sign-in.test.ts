/** Signing in as people do it: in a browser, with and without JavaScript, for themselves and for an application. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../../test/browser.ts';
import { makeOrganization, makeUser } from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';
import {
  makeClient,
  organizationsScope,
  redeemed,
  request,
  type TestClient,
} from '../../../../test/visitor.ts';
import { mailed, signInByCode } from './fixture.ts';

let browser: Browser;
/** Where applications take their codes. */
const application = createServer((_request, response) => response.end('Welcome'));
beforeAll(async () => {
  browser = await launchBrowser();
  await once(application.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  await browser.close();
  application.close();
});

async function makeApplication(t: TestApp, more: Record<string, unknown> = {}): Promise<TestClient> {
  const redirectUri = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
  const client = await makeClient(t, 'SPA', {
    oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: [] },
    ...more,
  });
  return { ...client, redirectUri };
}

/** A page of a browser of its own, and what its console complained about. */
async function newPage(options: { javaScriptEnabled?: boolean; locale?: string } = {}) {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  return Object.assign(await context.newPage(), { complaints });
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();
const pathOf = (page: Page) => new URL(page.url()).pathname;

async function arrivedAt(page: Page): Promise<URL> {
  await page.waitForURL('**/callback?*');
  return new URL(page.url());
}

test.each([true, false])(
  'an address, the code from its mail, and one is signed in (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const t = await appForTest();
    const userId = await makeUser(t, 'ann@example.com');
    const page = await newPage({ javaScriptEnabled });
    await signInByCode(t, page, 'Ann@Example.com', '/sign-in?continue=/sign-out');
    expect(t.mails[0]!.to).toContain('ann@example.com');
    expect(pathOf(page)).toBe('/sign-out');
    expect(await page.textContent('main')).toContain('ann@example.com');
    const [person] = await t.sql('select email_verified_at from users where id = $1', [userId]);
    expect(Number(person.email_verified_at)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect(await heading(page)).toBe('You are signed out');
    expect(await t.sql('select 1 from sessions')).toEqual([]);
    expect(page.complaints).toEqual([]);
    await page.context().close();
  },
);

test.each([true, false])(
  'an application of the house gets its code when the person has signed in (JavaScript: %s)',
  async (javaScriptEnabled) => {
    const t = await appForTest();
    const client = await makeApplication(t);
    await makeUser(t, 'ann@example.com');
    const page = await newPage({ javaScriptEnabled });
    const { url, verifier } = request(t, client, { login_hint: 'ann@example.com' });
    await page.goto(url);
    expect(await page.textContent('main')).toContain('A SPA');
    expect(await page.locator('#address').inputValue()).toBe('ann@example.com');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('#code').fill((await mailed(t)).code);
    await page.getByRole('button', { name: 'Continue' }).click();
    const arrived = await arrivedAt(page);
    expect(arrived.searchParams.get('state')).toBe('a-state');
    const tokens = await redeemed(t, client, arrived.searchParams.get('code')!, verifier);
    expect(tokens.status).toBe(200);
    // Who is signed in is not asked again.
    await page.goto(request(t, client).url);
    expect((await arrivedAt(page)).searchParams.get('code')).toBeTruthy();
    expect(page.complaints).toEqual([]);
    await page.context().close();
  },
);

test('prompt=login asks again who is signed in already, and the session gets a new value', async () => {
  const t = await appForTest();
  const client = await makeApplication(t);
  await makeUser(t, 'ann@example.com');
  const page = await newPage();
  await signInByCode(t, page, 'ann@example.com');
  const before = await sessionCookie(page);
  t.advance(1000);
  await page.goto(request(t, client, { prompt: 'login consent' }).url);
  expect(pathOf(page)).toBe('/sign-in');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await arrivedAt(page);
  expect(await sessionCookie(page)).not.toBe(before);
  expect(await t.sql('select 1 from sessions')).toHaveLength(1);
  await page.context().close();
});

test('first_screen=register begins with the page for new people, who may say their name', async () => {
  const t = await appForTest();
  const client = await makeApplication(t);
  const page = await newPage();
  await page.goto(request(t, client, { first_screen: 'register' }).url);
  expect(await heading(page)).toBe('Create your account');
  await page.locator('#address').fill('new@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your name').fill('Nina New');
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await arrivedAt(page);
  expect(await t.sql('select name, primary_email, application_id from users')).toEqual([
    { name: 'Nina New', primary_email: 'new@example.com', application_id: client.id },
  ]);
  await page.context().close();
});

test('the link of the mail signs in by one button, in another browser too, and only once', async () => {
  const t = await appForTest();
  await makeUser(t, 'ann@example.com');
  const asking = await newPage();
  await asking.goto(`${t.url}/sign-in`);
  await asking.locator('#address').fill('ann@example.com');
  await asking.getByRole('button', { name: 'Continue' }).click();
  const { link } = await mailed(t);

  const other = await newPage({ javaScriptEnabled: false });
  await other.goto(link);
  expect(other.url()).toBe(`${t.url}/sign-in/link`);
  expect(await other.textContent('main')).toContain('ann@example.com');
  await other.reload();
  await other.getByRole('button', { name: 'Sign in' }).click();
  expect(pathOf(other)).toBe('/account');
  await asking.goto(link);
  expect(await heading(asking)).toBe('This link has ended');
  expect(await sessionCookie(asking)).toBeUndefined();
  await asking.context().close();
  await other.context().close();
});

test('the link continues to the application where its request waits in the same browser', async () => {
  const t = await appForTest();
  const client = await makeApplication(t);
  await makeUser(t, 'ann@example.com');
  const page = await newPage();
  await page.goto(request(t, client, { login_hint: 'ann@example.com' }).url);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.goto((await mailed(t)).link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await arrivedAt(page);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('an application of somebody else gets what the person allows, for the organizations chosen', async () => {
  const t = await appForTest();
  const client = await makeApplication(t, { isThirdParty: true, name: 'Reporter' });
  const userId = await makeUser(t, 'ann@example.com');
  const [acme, beta] = [await makeOrganization(t, 'Acme'), await makeOrganization(t, 'Beta')];
  for (const id of [acme, beta]) await t.api('POST', `/organizations/${id}/users`, { userIds: [userId] });
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(request(t, client, { scope: `openid profile ${organizationsScope}` }).url);
  await page.locator('#address').fill('ann@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
  expect(await heading(page)).toBe('Reporter asks for access');
  const text = await page.textContent('main');
  expect(text).toContain('You are signed in as ann@example.com.');
  expect(text).toContain('see your name and picture');
  await page.getByLabel('Beta').check();
  await page.getByRole('button', { name: 'Allow' }).click();
  expect((await arrivedAt(page)).searchParams.get('code')).toBeTruthy();
  expect(await t.sql('select organization_id from organization_grants')).toEqual([{ organization_id: beta }]);

  await page.goto(request(t, client, { scope: `openid email ${organizationsScope}` }).url);
  await page.getByRole('button', { name: 'Decline' }).click();
  expect((await arrivedAt(page)).searchParams.get('error')).toBe('access_denied');
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('who is not the one that is signed in switches the account before agreeing', async () => {
  const t = await appForTest();
  const client = await makeApplication(t, { isThirdParty: true, name: 'Reporter' });
  await makeUser(t, 'ann@example.com');
  const bob = await makeUser(t, 'bob@example.com');
  const page = await newPage();
  await signInByCode(t, page, 'ann@example.com');
  await page.goto(request(t, client).url);
  await page.getByRole('link', { name: 'Switch account' }).click();
  await page.locator('#address').fill('bob@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
  expect(await page.textContent('main')).toContain('You are signed in as bob@example.com.');
  await page.getByRole('button', { name: 'Allow' }).click();
  await arrivedAt(page);
  expect(await t.sql(`select distinct account_id from oidc_records where model = 'Grant'`)).toEqual([
    { account_id: bob },
  ]);
  await page.context().close();
});

test('five wrong codes end it; a new one is sent for the asking, and only that works', async () => {
  const t = await appForTest();
  await makeUser(t, 'ann@example.com');
  const page = await newPage();
  await page.goto(`${t.url}/sign-in`);
  await page.locator('#address').fill('ann@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  const first = await mailed(t);
  const wrong = first.code === '123456' ? '654321' : '123456';
  for (const told of [
    '4 tries left',
    '3 tries left',
    '2 tries left',
    'One try left',
    'This code has ended',
  ]) {
    await page.locator('#code').fill(wrong);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText(told).waitFor();
    expect(await page.locator('#code').getAttribute('aria-invalid')).toBe('true');
    expect(await page.evaluate('document.activeElement.id')).toBe('code');
  }
  await page.locator('#code').fill(first.code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('This code has ended').waitFor();
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await page.getByText('A new code is on its way.').waitFor();
  await page.locator('#code').fill((await mailed(t)).code);
  await page.getByRole('button', { name: 'Continue' }).click();
  expect(pathOf(page)).toBe('/account');
  await page.context().close();
});

test('with a password by address or username, and what is wrong is said beside the field', async () => {
  const t = await appForTest();
  await t.api('POST', '/users', {
    primaryEmail: 'ann@example.com',
    username: 'Ann_1',
    password: 'correct horse battery',
  });
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(`${t.url}/sign-in`);
  await page.getByRole('link', { name: 'Use a password' }).click();
  await page.getByLabel('E-mail address or username').fill('ann_1');
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(await page.locator('#password').getAttribute('aria-describedby')).toBe('password-problem');
  expect(await page.locator('#identifier').inputValue()).toBe('ann_1');
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(pathOf(page)).toBe('/account');
  expect(await t.sql('select methods from sessions')).toEqual([{ methods: ['pwd'] }]);
  await page.context().close();
});

const sessionCookie = async (page: Page) =>
  (await page.context().cookies()).find(({ name }) => name === 'usher_session')?.value;
