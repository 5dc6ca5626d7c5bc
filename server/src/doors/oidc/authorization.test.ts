import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  type Asked,
  comeIn,
  makeClient,
  organizationsResource,
  organizationsScope,
  payloadOf,
  redeemed,
  refreshed,
  request,
  type TestClient,
  visitor,
} from '../../../test/visitor.ts';

let t: TestApp;
let spa: TestClient;
let ann: string;
let bob: string;
let acme: string;

beforeAll(async () => {
  t = await testApp();
  spa = await makeClient(t, 'SPA');
  ann = await makeUser(t, 'ann@example.com');
  bob = await makeUser(t, 'bob@example.com');
  acme = await makeOrganization(t);
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [ann, bob] });
  await t.api('POST', `/organizations/${acme}/users/roles`, {
    userIds: [ann],
    organizationRoleIds: [await roleNamed(t, 'admin')],
  });
});
afterAll(() => t.close());

const locationOf = (response: Response) => new URL(response.headers.get('location')!);
/** Where the browser is sent first. */
async function began(asked: Asked = {}, client = spa, browser = visitor(t)) {
  const { url, verifier } = request(t, client, asked);
  const response = await browser.get(url);
  const to = response.headers.get('location') ? locationOf(response) : undefined;
  return { browser, verifier, response, to, uid: to?.searchParams.get('flow') ?? undefined };
}

test('what the application writes for the pages reaches them', async () => {
  const { browser, to, uid } = await began({
    login_hint: 'ann@example.com',
    first_screen: 'register',
    organization_id: acme,
    ui_locales: 'de en',
    identifier: 'email username',
    direct_sign_in: 'social:google',
    interaction_mode: 'signUp',
    one_time_token: 'token',
    google_one_tap_credential: 'credential',
  });
  expect(to!.href).toBe(`${t.url}/sign-in?app_id=${spa.id}&flow=${uid}`);
  expect(await browser.flow(uid)).toEqual({
    uid,
    wants: 'login',
    application: { id: spa.id, name: 'A SPA', logoUrl: null, isThirdParty: false, mayRegister: true },
    loginHint: 'ann@example.com',
    firstScreen: 'register',
    organizationId: acme,
    uiLocales: 'de en',
    mustProveAgain: false,
    target: 'https://app.example',
    consent: undefined,
  });
});

test('a flow is found by the browser that began it only, the last of several when none is named', async () => {
  const one = await began();
  const two = await began({}, spa, one.browser);
  const stranger = await began();
  expect((await one.browser.flow())?.uid).toBe(two.uid);
  expect((await one.browser.flow(one.uid))?.uid).toBe(one.uid);
  // Login CSRF: the link into a flow of somebody else's shows nothing.
  expect(await stranger.browser.flow(one.uid)).toBeUndefined();
  expect(await visitor(t).flow(one.uid)).toBeUndefined();
  const forged = visitor(t);
  const sig = stranger.browser.cookies.get('/ usher_flows.sig')!;
  forged.cookies.set('1', { name: 'usher_flows', value: one.uid!, path: '/' }).set('2', sig);
  expect(await forged.flow(one.uid)).toBeUndefined();
  for (let i = 0; i < 5; i++) await began({}, spa, one.browser);
  expect(await one.browser.flow(one.uid)).toBeUndefined();
});

test('a flow that somebody else answered cannot be ended in this browser', async () => {
  const attacker = await began();
  const session = await attacker.browser.signIn(bob);
  const resume = await t.app.oidc.flows.signedIn(attacker.uid!, {
    userId: bob,
    signedInAt: session.signedInAt,
    methods: ['otp'],
  });
  const victim = await began();
  const response = await victim.browser.get(resume);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('This sign-in is over');
  // Nor with the cookie of that flow, but a session of one's own.
  for (const [key, cookie] of attacker.browser.cookies)
    if (cookie.name.startsWith('usher_resume')) victim.browser.cookies.set(key, cookie);
  await victim.browser.signIn(ann);
  const resumed = locationOf(await victim.browser.get(resume));
  expect(resumed.pathname).toBe('/consent');
  expect((await victim.browser.flow(resumed.searchParams.get('flow')!))!.consent!.userId).toBe(ann);
});

