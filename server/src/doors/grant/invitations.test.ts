import { beforeAll, expect, test } from 'vitest';
import { day } from '../../../test/builders.ts';
import { type Caller, newAddress, type Organization, openDoor } from './fixture.ts';

const door = openDoor();
let acme: Organization;
let owner: Caller;
beforeAll(async () => {
  owner = await door.person();
  acme = await door.organization(owner);
});

const invite = (by: Caller, email: string, roleId: string = acme.roles.Viewer, more: object = {}) =>
  by.call('POST', '/organization-invitations/invite', { scope: acme.scope, email, roleId, ...more });
const listed = async (more = '', by: Caller = owner) =>
  by.call('GET', `/organization-invitations${acme.query}${more}`);
const on = (by: Caller, id: string, verb: 'resend-email' | 'renew' | 'revoke', scope: object = acme.scope) =>
  verb === 'revoke'
    ? by.call('DELETE', `/organization-invitations/${id}`, { scope })
    : by.call('POST', `/organization-invitations/${id}/${verb}`, { scope });
const ofStatus = async (status: string) =>
  (await listed(`&status=${status}&limit=100`)).body.data.items.map(({ email }: any) => email);

test('an invitation is answered in this door’s words, and its mail leads to the page of Usher', async () => {
  const email = newAddress();
  const { status, body } = await invite(owner, ` ${email.toUpperCase()} `);
  expect(status).toBe(201);
  const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(body).toEqual({
    success: true,
    data: {
      id: expect.any(String),
      organizationId: acme.id,
      email,
      roleId: acme.roles.Viewer,
      status: 'pending',
      expiresAt: iso,
      invitedBy: owner.id,
      invitedAt: iso,
      acceptedAt: null,
      createdAt: iso,
      updatedAt: iso,
      deletedAt: null,
    },
  });
  expect(Date.parse(body.data.expiresAt) - Date.parse(body.data.invitedAt)).toBe(7 * day);
  const [mail] = await door.mailsTo(email);
  expect(mail).toContain(`${door.url}/invitations/`);
});

test('the mail is in the language of who calls', async () => {
  const email = newAddress();
  await owner.call(
    'POST',
    '/organization-invitations/invite',
    { scope: acme.scope, email, roleId: acme.roles.Viewer },
    { 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' },
  );
  expect((await door.mailsTo(email))[0]).toContain('Einladung');
});

test('the scope is taken from the body, the query or the headers', async () => {
  const head = { 'x-scope-id': acme.id, 'x-scope-tenant': 'organization' };
  const call = (query: string, headers?: Record<string, string>) =>
    owner.call('GET', `/organization-invitations${query}`, undefined, headers);
  expect(await call('', head)).toMatchObject({ status: 200 });
  expect(await call(`/?scopeId=${acme.id}&tenant=organization`)).toMatchObject({ status: 200 });
  expect(await call('')).toMatchObject({ status: 400, body: { code: 'SCOPE_REQUIRED' } });
  expect(await call(`?scopeId=${acme.id}&tenant=account`)).toMatchObject({
    status: 400,
    body: { details: [{ field: 'scope.tenant' }] },
  });
});

test('what cannot be invited is told as Grant’s clients expect', async () => {
  const email = newAddress();
  await invite(owner, email);
  expect(await invite(owner, email)).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT', extensions: { resource: 'Invitation', field: 'email' } },
  });
  expect(await invite(owner, owner.email)).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT', extensions: { resource: 'OrganizationUser', field: 'userId' } },
  });
  expect(await invite(owner, newAddress(), '0000000000000000000no')).toMatchObject({
    status: 404,
    body: { code: 'NOT_FOUND' },
  });
  expect(await invite(owner, 'nobody')).toMatchObject({
    status: 400,
    body: { details: [{ field: 'email' }] },
  });
  const missing = await owner.call('POST', '/organization-invitations/invite', { scope: acme.scope });
  expect(missing.body.details.map(({ field }: any) => field)).toEqual(['email', 'roleId']);
  const nobody = await door.call('POST', '/organization-invitations/invite', {});
  expect(nobody).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
});

