/** Organizations (contract §2), and what Usher adds: disabling, seats. */
import { expect, test } from 'vitest';
import { day, keysOf, nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();

const properties = [
  ...[
    'branding',
    'color',
    'createdAt',
    'customCss',
    'customData',
    'description',
    'id',
    'isMfaRequired',
    'name',
    'tenantId',
  ],
];

test('POST makes one with defaults: 201, exactly the entity', async () => {
  const before = door.now();
  const organization = await door.organization({ name: 'Acme' });
  expect(keysOf(organization)).toEqual(properties);
  expect(organization).toMatchObject({
    tenantId: 'default',
    name: 'Acme',
    description: null,
    customData: {},
    isMfaRequired: false,
    color: {},
    branding: {},
    customCss: null,
  });
  expect(organization.id).toMatch(/^[0-9a-z]{12,21}$/);
  expect(organization.createdAt).toBeGreaterThanOrEqual(before);
  expect(organization.createdAt).toBeLessThanOrEqual(door.now());
  expect(await door.done(200, 'GET', `/organizations/${organization.id}`)).toEqual(organization);
});

test('POST takes every field; names need not be unique', async () => {
  const fields = {
    name: unique('Acme'),
    description: 'What it is',
    customData: { a: [1, { b: null }] },
    isMfaRequired: true,
    color: { primaryColor: '#0af', darkPrimaryColor: '#00aaff', isDarkModeEnabled: true },
    branding: { logoUrl: 'https://acme.example/logo.svg', favicon: 'data:image/png;base64,AA==' },
    customCss: 'a { color: red }',
  };
  const first = await door.organization(fields);
  expect(first).toMatchObject(fields);
  const second = await door.organization(fields);
  expect(second.id).not.toBe(first.id);
});

test('fields out of their limits are refused, when made and when changed', async () => {
  const { id } = await door.organization();
  const bad = [
    { name: '' },
    { name: 'x'.repeat(129) },
    { name: null },
    { description: 'x'.repeat(257) },
    { customData: [] },
    { customData: null },
    { isMfaRequired: 'yes' },
    { color: { primaryColor: '#12345' } },
    { color: { isDarkModeEnabled: 1 } },
    { branding: { logoUrl: '/logo.svg' } },
    { customCss: 5 },
  ];
  for (const fields of bad) {
    await door.refused(400, 'guard.invalid_input', 'POST', '/organizations', { name: 'Acme', ...fields });
    await door.refused(400, 'guard.invalid_input', 'PATCH', `/organizations/${id}`, fields);
  }
  await door.refused(400, 'guard.invalid_input', 'POST', '/organizations', {});
  expect((await door.organization({ name: '𝒳'.repeat(128), description: '' })).description).toBeNull();
});

test('PATCH replaces what is given and leaves the rest; objects are replaced whole; empty text is null', async () => {
  const made = await door.organization({
    customData: { a: 1 },
    color: { primaryColor: '#fff' },
    description: 'd',
    customCss: 'c',
  });
  const changed = await door.done(200, 'PATCH', `/organizations/${made.id}`, {
    customData: { b: 2 },
    description: '',
  });
  expect(changed).toEqual({ ...made, customData: { b: 2 }, description: null });
  const emptied = await door.done(200, 'PATCH', `/organizations/${made.id}`, {
    customData: {},
    color: {},
    customCss: null,
  });
  expect(emptied).toMatchObject({ customData: {}, color: {}, customCss: null, name: made.name });
});

test('PATCH with nothing changes nothing, and server-owned fields are not for callers', async () => {
  const made = await door.organization();
  expect(await door.done(200, 'PATCH', `/organizations/${made.id}`, {})).toEqual(made);
  const mine = { id: 'mine', createdAt: 1, tenantId: 'other', disabledAt: 5, seatLimit: 1 };
  const [entry] = await door.records(async () => {
    expect(await door.done(200, 'PATCH', `/organizations/${made.id}`, mine)).toEqual(made);
  });
  expect(entry).toMatchObject({ detail: { changed: [] } });
});

test('an unknown organization: GET, PATCH, DELETE each say so in the words of the contract', async () => {
  const path = `/organizations/${nobody}`;
  await door.refused(404, 'entity.not_exists_with_id', 'GET', path);
  await door.refused(404, 'entity.not_exists', 'PATCH', path, { name: 'x' });
  await door.refused(404, 'entity.not_found', 'DELETE', path);
  await door.refused(404, 'entity.not_exists', 'PATCH', `${path}/is-disabled`, { isDisabled: true });
  await door.refused(404, 'entity.not_exists_with_id', 'GET', `${path}/seats`);
  await door.refused(404, 'entity.not_exists_with_id', 'PUT', `${path}/seats`, { limit: 5 });
});

test('DELETE takes members, roles held, bots, joining rules, invitations and their mails along', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const bot = await door.bot();
  const role = await door.role();
  const machineRole = await door.machineRole();
  const base = `/organizations/${id}`;
  await door.done(201, 'POST', `${base}/users/${member.id}/roles`, { organizationRoleIds: [role.id] });
  await door.done(201, 'POST', `${base}/applications`, { applicationIds: [bot.id] });
  await door.done(201, 'POST', `${base}/applications/${bot.id}/roles`, {
    organizationRoleIds: [machineRole.id],
  });
  await door.done(201, 'POST', `${base}/jit/email-domains`, { emailDomain: 'example.com' });
  await door.done(201, 'POST', `${base}/jit/roles`, { organizationRoleIds: [role.id] });
  const invitation = await door.invitation(id, { messagePayload: {} });
  await door.done(204, 'DELETE', base);

  await door.refused(404, 'entity.not_found', 'GET', `/organization-invitations/${invitation.id}`);
  expect(await door.done(200, 'GET', `/users/${member.id}/organizations`)).toEqual([]);
  expect(await door.done(200, 'GET', `/applications/${bot.id}/organizations`)).toEqual([]);
  for (const table of ['members', 'bots', 'email_domains', 'jit_roles', 'invitations', 'deliveries'])
    expect(await door.sql(`select 1 from ${table} where organization_id = $1`, [id]), table).toEqual([]);
  await door.refused(404, 'entity.not_found', 'DELETE', base);
});

