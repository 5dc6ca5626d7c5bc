/** Applications, their secrets and their tenant-wide roles (contract §9). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();

const properties = [
  ...[
    'appLevelAccessControlEnabled',
    'createdAt',
    'customClientMetadata',
    'customData',
    'description',
    'id',
    'isThirdParty',
  ],
  ...['name', 'oidcClientMetadata', 'protectedAppMetadata', 'tenantId', 'type'],
];
const missing = [404, 'entity.not_exists_with_id'] as const;
type Secret = { name: string; value: string; createdAt: number; expiresAt: number | null };
const secretsOf = (id: string) => door.done<Secret[]>(200, 'GET', `/applications/${id}/secrets`);
const globalRole = (fields: object = {}) =>
  door.done(200, 'POST', '/roles', {
    name: unique('role'),
    description: '',
    type: 'MachineToMachine',
    ...fields,
  });
async function signsIn(id: string, secret: string): Promise<boolean> {
  const response = await fetch(`${door.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      resource: `${door.url}/api`,
    }),
  });
  return response.status === 200;
}

test('POST makes one with defaults: 200, the entity, and for a confidential one its secret this once', async () => {
  const application = await door.done(200, 'POST', '/applications', { name: 'Web', type: 'Traditional' });
  expect(keysOf(application)).toEqual([...properties, 'secret'].sort());
  expect(application).toMatchObject({
    tenantId: 'default',
    name: 'Web',
    description: null,
    type: 'Traditional',
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
    customClientMetadata: {},
    protectedAppMetadata: null,
    customData: {},
    isThirdParty: false,
    appLevelAccessControlEnabled: false,
  });
  expect(application.id).toMatch(/^[0-9a-z]{21}$/);
  expect(application.secret).toMatch(/^[0-9a-zA-Z]{32}$/);
  const { secret: _, ...entity } = application;
  expect(await door.done(200, 'GET', `/applications/${application.id}`)).toEqual({
    ...entity,
    isAdmin: false,
  });
  const [listed] = await door.done<object[]>(200, 'GET', '/applications');
  expect(listed).toEqual(entity);
});

test('public applications have no secrets, and get none', async () => {
  for (const type of ['SPA', 'Native']) {
    const application = await door.done(200, 'POST', '/applications', { name: type, type });
    expect(application).not.toHaveProperty('secret');
    expect(await secretsOf(application.id)).toEqual([]);
    await door.refused(
      422,
      'entity.db_constraint_violated',
      'POST',
      `/applications/${application.id}/secrets`,
      { name: 's' },
    );
  }
});

test('POST takes every field', async () => {
  const fields = {
    name: 'Web',
    type: 'Traditional',
    description: 'd',
    isThirdParty: true,
    customData: { a: 1 },
    oidcClientMetadata: {
      redirectUris: [
        'https://app.example/callback',
        'https://*.app.example/cb',
        'http://localhost:3000/cb',
        'com.example.app://callback',
        'com.example.app:/callback',
        'https://pr-*.app.example:8443/*/cb?next=1',
        'http://[::1]:3000/cb',
      ],
      postLogoutRedirectUris: ['https://app.example/'],
      backchannelLogoutUri: 'https://app.example/logout',
      backchannelLogoutSessionRequired: true,
      logoUri: 'https://app.example/logo.png',
    },
    customClientMetadata: {
      corsAllowedOrigins: ['https://app.example'],
      idTokenTtl: 60,
      refreshTokenTtlInDays: 180,
      refreshTokenTtl: 3600,
      alwaysIssueRefreshToken: true,
      rotateRefreshToken: false,
      allowTokenExchange: false,
      isDeviceFlow: false,
      maxAllowedGrants: 3,
      isRegistrationAllowed: false,
    },
  };
  expect(await door.done(200, 'POST', '/applications', fields)).toMatchObject(fields);
});

