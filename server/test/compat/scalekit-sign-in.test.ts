/** People sign in with the field's client, unmodified: the address, the code, the tokens, and everything that fails. */
import { createHmac, createPublicKey, hash, randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { clientOf, openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import {
  asked,
  callback,
  codeOf,
  goodbye,
  makeMember,
  oauthError,
  otherApplication,
  registerPlaces,
} from '../../src/doors/scalekit/oauth/fixture.ts';
import { makeInvitation, makeOrganization } from '../builders.ts';
import { testCredentials } from '../fixtures.ts';
import { visitor } from '../visitor.ts';

const door = openDoor();
beforeAll(() => registerPlaces(door));

const scopes = ['openid', 'profile', 'email', 'offline_access'];
/** The name of an organization at this door. */
async function nameOf(id: string): Promise<string> {
  const { organization } = await door.client.organization.getOrganization(await publicName(id));
  return organization!.id;
}
async function publicName(id: string): Promise<string> {
  const [row] = await door.sql<{ n: string }>("select lpad(public_number($1)::text, 19, '0') as n", [id]);
  return `org_${row!.n}`;
}
const pkce = () => {
  const codeVerifier = randomBytes(32).toString('base64url');
  return {
    codeVerifier,
    codeChallenge: hash('sha256', codeVerifier, 'base64url'),
    codeChallengeMethod: 'S256',
  };
};

describe('the tokens', () => {
  test('say who it is, for which organization, with which roles and permissions at this moment', async () => {
    const organizationId = await makeOrganization(door);
    const ann = await makeMember(door, [organizationId], ['admin']);
    await door.sql('update users set external_id = $1 where id = $2', [`crm-${ann.id}`, ann.id]);
    const { codeVerifier, ...challenge } = pkce();
    const code = await codeOf(door, ann.id, { scopes, nonce: 'a-nonce', ...challenge });
    const signedIn = await door.client.authenticateWithCode(code, callback, { codeVerifier });
    expect(signedIn.user).toMatchObject({
      id: expect.stringMatching(/^usr_\d{19}$/),
      email: ann.address,
      emailVerified: true,
      name: 'Ann Example',
    });
    expect(signedIn.expiresIn).toBe(300);
    const access = await door.client.validateToken<Record<string, any>>(signedIn.accessToken, {
      issuer: door.url,
      audience: [testCredentials.clientId],
      requiredScopes: ['openid', 'offline_access'],
    });
    const oid = await nameOf(organizationId);
    expect(access).toMatchObject({
      iss: door.url,
      aud: [testCredentials.clientId],
      client_id: testCredentials.clientId,
      sub: signedIn.user.id,
      oid,
      sid: expect.stringMatching(/^ses_\d+$/),
      jti: expect.stringMatching(/^tkn_\d+$/),
      roles: ['admin'],
      permissions: expect.arrayContaining(['invite:member', 'read:member']),
      scope: scopes.join(' '),
      scopes,
      xuid: `crm-${ann.id}`,
    });
    expect(access.exp! - access.iat!).toBe(300);
    expect(decodeProtectedHeader(signedIn.idToken)).toMatchObject({
      alg: 'RS256',
      kid: expect.stringMatching(/^snk_\d+$/),
    });
    const identity = await door.client.validateToken<Record<string, any>>(signedIn.idToken);
    const half = (text: string) => hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url');
    expect(identity).toMatchObject({
      iss: door.url,
      aud: [testCredentials.clientId],
      azp: testCredentials.clientId,
      oid,
      sid: access.sid,
      amr: ['otp'],
      nonce: 'a-nonce',
      at_hash: half(signedIn.accessToken),
      c_hash: half(code),
      email: ann.address,
    });
  });

  test('without offline access there is no refresh token', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const signedIn = await door.client.authenticateWithCode(await codeOf(door, ann.id), callback);
    expect(signedIn.refreshToken).toBeUndefined();
  });

  test('whoever belongs nowhere gets tokens without an organization', async () => {
    const ann = await makeMember(door, []);
    const { accessToken } = await door.client.authenticateWithCode(await codeOf(door, ann.id), callback);
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({ roles: [], permissions: [] });
    expect(claims).not.toHaveProperty('oid');
  });

  test('validateToken and validateAccessToken refuse what is altered, expired, of another issuer or short of scopes', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { accessToken } = await door.client.authenticateWithCode(await codeOf(door, ann.id), callback);
    const valid = (token: string, options?: object) => clientOf(door).validateAccessToken(token, options);
    expect(await valid(accessToken)).toBe(true);
    const [head, body, signature] = accessToken.split('.') as [string, string, string];
    const altered = Buffer.from(JSON.stringify({ ...decodeJwt(accessToken), roles: ['owner'] })).toString(
      'base64url',
    );
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    for (const [token, options] of [
      [`${head}.${altered}.${signature}`, {}],
      [`${unsigned}.${body}.`, {}],
      [accessToken, { issuer: `${door.url}/oidc` }],
      [accessToken, { audience: ['somebody-else'] }],
      [accessToken, { requiredScopes: ['offline_access'] }],
      [await door.token(), {}],
      ['nonsense', {}],
    ] as const)
      expect(await valid(token, options)).toBe(false);
    await expect(door.client.validateToken(`${head}.${altered}.${signature}`)).rejects.toThrow();
  });

  test('this door takes no ID token, no unsigned one and none signed with its public key (algorithm confusion)', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { idToken } = await door.client.authenticateWithCode(await codeOf(door, ann.id), callback);
    const management = await door.client.getClientAccessToken();
    const { keys } = (await (await fetch(`${door.url}/keys`)).json()) as { keys: Record<string, string>[] };
    const { kid } = decodeProtectedHeader(management);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = management.split('.')[1]!;
    const pem = createPublicKey({ key: keys[0] as never, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    const confused = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims}`;
    const status = async (token: string) =>
      (
        await fetch(`${door.url}/scalekit.v1.organizations.OrganizationService/ListOrganization`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: '{}',
        })
      ).status;
    expect(await status(management)).toBe(200);
    for (const token of [
      idToken,
      `${part({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.`,
      `${part({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.AAAA`,
      `${confused}.${createHmac('sha256', pem).update(confused).digest('base64url')}`,
    ])
      expect(await status(token)).toBe(401);
  });

  test('an access token of a person opens neither this door’s services nor another door', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)], ['owner']);
    const { accessToken } = await door.client.authenticateWithCode(await codeOf(door, ann.id), callback);
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const service = `${door.url}/scalekit.v1.organizations.OrganizationService/ListOrganization`;
    expect((await fetch(service, { method: 'POST', headers, body: '{}' })).status).toBe(403);
    expect((await fetch(`${door.url}/api/organizations`, { headers })).status).toBe(401);
    expect((await fetch(`${door.url}/oidc/me`, { headers })).status).toBe(401);
    const claims = decodeJwt(accessToken);
    expect((await fetch(`${door.url}/api/my/organizations`, { headers })).status).toBe(401);
    expect(claims.iss).toBe(door.url);
  });
});

describe('codes', () => {
  test('are good once; used again, what the first use gave ends too', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const code = await codeOf(door, ann.id, { scopes });
    const { refreshToken } = await door.client.authenticateWithCode(code, callback);
    expect(await oauthError(door.client.authenticateWithCode(code, callback))).toEqual({
      status: 400,
      error: 'invalid_grant',
    });
    await expect(door.client.refreshAccessToken(refreshToken!)).rejects.toThrow('Failed to refresh token');
  });

  test('twenty uses at once: one gets tokens', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const code = await codeOf(door, ann.id);
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => door.client.authenticateWithCode(code, callback)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test.each([
    ['a code that nobody gave', async () => ({ code: 'nonsense' })],
    ['another redirect URI', async (code: string) => ({ code, redirectUri: goodbye })],
    [
      'a wrong verifier',
      async (code: string) => ({ code, codeVerifier: randomBytes(32).toString('base64url') }),
    ],
    ['a verifier where none was announced', async (code: string) => ({ code, codeVerifier: 'x'.repeat(43) })],
  ])('%s gets nothing, and the code stays good for whom it is', async (what, made) => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { codeVerifier, ...challenge } = pkce();
    const isBare = what.startsWith('a verifier');
    const code = await codeOf(door, ann.id, isBare ? {} : challenge);
    const wrong = { redirectUri: callback, ...(isBare ? {} : { codeVerifier }), ...(await made(code)) };
    expect(
      await oauthError(
        door.client.authenticateWithCode(wrong.code, wrong.redirectUri, { codeVerifier: wrong.codeVerifier }),
      ),
    ).toEqual({ status: 400, error: 'invalid_grant' });
    const right = await door.client.authenticateWithCode(code, callback, isBare ? {} : { codeVerifier });
    expect(right.accessToken).toBeTruthy();
  });

  test('a code of one application is nothing to another (code injection)', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const other = await otherApplication(door, 'Traditional');
    const code = await codeOf(door, ann.id, {}, { client: other.client });
    expect(await oauthError(door.client.authenticateWithCode(code, callback))).toEqual({
      status: 400,
      error: 'invalid_grant',
    });
    expect((await other.client.authenticateWithCode(code, callback)).accessToken).toBeTruthy();
  });

  test('a wrong secret is refused before anything is looked at', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const code = await codeOf(door, ann.id);
    const thief = clientOf(door, { ...testCredentials, clientSecret: 'x'.repeat(32) });
    expect(await oauthError(thief.authenticateWithCode(code, callback))).toEqual({
      status: 401,
      error: 'invalid_client',
    });
    expect((await door.client.authenticateWithCode(code, callback)).accessToken).toBeTruthy();
  });

  test('are over after ten minutes', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const [early, late] = [await codeOf(door, ann.id), await codeOf(door, ann.id)];
    door.advance(9 * 60_000);
    expect((await door.client.authenticateWithCode(early, callback)).accessToken).toBeTruthy();
    door.advance(60_000);
    expect((await oauthError(door.client.authenticateWithCode(late, callback))).error).toBe('invalid_grant');
  });
});

describe('refresh tokens', () => {
  const signedIn = async (roles: string[] = ['member']) => {
    const organizationId = await makeOrganization(door);
    const ann = await makeMember(door, [organizationId], roles);
    const browser = visitor(door);
    const code = await codeOf(door, ann.id, { scopes }, { browser });
    const { refreshToken } = await door.client.authenticateWithCode(code, callback);
    return { organizationId, userId: ann.id, browser, refreshToken: refreshToken! };
  };
  const fails = (refreshToken: string) =>
    expect(door.client.refreshAccessToken(refreshToken)).rejects.toThrow('Failed to refresh token');

  test('give both tokens, every time a new one; the used one betrays a copy', async () => {
    const { refreshToken: first } = await signedIn();
    const second = await door.client.refreshAccessToken(first);
    expect(second.refreshToken).not.toBe(first);
    expect(decodeJwt(second.accessToken)).toMatchObject({ iss: door.url, roles: ['member'] });
    const third = await door.client.refreshAccessToken(second.refreshToken);
    door.advance(4000);
    await fails(first);
    await fails(third.refreshToken);
  });

  test('two at the same moment get the same successor', async () => {
    const { refreshToken } = await signedIn();
    const both = await Promise.all([1, 2].map(() => door.client.refreshAccessToken(refreshToken)));
    expect(both[0]!.refreshToken).toBe(both[1]!.refreshToken);
  });

  test('the next token has the roles of the next moment', async () => {
    const { organizationId, userId, refreshToken } = await signedIn(['admin']);
    const [member] = await door.sql<{ id: string }>(
      "select id from organization_roles where name = 'member'",
    );
    await door.api('PUT', `/organizations/${organizationId}/users/${userId}/roles`, {
      organizationRoleIds: [member!.id],
    });
    const { accessToken } = await door.client.refreshAccessToken(refreshToken);
    expect(decodeJwt(accessToken).roles).toEqual(['member']);
  });

  test.each([
    ['removed', (o: string, u: string) => door.api('DELETE', `/organizations/${o}/users/${u}`)],
    [
      'suspended altogether',
      (_: string, u: string) => door.api('PATCH', `/users/${u}/is-suspended`, { isSuspended: true }),
    ],
    [
      'suspended in the organization',
      (o: string, u: string) =>
        door.sql('update members set suspended_at = 1 where organization_id = $1 and user_id = $2', [o, u]),
    ],
    ['deleted', (_: string, u: string) => door.api('DELETE', `/users/${u}`)],
    [
      'in a disabled organization',
      (o: string) => door.sql('update organizations set disabled_at = 1 where id = $1', [o]),
    ],
    ['in a deleted organization', (o: string) => door.api('DELETE', `/organizations/${o}`)],
    [
      'signed out everywhere',
      (_: string, u: string) => door.sql('delete from sessions where user_id = $1', [u]),
    ],
  ])('end for whoever is %s', async (_, deed) => {
    const { organizationId, userId, refreshToken } = await signedIn();
    await deed(organizationId, userId);
    await fails(refreshToken);
  });

  test('of one application are nothing to another, nor with a wrong secret', async () => {
    const { refreshToken } = await signedIn();
    const other = await otherApplication(door, 'Traditional');
    await expect(other.client.refreshAccessToken(refreshToken)).rejects.toThrow('Failed to refresh token');
    const thief = clientOf(door, { ...testCredentials, clientSecret: 'x'.repeat(32) });
    await expect(thief.refreshAccessToken(refreshToken)).rejects.toThrow('Failed to refresh token');
    expect((await door.client.refreshAccessToken(refreshToken)).accessToken).toBeTruthy();
  });
});

describe('what one issuer gave is nothing at the other', () => {
  const atOidc = async (client: { id: string; secret?: string }, fields: Record<string, string>) => {
    const all = {
      client_id: client.id,
      ...(client.secret ? { client_secret: client.secret } : {}),
      ...fields,
    };
    const response = await fetch(`${door.url}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams(all),
    });
    return { status: response.status, body: (await response.json()) as Record<string, any> };
  };
  const secretOf = async (id: string) =>
    (await door.api('GET', `/applications/${id}/secrets`)).body[0].value as string;

  test('codes and refresh tokens, in both directions, also of the same application', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { id, client } = await otherApplication(door, 'Traditional');
    const secret = await secretOf(id);
    const here = await codeOf(door, ann.id, { scopes }, { client });
    const exchange = { grant_type: 'authorization_code', redirect_uri: callback };
    expect(await atOidc({ id, secret }, { ...exchange, code: here })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const { refreshToken } = await client.authenticateWithCode(here, callback);
    expect(
      await atOidc({ id, secret }, { grant_type: 'refresh_token', refresh_token: refreshToken! }),
    ).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const there = new URLSearchParams({
      client_id: id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    const arrived = (await visitor(door).follow(`${door.url}/oidc/auth?${there}`, ann.id)) as URL;
    expect(arrived.searchParams.get('iss')).toBe(`${door.url}/oidc`);
    const code = arrived.searchParams.get('code')!;
    expect((await oauthError(client.authenticateWithCode(code, callback))).error).toBe('invalid_grant');
    const tokens = await atOidc({ id, secret }, { ...exchange, code });
    expect(tokens.status).toBe(200);
    await expect(client.refreshAccessToken(tokens.body.refresh_token)).rejects.toThrow(
      'Failed to refresh token',
    );
    expect(await client.validateAccessToken(tokens.body.id_token)).toBe(false);
    const asked = {
      method: 'POST',
      body: new URLSearchParams({ client_id: id, client_secret: secret, token: refreshToken! }),
    };
    expect(await (await fetch(`${door.url}/oidc/token/introspection`, asked)).json()).toEqual({
      active: false,
    });
  });

  const marked = (id: string) => ({
    client_id: id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    as_issuer: door.url,
  });

  test('the mark of this issuer is no parameter that anybody can send', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { id, client } = await otherApplication(door, 'Traditional');
    for (const path of ['/oidc/auth', '/oidc/auth/']) {
      const url = `${door.url}${path}?${new URLSearchParams(marked(id))}`;
      const arrived = (await visitor(door).follow(url, ann.id)) as URL;
      const code = arrived.searchParams.get('code')!;
      expect((await oauthError(client.authenticateWithCode(code, callback))).error).toBe('invalid_grant');
    }
  });

  test('nor push beforehand', async () => {
    const { id } = await otherApplication(door, 'Traditional');
    const body = new URLSearchParams({ ...marked(id), client_secret: await secretOf(id) });
    const pushed = await fetch(`${door.url}/oidc/request`, { method: 'POST', body });
    expect(pushed.status).toBe(400);
    expect(await pushed.json()).toMatchObject({ error: 'invalid_request' });
    body.delete('as_issuer');
    expect((await fetch(`${door.url}/oidc/request`, { method: 'POST', body })).status).toBe(201);
  });

  test('an application for machines signs people in here, and there as little as ever', async () => {
    const query = new URLSearchParams({
      client_id: testCredentials.clientId,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
      as_issuer: door.url,
    });
    const page = await visitor(door).get(`${door.url}/oidc/auth?${query}`);
    expect(page.status).toBe(400);
    expect(page.headers.get('location')).toBeNull();
  });
});

describe('the authorization endpoint', () => {
  test.each([
    ['an unknown application', { client_id: 'nobody' }],
    ['no application', { client_id: '' }],
    ['two applications', { client_id: ['a', 'b'] }],
    ['an address that is not registered', { redirect_uri: 'https://evil.example/callback' }],
    ['an address that begins like a registered one', { redirect_uri: `${callback}.evil.example` }],
    [
      'a registered address with a user before it',
      { redirect_uri: 'https://app.example@evil.example/callback' },
    ],
    ['a registered address with a fragment', { redirect_uri: `${callback}#x` }],
    ['a registered address and more path', { redirect_uri: `${callback}/../../x` }],
    ['two addresses', { redirect_uri: [callback, 'https://evil.example/'] }],
    ['no address', { redirect_uri: '' }],
    ['a script', { redirect_uri: 'javascript:alert(1)' }],
  ])('%s: a page says so, and nobody is sent anywhere (open redirect)', async (_, wrong) => {
    const query = new URLSearchParams();
    const all = {
      client_id: testCredentials.clientId,
      redirect_uri: callback,
      response_type: 'code',
      ...wrong,
    };
    for (const [name, value] of Object.entries(all))
      for (const each of [value].flat()) query.append(name, each);
    const response = await visitor(door).get(`${door.url}/oauth/authorize?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).not.toContain('evil.example');
  });

  test.each([
    [{ organizationId: 'org_0000000000000000000' }, 'invalid_organization_id'],
    [{ organizationId: 'somewhere' }, 'invalid_organization_id'],
    [{ provider: 'google' }, 'invalid_request'],
    [{ connectionId: 'conn_123' }, 'invalid_request'],
    [{ prompt: 'everything' }, 'invalid_request'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ codeChallenge: 'short', codeChallengeMethod: 'S256' }, 'invalid_request'],
    [{ codeChallenge: 'x'.repeat(43), codeChallengeMethod: 'plain' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ])('%j goes back to the application as %s, with its state', async (options, error) => {
    const url = door.client.getAuthorizationUrl(callback, { state: 'a-state', ...options });
    const response = await visitor(door).get(url);
    const back = new URL(response.headers.get('location')!);
    expect(`${back.origin}${back.pathname}`).toBe(callback);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, state: 'a-state', iss: door.url });
    expect(back.searchParams.get('error_description')).toBeTruthy();
  });

  test('only codes are given', async () => {
    const url = new URL(door.client.getAuthorizationUrl(callback));
    url.searchParams.set('response_type', 'token');
    const back = new URL((await visitor(door).get(url.href)).headers.get('location')!);
    expect(back.searchParams.get('error')).toBe('unsupported_response_type');
  });

  test('a public application needs PKCE, and no secret', async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const { id, client } = await otherApplication(door, 'SPA');
    const bare = (await asked(door, ann.id, {}, { client })) as URL;
    expect(bare.searchParams.get('error')).toBe('invalid_request');
    const { codeVerifier, ...challenge } = pkce();
    const code = await codeOf(door, ann.id, { ...challenge, scopes }, { client });
    const response = await fetch(`${door.url}/oauth/token`, {
      method: 'POST',
      headers: { origin: 'https://app.example' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: id,
        code,
        redirect_uri: callback,
        code_verifier: codeVerifier,
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    const pretending = await oauthError(client.authenticateWithCode(code, callback, { codeVerifier }));
    expect(pretending).toEqual({ status: 401, error: 'invalid_client' });
  });

  test('an application of somebody else does not sign people in here', async () => {
    const { client } = await otherApplication(door, 'Traditional', { isThirdParty: true });
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const back = (await asked(door, ann.id, {}, { client })) as URL;
    expect(back.searchParams.get('error')).toBe('invalid_client');
  });

  test('login_hint is written into the page, prompt=create asks for a new account, prompt=login for a proof', async () => {
    const browser = visitor(door);
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const pageOf = async (options: object) => {
      const on = (await browser.get(door.client.getAuthorizationUrl(callback, options))).headers.get(
        'location',
      )!;
      return (await browser.get(on)).text();
    };
    expect(await pageOf({ loginHint: 'someone@example.com' })).toContain('value="someone@example.com"');
    const bare = await pageOf({});
    await browser.signIn(ann.id);
    expect(await pageOf({ prompt: 'login' })).toContain('<form');
    const create = await pageOf({ prompt: 'create' });
    expect(/<h1>(.*?)<\/h1>/.exec(create)?.[1]).not.toBe(/<h1>(.*?)<\/h1>/.exec(bare)?.[1]);
  });
});

describe('the organization', () => {
  const landedIn = async (arrived: URL | Response): Promise<unknown> => {
    if (!(arrived instanceof URL)) throw new Error(`Stayed: ${await arrived.text()}`);
    const { accessToken } = await door.client.authenticateWithCode(
      arrived.searchParams.get('code')!,
      callback,
    );
    return decodeJwt(accessToken).oid;
  };
  /** Two organizations, joined long ago. */
  const inTwo = async () => {
    const ids = [await makeOrganization(door, unique('A ')), await makeOrganization(door, unique('B '))];
    const ann = await makeMember(door, ids, ['member']);
    await door.sql('update members set joined_at = 1 where user_id = $1', [ann.id]);
    return { ids: ids as [string, string], userId: ann.id };
  };
  /** Presses a button of the page of choice. */
  const pressing = async (
    browser: ReturnType<typeof visitor>,
    page: Response,
    field: 'organization' | 'invitation',
    value: string,
    userId: string,
  ) => {
    const text = await page.text();
    expect(text).toContain(`name="${field}" value="${value}"`);
    const action = /<form method="post" action="([^"]*)"/.exec(text)![1]!.replaceAll('&amp;', '&');
    const formToken = /name="form_token" value="([^"]*)"/.exec(text)![1]!;
    const answer = await browser.get(action, {
      method: 'POST',
      body: new URLSearchParams({ form_token: formToken, [field]: value }),
    });
    const on = answer.headers.get('location');
    return on ? browser.follow(on, userId) : answer;
  };

  test('that is asked for is the one of the tokens', async () => {
    const { ids, userId } = await inTwo();
    for (const id of ids)
      expect(await landedIn(await asked(door, userId, { organizationId: await publicName(id) }))).toBe(
        await publicName(id),
      );
  });

  test('to which the person does not belong is refused', async () => {
    const { userId } = await inTwo();
    const other = await publicName(await makeOrganization(door));
    const back = (await asked(door, userId, { organizationId: other })) as URL;
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.has('code')).toBe(false);
  });

  test('in which the membership is suspended answers user_not_active, and so does a disabled one', async () => {
    const { ids, userId } = await inTwo();
    await door.sql('update members set suspended_at = 1 where organization_id = $1', [ids[0]]);
    await door.sql('update organizations set disabled_at = 1 where id = $1', [ids[1]]);
    for (const id of ids) {
      const back = (await asked(door, userId, { organizationId: await publicName(id) })) as URL;
      expect(back.searchParams.get('error')).toBe('user_not_active');
    }
  });

  test('of several is chosen on a page, and remembered in this browser until another is chosen', async () => {
    const { ids, userId } = await inTwo();
    const browser = visitor(door);
    const page = (await asked(door, userId, {}, { browser })) as Response;
    expect(page.status).toBe(200);
    expect(await landedIn(await pressing(browser, page, 'organization', ids[1], userId))).toBe(
      await publicName(ids[1]),
    );
    expect(await landedIn(await asked(door, userId, {}, { browser }))).toBe(await publicName(ids[1]));
    const again = (await asked(door, userId, { prompt: 'select_account' }, { browser })) as Response;
    expect(await landedIn(await pressing(browser, again, 'organization', ids[0], userId))).toBe(
      await publicName(ids[0]),
    );
    expect(await landedIn(await asked(door, userId, {}, { browser }))).toBe(await publicName(ids[0]));
  });

  test('that a form names is judged: one of others is refused', async () => {
    const { userId } = await inTwo();
    const browser = visitor(door);
    const page = (await asked(door, userId, {}, { browser })) as Response;
    const foreign = await makeOrganization(door);
    const text = (await page.text()).replace(
      /name="organization" value="[^"]*"/,
      `name="organization" value="${foreign}"`,
    );
    const back = (await pressing(browser, new Response(text), 'organization', foreign, userId)) as URL;
    expect(back.searchParams.get('error')).toBe('access_denied');
  });

  test('that is named beside select_account is gone to straight', async () => {
    const { ids, userId } = await inTwo();
    const organizationId = await publicName(ids[0]);
    const arrived = await asked(door, userId, { prompt: 'select_account', organizationId });
    expect(await landedIn(arrived)).toBe(organizationId);
  });

  test('that just let the person in comes before the choice', async () => {
    const { ids, userId } = await inTwo();
    await door.sql('update members set joined_at = $1 where organization_id = $2', [door.now(), ids[1]]);
    expect(await landedIn(await asked(door, userId))).toBe(await publicName(ids[1]));
  });

  test('that knows people by the domain of the hint is preferred by whoever belongs to it', async () => {
    const { ids, userId } = await inTwo();
    const domainHint = `${unique('hint')}.example`;
    await door.api('POST', `/organizations/${ids[1]}/jit/email-domains`, { emailDomain: domainHint });
    expect(await landedIn(await asked(door, userId, { domainHint }))).toBe(await publicName(ids[1]));
  });

  test('that has invited the person is joined on the page of choice', async () => {
    const ann = await makeMember(door, []);
    const organizationId = await makeOrganization(door, unique('Inviting '));
    const { id } = await makeInvitation(door, organizationId, ann.address);
    const browser = visitor(door);
    const page = (await asked(door, ann.id, {}, { browser })) as Response;
    expect(await landedIn(await pressing(browser, page, 'invitation', id, ann.id))).toBe(
      await publicName(organizationId),
    );
  });

  test('that is asked for and has invited the person is joined there, too', async () => {
    const { userId } = await inTwo();
    const [ann] = await door.sql<{ address: string }>(
      'select primary_email as address from users where id = $1',
      [userId],
    );
    const organizationId = await makeOrganization(door, unique('Inviting '));
    const { id } = await makeInvitation(door, organizationId, ann!.address);
    const browser = visitor(door);
    const wanted = { organizationId: await publicName(organizationId) };
    const page = (await asked(door, userId, wanted, { browser })) as Response;
    expect(await landedIn(await pressing(browser, page, 'invitation', id, userId))).toBe(
      wanted.organizationId,
    );
  });

  test('an invitation of others is not joined by its id', async () => {
    const { userId } = await inTwo();
    const bob = await makeMember(door, []);
    const { id } = await makeInvitation(door, await makeOrganization(door), bob.address);
    const browser = visitor(door);
    const page = (await asked(door, userId, {}, { browser })) as Response;
    const text = (await page.text()).replace(
      /name="organization" value="[^"]*"/,
      `name="invitation" value="${id}"`,
    );
    const answer = (await pressing(browser, new Response(text), 'invitation', id, userId)) as Response;
    expect(answer.status).toBe(422);
    expect(
      await door.sql('select 1 from invitations where id = $1 and accepted_at is not null', [id]),
    ).toEqual([]);
  });

  test('nobody is asked where nobody may be: prompt=none with several', async () => {
    const { userId } = await inTwo();
    const browser = visitor(door);
    await browser.signIn(userId);
    const back = (await asked(door, userId, { prompt: 'none' }, { browser })) as URL;
    expect(back.searchParams.get('error')).toBe('interaction_required');
  });
});

describe('signing out', () => {
  const signedIn = async () => {
    const ann = await makeMember(door, [await makeOrganization(door)]);
    const browser = visitor(door);
    const code = await codeOf(door, ann.id, { scopes }, { browser });
    return { browser, userId: ann.id, ...(await door.client.authenticateWithCode(code, callback)) };
  };
  const confirmed = async (browser: ReturnType<typeof visitor>, url: string) => {
    const on = await browser.get(url);
    const page = await browser.get(on.headers.get('location')!);
    const text = await page.text();
    const action = /action="([^"]*)"/.exec(text)![1]!.replaceAll('&amp;', '&');
    const fields = [...text.matchAll(/name="(xsrf|logout)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!,
    ]);
    return browser.get(action, { method: 'POST', body: new URLSearchParams(Object.fromEntries(fields)) });
  };

  test('ends the session and its refresh tokens, and returns with the state', async () => {
    const { browser, idToken, refreshToken } = await signedIn();
    door.advance(2 * 3_600_000);
    const url = door.client.getLogoutUrl({
      idTokenHint: idToken,
      postLogoutRedirectUri: goodbye,
      state: 'bye',
    });
    const back = await confirmed(browser, url);
    expect(back.headers.get('location')).toBe(`${goodbye}?state=bye`);
    await expect(door.client.refreshAccessToken(refreshToken!)).rejects.toThrow('Failed to refresh token');
    const next = await browser.get(door.client.getAuthorizationUrl(callback));
    expect(next.headers.get('location')).toContain('/sign-in');
  });

  test('works by the registered address alone', async () => {
    const { browser } = await signedIn();
    const back = await confirmed(browser, door.client.getLogoutUrl({ postLogoutRedirectUri: goodbye }));
    expect(back.headers.get('location')).toBe(goodbye);
  });

  test('returns to no address that is not registered, and takes no token of others for a hint (open redirect)', async () => {
    const { browser, idToken, accessToken } = await signedIn();
    for (const options of [
      { idTokenHint: idToken, postLogoutRedirectUri: 'https://evil.example/' },
      { postLogoutRedirectUri: 'https://evil.example/' },
      { idTokenHint: accessToken, postLogoutRedirectUri: goodbye },
      { idTokenHint: `${idToken}x`, postLogoutRedirectUri: goodbye },
      { idTokenHint: await door.token(), postLogoutRedirectUri: goodbye },
    ]) {
      let answer = await browser.get(door.client.getLogoutUrl(options));
      const on = answer.headers.get('location');
      if (on) {
        expect(new URL(on).origin).toBe(door.url);
        answer = await browser.get(on);
      }
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
  });
});

test('discovery says where everything is, and the keys verify what they sign', async () => {
  const discovery = (await (await fetch(`${door.url}/.well-known/openid-configuration`)).json()) as Record<
    string,
    any
  >;
  expect(discovery).toMatchObject({
    issuer: door.url,
    authorization_endpoint: `${door.url}/oauth/authorize`,
    token_endpoint: `${door.url}/oauth/token`,
    jwks_uri: `${door.url}/keys`,
    end_session_endpoint: `${door.url}/oidc/logout`,
  });
  expect((await fetch(discovery.jwks_uri)).headers.get('access-control-allow-origin')).toBe('*');
});

test('a login that an identity provider began is verified by the keys (this server begins none)', async () => {
  const { openRing, sign } = await import('../../src/doors/scalekit/oauth/keys.ts');
  const { db, act: acting, tenantId } = door.app;
  const { testKeys } = await import('../fixtures.ts');
  const parts = { db, keys: testKeys, tenantId, clock: Date.now, log: () => undefined, acting } as never;
  const ring = await openRing(parts);
  const claims = { connection_id: 'conn_1', organization_id: 'org_1', login_hint: 'a@example.com' };
  const { token } = await sign(
    { ring, publicUrl: door.url, clock: Date.now } as never,
    'idToken',
    claims,
    60,
  );
  expect(await door.client.getIdpInitiatedLoginClaims(token)).toMatchObject({ ...claims, iss: door.url });
  const forged = token.replace(/[^.]*$/, 'A'.repeat(342));
  await expect(door.client.getIdpInitiatedLoginClaims(forged)).rejects.toThrow();
  ring.close();
});