test('GET lists them newest first; with showFeatured each with its number of members and three of them', async () => {
  const older = await door.organization();
  const newer = await door.organization();
  const people = [
    await door.member(older.id),
    await door.member(older.id),
    await door.member(older.id),
    await door.member(older.id),
  ];
  const plain = await door.done<Record<string, unknown>[]>(200, 'GET', '/organizations');
  expect(plain.slice(0, 2)).toEqual([newer, older]);
  for (const flag of ['1', 'true', 'Y', 'YES', 'yep', 'yeah']) {
    const [first, second] = await door.done<Record<string, unknown>[]>(
      200,
      'GET',
      `/organizations?showFeatured=${flag}`,
    );
    expect(first).toEqual({ ...newer, usersCount: 0, featuredUsers: [] });
    expect(second).toMatchObject({ ...older, usersCount: 4 });
    expect(second!.featuredUsers).toEqual(
      people.slice(0, 3).map(({ id }) => ({ id, avatar: null, name: 'Ann' })),
    );
  }
  for (const flag of ['0', 'false', 'no', 'on', ''])
    expect((await door.done<object[]>(200, 'GET', `/organizations?showFeatured=${flag}`))[0]).toEqual(newer);
});

test('rule 17: a disabled organization keeps everybody and lets nobody in, by any path', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const invitee = await door.user();
  const bot = await door.bot();
  const invitation = await door.invitation(id, { invitee: invitee.primaryEmail });
  const base = `/organizations/${id}`;
  const answer = await door.done(200, 'PATCH', `${base}/is-disabled`, { isDisabled: true });
  expect(answer).toMatchObject({ id });

  const shut = [422, 'organization.disabled'] as const;
  const by = `/organization-invitations/${invitation.id}`;
  await door.refused(...shut, 'PUT', `${by}/status`, { status: 'Accepted', acceptedUserId: invitee.id });
  await door.refused(...shut, 'POST', `${by}/message`, {});
  await door.refused(...shut, 'POST', `${by}/renew`, {});
  await door.refused(...shut, 'GET', `${by}/link`);
  await door.refused(...shut, 'POST', '/organization-invitations', {
    organizationId: id,
    invitee: 'new@example.com',
    expiresAt: door.now() + day,
  });
  await door.refused(...shut, 'POST', `${base}/users`, { userIds: [invitee.id] });
  await door.refused(...shut, 'PUT', `${base}/users`, { userIds: [member.id, invitee.id] });
  await door.refused(...shut, 'POST', `${base}/applications`, { applicationIds: [bot.id] });
  await door.refused(...shut, 'PUT', `${base}/applications`, { applicationIds: [bot.id] });
  expect(await door.done<object[]>(200, 'GET', `${base}/users`)).toMatchObject([{ id: member.id }]);

  await door.done(200, 'PATCH', `${base}/is-disabled`, { isDisabled: false });
  await door.done(200, 'PUT', `${by}/status`, { status: 'Accepted', acceptedUserId: invitee.id });
  await door.refused(400, 'guard.invalid_input', 'PATCH', `${base}/is-disabled`, {});
  await door.refused(400, 'guard.invalid_input', 'PATCH', `${base}/is-disabled`, { isDisabled: 'true' });
});

