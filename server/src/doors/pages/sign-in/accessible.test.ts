/** Every page of signing in and of the account, for everybody: axe, keyboard, narrow and wide, light and dark, small. */
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../../test/browser.ts';
import {
  makeInvitation,
  makeMember,
  makeOrganization,
  makeUser,
  roleNamed,
} from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';
import { ask, makeJoinLink } from '../../../../test/joining.ts';
import { makeClient, organizationsScope, request } from '../../../../test/visitor.ts';
import { rememberAgreed } from '../../../domain/applications/consents.ts';
import { mailed, signInByCode } from './fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Opens page after page, and calls back at each of them. */
async function everyPage(t: TestApp, page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const userId = await makeUser(t, 'ann@example.com');
  const organizationId = await makeOrganization(t, 'Acme');
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await makeInvitation(t, await makeOrganization(t, 'Beta'), 'ann@example.com');
  const client = await makeClient(t, 'SPA', { isThirdParty: true, name: 'Reporter' });
  const open = async (path: string) => {
    await page.goto(path.startsWith('http') ? path : t.url + path);
    await look(path.replace(/\?.*/, ''));
  };
  const press = async (name: string) => {
    await page.locator('main form button').first().click();
    await look(name);
  };
  for (const path of ['/sign-in', '/sign-in/password', '/sign-in/passkey', '/sign-out', '/sign-in/link'])
    await open(path);
  await open('/sign-in');
  await press('address missing');
  await open('/sign-in/password');
  await press('password missing');
  await open(request(t, client, { scope: `openid email ${organizationsScope}` }).url);
  await page.locator('#address').fill('ann@example.com');
  await press('code');
  await press('code missing');
  const { code, link } = await mailed(t);
  const here = page.url();
  await open(link);
  await page.goto(here);
  await page.locator('#code').fill(code);
  await press('consent');
  await fillAccount(t, userId, organizationId, client.id);
  for (const path of [
    '/account?done=profile',
    '/account/password',
    '/account/address',
    '/account/passkeys',
    `/account/organizations/${organizationId}/leave`,
    '/sign-out',
    '/sign-in?flow=none',
  ])
    await open(path);
}

/** With everything that can wait on an account. */
async function fillAccount(t: TestApp, userId: string, organizationId: string, clientId: string) {
  const boss = await makeMember(t, 'boss@example.com', organizationId);
  const organizationRoleIds = [await roleNamed(t, 'owner')];
  await t.api('PUT', `/organizations/${organizationId}/users/${boss}/roles`, { organizationRoleIds });
  const offer = { userId, fromUserId: boss };
  await t.api('POST', `/organizations/${organizationId}/ownership-transfers`, offer);
  const asking = await makeJoinLink(t, await makeOrganization(t, 'Gamma'), { asksFirst: true });
  await ask(t, asking.url, userId);
  const open = await makeOrganization(t, 'Delta');
  await t.api('POST', `/organizations/${open}/jit/email-domains`, { emailDomain: 'example.com' });
  await rememberAgreed(
    t.app.db,
    'default',
    userId,
    clientId,
    { scopes: ['openid', 'email'], resources: {} },
    t.now(),
  );
}

test.each([
  [390, 'light'],
  [1280, 'dark'],
] as const)('nothing that axe knows is wrong with any page at %i px, %s', async (width, colorScheme) => {
  const t = await appForTest({ at: 'localhost' });
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width, height: 800 },
    colorScheme,
    bypassCSP: true,
  });
  const page = await context.newPage();
  const found: unknown[] = [];
  await everyPage(t, page, async (name) => {
    await page.addScriptTag({ path: axe });
    const violations = await page.evaluate<string[]>(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
    );
    if (violations.length > 0) found.push([name, violations]);
    const fits = await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');
    if (!fits) found.push([name, 'is wider than the window']);
    if ((await page.locator('h1').count()) !== 1) found.push([name, 'has not one heading']);
  });
  expect(found).toEqual([]);
  await context.close();
});