test('what is out of its limits is refused, when made and when changed', async () => {
  const { id } = await door.bot();
  const uris = (redirectUris: unknown) => ({
    oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] },
  });
  const bad = [
    { name: '' },
    { name: 'x'.repeat(257) },
    { description: 5 },
    { customData: [] },
    { oidcClientMetadata: { redirectUris: [] } },
    { oidcClientMetadata: {} },
    uris('https://app.example'),
    uris(['']),
    uris(['/callback']),
    uris(['https://app.example/a/../b']),
    uris(['https://app.example/./b']),
    uris(['javascript alert']),
    uris(['https://']),
    uris(['https://app.example/a/..?b']),
    uris(['https://app.example/a/%2e%2E/b']),
    uris(['https://app.example/cb?next=*']),
    uris(['https://app.example:*/cb']),
    uris(['https://app.*/cb']),
    uris(['https://*/cb']),
    uris(['https://app.example/cb#top']),
    uris(['https://user:secret@app.example/cb']),
    uris(['https:\\\\app.example/cb']),
    uris(['https:app.example']),
    uris(['com.example.app://call*']),
    ...['https://app.example/', 'app.example', '*', 'null', 'https://*.app.example'].map((origin) => ({
      customClientMetadata: { corsAllowedOrigins: [origin] },
    })),
    { customClientMetadata: { corsAllowedOrigins: 'https://app.example' } },
    { customClientMetadata: { idTokenTtl: 0 } },
    { customClientMetadata: { refreshTokenTtl: -1 } },
    { customClientMetadata: { refreshTokenTtlInDays: 1.5 } },
    { customClientMetadata: { maxAllowedGrants: 0 } },
    ...[
      'alwaysIssueRefreshToken',
      'rotateRefreshToken',
      'allowTokenExchange',
      'isDeviceFlow',
      'isRegistrationAllowed',
    ].map((field) => ({ customClientMetadata: { [field]: 'yes' } })),
    { customClientMetadata: { refreshTokenTtlInDays: 0 } },
    { customClientMetadata: { refreshTokenTtlInDays: 181 } },
    { customClientMetadata: { idTokenTtl: 'long' } },
  ];
  for (const fields of bad) {
    await door.refused(400, 'guard.invalid_input', 'POST', '/applications', {
      name: 'x',
      type: 'Traditional',
      ...fields,
    });
    await door.refused(400, 'guard.invalid_input', 'PATCH', `/applications/${id}`, fields);
  }
  await door.refused(400, 'application.saml.use_saml_app_api', 'POST', '/applications', {
    name: 'x',
    type: 'SAML',
  });
  await door.refused(400, 'guard.invalid_input', 'POST', '/applications', { name: 'x', type: 'Robot' });
  await door.refused(400, 'guard.invalid_input', 'POST', '/applications', { name: 'x' });
});

test('an address to redirect to cannot run a script', async () => {
  for (const uri of ['javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x'])
    await door.refused(400, 'guard.invalid_input', 'POST', '/applications', {
      name: 'x',
      type: 'SPA',
      oidcClientMetadata: { redirectUris: [uri], postLogoutRedirectUris: [] },
    });
});

test('PATCH replaces what is given, objects whole; the type and who owns it stay', async () => {
  const { secret: _, ...made } = await door.done(200, 'POST', '/applications', {
    name: 'a',
    type: 'Traditional',
    description: 'd',
    customData: { a: 1 },
  });
  const path = `/applications/${made.id}`;
  expect(await door.done(200, 'PATCH', path, {})).toEqual(made);
  const mine = {
    id: 'mine',
    tenantId: 'other',
    type: 'MachineToMachine',
    isThirdParty: true,
    isAdmin: true,
    createdAt: 1,
    secret: 'x',
  };
  expect(await door.done(200, 'PATCH', path, mine)).toEqual(made);
  expect(await door.done(200, 'PATCH', path, { description: '', customData: { b: 2 } })).toEqual({
    ...made,
    description: null,
    customData: { b: 2 },
  });
  expect(await door.done(200, 'GET', path)).toMatchObject({ isAdmin: false });
});

test('applications of kinds that are not made here say so', async () => {
  const make = (type: string) => ({ name: 'x', type });
  const metadata = 'application.protected_app_metadata_is_required';
  await door.refused(400, metadata, 'POST', '/applications', make('Protected'));
  await door.refused(400, 'application.saml.use_saml_app_api', 'POST', '/applications', make('SAML'));
  await door.refused(400, 'guard.invalid_input', 'POST', '/applications', make('Bogus'));
  await door.refused(400, 'guard.invalid_input', 'GET', '/applications?types=Bogus');
});