test('a person who is signed in already passes without a page; with prompt=consent a first-party application passes it unseen', async () => {
  const { browser } = await comeIn(t, spa, ann);
  const silent = await began({ prompt: undefined }, spa, browser);
  expect(silent.to!.origin).toBe('https://app.example');
  const none = await began({ prompt: 'none' }, spa, browser);
  expect(none.to!.searchParams.get('code')).toBeTruthy();
  const consent = await began({ prompt: 'consent' }, spa, browser);
  expect(consent.to!.pathname).toBe('/consent');
  expect(await browser.flow(consent.uid)).toMatchObject({
    wants: 'consent',
    consent: { userId: ann, scopes: [], resources: [], organizations: [] },
  });
});

test('prompt=none never asks: it says what would have to be asked, and stands alone', async () => {
  const { to } = await began({ prompt: 'none' });
  expect(Object.fromEntries(to!.searchParams)).toMatchObject({
    error: 'login_required',
    state: 'a-state',
    iss: `${t.url}/oidc`,
  });
  const both = await began({ prompt: 'none login' });
  expect(both.to!.searchParams.get('error')).toBe('invalid_request');
});

test('prompt=login and max_age ask for a proof although the person is signed in, and say when it was given', async () => {
  const { browser } = await comeIn(t, spa, ann);
  for (const asked of [{ prompt: 'login' }, { prompt: undefined, max_age: '0' }]) {
    const { uid } = await began(asked, spa, browser);
    expect(await browser.flow(uid)).toMatchObject({ wants: 'login', mustProveAgain: true });
  }
  const relaxed = await began({ prompt: undefined, max_age: '1000' }, spa, browser);
  expect(relaxed.to!.searchParams.get('code')).toBeTruthy();
  const again = await comeIn(t, spa, ann, { prompt: 'login' }, { browser });
  expect(again.body.refresh_token).toBeUndefined();
  const claims = payloadOf(again.body.id_token);
  expect(Math.abs(claims.auth_time - t.now() / 1000)).toBeLessThan(5);
  expect(claims.amr).toEqual(['otp']);
  const both = await comeIn(t, spa, ann, { prompt: 'login consent' }, { browser });
  expect(both.body.refresh_token).toEqual(expect.any(String));
});

test('another person who signs in meanwhile is the one who comes in', async () => {
  const first = await comeIn(t, spa, ann);
  const waiting = await began({ prompt: 'login' }, spa, first.browser);
  const session = await first.browser.signIn(bob);
  const resume = await t.app.oidc.flows.signedIn(waiting.uid!, {
    userId: bob,
    signedInAt: session.signedInAt,
    methods: ['otp'],
  });
  const back = (await first.browser.follow(resume, bob)) as URL;
  const tokens = await redeemed(t, spa, back.searchParams.get('code')!, waiting.verifier);
  expect(payloadOf(tokens.body.id_token).sub).toBe(bob);
});

test('an answer about one person does not count for another who is signed in when the flow goes on', async () => {
  const { browser, uid } = await began({ prompt: 'login' });
  const session = await browser.signIn(ann);
  const resume = await t.app.oidc.flows.signedIn(uid!, {
    userId: ann,
    signedInAt: session.signedInAt,
    methods: ['otp'],
  });
  await browser.signIn(bob);
  expect(locationOf(await browser.get(resume)).pathname).toBe('/sign-in');
  browser.signOut();
  const again = await began({ prompt: 'login' }, spa, browser);
  const other = await t.app.oidc.flows.signedIn(again.uid!, {
    userId: ann,
    signedInAt: t.now(),
    methods: ['otp'],
  });
  // Nobody is signed in here: an answer signs nobody in.
  expect(locationOf(await browser.get(other)).pathname).toBe('/sign-in');
});

test('who declines is sent back with access_denied', async () => {
  const { browser, uid } = await began();
  const back = locationOf(await browser.get(await t.app.oidc.flows.declined(uid!)));
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 'a-state' });
});

