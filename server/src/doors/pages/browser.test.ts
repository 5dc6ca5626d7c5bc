/** The pages as people see them: a real browser, wide and narrow, light and dark. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** A page, and what its console complained about. */
async function openPage(width: number, colorScheme: 'light' | 'dark' = 'light') {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const complaints: string[] = [];
  context.on('console', (message) => {
    // The browser's own note about a status is no complaint about the page.
    if (['error', 'warning'].includes(message.type()) && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return { page: await context.newPage(), complaints, context };
}

async function invite(t: TestApp): Promise<string> {
  const { id } = (await t.api('POST', '/organizations', { name: 'Acme' })).body;
  const invitation = await t.api('POST', '/organization-invitations', {
    organizationId: id,
    invitee: 'ann@example.com',
    expiresAt: t.now() + 7 * 86_400_000,
    messagePayload: {},
  });
  await t.drain();
  return invitation.body.id;
}

const fits = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');

test('a mail in the mailbox is opened, and its button leads to the invitation, which stays pending', async () => {
  const t = await appForTest({ sender: 'development' });
  const id = await invite(t);
  const { page, complaints, context } = await openPage(1280);
  await page.goto(`${t.url}/mailbox`);
  await page.getByRole('link', { name: /ann@example\.com/ }).click();
  const button = page.frameLocator('iframe').getByRole('link', { name: 'Accept invitation' });
  const [opened] = await Promise.all([context.waitForEvent('page'), button.click()]);
  await opened.waitForLoadState();
  expect(await opened.getByRole('heading', { level: 1 }).textContent()).toBe('You are invited to join Acme');
  expect(await opened.evaluate('document.referrer')).toBe('');
  expect((await t.api('GET', `/organization-invitations/${id}`)).body.status).toBe('Pending');

  await page.getByRole('link', { name: 'Text', exact: true }).click();
  const [again] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: /\/invitations\// }).click(),
  ]);
  await again.waitForLoadState();
  expect(again.url()).toBe(opened.url());
  expect(complaints).toEqual([]);
  await context.close();
});

test.each([
  [320, 'light'],
  [390, 'dark'],
  [1280, 'light'],
] as const)('no page complains or is wider than its window at %i px, %s', async (width, scheme) => {
  const t = await appForTest({ sender: 'development' });
  const id = await invite(t);
  const { link } = (await t.api('GET', `/organization-invitations/${id}/link`)).body;
  const { page, complaints, context } = await openPage(width, scheme);
  await page.goto(`${t.url}/mailbox`);
  const mail = await page.getByRole('link', { name: /ann@example\.com/ }).getAttribute('href');
  const paths = [
    '/',
    '/docs',
    '/mailbox',
    mail!,
    `${mail}?view=text`,
    `${mail}?view=source`,
    '/invitations/x',
    '/nothing',
  ];
  for (const url of [link, ...paths.map((path) => t.url + path)]) {
    await page.goto(url);
    expect(await fits(page), url).toBe(true);
    expect(await page.locator('h1').count(), url).toBe(1);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test('on a phone the mailbox is a list, then a mail, and back', async () => {
  const t = await appForTest({ sender: 'development' });
  await invite(t);
  const { page, context } = await openPage(390);
  await page.goto(`${t.url}/mailbox`);
  const mail = page.getByRole('link', { name: /ann@example\.com/ });
  await mail.click();
  expect(await mail.isVisible()).toBe(false);
  expect(await page.locator('iframe').isVisible()).toBe(true);
  await page.getByRole('link', { name: 'All mails' }).click();
  expect(await mail.isVisible()).toBe(true);
  await context.close();
});

test('a script inside a mail never runs', async () => {
  const t = await appForTest({ sender: 'development' });
  await invite(t);
  await t.sql(`update mailbox set message = jsonb_set(message, '{html}', to_jsonb(
    '<h1 id=x>Still</h1><img src="https://a.invalid/x" onerror="top.hacked=1"><script>top.hacked=1;document.getElementById("x").textContent="Ran"</script>'::text))`);
  const { page, context } = await openPage(1280);
  await page.goto(`${t.url}/mailbox`);
  await page.getByRole('link', { name: /ann@example\.com/ }).click();
  expect(await page.frameLocator('iframe').locator('#x').textContent()).toBe('Still');
  expect(await page.evaluate('typeof window.hacked')).toBe('undefined');
  await context.close();
});

test('the keyboard reaches everything, and one sees where it is', async () => {
  const t = await appForTest({ sender: 'development' });
  const { page, context } = await openPage(1280);
  await page.goto(`${t.url}/docs`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).hash).toBe('#text');
  await page.goto(t.url);
  for (const name of ['Documentation', 'Mailbox', 'OpenAPI', 'Health']) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.textContent()).toContain(name);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  }
  await context.close();
});
