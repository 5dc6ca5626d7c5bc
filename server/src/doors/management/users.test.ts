/** Users (contract §8). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor, unique, uniqueAddress } from './fixture.ts';

const door = openDoor();

const properties = [
  ...[
    'applicationId',
    'avatar',
    'cimdClientId',
    'createdAt',
    'customData',
    'hasPassword',
    'id',
    'identities',
    'isSuspended',
  ],
  ...['lastSignInAt', 'name', 'primaryEmail', 'primaryPhone', 'profile', 'updatedAt', 'username'],
];

test('POST makes one of nothing at all: 200, exactly the entity', async () => {
  const user = await door.done(200, 'POST', '/users', {});
  expect(keysOf(user)).toEqual(properties);
  expect(user).toEqual({
    id: user.id,
    username: null,
    primaryEmail: null,
    primaryPhone: null,
    name: null,
    avatar: null,
    customData: {},
    identities: {},
    lastSignInAt: null,
    createdAt: user.createdAt,
    updatedAt: user.createdAt,
    profile: {},
    applicationId: null,
    cimdClientId: null,
    isSuspended: false,
    hasPassword: false,
  });
  expect(user.id).toMatch(/^[0-9a-z]{12,21}$/);
  expect(await door.done(200, 'GET', `/users/${user.id}`)).toEqual(user);
});

test('POST takes every field, the address in its normal form; no password comes back', async () => {
  const fields = {
    username: `ann_${Date.now()}`,
    primaryPhone: `49${Date.now()}`,
    name: 'Ann',
    avatar: 'https://example.com/ann.png',
    customData: { a: 1 },
    profile: { familyName: 'Smith', birthdate: '1990-01-01', address: { country: 'DE' } },
  };
  const user = await door.done(200, 'POST', '/users', {
    ...fields,
    primaryEmail: ' ANN.x@BÜCHER.example',
    password: 'secret words',
  });
  expect(user).toMatchObject({ ...fields, primaryEmail: 'ann.x@xn--bcher-kva.example', hasPassword: true });
  expect(keysOf(user)).toEqual(properties);
  const [row] = await door.sql('select * from users where id = $1', [user.id]);
  expect(row.password_digest).toMatch(/^\$argon2id\$/);
  expect(JSON.stringify(row)).not.toContain('secret words');
});

test('a digest from elsewhere is taken with its algorithm', async () => {
  const digest = { passwordDigest: '5f4dcc3b5aa765d61d8327deb882cf99', passwordAlgorithm: 'MD5' };
  expect(await door.done(200, 'POST', '/users', digest)).toMatchObject({ hasPassword: true });
  await door.refused(400, 'user.password_and_digest', 'POST', '/users', { ...digest, password: 'x' });
  await door.refused(400, 'user.password_algorithm_required', 'POST', '/users', {
    passwordDigest: digest.passwordDigest,
  });
  await door.refused(400, 'guard.invalid_input', 'POST', '/users', { ...digest, passwordAlgorithm: 'ROT13' });
  await door.refused(400, 'guard.invalid_input', 'POST', '/users', {
    ...digest,
    passwordDigest: 'x'.repeat(257),
  });
});

test('fields out of their limits are refused, when made and when changed', async () => {
  const user = await door.user();
  const bad = [
    { username: '1ann' },
    { username: 'ann smith' },
    { username: 'änn' },
    { username: 'x'.repeat(129) },
    { primaryEmail: 'ann' },
    { primaryEmail: 'ann@example.com, bob@example.com' },
    { primaryPhone: '+49 170' },
    { primaryPhone: 'abc' },
    { name: 'x'.repeat(129) },
    { name: 5 },
    { avatar: 'picture.png' },
    { customData: [] },
    { profile: { nickname: 5 } },
    { profile: 'x' },
  ];
  for (const fields of bad) {
    await door.refused(400, 'guard.invalid_input', 'POST', '/users', fields);
    await door.refused(400, 'guard.invalid_input', 'PATCH', `/users/${user.id}`, fields);
  }
  await door.refused(400, 'guard.invalid_input', 'POST', '/users', { password: '' });
});

test('rule 2: address, username and phone belong to one user, whatever their case and spelling', async () => {
  const username = `Rita_${Date.now()}`;
  const primaryPhone = `48${Date.now()}`;
  const user = await door.user({ primaryEmail: 'rité@bücher.example', username, primaryPhone });
  const other = await door.user();
  const takings = [
    ['user.email_already_in_use', { primaryEmail: 'RITÉ@Bücher.example' }],
    ['user.email_already_in_use', { primaryEmail: 'rite\u0301@xn--bcher-kva.example' }],
    ['user.username_already_in_use', { username: username.toUpperCase() }],
    ['user.phone_already_in_use', { primaryPhone }],
  ] as const;
  for (const [code, fields] of takings) {
    await door.refused(422, code, 'POST', '/users', fields);
    await door.refused(422, code, 'PATCH', `/users/${other.id}`, fields);
  }
  for (const primaryEmail of ['rite@bücher.example', 'rité+1@bücher.example', 'r.ité@bücher.example'])
    await door.user({ primaryEmail });
  await door.done(200, 'PATCH', `/users/${user.id}`, {
    username: username.toUpperCase(),
    primaryEmail: user.primaryEmail,
  });
});

test('PATCH replaces what is given; empty text and null clear; nothing changes nothing but the time', async () => {
  const user = await door.user({
    avatar: 'https://a.example/a.png',
    username: `u${Date.now()}`,
    customData: { a: 1 },
    profile: { nickname: 'A' },
  });
  const path = `/users/${user.id}`;
  const changed = await door.done(200, 'PATCH', path, {
    name: 'Bob',
    customData: { b: 2 },
    profile: { website: 'https://b.example' },
  });
  expect(changed).toEqual({
    ...user,
    name: 'Bob',
    customData: { b: 2 },
    profile: { website: 'https://b.example' },
    updatedAt: changed.updatedAt,
  });
  const cleared = await door.done(200, 'PATCH', path, {
    name: '',
    avatar: '',
    username: null,
    primaryEmail: '',
    primaryPhone: null,
  });
  expect(cleared).toMatchObject({
    name: null,
    avatar: null,
    username: null,
    primaryEmail: null,
    primaryPhone: null,
  });
  const same = await door.done(200, 'PATCH', path, {});
  expect(same).toEqual({ ...cleared, updatedAt: same.updatedAt });
});

test('nobody verifies, suspends or owns anything by mass assignment', async () => {
  const mine = {
    id: 'mine',
    createdAt: 1,
    isSuspended: true,
    hasPassword: true,
    passwordDigest: 'x',
    emailVerified: true,
    primaryEmailVerified: true,
    identities: { google: { userId: '1' } },
    applicationId: 'x',
    lastSignInAt: 5,
    organizationRoles: ['owner'],
    tenantId: 'other',
  };
  const { passwordDigest: _, ...onCreate } = mine;
  const user = await door.user(onCreate);
  expect(user).toMatchObject({
    isSuspended: false,
    hasPassword: false,
    identities: {},
    applicationId: null,
    lastSignInAt: null,
  });
  expect(user.id).not.toBe('mine');
  const changed = await door.done(200, 'PATCH', `/users/${user.id}`, mine);
  expect(changed).toEqual({ ...user, updatedAt: changed.updatedAt });
  expect(await door.sql('select tenant_id, password_digest from users where id = $1', [user.id])).toEqual([
    { tenant_id: 'default', password_digest: null },
  ]);
});

test('PATCH of custom data and profile merges the first level and answers with all of it', async () => {
  const user = await door.user({ customData: { a: { x: 1 }, b: 1 }, profile: { nickname: 'A' } });
  const path = `/users/${user.id}`;
  expect(
    await door.done(200, 'PATCH', `${path}/custom-data`, { customData: { a: { y: 2 }, c: null } }),
  ).toEqual({ a: { y: 2 }, b: 1, c: null });
  expect(
    await door.done(200, 'PATCH', `${path}/profile`, { profile: { website: 'https://a.example' } }),
  ).toEqual({ nickname: 'A', website: 'https://a.example' });
  expect(await door.done(200, 'GET', path)).toMatchObject({
    customData: { a: { y: 2 }, b: 1, c: null },
    profile: { nickname: 'A', website: 'https://a.example' },
  });
  for (const [rest, body] of [
    ['custom-data', {}],
    ['custom-data', { customData: [] }],
    ['profile', {}],
    ['profile', { profile: { nickname: 1 } }],
  ] as const)
    await door.refused(400, 'guard.invalid_input', 'PATCH', `${path}/${rest}`, body);
});

test('suspending, the password, and whether there is one', async () => {
  const user = await door.user();
  const path = `/users/${user.id}`;
  expect(await door.done(200, 'PATCH', `${path}/is-suspended`, { isSuspended: true })).toMatchObject({
    isSuspended: true,
  });
  expect(await door.done(200, 'GET', path)).toMatchObject({ isSuspended: true });
  expect(await door.done(200, 'PATCH', `${path}/is-suspended`, { isSuspended: false })).toMatchObject({
    isSuspended: false,
  });
  await door.refused(400, 'guard.invalid_input', 'PATCH', `${path}/is-suspended`, {});
  expect(await door.done(200, 'GET', `${path}/has-password`)).toEqual({ hasPassword: false });
  expect(await door.done(200, 'PATCH', `${path}/password`, { password: 'new' })).toMatchObject({
    hasPassword: true,
  });
  expect(await door.done(200, 'GET', `${path}/has-password`)).toEqual({ hasPassword: true });
  await door.refused(400, 'guard.invalid_input', 'PATCH', `${path}/password`, { password: '' });
});

test('an unknown user is 404 on every path', async () => {
  const path = `/users/${nobody}`;
  const missing = [404, 'entity.not_found'] as const;
  await door.refused(...missing, 'GET', path);
  await door.refused(...missing, 'PATCH', path, { name: 'x' });
  await door.refused(...missing, 'DELETE', path);
  await door.refused(...missing, 'PATCH', `${path}/custom-data`, { customData: {} });
  await door.refused(...missing, 'PATCH', `${path}/profile`, { profile: {} });
  await door.refused(...missing, 'PATCH', `${path}/is-suspended`, { isSuspended: true });
  await door.refused(...missing, 'PATCH', `${path}/password`, { password: 'x' });
  await door.refused(...missing, 'GET', `${path}/has-password`);
  await door.refused(...missing, 'GET', `${path}/organizations`);
});

test('DELETE takes memberships and roles along; the address is free again', async () => {
  const { id } = await door.organization();
  const role = await door.role();
  const user = await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users/${user.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  await door.done(204, 'DELETE', `/users/${user.id}`);
  await door.refused(404, 'entity.not_found', 'GET', `/users/${user.id}`);
  expect(await door.done(200, 'GET', `/organizations/${id}/users`)).toEqual([]);
  const again = await door.user({ primaryEmail: user.primaryEmail });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [again.id] });
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${again.id}/roles`)).toEqual([]);
});

test('GET lists them newest first, in pages', async () => {
  const [older, newer] = [
    await door.user({ name: unique('n') }),
    await door.user({ primaryEmail: uniqueAddress() }),
  ];
  const answer = await door.api('GET', '/users?page_size=2');
  expect(answer.body).toEqual([newer, older]);
  expect(answer.headers.has('total-number')).toBe(true);
});

test('identities of single sign-on are told to who asks for them: there are none', async () => {
  const user = await door.user();
  const path = `/users/${user.id}`;
  expect(await door.done(200, 'GET', path)).not.toHaveProperty('ssoIdentities');
  expect(await door.done(200, 'GET', `${path}?includeSsoIdentities=true`)).toMatchObject({
    ssoIdentities: [],
  });
  const [first] = await door.done<object[]>(200, 'GET', '/users?includeSsoIdentities=1');
  expect(first).toMatchObject({ ssoIdentities: [] });
});
