/** docs/scanners.md, sentence by sentence: what looks at a link changes nothing, and the human after it succeeds. */
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import {
  accountOf,
  codeIn,
  copiedLink,
  everything,
  invited,
  members,
  Visitor,
} from './invitation-fixture.ts';
import { giveAPasskey } from './invitation-states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function succeeds(t: TestApp, link: string, id: string, organizationId: string): Promise<void> {
  const human = new Visitor(t);
  await human.open(link);
  await human.post(`/invitation/${id}/accept`, { name: 'Ann' });
  expect(human.hasSession).toBe(true);
  expect(await members(t, organizationId)).toHaveLength(1);
}

test('HEAD, GET, OPTIONS and prefetches change nothing, give no session, and the human after them succeeds', async () => {
  const t = await appForTest();
  const { id, link, organizationId } = await invited(t);
  const before = await everything(t);
  const robots: RequestInit[] = [
    { method: 'HEAD' },
    { method: 'GET' },
    { method: 'OPTIONS' },
    { headers: { purpose: 'prefetch' } },
    { headers: { 'sec-purpose': 'prefetch;prerender' } },
    { headers: { 'x-moz': 'prefetch' } },
    { headers: { 'user-agent': 'Mozilla/5.0 (compatible; MailScanner/7)' } },
  ];
  for (const robot of robots) {
    const visitor = new Visitor(t);
    for (const address of [link, `/invitation/${id}`, link, `/invitation/${id}`])
      await visitor.fetch(address, robot);
    expect(visitor.hasSession).toBe(false);
  }
  expect(await everything(t)).toEqual(before);
  await succeeds(t, link, id, organizationId);
});

test('the link itself and all addresses of its forms answer other methods with nothing done', async () => {
  const t = await appForTest();
  const { id, link, organizationId } = await invited(t);
  const before = await everything(t);
  const visitor = new Visitor(t);
  await visitor.open(link);
  const forms = ['accept', 'decline', 'code', 'switch', 'ask'].map((deed) => `/invitation/${id}/${deed}`);
  for (const path of forms) {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      expect((await visitor.fetch(path, { method })).status).toBeGreaterThanOrEqual(400);
  }
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await visitor.fetch(link, { method })).status).toBeGreaterThanOrEqual(400);
  expect(await everything(t)).toEqual(before);
  await succeeds(t, link, id, organizationId);
});

/** Opens the address as a person would, runs every script, and then every link on what it finds, three pages deep. */
async function crawl(context: BrowserContext, origin: string, address: string): Promise<string[]> {
  const seen = new Set<string>();
  const waiting = [{ url: address, depth: 0 }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (seen.has(next.url) || next.depth > 3) continue;
    seen.add(next.url);
    const page = await context.newPage();
    await page.goto(next.url, { waitUntil: 'load' });
    await page.mouse.move(200, 300);
    await page.mouse.wheel(0, 2000);
    await page.waitForTimeout(50);
    const links = (await page.evaluate('[...document.links].map((link) => link.href)')) as string[];
    await page.close();
    for (const url of links)
      if (url.startsWith(origin) && !/\/(docs|mailbox)/.test(url))
        waiting.push({ url, depth: next.depth + 1 });
  }
  return [...seen];
}

test.each(['by mail', 'copied', 'for a known person', 'where a passkey comes first', 'expired'])(
  'a browser that runs all scripts and follows all links, but presses no button, changes nothing: %s',
  async (kind) => {
    const t = await appForTest();
    if (kind === 'for a known person') await accountOf(t, 'ann@example.com');
    const made = await invited(t, { inviterId: await accountOf(t, 'grace@acme.example') });
    if (kind === 'where a passkey comes first') {
      await t.api('PATCH', `/organizations/${made.organizationId}`, { isMfaRequired: true });
      await giveAPasskey(t, await accountOf(t, 'ann@example.com'));
    }
    const link = kind === 'copied' ? await copiedLink(t, made.id) : made.link;
    if (kind === 'expired') t.advance(8 * 86_400_000);
    const before = await everything(t);
    const context = await browser.newContext();
    const seen = await crawl(context, t.url, link);
    expect(seen.length).toBeGreaterThanOrEqual(1);
    expect(await everything(t)).toEqual(before);
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('usher_session');
    expect(t.mails.length).toBe(1);
    await context.close();
    if (kind === 'by mail' || kind === 'for a known person')
      await succeeds(t, link, made.id, made.organizationId);
    if (kind === 'copied') {
      const human = new Visitor(t);
      await human.open(link);
      await human.post(`/invitation/${made.id}/code`);
      await t.drain();
      await human.post(`/invitation/${made.id}/accept`, { code: codeIn(t), name: 'Ann' });
      expect(human.hasSession).toBe(true);
    }
  },
);
