import { decodeJwt, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { testKeys } from '../../../test/fixtures.ts';
import { findSigningKeys } from '../../domain/signing-keys/signing-keys.ts';
import { codeFor, newAddress, openDoor, password, registration } from './fixture.ts';

const door = openDoor();
const login = (email: string, secret = password) =>
  door.call('POST', '/auth/login', {
    provider: 'email',
    providerId: email,
    providerData: { password: secret },
  });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('who registers proves the address with the code of the mail, and logs in', async () => {
  const pending = await door.registered();
  expect(await pending.call('POST', '/me/accounts', {})).toMatchObject({
    status: 403,
    body: { code: 'EMAIL_VERIFICATION_REQUIRED' },
  });
  expect(await login(pending.email)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  const verified = await pending.call('POST', '/auth/verify-email', {
    token: await codeFor(door, pending.email),
  });
  expect(verified).toMatchObject({
    status: 200,
    body: { success: true, data: { accounts: [{ type: 'personal' }] } },
  });
  // The tokens of the registration are the person's now.
  expect((await pending.call('GET', '/me/accounts')).body.data).toEqual(verified.body.data.accounts);
  const { status, body } = await login(pending.email.toUpperCase());
  expect(status).toBe(200);
  expect(body.data).toMatchObject({
    requiresEmailVerification: false,
    account: verified.body.data.accounts[0],
  });
  expect(await login(pending.email, 'something else')).toMatchObject({ status: 401 });
});

test('a registration prepares nothing for an address of somebody else', async () => {
  const [victim, stranger] = [newAddress(), newAddress()];
  const prepared = await door.registered(victim);
  await door.person(stranger);
  expect(await door.sql('select id from users where primary_email = $1', [victim])).toEqual([]);
  // The owner of the mailbox comes in by another way; what was prepared is good for nothing.
  await door.api('POST', '/users', { primaryEmail: victim });
  const code = await codeFor(door, victim);
  expect(await prepared.call('POST', '/auth/verify-email', { token: code })).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT', extensions: { resource: 'User', field: 'email' } },
  });
  expect(await prepared.call('GET', '/me/accounts')).toMatchObject({ status: 403 });
  expect(await door.sql('select password_digest from users where primary_email = $1', [victim])).toEqual([
    { password_digest: null },
  ]);
});

test('registering with an address that has an account is answered as any other, and touches nothing', async () => {
  const { email } = await door.person();
  const [before] = await door.sql('select * from users where primary_email = $1', [email]);
  const again = await door.call('POST', '/auth/register', registration(email, 'another password'));
  expect(again).toMatchObject({ status: 201, body: { data: { requiresEmailVerification: true } } });
  const token = await codeFor(door, email);
  expect(
    await door.call('POST', '/auth/verify-email', { token }, bearer(again.body.data.accessToken)),
  ).toMatchObject({ status: 409 });
  expect(await door.sql('select * from users where primary_email = $1', [email])).toEqual([before]);
  expect(await login(email)).toMatchObject({ status: 200 });
});

test('a code is good for the registration that asked for it, and not where signing up is closed', async () => {
  const email = newAddress();
  const mine = await door.registered(email);
  const code = await codeFor(door, email);
  const other = await door.registered();
  expect(await other.call('POST', '/auth/verify-email', { token: code })).toMatchObject({
    status: 400,
    body: { details: [{ field: 'token' }] },
  });
  expect(await mine.call('POST', '/auth/verify-email', { token: code })).toMatchObject({ status: 200 });
  await door.api('PATCH', '/sign-in-exp', { signInMode: 'SignIn' });
  expect(await door.call('POST', '/auth/register', registration(newAddress()))).toMatchObject({
    status: 403,
  });
  await door.api('PATCH', '/sign-in-exp', { signInMode: 'SignInAndRegister' });
});

