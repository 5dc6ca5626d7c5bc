/** Who is let in (contract §1.2): nothing but a token of this server, for this API, with the scope `all`. */
import { expect, test } from 'vitest';
import { testCredentials } from '../../../test/fixtures.ts';
import { nobody, openDoor } from './fixture.ts';
import { routes } from './index.ts';

const door = openDoor();

async function knock(authorization: string | undefined, headers: Record<string, string> = {}) {
  const response = await fetch(`${door.url}/api/organizations`, {
    headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
  });
  return {
    status: response.status,
    body: (await response.json()) as { code: string; data?: Record<string, unknown> },
  };
}

async function refusedAs(status: number, code: string, authorization: string | undefined) {
  const answer = await knock(authorization);
  expect({ status: answer.status, code: answer.body.code }, String(authorization)).toEqual({ status, code });
  return answer.body;
}

async function askToken(fields: Record<string, string>): Promise<{ access_token: string; scope?: string }> {
  const response = await fetch(`${door.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: testCredentials.clientId,
      client_secret: testCredentials.clientSecret,
      ...fields,
    }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { access_token: string };
}

test('without an Authorization header nobody is let in', async () => {
  await refusedAs(401, 'auth.authorization_header_missing', undefined);
  await refusedAs(401, 'auth.authorization_header_missing', '');
});

test('another scheme than Bearer is told which one it takes', async () => {
  for (const header of ['Basic YTpi', 'Token abc', `bearer${await door.token()}`, await door.token()]) {
    const { data } = await refusedAs(401, 'auth.authorization_token_type_not_supported', header);
    expect(data).toEqual({ supportedTypes: ['Bearer'] });
  }
});

test('the name of the scheme may be written in any case', async () => {
  const token = await door.token();
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    expect((await knock(`${scheme} ${token}`)).status).toBe(200);
});

test('both indicators of the Management API are good as resource and as audience', async () => {
  for (const resource of ['https://default.logto.app/api', `${door.url}/api`]) {
    const { access_token: token, scope } = await askToken({ resource, scope: 'all' });
    expect(scope).toBe('all');
    expect((await knock(`Bearer ${token}`)).status).toBe(200);
  }
});

test('a token that is malformed, forged, foreign or changed is unauthorized, and the reason is told', async () => {
  const good = await door.tokenWith({});
  expect((await knock(`Bearer ${good}`)).status).toBe(200);
  const [head, body, mac] = good.split('.') as [string, string, string];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const cases = {
    'nothing after the scheme': '',
    'no token at all': 'abc',
    'two parts': `${head}.${body}`,
    'four parts': `${good}.x`,
    'a changed claim': `${head}.${encode({ ...claims, sub: 'root' })}.${mac}`,
    'no signature': `${head}.${body}.`,
    'the algorithm none': `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
    'the algorithm HS256': `${encode({ alg: 'HS256', typ: 'at+jwt' })}.${body}.${mac}`,
    'another issuer': await door.tokenWith({ iss: 'https://evil.example/oidc' }),
    'no issuer': await door.tokenWith({ iss: undefined }),
    'another kind of token': await door.tokenWith({}, { typ: 'JWT' }),
    'an unknown key': await door.tokenWith({}, { kid: 'unknown' }),
    'not valid yet': await door.tokenWith({ nbf: Math.floor(door.now() / 1000) + 600 }),
    'no end': await door.tokenWith({ exp: undefined }),
    'several audiences': await door.tokenWith({ aud: ['https://default.logto.app/api'] }),
  };
  for (const [what, token] of Object.entries(cases)) {
    const { data } = await refusedAs(401, 'auth.unauthorized', `Bearer ${token}`);
    expect(data, what).toEqual({ reason: expect.any(String) });
  }
});

test('a token for another audience is unauthorized: another API, another tenant, no audience', async () => {
  for (const aud of [
    'https://other.logto.app/api',
    'https://reports.example',
    `${door.url}/api/`,
    door.url,
    '',
  ])
    await refusedAs(401, 'auth.unauthorized', `Bearer ${await door.tokenWith({ aud })}`);
});

test('the token of a bot opens its organization, and nothing of the tenant', async () => {
  const organization = await door.organization();
  const bot = await door.bot();
  await door.done(201, 'POST', `/organizations/${organization.id}/applications`, {
    applicationIds: [bot.id],
  });
  const { access_token: token } = await askToken({
    client_id: bot.id,
    client_secret: bot.secret as string,
    organization_id: organization.id,
  });
  await refusedAs(403, 'auth.forbidden', `Bearer ${token}`);
});

test('a token is good until the second it expires, and remembered no longer', async () => {
  const token = `Bearer ${await door.tokenWith({ exp: Math.floor(door.now() / 1000) + 3600 })}`;
  expect((await knock(token)).status).toBe(200);
  door.advance(3_590_000);
  expect((await knock(token)).status).toBe(200);
  door.advance(20_000);
  expect((await refusedAs(401, 'auth.unauthorized', token)).data).toEqual({ reason: 'expired' });
});

test('a token that names nobody is told so', async () => {
  await refusedAs(401, 'auth.jwt_sub_missing', `Bearer ${await door.tokenWith({ sub: '' })}`);
});

test('without the scope all nobody is let in, whatever else they hold', async () => {
  for (const scope of ['', 'read', 'al', 'all:read', 'ALL', 'small all-in', undefined])
    await refusedAs(403, 'auth.forbidden', `Bearer ${await door.tokenWith({ scope })}`);
  expect((await knock(`Bearer ${await door.tokenWith({ scope: 'read all write' })}`)).status).toBe(200);
});

test('an application without the role gets a token without the scope, and no further', async () => {
  const bot = await door.bot();
  const { access_token: token, scope } = await askToken({
    client_id: bot.id,
    client_secret: bot.secret as string,
    resource: 'https://default.logto.app/api',
    scope: 'all',
  });
  expect(scope).toBeUndefined();
  await refusedAs(403, 'auth.forbidden', `Bearer ${token}`);
});

test('no header replaces a token', async () => {
  for (const header of ['development-user-id', 'x-user-id', 'x-forwarded-user', 'cookie'])
    expect(await knock(undefined, { [header]: 'test-management' })).toMatchObject({ status: 401 });
});

test('every route asks for the token before it looks at anything else', async () => {
  for (const { method, path } of routes) {
    const url = `${door.url}/api${path.replaceAll(/:\w+/g, nobody)}`;
    const response = await fetch(url, {
      method,
      body: method === 'GET' || method === 'DELETE' ? undefined : '{',
    });
    expect(response.status, `${method} ${path}`).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'auth.authorization_header_missing' });
  }
});

test('the health of the API can be asked without a token', async () => {
  const response = await fetch(`${door.url}/api/status`);
  expect(response.status).toBe(204);
});

test('nobody can delete themselves', async () => {
  const user = await door.user();
  const response = await fetch(`${door.url}/api/users/${user.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${await door.tokenWith({ sub: user.id })}` },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'user.cannot_delete_self' });
  await door.done(200, 'GET', `/users/${user.id}`);
});
