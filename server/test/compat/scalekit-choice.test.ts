/** The page on which somebody chooses an organization, in a real browser: for everybody, and without JavaScript. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDoor } from '../../src/doors/scalekit/fixture.ts';
import { makeMember, registerPlaces } from '../../src/doors/scalekit/oauth/fixture.ts';
import { launchBrowser } from '../browser.ts';
import { makeInvitation, makeOrganization } from '../builders.ts';
import { signInByCode } from './people.ts';

const door = openDoor();
let browser: Browser;
/** Where the application is returned to. */
let callback: string;
const application = createServer((_request, response) => response.end('in')).listen(0, '127.0.0.1');
beforeAll(async () => {
  browser = await launchBrowser();
  if (!application.listening) await once(application, 'listening');
  callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
  await registerPlaces(door, undefined, { redirectUris: [callback] });
});
afterAll(async () => {
  await browser?.close();
  application.close();
});

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Somebody of two organizations, invited to a third, before the choice. */
async function beforeChoice(options: BrowserContextOptions) {
  const [first, second] = [
    await makeOrganization(door, 'Alpha'),
    await makeOrganization(door, '<b>Beta</b>'),
  ];
  const ann = await makeMember(door, [first, second]);
  await door.sql('update members set joined_at = 1 where user_id = $1', [ann.id]);
  await makeInvitation(door, await makeOrganization(door, 'Gamma'), ann.address);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(door.client.getAuthorizationUrl(callback, { loginHint: ann.address }));
  await signInByCode(door, page, ann.address);
  await page.waitForURL(`${door.url}/organization**`);
  return { context, page, second };
}

test.each([
  [390, 'light'],
  [1280, 'dark'],
] as const)(
  'nothing that axe knows is wrong with it at %i px, %s, and it fits',
  async (width, colorScheme) => {
    const { context, page } = await beforeChoice({
      locale: 'en-US',
      viewport: { width, height: 800 },
      colorScheme,
      bypassCSP: true,
    });
    await page.addScriptTag({ path: axe });
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`,
    );
    expect(violations).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await context.close();
  },
);

test('without JavaScript, in one’s own language: a button for each, and names that are nothing but names', async () => {
  const { context, page, second } = await beforeChoice({ locale: 'de-DE', javaScriptEnabled: false });
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Organisation wählen');
  expect(await page.getByRole('button').allTextContents()).toEqual([
    '<b>Beta</b>',
    'Alpha',
    'Beitreten: Gamma',
  ]);
  await page.getByRole('button', { name: 'Beta' }).click();
  await page.waitForURL(`${callback}**`);
  const code = new URL(page.url()).searchParams.get('code')!;
  const { accessToken } = await door.client.authenticateWithCode(code, callback);
  const [row] = await door.sql<{ n: string }>("select lpad(public_number($1)::text, 19, '0') as n", [second]);
  expect(await door.client.validateToken(accessToken)).toMatchObject({ oid: `org_${row!.n}` });
  await context.close();
});

test('joining on it leads on like choosing', async () => {
  const { context, page } = await beforeChoice({ locale: 'en-US' });
  await page.getByRole('button', { name: 'Join: Gamma' }).click();
  await page.waitForURL(`${callback}**`);
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
  await context.close();
});

test('with another account it goes on as that one', async () => {
  const { context, page } = await beforeChoice({ locale: 'en-US' });
  const bob = await makeMember(door, [await makeOrganization(door)]);
  await page.getByRole('link', { name: 'Use another account' }).click();
  await signInByCode(door, page, bob.address);
  await page.waitForURL(`${callback}**`);
  const code = new URL(page.url()).searchParams.get('code')!;
  expect((await door.client.authenticateWithCode(code, callback)).user.email).toBe(bob.address);
  await context.close();
});
