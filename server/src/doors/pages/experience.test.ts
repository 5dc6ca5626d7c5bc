/** Signing in by JSON, as clients without our pages do. */
import { expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { makeClient, redeemed, request, visitor } from '../../../test/visitor.ts';

const password = 'correct horse battery';
const identifier = { type: 'email', value: 'ann@example.com' };

function client(t: TestApp, browser = visitor(t)) {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await browser.get(`/api/experience${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { browser, call };
}

const begun = async (t: TestApp, ask = client(t)) => {
  const application = await makeClient(t, 'SPA');
  const asked = request(t, application);
  await ask.browser.get(asked.url);
  return { application, ...asked, ...ask };
};

test('a client signs in with a password and takes its code, without any page', async () => {
  const t = await appForTest();
  await t.api('POST', '/users', { primaryEmail: 'ann@example.com', password });
  const { application, verifier, browser, call } = await begun(t);
  expect((await call('PUT', '', { interactionEvent: 'SignIn' })).status).toBe(204);
  const verified = await call('POST', '/verification/password', { identifier, password });
  expect(verified).toEqual({ status: 200, body: { verificationId: expect.any(String) } });
  expect((await call('POST', '/identification', verified.body)).status).toBe(204);
  const { status, body } = await call('POST', '/submit');
  expect(status).toBe(200);
  expect(body.redirectTo).toMatch(new RegExp(`^${t.url}/oidc/auth/`));
  let next = body.redirectTo as string;
  while (!next.startsWith(application.redirectUri)) next = (await browser.get(next)).headers.get('location')!;
  const code = new URL(next).searchParams.get('code')!;
  expect((await redeemed(t, application, code, verifier)).status).toBe(200);
});

test('without a flow of this browser nothing is answered', async () => {
  const t = await appForTest();
  const { call } = client(t);
  for (const [method, path] of [
    ['PUT', ''],
    ['POST', '/verification/password'],
    ['POST', '/identification'],
    ['POST', '/submit'],
  ] as const)
    expect(await call(method, path, {})).toMatchObject({ status: 400, body: { code: 'session.not_found' } });
});

test('each step needs the one before, by this browser', async () => {
  const t = await appForTest();
  await t.api('POST', '/users', { primaryEmail: 'ann@example.com', password });
  const { call, browser } = await begun(t);
  expect((await call('POST', '/verification/password', { identifier, password })).status).toBe(404);
  expect((await call('PUT', '', { interactionEvent: 'Dance' })).body.code).toBe('guard.invalid_input');
  await call('PUT', '', { interactionEvent: 'SignIn' });
  expect((await call('POST', '/submit')).body.code).toBe('session.identifier_not_found');
  expect((await call('POST', '/identification', { verificationId: 'x' })).body.code).toBe(
    'session.verification_session_not_found',
  );
  const { body } = await call('POST', '/verification/password', { identifier, password });
  expect((await call('POST', '/submit')).body.code).toBe('session.identifier_not_found');

  const thief = await begun(t);
  for (const name of ['/api/experience usher_experience', '/api/experience usher_experience.sig'])
    thief.browser.cookies.set(name, browser.cookies.get(name)!);
  expect((await thief.call('POST', '/identification', body)).status).toBe(404);
  t.advance(11 * 60_000);
  expect((await call('POST', '/identification', body)).status).toBe(404);
  expect(await t.sql('select 1 from sessions where user_id is not null')).toEqual([]);
});

test('wrong passwords are refused in the words of the field, and bounded', async () => {
  const t = await appForTest();
  await t.api('POST', '/users', { primaryEmail: 'ann@example.com', password });
  const { call } = await begun(t);
  await call('PUT', '', { interactionEvent: 'SignIn' });
  const wrong = { identifier, password: 'wrong' };
  for (const bad of [{}, { identifier }, { identifier: 'x', password }, { identifier, password: '' }])
    expect((await call('POST', '/verification/password', bad)).body.code).toBe('guard.invalid_input');
  for (let count = 0; count < 10; count++)
    expect(await call('POST', '/verification/password', wrong)).toMatchObject({
      status: 422,
      body: { code: 'session.invalid_credentials', message: expect.any(String) },
    });
  expect((await call('POST', '/verification/password', wrong)).status).toBe(429);
});

test('what cannot be read is refused in the form of every error', async () => {
  const t = await appForTest();
  const { browser } = await begun(t);
  const response = await browser.get('/api/experience', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{',
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { code: 'request.malformed', message: expect.any(String) },
  ]);
});

test('a request of another site is refused', async () => {
  const t = await appForTest();
  const { call } = await begun(t);
  const event = { interactionEvent: 'SignIn' };
  const evil = { origin: 'https://evil.example' };
  expect((await call('PUT', '', event, evil)).status).toBe(403);
  expect((await call('PUT', '', event, { origin: t.url })).status).toBe(204);
});