test('rule 17: while an organization is disabled nobody may do anything there, and mails that wait stay unsent', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const role = await door.role({ organizationScopeIds: [(await door.scope()).id] });
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  const scopes = () => door.done<object[]>(200, 'GET', `/organizations/${id}/users/${member.id}/scopes`);
  expect(await scopes()).toHaveLength(1);
  const invitation = await door.invitation(id, { messagePayload: {} });
  await door.done(200, 'PATCH', `/organizations/${id}/is-disabled`, { isDisabled: true });
  expect(await scopes()).toEqual([]);
  const sent = door.mails.length;
  await door.drain();
  expect(door.mails.length).toBe(sent);
  expect(await door.done(200, 'GET', `/organization-invitations/${invitation.id}/deliveries`)).toMatchObject([
    { status: 'canceled', answer: 'The organization is disabled' },
  ]);
});

const seats = (id: string) => door.done(200, 'GET', `/organizations/${id}/seats`);
const limit = (id: string, value: number | null) =>
  door.done(200, 'PUT', `/organizations/${id}/seats`, { limit: value });

test('seats: members and pending invitations are told, with the limit or null for none', async () => {
  const { id } = await door.organization();
  expect(await seats(id)).toEqual({ limit: null, members: 0, pending: 0 });
  await door.member(id);
  await door.invitation(id);
  expect(await seats(id)).toEqual({ limit: null, members: 1, pending: 1 });
  expect(await limit(id, 2)).toEqual({ limit: 2, members: 1, pending: 1 });
  expect(await seats(id)).toEqual({ limit: 2, members: 1, pending: 1 });
});

test('rule 9: when the seats are taken nobody is invited or joins, by any path', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const other = await door.user();
  await limit(id, 2);
  const invitation = await door.invitation(id);
  const full = [422, 'organization.seats_full'] as const;
  const another = { organizationId: id, invitee: other.primaryEmail, expiresAt: door.now() + day };
  await door.refused(...full, 'POST', '/organization-invitations', another);
  await door.refused(...full, 'POST', '/organization-invitations', { ...another, messagePayload: {} });
  await door.refused(...full, 'POST', `/organizations/${id}/users`, { userIds: [other.id] });
  await door.refused(...full, 'PUT', `/organizations/${id}/users`, { userIds: [member.id, other.id] });
  await door.done(204, 'PUT', `/organizations/${id}/users`, { userIds: [other.id] });
  expect(await seats(id)).toEqual({ limit: 2, members: 1, pending: 1 });
  await door.done(200, 'POST', `/organization-invitations/${invitation.id}/renew`, {});
  expect(await seats(id)).toEqual({ limit: 2, members: 1, pending: 1 });
});

