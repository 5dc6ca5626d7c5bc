/** From the link in the mail to being signed in at the application: in a real browser, counting what people press. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { accountOf, invited, signedIn, Visitor } from './invitation-fixture.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

type Application = { url: string; id: string; asked: URL[] };

/** An application that begins a sign-in when it is told to, and shows what it gets back. */
async function application(t: TestApp): Promise<Application> {
  const asked: URL[] = [];
  let id = '';
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://127.0.0.1');
    asked.push(url);
    if (url.pathname !== '/login') return void response.end(`<h1>Rocket ${url.pathname}</h1>`);
    const authorize = new URL(`${url.searchParams.get('iss')}/auth`);
    for (const [name, value] of Object.entries({
      client_id: id,
      redirect_uri: `${address}/callback`,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      login_hint: url.searchParams.get('login_hint')!,
      organization_id: url.searchParams.get('organization_id')!,
    }))
      authorize.searchParams.set(name, value);
    response.writeHead(302, { location: authorize.href }).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = await t.api('POST', '/applications', {
    name: 'Rocket',
    type: 'SPA',
    oidcClientMetadata: {
      redirectUris: [`${address}/callback`],
      postLogoutRedirectUris: [],
      initiateLoginUri: `${address}/login`,
    },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  id = made.body.id;
  return { url: address, id, asked };
}

test.each([true, false])(
  'after accepting, the application signs the person in without a login page: a new person presses twice, a known one once (new: %s)',
  async (isNew) => {
    const t = await appForTest();
    const { url, id: applicationId, asked } = await application(t);
    if (!isNew) await accountOf(t, 'ann@example.com', { name: 'Ann' });
    const { link, organizationId } = await invited(t, { applicationId });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(link);
    if (isNew) await page.getByLabel('Your name').fill('Ann');
    await page.getByRole('button', { name: 'Accept invitation' }).click();
    await page.waitForURL(`${url}/callback?*`);
    expect(asked.map(({ pathname }) => pathname).filter((path) => path !== '/favicon.ico')).toEqual([
      '/login',
      '/callback',
    ]);
    expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({
      iss: `${t.url}/oidc`,
      login_hint: 'ann@example.com',
      target_link_uri: `${url}/`,
      organization_id: organizationId,
    });
    expect(asked[1]!.searchParams.get('code')).toBeTruthy();
    if (isNew)
      expect(await t.sql(`select application_id from users where primary_email = 'ann@example.com'`)).toEqual(
        [{ application_id: applicationId }],
      );
    await context.close();
  },
);

test('an address given with the invitation comes first, and the page leads there again later', async () => {
  const t = await appForTest();
  const { url, id: applicationId } = await application(t);
  const redirect = `${url}/welcome?team=1`;
  const { id, link } = await invited(t, { applicationId, redirect });
  const visitor = new Visitor(t);
  const { headers } = await visitor.open(link);
  expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${url};`);
  expect((await visitor.post(`/invitation/${id}/accept`, { name: 'Ann' })).location).toBe(redirect);
  const { text } = await visitor.fetch(`/invitation/${id}`);
  expect(text).toContain(`href="${redirect}"><span>Continue to <strong><bdi>Rocket`);
});

test('an address that is not registered any more is not gone to', async () => {
  const t = await appForTest();
  const { url, id: applicationId } = await application(t);
  const { id, link } = await invited(t, { applicationId, redirect: `${url}/welcome` });
  await t.api('PATCH', `/applications/${applicationId}`, {
    oidcClientMetadata: { redirectUris: ['https://elsewhere.example/callback'], postLogoutRedirectUris: [] },
  });
  const visitor = new Visitor(t);
  await visitor.open(link);
  expect((await visitor.post(`/invitation/${id}/accept`, { name: 'Ann' })).location).toBe('/account');
});

test('the clean address in another browser leads to signing in, and back to the invitation', async () => {
  const t = await appForTest();
  const { id, link } = await invited(t);
  const other = new Visitor(t);
  const { text } = await other.fetch(`/invitation/${id}`);
  expect(text).toContain(`href="/sign-in?continue=/invitation/${id}"`);
  const ann = await signedIn(t, 'ann@example.com');
  // Who is signed in goes straight on.
  expect((await ann.fetch(`/sign-in?continue=/invitation/${id}`)).location).toBe(`/invitation/${id}`);
  expect((await ann.fetch(`/invitation/${id}`)).text).toContain('Accept invitation');
  expect((await ann.fetch('/account')).text).toContain('Acme');
  expect(link).toContain(id);
});
