import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInRoles, day, makeOrganization, makeUser } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  type Asked,
  comeIn,
  makeClient,
  organizationsResource,
  organizationsScope,
  payloadOf,
  refreshed,
  request,
  type TestClient,
  visitor,
} from '../../../test/visitor.ts';
import { withdrawConsent } from '../../domain/applications/consents.ts';

const reports = 'https://reports.example';
const everything: Asked = {
  scope: `openid offline_access profile ${organizationsScope} read:member invite:member manage:member view export`,
  resource: [organizationsResource, reports],
};

let t: TestApp;
let spa: TestClient;
let ann: string;
let acme: string;
let roles: { admin: string; member: string; owner: string };

beforeAll(async () => {
  t = await testApp();
  spa = await makeClient(t, 'SPA');
  ann = await makeUser(t, 'ann@example.com');
  acme = await makeOrganization(t);
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [ann] });
  roles = await builtInRoles(t);
  await t.api('POST', '/resources', { name: 'Reports', indicator: reports, accessTokenTtl: 600 });
});
afterAll(() => t.close());

const be = (role: keyof typeof roles | undefined, organizationId = acme) =>
  t.api('PUT', `/organizations/${organizationId}/users/${ann}/roles`, {
    organizationRoleIds: role ? [roles[role]] : [],
  });

/** A line of refresh tokens: each use goes on with the token that the last one gave. */
async function line(client: TestClient, asked: Asked = everything, organizationIds: string[] = []) {
  const { body } = await comeIn(t, client, ann, asked, { organizationIds });
  let token = body.refresh_token as string;
  return async (fields: Record<string, string>) => {
    const answer = await refreshed(t, client, token, fields);
    token = answer.body.refresh_token ?? token;
    return answer;
  };
}

test('an organization token holds what the member may do there, of what was asked for', async () => {
  await be('admin');
  const ask = await line(spa);
  const { status, body } = await ask({ organization_id: acme });
  expect(status).toBe(200);
  expect(body.scope.split(' ').sort()).toEqual(['invite:member', 'manage:member', 'read:member']);
  const claims = payloadOf(body.access_token);
  expect(claims).toEqual({
    jti: expect.any(String),
    sub: ann,
    client_id: spa.id,
    iss: `${t.url}/oidc`,
    aud: `urn:logto:organization:${acme}`,
    iat: expect.any(Number),
    exp: claims.iat + 3600,
    scope: body.scope,
  });
  const less = await ask({ organization_id: acme, scope: 'read:member' });
  expect(less.body).toMatchObject({ scope: 'read:member' });
  expect(less.body).not.toHaveProperty('id_token');
  const bare = await line(spa, {});
  expect((await bare({ organization_id: acme })).body.scope).toBe('');
});

test('a demotion shrinks the very next token, and a promotion shows in the very next one of a first-party application', async () => {
  await be('member');
  const ask = await line(spa);
  const before = (await ask({ organization_id: acme })).body.scope;
  expect(before).not.toContain('invite:member');
  await be('admin');
  expect((await ask({ organization_id: acme })).body.scope).toContain('invite:member');
  await be('member');
  expect((await ask({ organization_id: acme })).body.scope).toBe(before);
  await be(undefined);
  expect((await ask({ organization_id: acme })).body.scope).toBe('');
});

test('a token of the organization is refused to whoever does not belong to it, for whatever reason', async () => {
  await be('admin');
  const other = await makeOrganization(t, 'Other');
  const ask = await line(spa);
  const refusal = {
    status: 403,
    body: {
      code: 'oidc.access_denied',
      error: 'access_denied',
      error_description: 'user is not a member of the organization',
      message: 'user is not a member of the organization',
    },
  };
  expect(await ask({ organization_id: other })).toMatchObject(refusal);
  expect(await ask({ organization_id: 'unknown' })).toMatchObject(refusal);
  for (const [change, back] of [
    ['update members set suspended_at = 1', 'update members set suspended_at = null'],
    ['update members set expires_at = 1', 'update members set expires_at = null'],
    ['update organizations set disabled_at = 1', 'update organizations set disabled_at = null'],
  ] as const) {
    await t.sql(change);
    expect(await ask({ organization_id: acme })).toMatchObject(refusal);
    await t.sql(back);
    expect((await ask({ organization_id: acme })).status).toBe(200);
  }
  await t.api('DELETE', `/organizations/${acme}/users/${ann}`);
  expect(await ask({ organization_id: acme })).toMatchObject(refusal);
  expect((await ask({})).status).toBe(200);
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [ann] });
});