test('changing anything needs a proven address', async () => {
  const pending = await door.registered();
  expect(await invite(pending, newAddress())).toMatchObject({
    status: 403,
    body: { code: 'EMAIL_VERIFICATION_REQUIRED' },
  });
  const member = await door.member(acme, 'Admin');
  await door.sql('update users set email_verified_at = null where id = $1', [member.id]);
  expect(await invite(member, newAddress())).toMatchObject({
    status: 403,
    body: { code: 'EMAIL_VERIFICATION_REQUIRED' },
  });
  expect(await listed('', member)).toMatchObject({ status: 200 });
});

test.each([
  ['Owner', 201, 201, 201, 201],
  ['Admin', 403, 201, 201, 201],
  ['Dev', 403, 403, 403, 403],
  ['Viewer', 403, 403, 403, 403],
] as const)(
  '%s invites nobody above themselves, and only where inviting is theirs',
  async (role, ...expected) => {
    const member = await door.member(acme, role);
    const answers = [];
    for (const name of ['Owner', 'Admin', 'Dev', 'Viewer'] as const)
      answers.push((await invite(member, newAddress(), acme.roles[name])).status);
    expect(answers).toEqual(expected);
    expect(await listed('', member)).toMatchObject({ status: 200 });
  },
);

test('a role of the tenant’s own is inside the hierarchy: its permissions say what it may give', async () => {
  const { body: scopes } = await door.api('GET', '/organization-scopes');
  const ids = (...names: string[]) =>
    scopes.filter(({ name }: any) => names.includes(name)).map(({ id }: any) => id);
  const { body: custom } = await door.api('POST', '/organization-roles', {
    name: 'Recruiter',
    organizationScopeIds: ids(
      'OrganizationInvitation:Create',
      'OrganizationInvitation:Query',
      'OrganizationInvitation:Read',
      'OrganizationMember:Read',
      'OrganizationMember:Query',
      'read:member',
    ),
  });
  const { body: weaker } = await door.api('POST', '/organization-roles', {
    name: 'Reader',
    organizationScopeIds: ids('OrganizationInvitation:Query'),
  });
  const recruiter = await door.member({ ...acme, roles: { ...acme.roles, Dev: custom.id } }, 'Dev');
  for (const role of ['Owner', 'Admin', 'Dev', 'Viewer'] as const)
    expect(await invite(recruiter, newAddress(), acme.roles[role])).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  const made = await invite(recruiter, newAddress(), weaker.id);
  expect(made).toMatchObject({ status: 201 });
  // Creating is one permission, revoking another.
  expect(await on(recruiter, made.body.data.id, 'revoke')).toMatchObject({
    status: 403,
    body: { code: 'NO_MATCHING_PERMISSION_FOUND' },
  });
});

test('another organization is as if it did not exist, by every call', async () => {
  const stranger = await door.person();
  const globex = await door.organization(stranger, 'Globex');
  const { body } = await invite(owner, newAddress());
  const { id } = body.data;
  for (const verb of ['resend-email', 'renew', 'revoke'] as const) {
    for (const scope of [acme.scope, globex.scope])
      expect(await on(stranger, id, verb, scope)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await on(owner, id, verb, globex.scope)).toMatchObject({ status: 404 });
  }
  expect(await invite(stranger, newAddress())).toMatchObject({ status: 404 });
  expect(await listed('', stranger)).toMatchObject({ status: 404 });
  expect(await stranger.call('GET', `/organization-invitations/${id}`)).toMatchObject({ status: 404 });
  const mixed = `?scopeId=${acme.id}&tenant=organization&organizationId=${globex.id}`;
  expect(await owner.call('GET', `/organization-invitations${mixed}`)).toMatchObject({ status: 404 });
  expect(await owner.call('GET', `/organization-invitations/${id}`)).toMatchObject({
    status: 200,
    body: { data: { id } },
  });
  expect(await door.call('GET', `/organization-invitations/${id}`)).toMatchObject({ status: 404 });
});