test('a refresh token is used once; its answer can be repeated for a moment, and a copy ends the session', async () => {
  const { refreshToken: first, accessToken } = await door.person();
  const refresh = (refreshToken: string) => door.call('POST', '/auth/refresh', { refreshToken });
  const [one, two] = await Promise.all([refresh(first), refresh(first)]);
  expect([one.status, two.status]).toEqual([200, 200]);
  const second = one.body.data.refreshToken;
  expect(two.body.data.refreshToken).toBe(second);
  const third = (await refresh(second)).body.data.refreshToken;
  expect(new Set([first, second, third]).size).toBe(3);
  expect(await door.call('GET', '/me/accounts', undefined, bearer(accessToken))).toMatchObject({
    status: 200,
  });
  expect(await refresh(first)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
  expect(await refresh(third)).toMatchObject({ status: 401 });
  expect(await door.call('GET', '/me/accounts', undefined, bearer(accessToken))).toMatchObject({
    status: 401,
  });
  expect(await refresh(`${third.slice(0, -1)}A`)).toMatchObject({ status: 401 });
  const [row] = await door.sql("select string_agg(s::text, ' ') as all from grant_sessions s");
  for (const token of [first, second, third]) expect(row!.all).not.toContain(token.split('.')[2]);
});

test('suspended people get nothing, and what they held before stays dead', async () => {
  const person = await door.person();
  const elsewhere = (await login(person.email)).body.data.accessToken;
  await door.api('PATCH', `/users/${person.id}/is-suspended`, { isSuspended: true });
  expect(await person.call('GET', '/me/accounts')).toMatchObject({ status: 401 });
  expect(await login(person.email)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(await door.call('POST', '/auth/refresh', { refreshToken: person.refreshToken })).toMatchObject({
    status: 401,
  });
  await door.api('PATCH', `/users/${person.id}/is-suspended`, { isSuspended: false });
  for (const token of [person.accessToken, elsewhere])
    expect(await door.call('GET', '/me/accounts', undefined, bearer(token))).toMatchObject({ status: 401 });
  expect(await login(person.email)).toMatchObject({ status: 200 });
});

test('another password, and logging out, end what was given out before', async () => {
  const person = await door.person();
  const { body } = await login(person.email);
  await door.call('POST', '/auth/logout', undefined, bearer(body.data.accessToken));
  expect(await door.call('GET', '/me/accounts', undefined, bearer(body.data.accessToken))).toMatchObject({
    status: 401,
  });
  expect(await person.call('GET', '/me/accounts')).toMatchObject({ status: 200 });
  await door.api('PATCH', `/users/${person.id}/password`, { password: 'a password set since' });
  expect(await person.call('GET', '/me/accounts')).toMatchObject({ status: 401 });
});

test('a token of this door opens no other, and one of another door does not open this', async () => {
  const person = await door.person();
  expect(await door.api('GET', '/organizations', undefined, bearer(person.accessToken))).toMatchObject({
    status: 401,
  });
  const userinfo = await fetch(`${door.url}/oidc/me`, { headers: bearer(person.accessToken) });
  expect(userinfo.status).toBe(401);
  for (const token of [await door.token(), 'nonsense', `${person.accessToken}x`, person.refreshToken])
    expect(await door.call('GET', '/me/accounts', undefined, bearer(token))).toMatchObject({ status: 401 });
  door.advance(601_000);
  expect(await person.call('GET', '/me/accounts')).toMatchObject({ status: 401 });
});

test('a session is named by tokens of this door only', async () => {
  const person = await door.person();
  const [key] = await findSigningKeys(door.app.db, testKeys, 'default', door.now());
  const { sid, iss, iat, exp } = decodeJwt(person.accessToken);
  const like = (claims: object) =>
    new SignJWT({ sub: person.id, sid, iss: iss!, iat: iat!, exp: exp!, ...claims })
      .setProtectedHeader({ alg: key!.algorithm, kid: key!.id, typ: 'at+jwt' })
      .sign(key!.privateJwk());
  const ours = { aud: 'urn:usher:grant', client_id: 'urn:usher:grant' };
  const calling = async (claims: object) =>
    (await door.call('GET', '/me/accounts', undefined, bearer(await like(claims)))).status;
  expect(await calling(ours)).toBe(200);
  expect(await calling({ ...ours, aud: 'https://default.logto.app/api' })).toBe(401);
  expect(await calling({ ...ours, client_id: 'an-application' })).toBe(401);
  expect(await calling({ ...ours, sid: 'unknown' })).toBe(401);
});

test('there is one personal and one organization account, whoever asks how often', async () => {
  const person = await door.person();
  const all = await Promise.all(Array.from({ length: 5 }, () => person.call('POST', '/me/accounts', {})));
  expect(all.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  expect((await person.call('GET', '/me/accounts')).body.data.map(({ type }: any) => type)).toEqual([
    'personal',
    'organization',
  ]);
  const other = await door.person();
  const account = (await person.call('GET', '/me/accounts')).body.data[1];
  const scope = { id: account.id, tenant: 'account' };
  expect(await other.call('POST', '/organizations', { name: 'Acme', scope })).toMatchObject({ status: 403 });
  expect(await person.call('POST', '/organizations', { name: 'Acme' })).toMatchObject({
    status: 400,
    body: { code: 'SCOPE_REQUIRED' },
  });
});

test('organizations that are made at once in a fresh tenant share four roles, and the maker owns theirs', async () => {
  const makers = await Promise.all([door.person(), door.person(), door.person()]);
  const made = await Promise.all(makers.map((maker) => door.organization(maker)));
  expect(
    await door.sql(`select name, rank, is_owner from organization_roles where name in ('Owner', 'Admin', 'Dev', 'Viewer')
                     order by rank desc`),
  ).toEqual([
    { name: 'Owner', rank: 100, is_owner: true },
    { name: 'Admin', rank: 50, is_owner: false },
    { name: 'Dev', rank: 20, is_owner: false },
    { name: 'Viewer', rank: 10, is_owner: false },
  ]);
  for (const { id, maker } of made) {
    const { body } = await door.api('GET', `/organizations/${id}/users`);
    expect(body).toMatchObject([{ id: maker.id, organizationRoles: [{ name: 'Owner' }] }]);
  }
});

const fields: [object, string][] = [
  [{ providerData: { password: 'sevench' } }, 'providerData.password'],
  [{ providerData: { password: 7 } }, 'providerData.password'],
  [{ providerData: {} }, 'providerData.password'],
  [{ providerId: 'nobody' }, 'providerId'],
  [{ name: '' }, 'name'],
  [{ name: 'Ann\u202e' }, 'name'],
  [{ name: 'Ann\u0000' }, 'name'],
  [{ provider: 'github' }, 'provider'],
  [{ type: 'organization' }, 'type'],
];
test.each(fields)(
  'bad input is refused by the name of the field, without the password: %j',
  async (change, field) => {
    const secret = 'a secret that must not come back';
    const body = { ...registration(newAddress(), secret), ...change };
    const answer = await door.call('POST', '/auth/register', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR', details: [{ field }] } });
    expect(JSON.stringify(answer.body)).not.toMatch(/a secret|sevench/);
  },
);

test('a body that is no JSON is not repeated', async () => {
  const response = await fetch(`${door.url}/grant/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"providerData":{"password":"hunter2',
  });
  expect([response.status, await response.text()]).toEqual([400, expect.not.stringContaining('hunter2')]);
});

test('an address that leads nowhere, or cannot be read, is told in this door’s words', async () => {
  expect(await door.call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  expect(await door.call('GET', '/organization-invitations/%zz')).toMatchObject({
    status: 400,
    body: { code: 'VALIDATION_ERROR' },
  });
});