test('scopes that nobody knows are dropped; names of APIs survive with a resource only; unknown resources are refused', async () => {
  const alone = await comeIn(t, spa, ann, { scope: 'openid nonsense read:member offline_access' });
  expect(alone.body.scope).toBe('openid offline_access');
  const refused = await refreshed(t, spa, alone.body.refresh_token, { scope: 'read:member' });
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  const { to } = await began({ resource: 'https://unknown.example' });
  expect(to!.searchParams.get('error')).toBe('invalid_target');
});

test('resources may be repeated or stand in one parameter with commas', async () => {
  for (const [name, indicator] of Object.entries({ One: 'https://one.example', Two: 'https://two.example' }))
    await t.api('POST', '/resources', { name, indicator });
  for (const resource of [
    ['https://one.example', 'https://two.example', organizationsResource],
    `https://one.example,https://two.example,${organizationsResource}`,
  ]) {
    const { body } = await comeIn(t, spa, ann, { resource });
    let token = body.refresh_token;
    for (const each of ['https://one.example', 'https://two.example']) {
      const next = await refreshed(t, spa, token, { resource: each });
      expect(next).toMatchObject({ status: 200, body: { scope: '' } });
      expect(payloadOf(next.body.access_token).aud).toBe(each);
      token = next.body.refresh_token;
    }
    const several = await refreshed(t, spa, token, { resource: organizationsResource });
    expect(several).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  }
});

test('a redirect URI that is not registered is refused here, and nothing is sent there', async () => {
  const { response } = await began({ redirect_uri: 'https://evil.example/callback' });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).toContain('The application cannot be returned to');
  const json = await fetch(request(t, spa, { redirect_uri: 'https://evil.example/callback' }).url);
  expect(await json.json()).toMatchObject({
    code: 'oidc.invalid_redirect_uri',
    error: 'invalid_redirect_uri',
  });
});

test('applications without a secret must use PKCE, with S256', async () => {
  const without = await began({ code_challenge: undefined, code_challenge_method: undefined });
  expect(without.to!.searchParams.get('error')).toBe('invalid_request');
  const plain = await began({ code_challenge_method: 'plain' });
  expect(plain.to!.searchParams.get('error')).toBe('invalid_request');
});

test('a code needs its verifier, its redirect URI and its application; a verifier that was not announced is refused', async () => {
  const web = await makeClient(t, 'Traditional');
  const other = await makeClient(t, 'SPA');
  const fresh = async (asked: Asked = {}, client = spa) => {
    const { url, verifier } = request(t, client, asked);
    const back = (await visitor(t).follow(url, ann)) as URL;
    return { code: back.searchParams.get('code')!, verifier };
  };
  const one = await fresh();
  const two = await fresh();
  const refusals = [
    redeemed(t, spa, one.code, undefined),
    redeemed(t, spa, one.code, two.verifier),
    redeemed(t, spa, one.code, 'short'),
    redeemed(t, { ...spa, redirectUri: 'https://app.example/other' }, one.code, one.verifier),
    redeemed(t, other, one.code, one.verifier),
  ];
  for (const refusal of await Promise.all(refusals))
    expect(refusal).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', code: 'oidc.invalid_grant' },
    });
  expect((await redeemed(t, spa, one.code, one.verifier)).status).toBe(200);

  const bare = await fresh({ code_challenge: undefined, code_challenge_method: undefined }, web);
  // The downgrade of RFC 9700: the challenge was taken out on the way.
  expect((await redeemed(t, web, bare.code, bare.verifier)).body.error).toBe('invalid_grant');
  expect((await redeemed(t, web, bare.code, undefined)).status).toBe(200);
});

test('offline_access needs prompt=consent; a web application may have refresh tokens without it', async () => {
  const { body } = await comeIn(t, spa, ann, { prompt: undefined });
  expect(body).not.toHaveProperty('refresh_token');
  expect(body.scope).not.toContain('offline_access');
  const always = await makeClient(t, 'Traditional', {
    customClientMetadata: { alwaysIssueRefreshToken: true },
  });
  const web = await comeIn(t, always, ann, { prompt: undefined });
  expect(web.body.refresh_token).toEqual(expect.any(String));
  // It lasts as long as the session.
  web.browser.signOut();
  await t.sql('delete from sessions where user_id = $1', [ann]);
  expect((await refreshed(t, always, web.body.refresh_token)).body.error).toBe('invalid_grant');
});