test('without the scope of organizations there is no organization token', async () => {
  const ask = await line(spa, { scope: 'openid offline_access' });
  expect(await ask({ organization_id: acme })).toMatchObject({
    status: 403,
    body: {
      error: 'insufficient_scope',
      error_description: 'refresh token missing required scope',
      scope: organizationsScope,
    },
  });
});

test('an organization that requires a second factor wants a passkey', async () => {
  const ask = await line(spa);
  await t.api('PATCH', `/organizations/${acme}`, { isMfaRequired: true });
  expect(await ask({ organization_id: acme })).toMatchObject({
    status: 403,
    body: {
      error: 'access_denied',
      error_description: 'organization requires MFA but user has no MFA configured',
    },
  });
  await t.sql(
    "insert into passkeys (tenant_id, id, user_id, name, public_key, created_at) values ('default', 'k', $1, 'Key', '', 0)",
    [ann],
  );
  expect((await ask({ organization_id: acme })).status).toBe(200);
  await t.api('PATCH', `/organizations/${acme}`, { isMfaRequired: false });
});

test('a token for an API holds what tenant-wide roles and the roles in organizations give; in one organization, those there', async () => {
  const [view, send] = await scopesOfReports('view', 'export');
  const globalRole = await t.api('POST', '/roles', { name: 'Viewer', description: 'x', scopeIds: [view] });
  const exporter = await t.api('POST', '/organization-roles', {
    name: 'exporter',
    resourceScopeIds: [send],
  });
  const second = await makeOrganization(t, 'Second');
  await t.api('POST', `/organizations/${second}/users`, { userIds: [ann] });
  await t.api('PUT', `/organizations/${second}/users/${ann}/roles`, {
    organizationRoleIds: [exporter.body.id],
  });
  const ask = await line(spa);
  const scopeOf = async (fields: Record<string, string>) => {
    const { body } = await ask({ resource: reports, ...fields });
    expect(payloadOf(body.access_token)).toMatchObject({ aud: reports, scope: body.scope });
    expect(body.expires_in).toBe(600);
    return { scope: body.scope.split(' ').sort().join(' '), claims: payloadOf(body.access_token) };
  };
  expect((await scopeOf({})).scope).toBe('export');
  await t.sql("insert into user_roles values ('default', $1, $2)", [ann, globalRole.body.id]);
  expect((await scopeOf({})).scope).toBe('export view');
  expect((await scopeOf({})).claims).not.toHaveProperty('organization_id');
  const inSecond = await scopeOf({ organization_id: second });
  expect(inSecond).toMatchObject({ scope: 'export view', claims: { organization_id: second } });
  expect((await scopeOf({ organization_id: acme })).scope).toBe('view');
  await t.sql('update members set suspended_at = 1 where organization_id = $1', [second]);
  expect((await scopeOf({})).scope).toBe('view');
  await t.sql('delete from user_roles where user_id = $1', [ann]);
  expect((await scopeOf({})).scope).toBe('');
});

async function scopesOfReports(...names: string[]): Promise<string[]> {
  const [resource] = await t.sql('select id from resources where indicator = $1', [reports]);
  return Promise.all(
    names.map(async (name) => (await t.api('POST', `/resources/${resource.id}/scopes`, { name })).body.id),
  );
}

test('an API that was not asked for at the start, or is gone, gives invalid_target', async () => {
  const ask = await line(spa, {});
  const refusal = {
    status: 400,
    body: { error: 'invalid_target', error_description: 'resource indicator is missing, or unknown' },
  };
  expect(await ask({ resource: reports })).toMatchObject(refusal);
  expect(await ask({ resource: organizationsResource })).toMatchObject(refusal);
  const { body } = await t.api('POST', '/resources', { name: 'Gone', indicator: 'https://gone.example' });
  const gone = await line(spa, { resource: 'https://gone.example' });
  expect((await gone({ resource: 'https://gone.example' })).status).toBe(200);
  await t.api('DELETE', `/resources/${body.id}`);
  expect(await gone({ resource: 'https://gone.example' })).toMatchObject(refusal);
});

test('several resources at once are refused', async () => {
  const { body } = await comeIn(t, spa, ann, everything);
  const query = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: spa.id,
    refresh_token: body.refresh_token,
  });
  query.append('resource', reports);
  query.append('resource', organizationsResource);
  const answer = await fetch(`${t.url}/oidc/token`, { method: 'POST', body: query });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_target' });
});

