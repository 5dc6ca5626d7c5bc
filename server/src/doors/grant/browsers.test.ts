/** This door in browsers: who may read its answers, and that it can be shut. */
import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';
import { openDoor, password } from './fixture.ts';

const door = openDoor();
const home = 'https://dashboard.example';

async function preflight(path: string, origin: string) {
  const response = await fetch(`${door.url}/grant${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  return [response.status, response.headers.get('access-control-allow-origin')];
}

test('pages of an application of the tenant may call, pages of others read nothing', async () => {
  const paths = ['/api/auth/login', '/api/organization-invitations/invite', '/graphql'];
  for (const path of paths) expect(await preflight(path, home)).toEqual([204, null]);
  await door.api('POST', '/applications', {
    name: 'Dashboard',
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [`${home}/callback`], postLogoutRedirectUris: [] },
  });
  for (const path of paths) {
    expect(await preflight(path, home)).toEqual([204, home]);
    expect(await preflight(path, `${home}.evil.example`)).toEqual([204, null]);
    expect(await preflight(path, 'null')).toEqual([204, null]);
  }
  const { email } = await door.person();
  const login = (origin: string) =>
    door.call(
      'POST',
      '/auth/login',
      { provider: 'email', providerId: email, providerData: { password } },
      { origin },
    );
  const [ours, theirs] = [await login(home), await login('https://evil.example')];
  expect(ours.headers.get('access-control-allow-origin')).toBe(home);
  expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
  for (const { headers } of [ours, theirs]) {
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  }
});

test('a door that is shut is not there, and the others are', async () => {
  const t = await appForTest({ config: { doors: [] } });
  const statusOf = async (path: string, method = 'POST') =>
    (
      await fetch(`${t.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: method === 'POST' ? '{}' : null,
      })
    ).status;
  for (const path of ['/grant/api/auth/login', '/grant/graphql'])
    expect(await statusOf(path), path).toBe(404);
  expect(await statusOf('/api/status', 'GET')).toBe(204);
});
