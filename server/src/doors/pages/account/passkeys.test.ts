/** Passkeys with a real browser and an authenticator of its own. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../../test/browser.ts';
import { makeUser } from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';
import { signInByCode } from '../sign-in/fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function withAuthenticator(
  isUserVerified = true,
): Promise<{ page: Page; device: CDPSession; authenticatorId: string }> {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  });
  return { page, device, authenticatorId };
}

async function addPasskey(t: TestApp, page: Page, name: string): Promise<void> {
  await page.goto(`${t.url}/account`);
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Add the passkey' }).click();
  await page.getByText('The passkey is added.').waitFor();
}

async function signOut(t: TestApp, page: Page): Promise<void> {
  await page.goto(`${t.url}/sign-out`);
  await page.getByRole('button', { name: 'Sign out' }).click();
}

test('a passkey is added, signs its person in, gets another name, and is removed', async () => {
  const t = await appForTest({ at: 'localhost' });
  const userId = await makeUser(t, 'ann@example.com');
  const { page } = await withAuthenticator();
  await signInByCode(t, page, 'ann@example.com');
  await addPasskey(t, page, 'Laptop');
  await signOut(t, page);

  await page.goto(`${t.url}/sign-in/passkey`);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.waitForURL('**/account');
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('ann@example.com');
  const [session] = await t.sql('select user_id, methods from sessions');
  expect(session).toEqual({ user_id: userId, methods: ['hwk', 'user'] });
  const [passkey] = await t.sql('select used_at, counter from passkeys');
  expect(Number(passkey.used_at)).toBeGreaterThan(0);
  expect(await t.sql('select 1 from challenges where user_id is not null')).toEqual([]);

  await page.getByRole('link', { name: 'Edit: Laptop' }).click();
  await page.getByLabel('Name').fill('Old laptop');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: 'Edit: Old laptop' }).click();
  await page.getByRole('button', { name: 'Remove the passkey' }).click();
  await page.getByText('The passkey is removed.').waitFor();
  expect(await t.sql('select 1 from passkeys')).toEqual([]);
  await page.context().close();
});

test('the sign-in page offers passkeys in the address field, and by a button', async () => {
  const t = await appForTest({ at: 'localhost' });
  await makeUser(t, 'ann@example.com');
  const { page } = await withAuthenticator();
  await signInByCode(t, page, 'ann@example.com');
  await addPasskey(t, page, 'Laptop');
  await signOut(t, page);
  await page.goto(`${t.url}/sign-in`);
  await page.waitForURL('**/account');
  await page.context().close();
});

test('a device that has not verified who holds it signs nobody in', async () => {
  const t = await appForTest({ at: 'localhost' });
  await makeUser(t, 'ann@example.com');
  const { page, device, authenticatorId } = await withAuthenticator();
  await signInByCode(t, page, 'ann@example.com');
  await addPasskey(t, page, 'Laptop');
  await signOut(t, page);
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  // The page asks for it, and the server does not believe a page.
  await page.route('**/sign-in/passkey/options', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), userVerification: 'discouraged' } });
  });
  await page.goto(`${t.url}/sign-in/passkey`);
  const [sent] = await Promise.all([
    page.waitForResponse(
      (answer) => answer.request().method() === 'POST' && answer.url().endsWith('/passkey'),
    ),
    page.getByRole('button', { name: 'Use a passkey' }).click(),
  ]);
  expect(sent.status()).toBe(422);
  await page.getByText('That did not work.').first().waitFor();
  expect(await t.sql('select 1 from sessions')).toEqual([]);
  await page.context().close();
});

test('an answer is good once: the same one again signs nobody in', async () => {
  const t = await appForTest({ at: 'localhost' });
  await makeUser(t, 'ann@example.com');
  const { page } = await withAuthenticator();
  await signInByCode(t, page, 'ann@example.com');
  await addPasskey(t, page, 'Laptop');
  await signOut(t, page);
  await page.goto(`${t.url}/sign-in/passkey`);
  const [request] = await Promise.all([
    page.waitForRequest((sent) => sent.method() === 'POST' && sent.url().endsWith('/sign-in/passkey')),
    page.getByRole('button', { name: 'Use a passkey' }).click(),
  ]);
  await page.waitForURL('**/account');
  await signOut(t, page);
  // Not because the counter tells: many devices have none.
  await t.sql('update passkeys set counter = 0');
  const again = await page.context().request.post(`${t.url}/sign-in/passkey`, {
    data: request.postData()!,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    maxRedirects: 0,
  });
  expect(again.status()).toBe(422);
  expect(await t.sql('select 1 from sessions')).toEqual([]);
  await page.context().close();
});

test('without JavaScript the page of passkeys says so and offers the other ways', async () => {
  const t = await appForTest({ at: 'localhost' });
  const context = await browser.newContext({ locale: 'en-US', javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${t.url}/sign-in`);
  await page.getByRole('link', { name: 'Use a passkey' }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('alert').getByText('Passkeys need JavaScript').waitFor();
  await page.getByRole('link', { name: 'Get a code by mail' }).click();
  expect(new URL(page.url()).pathname).toBe('/sign-in');
  await context.close();
});