test('a suspended or deleted person, and a deleted application, get nothing any more', async () => {
  const bob = await makeUser(t, 'bob@example.com');
  const start = async () => (await comeIn(t, spa, bob)).body.refresh_token as string;
  let token = await start();
  await t.api('PATCH', `/users/${bob}/is-suspended`, { isSuspended: true });
  expect((await refreshed(t, spa, token)).body.error).toBe('invalid_grant');
  await t.api('PATCH', `/users/${bob}/is-suspended`, { isSuspended: false });
  // What ended does not come back.
  expect((await refreshed(t, spa, token)).body.error).toBe('invalid_grant');
  token = await start();
  await t.api('PATCH', `/users/${bob}/password`, { password: 'a new one that nobody knows' });
  expect((await refreshed(t, spa, token)).body.error).toBe('invalid_grant');
  const doomed = await makeClient(t, 'SPA');
  const { body } = await comeIn(t, doomed, bob);
  await t.api('DELETE', `/applications/${doomed.id}`);
  expect(await refreshed(t, doomed, body.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_client', error_description: `invalid client ${doomed.id}` },
  });
  const me = await fetch(`${t.url}/oidc/me`, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect(me.status).toBe(401);
  token = await start();
  await t.api('DELETE', `/users/${bob}`);
  expect((await refreshed(t, spa, token)).body.error).toBe('invalid_grant');
  expect(await t.sql('select 1 from oidc_records where account_id = $1', [bob])).toEqual([]);
});

test('who is suspended gets nothing, even for what was given out in the same moment', async () => {
  const carl = await makeUser(t, 'carl@example.com');
  const { body } = await comeIn(t, spa, carl);
  await t.sql('update users set suspended_at = 1 where id = $1', [carl]);
  expect((await refreshed(t, spa, body.refresh_token)).body.error).toBe('invalid_grant');
  const me = await fetch(`${t.url}/oidc/me`, { headers: { authorization: `Bearer ${body.access_token}` } });
  expect(me.status).toBe(401);
});

test('somebody suspended in the middle of coming in is asked to sign in again, not let in', async () => {
  const bob = await makeUser(t, 'bob2@example.com');
  const { browser } = await comeIn(t, spa, bob);
  await t.sql('update users set suspended_at = 1 where id = $1', [bob]);
  const response = await browser.get(request(t, spa, { prompt: undefined }).url);
  expect(response.headers.get('location')).toContain('/sign-in?');
});

test('an application of somebody else gets what the person agreed to, and a promotion after agreeing again', async () => {
  await be('member');
  const theirs = await makeClient(t, 'Traditional', { isThirdParty: true });
  const other = await makeOrganization(t, 'Elsewhere');
  await t.api('POST', `/organizations/${other}/users`, { userIds: [ann] });
  const asked = { ...everything, scope: `${everything.scope} urn:logto:scope:organization_roles` };

  const browser = visitor(t);
  await browser.signIn(ann);
  const page = new URL((await browser.get(request(t, theirs, asked).url)).headers.get('location')!);
  expect(page.pathname).toBe('/consent');
  const flow = await browser.flow(page.searchParams.get('flow')!);
  expect(flow).toMatchObject({
    wants: 'consent',
    application: { isThirdParty: true },
    consent: { userId: ann },
  });
  expect(flow!.consent!.scopes).toContain('profile');
  expect(flow!.consent!.resources).toEqual([
    { name: '', scopes: [expect.objectContaining({ name: 'read:member' })] },
  ]);
  expect(flow!.consent!.organizations.map(({ id, isGranted }) => [id, isGranted])).toEqual(
    expect.arrayContaining([
      [acme, false],
      [other, false],
    ]),
  );

  const ask = await line(theirs, asked, [acme]);
  const granted = await ask({ organization_id: acme });
  expect(granted.body.scope).toBe('read:member');
  expect(payloadOf(granted.body.id_token)).toMatchObject({
    organizations: [acme],
    organization_roles: [`${acme}:member`],
  });
  expect(await ask({ organization_id: other })).toMatchObject({
    status: 403,
    body: {
      error: 'access_denied',
      error_description: 'organization access is not granted to the application',
    },
  });
  await be('admin');
  expect((await ask({ organization_id: acme })).body.scope).toBe('read:member');
  const again = await line(theirs, asked, [acme]);
  expect((await again({ organization_id: acme })).body.scope).toContain('invite:member');
  expect((await ask({ organization_id: acme })).body.scope).toBe('read:member');
  await be(undefined);
  expect((await again({ organization_id: acme })).body.scope).toBe('');
  await line(theirs, asked, [other]);
  expect((await again({ organization_id: acme })).status).toBe(403);
});

test('what one person agreed to is not what another agreed to, who signs in before the flow goes on', async () => {
  const theirs = await makeClient(t, 'Traditional', { isThirdParty: true });
  const bob = await makeUser(t, 'bob3@example.com');
  const browser = visitor(t);
  await browser.signIn(ann);
  const to = (await browser.get(request(t, theirs, everything).url)).headers.get('location')!;
  const resume = await t.app.oidc.flows.consented(new URL(to).searchParams.get('flow')!, []);
  await browser.signIn(bob);
  const next = new URL((await browser.get(resume)).headers.get('location')!);
  expect(next.pathname).toBe('/consent');
  expect((await browser.flow(next.searchParams.get('flow')!))!.consent!.userId).toBe(bob);
});

test('what was agreed to for one target is not agreed to for another of the same name', async () => {
  const indicator = 'https://files.example';
  const resource = await t.api('POST', '/resources', { name: 'Files', indicator });
  const scope = await t.api('POST', `/resources/${resource.body.id}/scopes`, { name: 'share' });
  const role = await t.api('POST', '/roles', { name: 'Sharer', description: 'x', scopeIds: [scope.body.id] });
  const own = await t.api('POST', '/organization-scopes', { name: 'share' });
  await t.api('POST', `/organization-roles/${roles.member}/scopes`, { organizationScopeIds: [own.body.id] });
  await be('member');
  const theirs = await makeClient(t, 'SPA', { isThirdParty: true });
  const asked = {
    scope: `openid offline_access ${organizationsScope} share`,
    resource: [organizationsResource, indicator],
  };
  const ask = await line(theirs, asked, [acme]);
  await t.sql("insert into user_roles values ('default', $1, $2)", [ann, role.body.id]);
  expect((await ask({ organization_id: acme })).body.scope).toBe('share');
  expect((await ask({ resource: indicator })).body.scope).toBe('');
  const again = await line(theirs, asked, [acme]);
  expect((await again({ resource: indicator })).body.scope).toBe('share');
});

test('an application of somebody else asks again only for what is new', async () => {
  await be('member');
  const theirs = await makeClient(t, 'SPA', { isThirdParty: true });
  const { browser } = await comeIn(t, theirs, ann, everything);
  const silent = { ...everything, prompt: undefined };
  const to = async () => (await browser.get(request(t, theirs, silent).url)).headers.get('location')!;
  expect(await to()).toContain('https://app.example/callback?code=');
  await be('admin');
  expect(await to()).toContain('/consent?');
  const none = await browser.get(request(t, theirs, { ...everything, prompt: 'none' }).url);
  expect(none.headers.get('location')).toContain('error=consent_required');
});

test('what a person agreed to holds in every browser of theirs, for what was agreed to, until they withdraw it', async () => {
  await be('member');
  const theirs = await makeClient(t, 'SPA', { isThirdParty: true });
  const silent = { ...everything, prompt: undefined };
  const arrivingAt = async (who: string, asked = silent) => {
    const browser = visitor(t);
    await browser.signIn(who);
    let at = request(t, theirs, asked).url;
    for (let hops = 0; at.startsWith(`${t.url}/oidc/`) && hops < 5; hops++)
      at = (await browser.get(at)).headers.get('location')!;
    return at;
  };
  const first = await comeIn(t, theirs, ann, { ...everything, scope: 'openid offline_access profile' });
  expect(await arrivingAt(ann, { ...silent, scope: 'openid profile' })).toContain('callback?code=');
  expect(await arrivingAt(ann)).toContain('/consent?');
  await comeIn(t, theirs, ann, everything, { organizationIds: [acme] });
  expect(await arrivingAt(ann)).toContain('callback?code=');
  expect(await arrivingAt(ann, { ...silent, prompt: 'consent' } as never)).toContain('/consent?');
  const bob = await makeUser(t, 'bob-of-consents@example.com');
  expect(await arrivingAt(bob)).toContain('/consent?');

  await expect(
    t.app.act({ kind: 'user', id: bob }, (act) => withdrawConsent(act, bob, theirs.id)),
  ).rejects.toMatchObject({ code: 'application.not_found' });
  const next = await refreshed(t, theirs, first.body.refresh_token);
  expect(next.status).toBe(200);
  await t.app.act({ kind: 'user', id: ann }, (act) => withdrawConsent(act, ann, theirs.id));
  expect((await refreshed(t, theirs, next.body.refresh_token)).body.error).toBe('invalid_grant');
  expect(await arrivingAt(ann)).toContain('/consent?');
  expect(await t.sql('select 1 from organization_grants where application_id = $1', [theirs.id])).toEqual([]);
});

test('a grant ends after 180 days, whatever was refreshed meanwhile', async () => {
  const native = await makeClient(t, 'Native', { customClientMetadata: { refreshTokenTtlInDays: 180 } });
  const ask = await line(native);
  t.advance(100 * day);
  expect((await ask({})).status).toBe(200);
  t.advance(81 * day);
  expect((await ask({})).body.error).toBe('invalid_grant');
});
