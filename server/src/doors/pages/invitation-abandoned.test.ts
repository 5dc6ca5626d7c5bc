/** A sign-up that was abandoned: whoever opened an invitation and then signs in by another way is led back to it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { makeUser } from '../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { makeClient, redeemed, request, type TestClient } from '../../../test/visitor.ts';
import { copiedLink, invited, members } from './invitation-fixture.ts';
import { formFiller, mailed, signInByCode } from './sign-in/fixture.ts';

/** A browser that opened the copied link of an invitation, and left its page without pressing anything. */
async function abandoned(t: TestApp) {
  const made = await invited(t);
  const person = formFiller(t);
  const { pathname } = new URL(await copiedLink(t, made.id));
  await person.open(pathname);
  expect((await person.open(`/invitation/${made.id}`)).text).toContain('we send a code to');
  return { made, person, page: `/invitation/${made.id}` };
}

/** Asks for authorization, and signs in where that leads. */
async function throughApplication(
  t: TestApp,
  person: ReturnType<typeof formFiller>,
  client: TestClient,
  asked = {},
) {
  const { url, verifier } = request(t, client, asked);
  const begun = (await person.open(url)).headers.get('location')!;
  const signInPath = new URL(begun, t.url);
  const path = `${signInPath.pathname}${signInPath.search}`;
  await person.open(path);
  await person.send(path, { address: 'ann@example.com' });
  const flow = signInPath.searchParams.get('flow');
  const { code } = await mailed(t);
  return { ...(await person.send(`/sign-in/code?flow=${flow}`, { code })), verifier, flow };
}

test('who then signs in by themselves is led to the invitation, and answers it without another code', async () => {
  const t = await appForTest();
  const { made, person, page } = await abandoned(t);
  expect((await person.signIn('ann@example.com')).location).toBe(page);
  const shown = await person.open(page);
  expect(shown.text).toContain('Accept invitation');
  expect(shown.text).not.toContain('Send the code');
  expect((await person.send(`${page}/accept`, {})).location).toBe('/account');
  expect(await members(t, made.organizationId)).toHaveLength(1);
});

test.each(['accept', 'decline'])(
  'who then signs in at an application is led to the invitation first; after its answer (%s) the application gets its code',
  async (deed) => {
    const t = await appForTest();
    const { made, person, page } = await abandoned(t);
    const client = await makeClient(t, 'SPA');
    const signedIn = await throughApplication(t, person, client);
    expect(signedIn.location).toBe(page);
    const shown = await person.open(page);
    expect(shown.text).toContain('Continue to <strong><bdi>A SPA');
    expect(shown.headers.get('content-security-policy')).toContain(new URL(client.redirectUri).origin);
    const answered = await person.send(`${page}/${deed}`, {});
    expect(answered.location).toBe(`/sign-in?flow=${signedIn.flow}`);
    const resumed = (await person.open(answered.location!)).headers.get('location')!;
    const [user] = await t.sql('select id from users');
    const arrived = (await person.browser.follow(resumed, user.id)) as URL;
    const tokens = await redeemed(t, client, arrived.searchParams.get('code')!, signedIn.verifier);
    expect(tokens.status).toBe(200);
    expect(await members(t, made.organizationId)).toHaveLength(deed === 'accept' ? 1 : 0);
    // What was waiting is gone from the page.
    expect((await person.open(page)).text).not.toContain('A SPA');
  },
);

test('the invitation can be left for later: the page leads on to what waits, and once only to the page', async () => {
  const t = await appForTest();
  const { person, page } = await abandoned(t);
  expect((await person.signIn('ann@example.com', '/sign-in?continue=/sign-out')).location).toBe(page);
  const { text } = await person.open(page);
  expect(text).toContain('<a href="/sign-in?continue=%2Fsign-out"><span>Continue</span></a>');
  expect((await person.open('/sign-in?continue=%2Fsign-out')).headers.get('location')).toBe('/sign-out');
  person.browser.signOut();
  expect((await person.signIn('ann@example.com')).location).toBe('/account');
  expect((await person.open('/account')).text).toContain('Invitations for you');
});

test('where the application asks for a proof of now, its request goes on at once, and the account keeps the invitation', async () => {
  const t = await appForTest();
  const { person } = await abandoned(t);
  const client = await makeClient(t, 'SPA');
  const { location } = await throughApplication(t, person, client, { prompt: 'login' });
  expect(location).toContain('/oidc/auth/');
  expect((await person.open('/account')).text).toContain('Invitations for you');
});

test('somebody else who signs in there is led nowhere, nor anybody to one that has ended or that another browser opened', async () => {
  const t = await appForTest();
  const { made, person } = await abandoned(t);
  await makeUser(t, 'eve@example.com');
  expect((await person.signIn('eve@example.com')).location).toBe('/account');
  expect((await formFiller(t).signIn('ann@example.com')).location).toBe('/account');
  await t.api('PUT', `/organization-invitations/${made.id}/status`, { status: 'Revoked' });
  person.browser.signOut();
  expect((await person.signIn('ann@example.com')).location).toBe('/account');
});

test('in a browser: from an application’s request over the invitation to the application, in one go', async () => {
  const t = await appForTest();
  const server = createServer((_request, response) => response.end('Welcome')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  const client = await makeClient(t, 'SPA', {
    oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: [] },
  });
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ locale: 'en-US' });
  const made = await invited(t);
  await page.goto(made.link);
  const { url } = request(t, { ...client, redirectUri }, {});
  await signInByCode(t, page, 'ann@example.com', url.slice(t.url.length));
  await page.waitForURL(`**/invitation/${made.id}`);
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  await page.waitForURL('**/callback?*');
  expect(new URL(page.url()).searchParams.get('code')).toBeTruthy();
  expect(await members(t, made.organizationId)).toHaveLength(1);
});
