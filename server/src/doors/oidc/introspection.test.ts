import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInRoles, makeMember, makeOrganization, makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  comeIn,
  makeClient,
  organizationsResource,
  organizationsScope,
  payloadOf,
  refreshed,
  type TestClient,
} from '../../../test/visitor.ts';
import { endSessions } from '../../domain/sessions/sessions.ts';

const reports = 'https://reports.example';
const asked = {
  scope: `openid offline_access ${organizationsScope} read:member`,
  resource: [organizationsResource, reports],
};

let t: TestApp;
let spa: TestClient;
let backend: TestClient;

beforeAll(async () => {
  t = await testApp();
  spa = await makeClient(t, 'SPA');
  backend = await makeClient(t, 'Traditional');
  await t.api('POST', '/resources', { name: 'Reports', indicator: reports });
});
afterAll(() => t.close());

async function look(token: string, { id, secret }: TestClient = backend) {
  const body = new URLSearchParams({ client_id: id, token, ...(secret ? { client_secret: secret } : {}) });
  const answer = await fetch(`${t.url}/oidc/token/introspection`, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
const isActive = async (token: string) => (await look(token)).body.active;

let count = 0;
/** A new person in a new organization, with a token for it. */
async function member() {
  const organizationId = await makeOrganization(t);
  const userId = await makeMember(t, `person-${++count}@example.com`, organizationId);
  const { body } = await comeIn(t, spa, userId, asked);
  const next = await refreshed(t, spa, body.refresh_token, { organization_id: organizationId });
  expect(next.status).toBe(200);
  return {
    userId,
    organizationId,
    token: next.body.access_token as string,
    refreshToken: next.body.refresh_token as string,
  };
}

test('a good organization token is active, with what it says', async () => {
  const { token, userId, organizationId } = await member();
  expect(await look(token)).toEqual({
    status: 200,
    body: {
      ...payloadOf(token),
      active: true,
      token_type: 'Bearer',
      sub: userId,
      client_id: spa.id,
      aud: `urn:logto:organization:${organizationId}`,
    },
  });
});

test.each<[string, (who: Awaited<ReturnType<typeof member>>) => Promise<unknown>]>([
  [
    'the member is removed',
    ({ organizationId, userId }) => t.api('DELETE', `/organizations/${organizationId}/users/${userId}`),
  ],
  [
    'the member is suspended',
    ({ organizationId }) =>
      t.sql('update members set suspended_at = 1 where organization_id = $1', [organizationId]),
  ],
  [
    'the membership is over',
    ({ organizationId }) =>
      t.sql('update members set expires_at = 1 where organization_id = $1', [organizationId]),
  ],
  [
    'the organization is disabled',
    ({ organizationId }) => t.sql('update organizations set disabled_at = 1 where id = $1', [organizationId]),
  ],
  [
    'the organization is deleted',
    ({ organizationId }) => t.api('DELETE', `/organizations/${organizationId}`),
  ],
  [
    'the person is suspended',
    ({ userId }) => t.api('PATCH', `/users/${userId}/is-suspended`, { isSuspended: true }),
  ],
  [
    'the person is suspended in the moment of the grant',
    ({ userId }) => t.sql('update users set suspended_at = 1 where id = $1', [userId]),
  ],
  ['the person is deleted', ({ userId }) => t.api('DELETE', `/users/${userId}`)],
  ['the grant is revoked', ({ refreshToken }) => revoke(refreshToken)],
])('a token is inactive at once when %s', async (_, happens) => {
  const who = await member();
  expect(await isActive(who.token)).toBe(true);
  await happens(who);
  expect(await look(who.token)).toEqual({ status: 200, body: { active: false } });
});

async function revoke(token: string) {
  const body = new URLSearchParams({ client_id: spa.id, token });
  expect((await fetch(`${t.url}/oidc/token/revocation`, { method: 'POST', body })).status).toBe(200);
}

test('of an organization token those scopes are told that its holder still has', async () => {
  const { admin, member: plain } = await builtInRoles(t);
  const organizationId = await makeOrganization(t);
  const userId = await makeMember(t, `person-${++count}@example.com`, organizationId);
  const give = (roleIds: string[]) =>
    t.api('PUT', `/organizations/${organizationId}/users/${userId}/roles`, { organizationRoleIds: roleIds });
  await give([admin]);
  const scope = `${asked.scope} invite:member`;
  const { body } = await comeIn(t, spa, userId, { ...asked, scope });
  const next = await refreshed(t, spa, body.refresh_token, { organization_id: organizationId });
  const scopesOf = async () =>
    String((await look(next.body.access_token)).body.scope)
      .split(' ')
      .sort();
  expect(await scopesOf()).toEqual(['invite:member', 'read:member']);
  await give([plain]);
  expect(await scopesOf()).toEqual(['read:member']);
  await give([]);
  expect(await scopesOf()).toEqual(['']);
  await give([admin]);
  expect(await scopesOf()).toEqual(['invite:member', 'read:member']);
});

test('of a token of an API too, in an organization, in all of them, and for machines', async () => {
  const files = `https://files-${++count}.example`;
  const resource = (await t.api('POST', '/resources', { name: 'Files', indicator: files })).body;
  const scope = async (name: string) =>
    (await t.api('POST', `/resources/${resource.id}/scopes`, { name })).body.id as string;
  const [read, write] = [await scope('files:read'), await scope('files:write')];
  const role = async (name: string, type: string, scopeId: string) => {
    const { body } = await t.api('POST', '/organization-roles', { name: `${name} ${count}`, type });
    await t.api('POST', `/organization-roles/${body.id}/resource-scopes`, { scopeIds: [scopeId] });
    return body.id as string;
  };
  const reader = await role('Reader', 'User', read);
  const organizationId = await makeOrganization(t);
  const userId = await makeMember(t, `person-${++count}@example.com`, organizationId);
  await t.api('PUT', `/organizations/${organizationId}/users/${userId}/roles`, {
    organizationRoleIds: [reader],
  });
  const writer = (
    await t.api('POST', '/roles', { name: `Writer ${count}`, description: 'w', scopeIds: [write] })
  ).body;
  await t.sql("insert into user_roles values ('default', $1, $2)", [userId, writer.id]);
  const { body } = await comeIn(t, spa, userId, {
    scope: `openid offline_access ${organizationsScope} files:read files:write`,
    resource: [organizationsResource, files],
  });
  const inside = await refreshed(t, spa, body.refresh_token, {
    organization_id: organizationId,
    resource: files,
  });
  const everywhere = await refreshed(t, spa, inside.body.refresh_token, { resource: files });
  const scopesOf = async (token: string) =>
    String((await look(token)).body.scope)
      .split(' ')
      .sort();
  const both = async () => [
    await scopesOf(inside.body.access_token),
    await scopesOf(everywhere.body.access_token),
  ];
  expect(await both()).toEqual([
    ['files:read', 'files:write'],
    ['files:read', 'files:write'],
  ]);
  await t.api('PUT', `/organizations/${organizationId}/users/${userId}/roles`, { organizationRoleIds: [] });
  expect(await both()).toEqual([['files:write'], ['files:write']]);
  await t.sql('delete from user_roles where user_id = $1', [userId]);
  expect(await both()).toEqual([[''], ['']]);
  const management = await t.token();
  expect(await scopesOf(management)).toEqual(['all']);
});

test('who was removed and comes back gets no old token back', async () => {
  const { token, userId, organizationId } = await member();
  await t.api('DELETE', `/organizations/${organizationId}/users/${userId}`);
  t.advance(2000);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  expect(await isActive(token)).toBe(false);
});

test('a token of an API is active as long as the person, the application and the API are there', async () => {
  const { refreshToken } = await member();
  const { body } = await refreshed(t, spa, refreshToken, { resource: reports });
  expect(await isActive(body.access_token)).toBe(true);
  await t.sql('update resources set indicator = $1 where indicator = $2', ['https://moved.example', reports]);
  expect(await isActive(body.access_token)).toBe(false);
  await t.sql('update resources set indicator = $2 where indicator = $1', ['https://moved.example', reports]);
  t.advance(3_600_001);
  expect(await isActive(body.access_token)).toBe(false);
});

test('a bot that is removed, and a deleted application, have no good tokens', async () => {
  const organizationId = await makeOrganization(t);
  const bot = await t.api('POST', '/applications', { name: 'Bot', type: 'MachineToMachine' });
  const [secret] = (await t.api('GET', `/applications/${bot.body.id}/secrets`)).body;
  await t.api('POST', `/organizations/${organizationId}/applications`, { applicationIds: [bot.body.id] });
  const tokenFor = async (): Promise<string> => {
    const answer = await fetch(`${t.url}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: bot.body.id,
        client_secret: secret.value,
        organization_id: organizationId,
      }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const token = await tokenFor();
  expect(await isActive(token)).toBe(true);
  expect(await isActive(await t.token())).toBe(true);
  await t.api('DELETE', `/organizations/${organizationId}/applications/${bot.body.id}`);
  expect(await isActive(token)).toBe(false);
  t.advance(1000);
  await t.api('POST', `/organizations/${organizationId}/applications`, { applicationIds: [bot.body.id] });
  const second = await tokenFor();
  expect(await isActive(second)).toBe(true);
  expect(await isActive(token)).toBe(false);
  await t.api('DELETE', `/applications/${bot.body.id}`);
  expect(await isActive(second)).toBe(false);
});

test('what is no token of ours is inactive', async () => {
  const { token } = await member();
  const [head, body, signature] = token.split('.');
  const other = Buffer.from(JSON.stringify({ ...payloadOf(token), sub: 'other' })).toString('base64url');
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  const { body: tokens } = await comeIn(t, spa, await makeUser(t, 'x@example.com'));
  for (const bad of [
    `${head}.${other}.${signature}`,
    `${none}.${body}.`,
    `${head}.${body}.AAAA`,
    tokens.id_token,
    'x',
  ])
    expect(await look(bad)).toEqual({ status: 200, body: { active: false } });
});

test('backends of ours may ask about every access token, others only about their own', async () => {
  const { token, refreshToken } = await member();
  const theirs = await makeClient(t, 'Traditional', { isThirdParty: true });
  const otherSpa = await makeClient(t, 'SPA');
  expect((await look(token, backend)).body.active).toBe(true);
  expect((await look(token, spa)).body.active).toBe(true);
  expect((await look(token, theirs)).body.active).toBe(false);
  expect((await look(token, otherSpa)).body.active).toBe(false);
  expect((await look(refreshToken, spa)).body.active).toBe(true);
  expect((await look(refreshToken, backend)).body.active).toBe(false);
  expect((await look(token, { ...backend, secret: 'wrong' })).status).toBe(401);
});

test('ending a session ends the tokens that came of it', async () => {
  const { token, userId } = await member();
  expect(await isActive(token)).toBe(true);

  const [{ uid }] = await t.sql('select uid from sessions where user_id = $1', [userId]);
  await t.app.act({ kind: 'user', id: userId }, (act) => endSessions(act, userId, { uid }));
  expect(await isActive(token)).toBe(false);
});
