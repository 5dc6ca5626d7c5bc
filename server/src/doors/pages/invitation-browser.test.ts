/** Every state of the invitation's page as people see it: in a real browser, narrow and wide, light and dark. */
import { setTimeout } from 'node:timers/promises';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import {
  accountOf,
  codeIn,
  copiedLink,
  invited,
  type Made,
  members,
  type Visitor,
} from './invitation-fixture.ts';
import { states } from './invitation-states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function openBrowser(width: number, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/status of (4|503)/.test(message.text()))
      complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return { context, complaints, page: await context.newPage() };
}

/** What the visitor without a window holds, this browser holds too. */
const takeOver = (context: BrowserContext, { t, cookies }: Visitor) =>
  context.addCookies(
    [...cookies].map(([key, { value, path }]) => ({
      name: key.split(' ')[0]!,
      value,
      path,
      domain: new URL(t.url).hostname,
    })),
  );

/** axe-core, as the policy of the page allows it: evaluated, not loaded by it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

async function reached(t: TestApp, context: BrowserContext, reach: (typeof states)[number]['reach']) {
  const grace = await accountOf(t, 'grace@acme.example', { name: 'Grace Hopper' });
  const made = await invited(t, { inviterId: grace });
  const { visitor, address = made.link } = ((await reach(t, made)) ?? {}) as {
    visitor?: Visitor;
    address?: string;
  };
  if (visitor) await takeOver(context, visitor);
  await t.drain();
  return { made, address: new URL(address, t.url).href };
}

test.each(states)(
  '$name: no axe violation, no complaint, no page wider than its window, all by keyboard',
  async ({ told, reach }) => {
    const t = await appForTest();
    const { context, complaints, page } = await openBrowser(390, 'light');
    const { address } = await reached(t, context, reach);
    await page.goto(address);
    expect(await page.content()).toMatch(told);
    for (const [width, colorScheme] of [
      [390, 'light'],
      [390, 'dark'],
      [1280, 'light'],
      [1280, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
    const controls = await page.locator('a, button, input:not([type=hidden])').count();
    await page.evaluate('document.activeElement.blur()');
    for (let at = 0; at < controls; at++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.matches("a, button, input")')).toBe(true);
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    }
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test('by keyboard alone a new person types a name, presses Enter, and is in: two interactions', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const { context, complaints, page } = await openBrowser(390, 'dark');
  await page.goto(made.link);
  expect(page.url()).toBe(`${t.url}/invitation/${made.id}`);
  await page.keyboard.press('Tab');
  await page.keyboard.type('Ann Example');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${t.url}/account`);
  expect(await members(t, made.organizationId)).toHaveLength(1);
  // Neither the history nor the address holds the token.
  await page.goBack();
  expect(page.url()).toBe(`${t.url}/invitation/${made.id}`);
  expect(complaints).toEqual([]);
  await context.close();
});

test('a button pressed twice sends its form once, and the person is signed in', async () => {
  const t = await appForTest();
  const made = await invited(t, { invitee: 'ann@example.com' });
  const { context, page } = await openBrowser(1280, 'light');
  await page.goto(made.link);
  await page.getByLabel('Your name').fill('Ann');
  await page.route('**/accept', async (route) => {
    await setTimeout(300);
    await route.continue();
  });
  let posts = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') posts++;
  });
  const { x, y, height } = (await page.getByRole('button', { name: 'Accept invitation' }).boundingBox())!;
  for (let press = 0; press < 2; press++) {
    await page.mouse.click(x + 20, y + height / 2);
    await setTimeout(100);
  }
  await page.waitForURL(`${t.url}/account`);
  expect(posts).toBe(1);
  await context.close();
});

test('without JavaScript everything works: a copied link, its code, and declining without a name', async () => {
  const t = await appForTest();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const made = await invited(t);
  await page.goto(await copiedLink(t, made.id));
  await page.getByRole('button', { name: 'Send the code' }).click();
  await t.drain();
  await page.getByLabel('Code').fill(codeIn(t));
  await page.getByLabel('Your name').fill('Ann');
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  expect(page.url()).toBe(`${t.url}/account`);
  await context.clearCookies();
  const other = await invited(t, { invitee: 'bob@example.com' });
  await page.goto(other.link);
  await page.getByRole('button', { name: 'Decline' }).click();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This invitation was declined');
  await context.close();
});

test('nothing moves while the page appears, and it weighs little', async () => {
  const t = await appForTest();
  const made: Made = await invited(t);
  const { context, page } = await openBrowser(390, 'light');
  await page.addInitScript(`
    self.shifts = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) self.shifts += entry.value; })
      .observe({ type: 'layout-shift', buffered: true });`);
  let bytes = 0;
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(made.link, { waitUntil: 'networkidle' });
  expect(await page.evaluate('self.shifts')).toBe(0);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(50 * 1024);
  await context.close();
});