test('an unknown application is 404 on every path', async () => {
  const path = `/applications/${nobody}`;
  const role = await globalRole();
  await door.refused(...missing, 'GET', path);
  await door.refused(...missing, 'PATCH', path, { name: 'x' });
  await door.refused(...missing, 'DELETE', path);
  await door.refused(...missing, 'GET', `${path}/secrets`);
  await door.refused(...missing, 'POST', `${path}/secrets`, { name: 's' });
  await door.refused(...missing, 'GET', `${path}/roles`);
  await door.refused(...missing, 'POST', `${path}/roles`, { roleIds: [role.id] });
  await door.refused(...missing, 'PUT', `${path}/roles`, { roleIds: [] });
  await door.refused(...missing, 'GET', `${path}/organizations`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/roles/${role.id}`);
  await door.refused(404, 'entity.not_found', 'PATCH', `${path}/secrets/s`, { name: 't' });
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/secrets/s`);
});

test('DELETE ends it, its secrets and its memberships', async () => {
  const bot = await door.bot();
  const { id } = await door.organization();
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [bot.id] });
  await door.done(204, 'DELETE', `/applications/${bot.id}`);
  expect(await signsIn(bot.id, bot.secret as string)).toBe(false);
  expect(await door.done(200, 'GET', `/organizations/${id}/applications`)).toEqual([]);
  await door.refused(...missing, 'GET', `/applications/${bot.id}`);
});

test('GET lists newest first: all, by types, third party or not, outside an organization', async () => {
  const { id } = await door.organization();
  const [web, spa, bot] = [
    await door.done(200, 'POST', '/applications', {
      name: unique('w'),
      type: 'Traditional',
      isThirdParty: true,
    }),
    await door.done(200, 'POST', '/applications', { name: unique('s'), type: 'SPA' }),
    await door.bot(),
  ];
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [bot.id] });
  const find = async (query: string) =>
    (await door.done<{ id: string }[]>(200, 'GET', `/applications?${query}`)).map((one) => one.id);
  expect((await find('')).slice(0, 3)).toEqual([bot.id, spa.id, web.id]);
  expect((await find('types=SPA&types=Traditional')).slice(0, 2)).toEqual([spa.id, web.id]);
  expect((await find('types=SPA'))[0]).toBe(spa.id);
  expect(await find('isThirdParty=true')).toContain(web.id);
  expect(await find('isThirdParty=true')).not.toContain(spa.id);
  expect(await find('isThirdParty=false')).not.toContain(web.id);
  expect(await find(`types=MachineToMachine&excludeOrganizationId=${id}`)).not.toContain(bot.id);
  expect(await find(`search.name=${web.name}`)).toEqual([web.id]);
  const role = await globalRole();
  await door.done(201, 'POST', `/applications/${bot.id}/roles`, { roleIds: [role.id] });
  expect(await find(`excludeRoleId=${role.id}`)).not.toContain(bot.id);
  await door.refused(400, 'guard.invalid_input', 'GET', '/applications?isThirdParty=perhaps');
});

