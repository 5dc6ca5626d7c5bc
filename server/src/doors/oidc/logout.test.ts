import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  comeIn,
  makeClient,
  refreshed,
  request,
  type TestClient,
  type Visitor,
  visitor,
} from '../../../test/visitor.ts';

let t: TestApp;
let spa: TestClient;
let ann: string;

beforeAll(async () => {
  t = await testApp();
  spa = await makeClient(t, 'SPA');
  ann = await makeUser(t, 'ann@example.com');
});
afterAll(() => t.close());

const end = (browser: Visitor, fields: Record<string, string>) =>
  browser.get(`${t.url}/oidc/session/end?${new URLSearchParams(fields)}`);
/** Presses the button of the page. */
async function confirm(browser: Visitor, page: Response): Promise<Response> {
  const text = await page.text();
  expect(text).toMatch(/<button type="submit">/);
  const fields = [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  return browser.get(/action="([^"]+)"/.exec(text)![1]!, {
    method: 'POST',
    body: new URLSearchParams(fields.map(([, name, value]): [string, string] => [name!, value!])),
  });
}
const isSignedIn = async (browser: Visitor) =>
  (await browser.get(request(t, spa, { prompt: 'none' }).url)).headers.get('location')!.includes('code=');

test('signing out ends the session for all applications, and returns to the one that asked', async () => {
  const other = await makeClient(t, 'SPA');
  const { browser, body } = await comeIn(t, spa, ann);
  const bound = await comeIn(t, other, ann, { prompt: undefined }, { browser });
  expect(await isSignedIn(browser)).toBe(true);
  const page = await end(browser, {
    client_id: spa.id,
    post_logout_redirect_uri: 'https://app.example/',
    state: 'over',
  });
  expect(page.status).toBe(200);
  const policy = page.headers.get('content-security-policy')!;
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("form-action 'self' https://app.example");
  expect(policy).not.toContain('unsafe');
  // Looking at the page ends nothing.
  expect(await isSignedIn(browser)).toBe(true);
  const back = await confirm(
    browser,
    await end(browser, {
      client_id: spa.id,
      post_logout_redirect_uri: 'https://app.example/',
      state: 'over',
    }),
  );
  expect(back.status).toBe(303);
  expect(back.headers.get('location')).toBe('https://app.example/?state=over');
  expect(await isSignedIn(browser)).toBe(false);
  expect(await t.sql('select 1 from sessions where user_id = $1', [ann])).toEqual([]);
  // What was given for the time of the session is over; offline access is not.
  const me = (token: string) => fetch(`${t.url}/oidc/me`, { headers: { authorization: `Bearer ${token}` } });
  expect((await me(bound.body.access_token)).status).toBe(401);
  expect((await refreshed(t, spa, body.refresh_token)).status).toBe(200);
});

test('without an address to return to, a page says that it is done; signing out twice harms nobody', async () => {
  const { browser } = await comeIn(t, spa, ann);
  for (let i = 0; i < 2; i++) {
    const back = await confirm(browser, await end(browser, { client_id: spa.id }));
    expect(back.headers.get('location')).toBe(`${t.url}/oidc/session/end/success`);
    const page = await browser.get(back.headers.get('location')!);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('You are signed out');
  }
});

test('nobody is sent to an address that is not registered', async () => {
  const { browser, body } = await comeIn(t, spa, ann);
  const wrong = { client_id: spa.id, post_logout_redirect_uri: 'https://evil.example/' };
  expect((await end(browser, wrong)).status).toBe(400);
  const json = await fetch(`${t.url}/oidc/session/end?${new URLSearchParams(wrong)}`);
  expect([json.status, await json.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  // Without an application nobody can have registered it.
  const back = await confirm(
    browser,
    await end(browser, { post_logout_redirect_uri: 'https://evil.example/' }),
  );
  expect(back.headers.get('location')).toBe(`${t.url}/oidc/session/end/success`);
  const other = await makeClient(t, 'SPA');
  const hint = { id_token_hint: body.id_token };
  expect((await end(visitor(t), { ...hint, client_id: other.id })).status).toBe(400);
  const hinted = await end(visitor(t), { ...hint, post_logout_redirect_uri: 'https://app.example/' });
  expect(hinted.status).toBe(200);
});

test('the pages speak the language of the browser, or the one that the application asks for', async () => {
  const success = (headers: Record<string, string>, query = '') =>
    visitor(t)
      .get(`${t.url}/oidc/session/end/success${query}`, { headers })
      .then((answer) => answer.text());
  expect(await success({ 'accept-language': 'de-AT,en;q=0.5' })).toContain('Sie sind abgemeldet');
  expect(await success({ 'accept-language': 'xx' })).toContain('You are signed out');
  expect(await success({ 'accept-language': 'de' }, '?ui_locales=fr')).toContain('Vous êtes déconnecté');
});

test('a form of another site signs nobody out', async () => {
  const { browser } = await comeIn(t, spa, ann);
  await end(browser, { client_id: spa.id });
  const forged = await browser.get(`${t.url}/oidc/session/end/confirm`, {
    method: 'POST',
    body: new URLSearchParams({ xsrf: 'guessed', logout: 'yes' }),
  });
  expect(forged.status).toBe(400);
  expect(await isSignedIn(browser)).toBe(true);
});

test('the page is submitted by a script of ours, and by its button without scripts', async () => {
  const { browser } = await comeIn(t, spa, ann);
  const text = await (await end(browser, { client_id: spa.id })).text();
  const script = /<script type="module" src="([^"]+)"><\/script>/.exec(text)![1]!;
  expect(text).not.toMatch(/<script(?! type="module" src)/);
  const answer = await fetch(new URL(script, t.url));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/javascript');
});

test('the session cookie is for this server only, and marked Secure behind a proxy that speaks https', async () => {
  const response = await visitor(t).get(request(t, spa).url);
  for (const line of response.headers.getSetCookie()) {
    expect(line).toMatch(/; samesite=lax/i);
    expect(line).toMatch(/; httponly/i);
    expect(line).not.toMatch(/; secure/i);
  }
  const behind = await testApp({ config: { publicUrl: 'https://usher.example' } });
  try {
    const client = await makeClient(behind, 'SPA');
    const begun = await fetch(request(behind, client).url, { redirect: 'manual' });
    expect(begun.status).toBe(303);
    expect(begun.headers.getSetCookie().length).toBeGreaterThan(3);
    for (const line of begun.headers.getSetCookie()) expect(line).toMatch(/; secure/i);
  } finally {
    await behind.close();
  }
});

test('two applications that are let in at once are both remembered by the session', async () => {
  const browser = visitor(t);
  await browser.signIn(ann);
  const clients = await Promise.all([1, 2, 3, 4].map(() => makeClient(t, 'SPA')));
  await Promise.all(clients.map((client) => browser.get(request(t, client, { prompt: undefined }).url)));
  const [{ known }] = await t.sql(
    "select payload->'authorizations' as known from sessions where user_id = $1 order by seen_at desc limit 1",
    [ann],
  );
  for (const client of clients) expect(known).toHaveProperty(client.id);
});

test('a session that ended while a request was under way does not come back', async () => {
  const { browser } = await comeIn(t, spa, ann);
  const requests = Array.from({ length: 10 }, () => browser.get(request(t, spa, { prompt: undefined }).url));
  await t.sql('delete from sessions where user_id = $1', [ann]);
  await Promise.all(requests);
  expect(await t.sql('select 1 from sessions where user_id = $1', [ann])).toEqual([]);
});