test('a pushed authorization request works like one in the address', async () => {
  const web = await makeClient(t, 'Traditional');
  const { url } = request(t, web, { scope: `openid ${organizationsScope}`, prompt: undefined });
  const pushed = await fetch(`${t.url}/oidc/request`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${web.id}:${web.secret}`).toString('base64')}` },
    body: new URL(url).searchParams,
  });
  expect(pushed.status).toBe(201);
  const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
  const query = new URLSearchParams({ client_id: web.id, request_uri: requestUri });
  const back = await visitor(t).follow(`${t.url}/oidc/auth?${query}`, ann);
  expect(back).toBeInstanceOf(URL);
  expect((back as URL).searchParams.get('code')).toBeTruthy();
});

test('an authorization request may come as a form', async () => {
  const { browser } = await comeIn(t, spa, ann);
  const { url, verifier } = request(t, spa, { prompt: undefined });
  const posted = await browser.get(`${t.url}/oidc/auth`, { method: 'POST', body: new URL(url).searchParams });
  expect(posted.status).toBe(303);
  const back = (await browser.follow(posted.headers.get('location')!, ann)) as URL;
  expect((await redeemed(t, spa, back.searchParams.get('code')!, verifier)).status).toBe(200);
  const other = await browser.get(`${t.url}/oidc/auth`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect(other.status).toBe(400);
});

test('the nonce comes back in the ID token, and in those that follow', async () => {
  const { body } = await comeIn(t, spa, ann, { nonce: 'n-0S6_WzA2Mj' });
  expect(payloadOf(body.id_token).nonce).toBe('n-0S6_WzA2Mj');
  const next = await refreshed(t, spa, body.refresh_token);
  expect(payloadOf(next.body.id_token)).toMatchObject({
    nonce: 'n-0S6_WzA2Mj',
    sub: ann,
    aud: spa.id,
    iss: `${t.url}/oidc`,
    auth_time: payloadOf(body.id_token).auth_time,
  });
  const without = await comeIn(t, spa, ann);
  expect(payloadOf(without.body.id_token)).not.toHaveProperty('nonce');
});

test('an ID token given as a hint must be of the person who is signed in', async () => {
  const { body } = await comeIn(t, spa, ann);
  const { browser } = await comeIn(t, spa, bob);
  const hinted = { id_token_hint: body.id_token };
  const none = await began({ ...hinted, prompt: 'none' }, spa, browser);
  expect(none.to!.searchParams.get('error')).toBe('login_required');
  const asked = await began({ ...hinted, prompt: undefined }, spa, browser);
  expect(await browser.flow(asked.uid)).toMatchObject({ wants: 'login', mustProveAgain: true });
  const same = await comeIn(t, spa, ann);
  const passes = await began({ ...hinted, prompt: 'none' }, spa, same.browser);
  expect(passes.to!.searchParams.get('code')).toBeTruthy();
});

test('request objects are declined as the standard says, unknown parameters are ignored', async () => {
  const object = await began({ request: 'eyJhbGciOiJub25lIn0.e30.' });
  expect(object.to!.searchParams.get('error')).toBe('request_not_supported');
  const unknown = await began({ something: 'else', acr_values: 'urn:x', display: 'popup' });
  expect(unknown.to!.pathname).toBe('/sign-in');
  for (const response_type of ['token', 'id_token', 'code token'])
    expect((await began({ response_type, nonce: 'n' })).to!.href).toContain(
      'error=unsupported_response_type',
    );
  expect((await began({ response_type: undefined })).to!.href).toContain('error=invalid_request');
});

test('the answer of the token endpoint is kept by nobody', async () => {
  const { headers } = await comeIn(t, spa, ann);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
});