test('whoever holds the token sees the invitation with its relations, and only the newest of a pending one', async () => {
  const email = newAddress();
  const { id } = (await invite(owner, email)).body.data;
  const token = await door.tokenFor(email);
  const view = (path: string) => door.call('GET', `/organization-invitations/${path}`);
  expect(await view(`${token}?relations=organization,role,inviter`)).toMatchObject({
    status: 200,
    body: {
      data: {
        id,
        organization: { id: acme.id, name: 'Acme' },
        role: { id: acme.roles.Viewer, name: 'Viewer' },
        inviter: { id: owner.id, name: 'Ann', email: owner.email },
      },
    },
  });
  expect(await view(`${token}?relations=organization,secrets`)).toMatchObject({
    status: 400,
    body: { details: [{ field: 'relations' }] },
  });
  expect(await view(`${token.slice(0, -2)}AA`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  door.advance(8 * day);
  const again = await login(owner);
  await on(again, id, 'renew');
  expect(await view(token)).toMatchObject({ status: 404 });
  await on(again, id, 'revoke');
  expect(await view(token)).toMatchObject({ status: 200, body: { data: { status: 'revoked' } } });
  owner = again;
  acme = { ...acme, maker: again };
});

async function login({ email, id }: Caller): Promise<Caller> {
  const { body } = await door.call('POST', '/auth/login', {
    provider: 'email',
    providerId: email,
    providerData: { password: 'correct horse battery' },
  });
  const { accessToken, refreshToken } = body.data;
  return {
    id,
    email,
    accessToken,
    refreshToken,
    call: (method, path, sent, headers) =>
      door.call(method, path, sent, { authorization: `Bearer ${accessToken}`, ...headers }),
  };
}

test('resending repeats a pending invitation; renewing gives an expired one a new link; what ended stays so', async () => {
  const email = newAddress();
  const { id } = (await invite(owner, email)).body.data;
  const first = await door.tokenFor(email);
  expect(await on(owner, id, 'resend-email')).toMatchObject({
    status: 200,
    body: { data: { id, status: 'pending' } },
  });
  expect(await door.tokenFor(email)).toBe(first);
  expect(await on(owner, id, 'renew')).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
  door.advance(7 * day + 1000);
  owner = await login(owner);
  expect(await on(owner, id, 'resend-email')).toMatchObject({ status: 400 });
  expect(await ofStatus('expired')).toContain(email);
  const renewed = await on(owner, id, 'renew');
  expect(renewed).toMatchObject({ status: 200, body: { data: { id, status: 'pending' } } });
  expect(await door.tokenFor(email)).not.toBe(first);
  expect(await on(owner, id, 'revoke')).toMatchObject({
    status: 200,
    body: { data: { id, status: 'revoked' } },
  });
  for (const verb of ['resend-email', 'renew', 'revoke'] as const)
    expect(await on(owner, id, verb)).toMatchObject({
      status: 400,
      body: { extensions: { status: 'Revoked' } },
    });
  expect(await on(owner, 'unknown', 'revoke')).toMatchObject({ status: 404 });
  acme = { ...acme, maker: owner };
});

test('every status can be listed, and what expired never stands in the way of inviting again', async () => {
  const [expired, revoked, declined, accepted, pending] = Array.from({ length: 5 }, newAddress) as [
    string,
    string,
    string,
    string,
    string,
  ];
  await invite(owner, expired);
  door.advance(7 * day + 1000);
  owner = await login(owner);
  acme = { ...acme, maker: owner };
  const ids = new Map<string, string>();
  for (const email of [revoked, declined, accepted, pending])
    ids.set(email, (await invite(owner, email)).body.data.id);
  await on(owner, ids.get(revoked)!, 'revoke');
  await door.api('PUT', `/organization-invitations/${ids.get(declined)}/status`, { status: 'Rejected' });
  await (await door.person(accepted)).call('POST', '/organization-invitations/accept', {
    token: await door.tokenFor(accepted),
  });
  expect(await ofStatus('expired')).toContain(expired);
  expect(await ofStatus('revoked')).toEqual(expect.arrayContaining([revoked, declined]));
  expect(await ofStatus('accepted')).toContain(accepted);
  expect(await ofStatus('pending')).toContain(pending);
  for (const email of [expired, revoked, declined])
    expect(await invite(owner, email)).toMatchObject({ status: 201 });
  expect(await ofStatus('expired')).toContain(expired);
  expect(await on(owner, ids.get(accepted)!, 'revoke')).toMatchObject({ status: 400 });
});

test('paging, searching and sorting work, and say how many there are', async () => {
  const maker = await door.person();
  const org = await door.organization(maker, 'Initech');
  const get = (more: string) => maker.call('GET', `/organization-invitations${org.query}${more}`);
  const ids: string[] = [];
  for (const name of ['carol', 'alice', 'bob', 'dave', 'al%_ice']) {
    const { body } = await maker.call('POST', '/organization-invitations/invite', {
      scope: org.scope,
      email: `${name}@initech.example`,
      roleId: org.roles.Dev,
    });
    ids.push(body.data.id);
  }
  const names = async (more: string) =>
    (await get(more)).body.data.items.map(({ email }: any) => email.split('@')[0]);
  expect(await names('')).toEqual(['al%_ice', 'dave', 'bob', 'alice', 'carol']);
  expect(await names('&sortField=email&sortOrder=asc&limit=2&page=2')).toEqual(['bob', 'carol']);
  expect(await names('&search=ALI')).toEqual(['alice']);
  expect(await names('&search=%25_')).toEqual(['al%_ice']);
  expect(await names(`&ids=${ids[0]},${ids[2]}`)).toEqual(['bob', 'carol']);
  expect((await get('&limit=2&page=2')).body.data).toMatchObject({ totalCount: 5, hasNextPage: true });
  expect((await get('&limit=2&page=3')).body.data).toMatchObject({ totalCount: 5, hasNextPage: false });
  expect((await get('&limit=2&page=9')).body.data).toEqual({ items: [], totalCount: 5, hasNextPage: false });
  for (const [more, field] of [
    ['search=a', 'search'],
    ['limit=101', 'limit'],
    ['page=0', 'page'],
    ['status=gone', 'status'],
    ['sortField=tenant_id', 'sortField'],
    ['sortOrder=up', 'sortOrder'],
    ['search=a%00b', 'search'],
  ])
    expect(await get(`&${more}`), more).toMatchObject({ status: 400, body: { details: [{ field }] } });
});

test('the secret of a link is in no answer, no list, no log of what happened and no row', async () => {
  const email = newAddress();
  const made = await invite(owner, email);
  const token = await door.tokenFor(email);
  const secret = token.split('.').at(-1)!;
  const answers = [made, await listed('&limit=100'), await on(owner, made.body.data.id, 'resend-email')];
  expect(JSON.stringify(answers)).not.toContain(secret);
  const tables = await door.sql(`select table_name as name from information_schema.tables
                                  where table_schema = 'public' and table_type = 'BASE TABLE'`);
  for (const { name } of tables)
    expect(await door.sql(`select 1 from ${name} t where t::text like $1`, [`%${secret}%`]), name).toEqual(
      [],
    );
});

test('an invitation lives as long as the organization’s policy says, and its domains hold here too', async () => {
  const maker = await door.person();
  const org = await door.organization(maker, 'Strict');
  const sending = (email: string) =>
    maker.call('POST', '/organization-invitations/invite', {
      scope: org.scope,
      email,
      roleId: org.roles.Dev,
    });
  const lifeOf = async () => {
    const { data } = (await sending(newAddress())).body;
    return Date.parse(data.expiresAt) - Date.parse(data.invitedAt);
  };
  await door.api('PUT', `/organizations/${org.id}/policy`, { longestLifeMs: day });
  expect(await lifeOf()).toBe(day);
  await door.api('PUT', `/organizations/${org.id}/policy`, {
    longestLifeMs: 30 * day,
    defaultLifeMs: 10 * day,
  });
  expect(await lifeOf()).toBe(10 * day);
  await door.api('PUT', `/organizations/${org.id}/policy`, { allowedDomains: ['strict.example'] });
  expect(await sending(newAddress())).toMatchObject({ status: 400, body: { details: [{ field: 'email' }] } });
});

test('members who may approve hear of an invitation that the policy holds', async () => {
  const own = await door.organization(owner);
  const admin = await door.member(own, 'Admin');
  await door.api('PUT', `/organizations/${own.id}/policy`, { approvalRequired: 'always' });
  const asks = async () =>
    (await door.mailsTo(owner.email)).filter((text) => text.includes('waits until')).length;
  const before = await asks();
  const [email, roleId] = [newAddress(), own.roles.Viewer];
  const made = await admin.call('POST', '/organization-invitations/invite', {
    scope: own.scope,
    email,
    roleId,
  });
  expect(made.status).toBe(201);
  expect(await asks()).toBe(before + 1);
  expect(await door.mailsTo(email)).toEqual([]);
  expect((await door.api('POST', `/organization-invitations/${made.body.data.id}/approve`)).status).toBe(200);
  expect(await door.mailsTo(email)).toHaveLength(1);
});
