/** Signed-in people call with a token of their own: for what is theirs, and for nothing else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeInvitation, makeOrganization, makeUser, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { botOf, insiderOf } from '../../../test/insiders.ts';
import {
  makeApplication,
  organizationToken,
  ownOrigin,
  ownToken,
  personWith,
} from '../../../test/own-tokens.ts';
import { routes } from './index.ts';

let t: TestApp;
let app: string;
let count = 0;
beforeAll(async () => {
  t = await testApp();
  app = await makeApplication(t);
});
afterAll(() => t.close());

async function newPerson(isProven = true) {
  const email = `own${count++}@my.example`;
  const id = await makeUser(t, email);
  if (isProven) await t.sql('update users set email_verified_at = 1 where id = $1', [id]);
  return { ...personWith(t, id, await ownToken(t, id, app)), email };
}

test('a person sees and answers the invitations for an address that is proven', async () => {
  const own = await makeOrganization(t, 'Mine');
  const who = await newPerson();
  const admin = await roleNamed(t, 'admin');
  const yes = await makeInvitation(t, own, who.email, { organizationRoleIds: [admin] });
  const other = await makeOrganization(t);
  const no = await makeInvitation(t, other, who.email);
  const { body } = await who.api('GET', '/my/invitations');
  expect(body.map(({ id }: any) => id).sort()).toEqual([yes.id, no.id].sort());
  expect(body.find(({ id }: any) => id === yes.id)).toEqual({
    id: yes.id,
    organization: { id: own, name: 'Mine' },
    inviter: null,
    organizationRoleNames: ['admin'],
    expiresAt: yes.expiresAt,
  });
  expect(await who.api('POST', `/my/invitations/${yes.id}/accept`)).toMatchObject({
    status: 200,
    body: { organizationId: own },
  });
  expect((await who.api('POST', `/my/invitations/${no.id}/reject`)).status).toBe(204);
  expect((await who.api('GET', '/my/invitations')).body).toEqual([]);
  const mine = await who.api('GET', '/my/organizations');
  expect(mine.body).toMatchObject([{ id: own, organizationRoles: [{ name: 'admin' }] }]);
  const [entry] = await t.sql(
    `select actor from journal where subject_id = $1 and type = 'invitation.accepted'`,
    [yes.id],
  );
  expect(entry.actor).toBe(`user:${who.id}`);
});

test('nobody answers an invitation for an address that they have not proven, or for somebody else’s', async () => {
  const own = await makeOrganization(t);
  const [unproven, other] = [await newPerson(false), await newPerson()];
  const invitation = await makeInvitation(t, own, unproven.email);
  for (const who of [unproven, other]) {
    expect((await who.api('GET', '/my/invitations')).body).toEqual([]);
    for (const deed of ['accept', 'reject'])
      expect((await who.api('POST', `/my/invitations/${invitation.id}/${deed}`)).status).toBe(404);
  }
});

test('leaving ends the membership, answers with a receipt on request, and never leaves an organization ownerless', async () => {
  const own = await makeOrganization(t);
  const who = await newPerson();
  await t.api('POST', `/organizations/${own}/users`, { userIds: [who.id] });
  const owner = await roleNamed(t, 'owner');
  await t.api('PUT', `/organizations/${own}/users/${who.id}/roles`, { organizationRoleIds: [owner] });
  expect(await who.api('DELETE', `/my/organizations/${own}`)).toMatchObject({
    status: 422,
    body: { code: 'organization.last_owner' },
  });
  await insiderOf(t, own, [owner]);
  const answer = await t.api('DELETE', `/my/organizations/${own}`, undefined, {
    authorization: `Bearer ${who.token}`,
    prefer: 'return=representation',
  });
  expect(answer).toMatchObject({ status: 200, body: { organizationId: own, sessionsKept: 0 } });
  expect((await who.api('DELETE', `/my/organizations/${own}`)).status).toBe(404);
});

test('organizations in which the membership does not hold are not listed', async () => {
  const who = await newPerson();
  const [suspended, ended, disabled] = [
    await makeOrganization(t),
    await makeOrganization(t),
    await makeOrganization(t),
  ];
  for (const id of [suspended, ended, disabled])
    await t.api('POST', `/organizations/${id}/users`, { userIds: [who.id] });
  expect((await who.api('GET', '/my/organizations')).body).toHaveLength(3);
  await t.api('PATCH', `/organizations/${suspended}/users/${who.id}/is-suspended`, { isSuspended: true });
  await t.api('PATCH', `/organizations/${disabled}/is-disabled`, { isDisabled: true });
  await t.sql('update members set expires_at = 1 where organization_id = $1', [ended]);
  expect((await who.api('GET', '/my/organizations')).body).toEqual([]);
});

test('what opens nothing here: other tokens, narrower ones, those of somebody else’s application, and dead ones', async () => {
  const who = await newPerson();
  const status = async (token: string) =>
    (await personWith(t, who.id, token).api('GET', '/my/organizations')).status;
  expect(await status(await ownToken(t, who.id, app))).toBe(200);
  expect(await status(await t.token())).toBe(401);
  expect(await status('nothing')).toBe(401);
  expect(await status(await ownToken(t, who.id, app, { scope: 'profile' }))).toBe(401);
  const ended = { sessionUid: 'gone', expiresWithSession: true };
  expect(await status(await ownToken(t, who.id, app, ended))).toBe(401);
  const foreign = await makeApplication(t, { type: 'Traditional', isThirdParty: true });
  expect(await status(await ownToken(t, who.id, foreign))).toBe(401);
  const own = await makeOrganization(t);
  const bot = await botOf(t, own, ['read:member']);
  expect(await status(bot.token)).toBe(401);
  const ungranted = await ownToken(t, who.id, app);
  await t.sql(`delete from oidc_records where model = 'Grant' and account_id = $1`, [who.id]);
  expect(await status(ungranted)).toBe(401);
  const last = await ownToken(t, who.id, app);
  await t.api('PATCH', `/users/${who.id}/is-suspended`, { isSuspended: true });
  expect(await status(last)).toBe(401);
});

test('a token of an organization speaks for its person, as long as the membership holds', async () => {
  const own = await makeOrganization(t);
  const { id } = await insiderOf(t, own, []);
  const who = personWith(t, id, await organizationToken(t, id, own, app));
  expect((await who.api('GET', '/my/organizations')).body).toMatchObject([{ id: own }]);
  await t.api('DELETE', `/organizations/${own}/users/${id}`);
  expect((await who.api('GET', '/my/organizations')).status).toBe(401);
});

test('a token of one’s own opens no other route', async () => {
  const who = await newPerson();
  for (const route of routes.filter(({ isOwn }) => !isOwn)) {
    const answer = await who.api(
      route.method,
      route.path.replaceAll(/:\w+/g, 'x'),
      route.body ? {} : undefined,
    );
    expect(answer.status, `${route.method} ${route.path}`).toBe(401);
  }
});

test('browsers may call from where the application of the token is registered, and from nowhere else', async () => {
  const who = await newPerson();
  const call = (method: string, origin: string, headers: Record<string, string> = {}) =>
    fetch(`${t.url}/api/my/organizations`, { method, headers: { origin, ...headers } });
  const bearer = { authorization: `Bearer ${who.token}` };
  const asked = await call('OPTIONS', ownOrigin, { 'access-control-request-method': 'DELETE' });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-origin')).toBe(ownOrigin);
  expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
  const answer = await call('GET', ownOrigin, bearer);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, ownOrigin]);
  const stranger = await call('OPTIONS', 'https://evil.example');
  expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  expect((await call('GET', 'https://evil.example', bearer)).status).toBe(403);
  // Registered for another application: not for this token.
  await makeApplication(t, {
    oidcClientMetadata: { redirectUris: ['https://b.example/c'], postLogoutRedirectUris: [] },
  });
  expect(
    (await call('OPTIONS', 'https://b.example')).headers.get('access-control-allow-origin'),
  ).not.toBeNull();
  expect((await call('GET', 'https://b.example', bearer)).status).toBe(403);
});

test('where the organization asks for a second factor, who has a passkey signed in with it before joining', async () => {
  const own = await makeOrganization(t);
  await t.api('PATCH', `/organizations/${own}`, { isMfaRequired: true });
  const who = await newPerson();
  await t.sql(
    `insert into passkeys (tenant_id, id, user_id, name, public_key, created_at) values ('default', $1, $2, 'Key', decode('00', 'hex'), 1)`,
    [`key-${who.id}`, who.id],
  );
  const { id } = await makeInvitation(t, own, who.email);
  const accept = async (methods: string[]) => {
    const uid = `session${Math.random()}`;
    await t.sql(
      `insert into sessions (tenant_id, digest, uid, user_id, signed_in_at, methods, seen_at, expires_at)
       values ('default', sha256($1::bytea), $2, $3, 1, $4, 1, $5)`,
      [uid, uid, who.id, methods, t.now() + 3_600_000],
    );
    const token = await ownToken(t, who.id, app, { sessionUid: uid });
    return personWith(t, who.id, token).api('POST', `/my/invitations/${id}/accept`);
  };
  expect(await accept(['otp'])).toMatchObject({
    status: 422,
    body: { code: 'organization_invitation.passkey_first' },
  });
  expect((await accept(['hwk', 'user'])).status).toBe(200);
});