test('nothing moves while a page loads, it is small, complains about nothing, and runs no script of others', async () => {
  const t = await appForTest({ at: 'localhost' });
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  await page.addInitScript(`window.moved = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });`);
  await everyPage(t, page, async (name) => {
    expect(await page.evaluate('window.moved'), name).toBe(0);
    const bytes = await page.evaluate<number>(
      `[...performance.getEntriesByType('resource'), performance.getEntriesByType('navigation')[0]].reduce((sum, entry) => sum + entry.encodedBodySize, 0)`,
    );
    expect(bytes, name).toBeLessThan(50_000);
    const inline = await page.evaluate(
      `document.querySelectorAll('script:not([src]), [style], [onclick]').length`,
    );
    expect(inline, name).toBe(0);
  });
  expect(complaints).toEqual([]);
  await context.close();
});

test('the keyboard does it all: from the address to the account', async () => {
  const t = await appForTest({ at: 'localhost' });
  await makeUser(t, 'ann@example.com');
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(`${t.url}/sign-in`);
  await page.keyboard.type('ann@example.com');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/sign-in/code');
  await page.keyboard.type((await mailed(t)).code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account');
  const reached: string[] = [];
  for (let count = 0; count < 7; count++) {
    await page.keyboard.press('Tab');
    reached.push((await page.locator(':focus').getAttribute('href')) ?? '');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  }
  expect(reached).toEqual(expect.arrayContaining(['/sign-out', '/account/address', '/account/passkeys']));
  await context.close();
});

test.each([
  ['de-DE', 'de', 'Anmelden'],
  ['fr-FR', 'fr', 'Se connecter'],
  ['es-MX', 'es', 'Iniciar sesión'],
  ['pt-BR', 'pt', 'Entrar'],
  ['ja-JP', 'ja', 'サインイン'],
  ['zh-CN', 'zh', '登录'],
  ['xx', 'en', 'Sign in'],
])('a browser in %s gets its language', async (locale, language, title) => {
  const t = await appForTest();
  const response = await fetch(`${t.url}/sign-in`, { headers: { 'accept-language': locale } });
  const text = await response.text();
  expect(text).toContain(`<html lang="${language}">`);
  expect(text).toContain(`<h1>${title}</h1>`);
  expect(response.headers.get('vary')).toContain('Accept-Language');
});

test('what the application asks for goes before the browser, and the tenant comes last', async () => {
  const t = await appForTest({ at: 'localhost' });
  const client = await makeClient(t, 'SPA');
  const context = await browser.newContext({ locale: 'fr-FR' });
  const page = await context.newPage();
  const language = () => page.locator('html').getAttribute('lang');
  await page.goto(request(t, client, { ui_locales: 'xx ja-JP' }).url);
  expect(await language()).toBe('ja');
  await page.goto(request(t, client).url);
  expect(await language()).toBe('fr');
  await t.sql(`update tenants set fallback_language = 'es'`);
  const response = await fetch(`${t.url}/sign-in`, { headers: { 'accept-language': 'xx, de;q=0' } });
  expect(await response.text()).toContain('<html lang="es">');
  await context.close();
});

test('the organization that the application names gives the page its name, logo and colours', async () => {
  const t = await appForTest({ at: 'localhost' });
  const client = await makeClient(t, 'SPA', { name: 'Planner' });
  const { body } = await t.api('POST', '/organizations', {
    name: 'Acme',
    branding: { logoUrl: 'https://acme.example/logo.png' },
    color: { primaryColor: '#aa3300' },
  });
  await t.sql('update organizations set color = $1, branding = $2 where id = $3', [
    { primaryColor: '#aa3300' },
    { logoUrl: 'https://acme.example/logo.png' },
    body.id,
  ]);
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(request(t, client, { organization_id: body.id }).url);
  const content = await page.content();
  expect(await page.textContent('.lead')).toBe('to continue to Planner for Acme');
  expect(content).toContain('src="https://acme.example/logo.png"');
  expect(content).toContain('--accent:#aa3300');
  await signInByCode(t, page, 'ann@example.com');
  expect(await page.content()).not.toContain('aa3300');
  await context.close();
});