test('secrets: the first is named, more can be made, renamed, deleted; each works until then', async () => {
  const bot = await door.bot();
  const [first] = await secretsOf(bot.id);
  expect(first).toEqual({
    tenantId: 'default',
    applicationId: bot.id,
    name: 'Default secret',
    value: bot.secret,
    createdAt: first!.createdAt,
    expiresAt: null,
  });
  const path = `/applications/${bot.id}/secrets`;
  const second = await door.done<Secret>(201, 'POST', path, { name: 'second' });
  expect(keysOf(second)).toEqual(['applicationId', 'createdAt', 'expiresAt', 'name', 'tenantId', 'value']);
  expect(second.value).toMatch(/^[0-9a-zA-Z]{32}$/);
  expect(await signsIn(bot.id, second.value)).toBe(true);
  expect(await signsIn(bot.id, first!.value)).toBe(true);
  expect(await door.done(200, 'PATCH', `${path}/second`, { name: 'renamed' })).toMatchObject({
    name: 'renamed',
  });
  await door.refused(422, 'application.secret_name_exists', 'POST', path, { name: 'renamed' });
  await door.refused(422, 'application.secret_name_exists', 'PATCH', `${path}/renamed`, {
    name: 'Default secret',
  });
  await door.refused(404, 'entity.not_found', 'PATCH', `${path}/second`, { name: 'x' });
  await door.done(204, 'DELETE', `${path}/renamed`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/renamed`);
  expect(await signsIn(bot.id, second.value)).toBe(false);
  for (const body of [{}, { name: '' }, { name: 'x'.repeat(257) }, { name: 'x', expiresAt: 'soon' }])
    await door.refused(400, 'guard.invalid_input', 'POST', path, body);
  await door.refused(400, 'request.invalid_input', 'POST', path, { name: 'x', expiresAt: door.now() - 1 });
});

test('a secret with an end works until then', async () => {
  const bot = await door.bot();
  const secret = await door.done<Secret>(201, 'POST', `/applications/${bot.id}/secrets`, {
    name: 's',
    expiresAt: door.now() + 60_000,
  });
  expect(await signsIn(bot.id, secret.value)).toBe(true);
  door.advance(60_001);
  expect(await signsIn(bot.id, secret.value)).toBe(false);
});

test('a secret is readable for ten minutes and masked from then on; the database holds its digest only', async () => {
  const bot = await door.bot();
  const value = bot.secret as string;
  expect((await secretsOf(bot.id))[0]!.value).toBe(value);
  const rows = JSON.stringify(
    await door.sql('select * from application_secrets where application_id = $1', [bot.id]),
  );
  expect(rows).not.toContain(value);
  door.advance(600_000);
  expect((await secretsOf(bot.id))[0]!.value).toMatch(/^•+$/);
  expect(await signsIn(bot.id, value)).toBe(true);
  const answer = await door.api('GET', `/applications/${bot.id}/secrets`);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('tenant-wide roles of a machine: added, replaced, taken', async () => {
  const bot = await door.bot();
  const [a, b] = [await globalRole(), await globalRole()];
  const path = `/applications/${bot.id}/roles`;
  expect(await door.done(201, 'POST', path, { roleIds: [a.id] })).toEqual({
    roleIds: [a.id],
    addedRoleIds: [a.id],
  });
  expect(await door.done(201, 'POST', path, { roleIds: [a.id, b.id] })).toEqual({
    roleIds: [a.id, b.id],
    addedRoleIds: [b.id],
  });
  const found = await door.done<object[]>(200, 'GET', path);
  expect(found).toEqual([a, b].sort((x, y) => (x.name < y.name ? -1 : 1)));
  expect(await door.done(200, 'PUT', path, { roleIds: [b.id] })).toEqual({ roleIds: [b.id] });
  await door.done(204, 'DELETE', `${path}/${b.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${b.id}`);
});

test('tenant-wide roles: for machines only, of the type for machines only, and none that does not exist', async () => {
  const bot = await door.bot();
  const web = await door.done(200, 'POST', '/applications', { name: 'w', type: 'Traditional' });
  const [role, forPeople] = [await globalRole(), await globalRole({ type: 'User' })];
  for (const method of ['POST', 'PUT']) {
    await door.refused(422, 'application.invalid_type', method, `/applications/${web.id}/roles`, {
      roleIds: [role.id],
    });
    await door.refused(422, 'application.invalid_role_type', method, `/applications/${bot.id}/roles`, {
      roleIds: [role.id, forPeople.id],
    });
    await door.refused(
      404,
      'entity.relation_foreign_key_not_found',
      method,
      `/applications/${bot.id}/roles`,
      { roleIds: [role.id, nobody] },
    );
  }
  await door.refused(400, 'guard.invalid_input', 'POST', `/applications/${bot.id}/roles`, { roleIds: [] });
});

test('holding the role of the Management API is what makes an application a manager, and losing it ends that', async () => {
  const bot = await door.bot();
  const [access] = await door.done<{ id: string }[]>(200, 'GET', '/roles?search=Management%25');
  await door.done(201, 'POST', `/applications/${bot.id}/roles`, { roleIds: [access!.id] });
  const token = async () => {
    const response = await fetch(`${door.url}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: bot.id,
        client_secret: bot.secret as string,
        resource: `${door.url}/api`,
        scope: 'all',
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const knock = async (bearer: string) =>
    (await fetch(`${door.url}/api/organizations`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  expect(await knock(await token())).toBe(200);
  await door.done(204, 'DELETE', `/applications/${bot.id}/roles/${access!.id}`);
  expect(await knock(await token())).toBe(403);
});