test('a limit of 0 is a limit', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  await limit(id, 0);
  await door.refused(422, 'organization.seats_full', 'POST', `/organizations/${id}/users`, {
    userIds: [user.id],
  });
  await limit(id, null);
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
});

test('who accepts takes the seat that the invitation held, and one who was a member frees it', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  await limit(id, 1);
  const invitation = await door.invitation(id, { invitee: user.primaryEmail });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  expect(await seats(id)).toEqual({ limit: 1, members: 1, pending: 0 });
  const [{ seats_used: used }] = (await door.sql('select seats_used from organizations where id = $1', [
    id,
  ])) as [{ seats_used: number }];
  expect(used).toBe(1);

  await limit(id, 3);
  const late = await door.user();
  const second = await door.invitation(id, { invitee: late.primaryEmail });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [late.id] });
  expect(await seats(id)).toEqual({ limit: 3, members: 2, pending: 1 });
  await door.done(200, 'PUT', `/organization-invitations/${second.id}/status`, {
    status: 'Accepted',
    acceptedUserId: late.id,
  });
  expect(await seats(id)).toEqual({ limit: 3, members: 2, pending: 0 });
  expect((await door.sql('select seats_used from organizations where id = $1', [id]))[0]).toEqual({
    seats_used: 2,
  });
});

test.for([
  ['revoking', 'PUT', { status: 'Revoked' }],
  ['rejecting', 'PUT', { status: 'Rejected' }],
  ['deleting', 'DELETE', undefined],
] as const)('a seat is free again after %s the invitation that held it', async ([, method, body]) => {
  const { id } = await door.organization();
  await limit(id, 1);
  const invitation = await door.invitation(id);
  const path = `/organization-invitations/${invitation.id}${method === 'PUT' ? '/status' : ''}`;
  await door.done(method === 'PUT' ? 200 : 204, method, path, body);
  await door.invitation(id);
});

test('a seat is free again after its member is removed, or deleted', async () => {
  const { id } = await door.organization();
  const first = await door.member(id);
  await limit(id, 1);
  await door.done(204, 'DELETE', `/organizations/${id}/users/${first.id}`);
  const second = await door.member(id);
  await door.done(204, 'DELETE', `/users/${second.id}`);
  await door.member(id);
  expect(await seats(id)).toEqual({ limit: 1, members: 1, pending: 0 });
});

test('a seat held by an expired invitation is free for whoever comes next: an invitation, a member, a lower limit', async () => {
  const { id } = await door.organization();
  await limit(id, 2);
  const first = await door.invitation(id, { expiresAt: door.now() + 60_000 });
  await door.invitation(id, { expiresAt: door.now() + 60_000 });
  door.advance(60_001);
  expect(await seats(id)).toEqual({ limit: 2, members: 0, pending: 0 });
  await door.member(id);
  await door.invitation(id);
  expect(await seats(id)).toEqual({ limit: 2, members: 1, pending: 1 });
  await door.refused(
    422,
    'organization.seats_full',
    'POST',
    `/organization-invitations/${first.id}/renew`,
    {},
  );

  const other = await door.organization();
  await limit(other.id, 1);
  await door.invitation(other.id, { expiresAt: door.now() + 60_000 });
  door.advance(60_001);
  expect(await limit(other.id, 0)).toEqual({ limit: 0, members: 0, pending: 0 });
});

test('a limit below what is used is refused and says what is used; one that fits exactly is not', async () => {
  const { id } = await door.organization();
  await door.member(id);
  await door.member(id);
  await door.invitation(id);
  const { data } = await door.refused(
    422,
    'organization.seats_below_use',
    'PUT',
    `/organizations/${id}/seats`,
    { limit: 2 },
  );
  expect(data).toMatchObject({ used: 3 });
  await limit(id, 3);
  for (const bad of [-1, 1.5, '5', 2_147_483_648, undefined])
    await door.refused(400, 'guard.invalid_input', 'PUT', `/organizations/${id}/seats`, { limit: bad });
});

test('bots take no seats', async () => {
  const { id } = await door.organization();
  await limit(id, 0);
  const bot = await door.bot();
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [bot.id] });
});
