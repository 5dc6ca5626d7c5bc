/** One's own account, as its owner uses it and as others try to. */
import { expect, test } from 'vitest';
import { makeInvitation, makeOrganization, makeUser, roleNamed } from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';
import { comeIn, makeClient } from '../../../../test/visitor.ts';
import { formFiller, mailed } from '../sign-in/fixture.ts';
import { browserName } from './browser-name.ts';

const day = 86_400_000;
const minute = 60_000;

async function signedIn(t: TestApp, address = 'ann@example.com') {
  const person = formFiller(t);
  await person.signIn(address);
  return person;
}

test('without a session the account asks to sign in, and then comes back', async () => {
  const t = await appForTest();
  const ann = formFiller(t);
  expect((await ann.open('/account/password')).headers.get('location')).toBe(
    '/sign-in?continue=%2Faccount%2Fpassword',
  );
  await ann.open('/account');
  const back = await ann.signIn('ann@example.com', '/sign-in?continue=%2Faccount%2Fpassword');
  expect(back.location).toBe('/account/password');
});

test('name and picture are saved, and nothing else that a form may carry', async () => {
  const t = await appForTest();
  const ann = await signedIn(t);
  await ann.open('/account');
  const saved = await ann.send('/account/profile', {
    name: ' Ann Lindqvist ',
    avatar: 'https://pictures.example/ann.png',
    email_verified_at: '1',
    emailVerifiedAt: '1',
    primaryEmail: 'boss@example.com',
    primary_email: 'boss@example.com',
    isSuspended: 'true',
    customData: '{"isAdmin":true}',
  });
  expect(saved.location).toBe('/account?done=profile');
  const page = await ann.open('/account?done=profile');
  expect(page.text).toContain('Your profile is saved.');
  const [row] = await t.sql('select name, avatar, primary_email, custom_data, suspended_at from users');
  expect(row).toEqual({
    name: 'Ann Lindqvist',
    avatar: 'https://pictures.example/ann.png',
    primary_email: 'ann@example.com',
    custom_data: {},
    suspended_at: null,
  });
  for (const avatar of [
    'http://pictures.example/a.png',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'x',
  ]) {
    const refused = await ann.send('/account/profile', { name: 'Ann', avatar });
    expect([refused.status, refused.text.includes('aria-describedby="avatar-hint avatar-problem"')]).toEqual([
      400,
      true,
    ]);
  }
});

test('an address set by the Management API is not proven, whatever the call says of it', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await t.api('POST', `/organizations/${organizationId}/jit/email-domains`, { emailDomain: 'acme.example' });
  const ann = await signedIn(t);
  const [{ id }] = await t.sql('select id from users');
  await t.api('PATCH', `/users/${id}`, {
    primaryEmail: 'ann@acme.example',
    emailVerifiedAt: t.now(),
    email_verified_at: t.now(),
    isEmailVerified: true,
  });
  await t.api('PATCH', `/users/${id}`, { primaryEmail: 'ann@acme.example' });
  const [row] = await t.sql('select primary_email, email_verified_at from users');
  expect(row).toEqual({ primary_email: 'ann@acme.example', email_verified_at: null });
  await makeInvitation(t, await makeOrganization(t, 'Beta'), 'ann@acme.example');
  const page = await ann.open('/account');
  expect(page.text).not.toContain('Beta');
  expect(page.text).toContain('Prove that you read its mail');
  expect(await t.sql('select 1 from members')).toEqual([]);
});

test('the first password is set after a fresh proof, and ends every other session', async () => {
  const t = await appForTest();
  const ann = await signedIn(t);
  const elsewhere = await signedIn(t);
  await ann.open('/account/password');
  const short = await ann.send('/account/password', { next: 'short' });
  expect([short.status, short.text.includes('aria-invalid="true"')]).toEqual([422, true]);
  expect((await ann.send('/account/password', { next: 'long enough' })).location).toBe(
    '/account?done=password',
  );
  expect((await ann.open('/account')).status).toBe(200);
  expect((await elsewhere.open('/account')).status).toBe(303);
});

test('later the present password is asked for, or a new proof where there is none', async () => {
  const t = await appForTest();
  const ann = await signedIn(t);
  t.advance(11 * minute);
  const asked = await ann.open('/account/password');
  expect(asked.headers.get('location')).toBe('/sign-in?continue=%2Faccount%2Fpassword&again=1');
  expect((await ann.send('/account/password', { next: 'long enough' })).location).toContain('/sign-in');
  await t.api('POST', '/users', { primaryEmail: 'bob@example.com', password: 'the present one' });
  const bob = await signedIn(t, 'bob@example.com');
  t.advance(11 * minute);
  expect((await bob.open('/account/password')).text).toContain('Current password');
  for (const current of ['', 'wrong']) {
    const refused = await bob.send('/account/password', { current, next: 'long enough' });
    expect([refused.status, refused.text.includes('not your current password')]).toEqual([422, true]);
  }
  const right = { current: 'the present one', next: 'long enough' };
  expect((await bob.send('/account/password', right)).location).toBe('/account?done=password');
});

test('guesses of the present password are bounded, too', async () => {
  const t = await appForTest();
  await t.api('POST', '/users', { primaryEmail: 'ann@example.com', password: 'the present one' });
  const ann = await signedIn(t);
  t.advance(11 * minute);
  await ann.open('/account/password');
  for (let count = 0; count < 10; count++)
    await ann.send('/account/password', { current: `wrong ${count}`, next: 'long enough' });
  const right = { current: 'the present one', next: 'long enough' };
  expect((await ann.send('/account/password', right)).status).toBe(429);
});

test('another address is taken when its code comes back, and is then verified', async () => {
  const t = await appForTest();
  const ann = await signedIn(t);
  await ann.open('/account/address');
  expect((await ann.send('/account/address', { address: 'ann@example.com' })).status).toBe(400);
  await ann.send('/account/address', { address: 'Anna@Example.com' });
  const { code, to } = await mailed(t);
  expect(to).toBe('anna@example.com');
  expect((await ann.send('/account/address/code', { code: '000' })).status).toBe(400);
  expect((await t.sql('select primary_email from users'))[0].primary_email).toBe('ann@example.com');
  expect((await ann.send('/account/address/code', { code })).location).toBe('/account?done=address');
  const [row] = await t.sql('select primary_email, email_verified_at from users');
  expect([row.primary_email, Number(row.email_verified_at) > 0]).toEqual(['anna@example.com', true]);
});

test('the link for an address does the same, by a button, for who is signed in to the account that asked', async () => {
  const t = await appForTest();
  await makeUser(t, 'bob@example.com');
  const ann = await signedIn(t);
  await ann.open('/account/address');
  await ann.send('/account/address', { address: 'anna@example.com' });
  const path = new URL((await mailed(t)).link).pathname;

  const other = formFiller(t);
  await other.open(path);
  expect((await other.open('/sign-in/link')).headers.get('location')).toContain('/sign-in?continue=');
  await other.signIn('bob@example.com');
  await other.open(path);
  expect((await other.open('/sign-in/link')).headers.get('location')).toContain('again=1');
  expect((await other.send('/sign-in/link', {})).location).toContain('again=1');

  await ann.open(path);
  const page = await ann.open('/sign-in/link');
  expect(page.text).toContain('anna@example.com');
  expect((await ann.send('/sign-in/link', {})).location).toBe('/account?done=address');
  expect((await t.sql('select primary_email from users order by 1')).map((row) => row.primary_email)).toEqual(
    ['anna@example.com', 'bob@example.com'],
  );
});

test('an address of somebody else is not taken, even by who reads its mail', async () => {
  const t = await appForTest();
  await makeUser(t, 'boss@example.com');
  const ann = await signedIn(t);
  await ann.open('/account/address');
  await ann.send('/account/address', { address: 'boss@example.com' });
  const answer = await ann.send('/account/address/code', { code: (await mailed(t)).code });
  expect([answer.status, answer.text.includes('Another account has this address')]).toEqual([422, true]);
});

test('the code for an address is good for the account that asked for it only', async () => {
  const t = await appForTest();
  await makeUser(t, 'bob@example.com');
  const ann = await signedIn(t);
  await ann.open('/account/address');
  await ann.send('/account/address', { address: 'new@example.com' });
  const { code } = await mailed(t);
  // Somebody else signs in in the same browser.
  await ann.signIn('bob@example.com', '/sign-in?again=1');
  await ann.open('/account');
  expect((await ann.send('/account/address/code', { code })).location).toBe('/account/address');
  expect((await t.sql('select primary_email from users order by 1')).map((row) => row.primary_email)).toEqual(
    ['ann@example.com', 'bob@example.com'],
  );
});

test.each(['/account/address', '/account/passkeys'])('%s needs a proof of today', async (path) => {
  const t = await appForTest();
  const ann = await signedIn(t);
  t.advance(day + minute);
  expect((await ann.open('/account')).status).toBe(200);
  expect((await ann.open(path)).headers.get('location')).toContain('again=1');
  expect((await ann.send(path, { address: 'new@example.com' })).location).toContain('again=1');
  await t.drain();
  expect(t.mails).toHaveLength(1);
});

test('browsers are listed, and ended one by one or all but this; nobody ends those of others', async () => {
  const t = await appForTest();
  const [ann, phone, tablet] = [await signedIn(t), await signedIn(t), await signedIn(t)];
  const bob = await signedIn(t, 'bob@example.com');
  const page = await ann.open('/account');
  expect(page.text.match(/This browser/g)).toHaveLength(1);
  const uids = [...page.text.matchAll(/name="uid" value="([^"]+)"/g)].map(([, uid]) => uid!);
  expect(uids).toHaveLength(2);
  await bob.open('/account');
  await bob.send('/account/sessions/end', { uid: uids[0]! });
  expect((await ann.open('/account')).text).toContain(uids[0]);
  await ann.send('/account/sessions/end', { uid: uids[0]! });
  const left = [await phone.open('/account'), await tablet.open('/account')].map(({ status }) => status);
  expect(left.sort()).toEqual([200, 303]);
  await ann.send('/account/sessions/end-others', {});
  for (const other of [phone, tablet]) expect((await other.open('/account')).status).toBe(303);
  expect((await ann.open('/account')).status).toBe(200);
  expect((await bob.open('/account')).status).toBe(200);
});

test('who belongs somewhere for a time is told when it ends, before it does', async () => {
  const t = await appForTest();
  const acme = await makeOrganization(t, 'Acme');
  const ann = await signedIn(t);
  const [{ id: userId }] = await t.sql('select id from users');
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [userId] });
  expect((await ann.open('/account')).text).not.toContain('Your membership');
  await t.sql('update members set expires_at = $1', [t.now() + 3.5 * 86_400_000]);
  const page = (await ann.open('/account')).text.replace(/<[^>]*>/g, '');
  expect(page).toContain('Your membership ends in 3 days.');
  await t.sql('update members set expires_at = $1', [t.now() - 1000]);
  expect((await ann.open('/account')).text).toContain('Your membership is over.');
});

test('an organization is left after being asked, by its member alone', async () => {
  const t = await appForTest();
  const [acme, beta] = [await makeOrganization(t, 'Acme'), await makeOrganization(t, 'Beta')];
  const ann = await signedIn(t);
  const [{ id: userId }] = await t.sql('select id from users');
  const boss = await makeUser(t, 'boss@example.com');
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [userId] });
  await t.api('POST', `/organizations/${beta}/users`, { userIds: [boss] });
  expect((await ann.open(`/account/organizations/${beta}/leave`)).headers.get('location')).toBe('/account');
  expect((await ann.open(`/account/organizations/${acme}/leave`)).text).toContain('Leave');
  expect(await t.sql('select 1 from members')).toHaveLength(2);
  await ann.send(`/account/organizations/${beta}/leave`, {});
  await ann.send(`/account/organizations/${acme}/leave`, {});
  expect(await t.sql('select user_id from members')).toEqual([{ user_id: boss }]);
  const [entry] = await t.sql(`select actor from journal where type = 'membership.deleted'`);
  expect(entry.actor).toBe(`user:${userId}`);
});

test('the only owner of an organization does not leave it, and is told how to hand it over', async () => {
  const t = await appForTest();
  const [acme, owner] = [await makeOrganization(t, 'Acme'), await roleNamed(t, 'owner')];
  const ann = await signedIn(t);
  const [{ id: userId }] = await t.sql('select id from users');
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [userId] });
  await t.api('PUT', `/organizations/${acme}/users/${userId}/roles`, { organizationRoleIds: [owner] });
  const path = `/account/organizations/${acme}/leave`;
  await ann.open(path);
  const refused = await ann.send(path, {});
  expect([refused.status, refused.text]).toEqual([
    422,
    expect.stringMatching(/role="alert".*only owner of <strong><bdi>Acme.*[Oo]ffer ownership/s),
  ]);
  expect(refused.text).toContain('<a class="button" href="/account">');
  expect(refused.text).not.toContain(`Leave the organization`);
  expect(await t.sql('select user_id from members')).toEqual([{ user_id: userId }]);
  const german = await ann.send(path, {}, { 'accept-language': 'de' });
  expect(german.text).toContain('Sie sind die einzige Person, der');
  // With another owner it is as with any member.
  const boss = await makeUser(t, 'boss@example.com');
  await t.api('POST', `/organizations/${acme}/users`, { userIds: [boss] });
  await t.api('PUT', `/organizations/${acme}/users/${boss}/roles`, { organizationRoleIds: [owner] });
  expect((await ann.send(path, {})).location).toBe('/account?done=left');
});

test('invitations for the proven address wait on the account, and are answered there', async () => {
  const t = await appForTest();
  const [acme, beta, gamma] = [
    await makeOrganization(t, 'Acme'),
    await makeOrganization(t, 'Beta'),
    await makeOrganization(t, 'Gamma'),
  ];
  const member = await roleNamed(t, 'member');
  const first = await makeInvitation(t, acme, 'ann@example.com', { organizationRoleIds: [member] });
  const second = await makeInvitation(t, beta, 'ann@example.com');
  const foreign = await makeInvitation(t, gamma, 'bob@example.com');
  const ann = await signedIn(t);
  const page = await ann.open('/account');
  expect(page.text).toContain('Acme');
  expect(page.text).toContain('Beta');
  expect(page.text).not.toContain('Gamma');
  const accepted = await ann.send(`/account/invitations/${first.id}/accept`, {});
  expect(accepted.location).toBe('/account?done=joined');
  expect((await ann.send(`/account/invitations/${second.id}/decline`, {})).location).toBe(
    '/account?done=declined',
  );
  for (const verb of ['accept', 'decline'])
    for (const { id } of [foreign, first])
      expect((await ann.send(`/account/invitations/${id}/${verb}`, {})).status).toBe(422);
  const status = async (id: string) => (await t.api('GET', `/organization-invitations/${id}`)).body.status;
  expect([await status(first.id), await status(second.id), await status(foreign.id)]).toEqual([
    'Accepted',
    'Rejected',
    'Pending',
  ]);
  expect((await ann.open('/account')).text).not.toContain('Invitations for you');
});

test('after accepting on the account the browser goes where the invitation says, and the page lets its form lead there', async () => {
  const t = await appForTest();
  const { body: rocket } = await t.api('POST', '/applications', {
    name: 'Rocket',
    type: 'SPA',
    oidcClientMetadata: {
      redirectUris: ['https://rocket.example/callback'],
      postLogoutRedirectUris: [],
      initiateLoginUri: 'https://start.rocket.example/login?from=usher',
    },
  });
  const redirect = 'https://rocket.example/welcome?team=1';
  const [acme, beta] = [await makeOrganization(t, 'Acme'), await makeOrganization(t, 'Beta')];
  const given = await makeInvitation(t, acme, 'ann@example.com', { applicationId: rocket.id, redirect });
  const plain = await makeInvitation(t, beta, 'ann@example.com', { applicationId: rocket.id });
  const ann = await signedIn(t);
  const { headers } = await ann.open('/account');
  expect(headers.get('content-security-policy')).toMatch(
    /form-action 'self'(?=[^;]* https:\/\/rocket\.example)(?=[^;]* https:\/\/start\.rocket\.example)/,
  );
  expect((await ann.send(`/account/invitations/${given.id}/accept`, {})).location).toBe(redirect);
  const begun = new URL((await ann.send(`/account/invitations/${plain.id}/accept`, {})).location!);
  expect(`${begun.origin}${begun.pathname}`).toBe('https://start.rocket.example/login');
  expect(Object.fromEntries(begun.searchParams)).toEqual({
    from: 'usher',
    iss: `${t.url}/oidc`,
    login_hint: 'ann@example.com',
    target_link_uri: 'https://start.rocket.example/',
    organization_id: beta,
  });
  expect(await t.sql('select 1 from members')).toHaveLength(2);
  expect((await ann.open('/account')).headers.get('content-security-policy')).not.toContain('rocket');
});

test('who has to add a passkey after accepting on the account is told so first', async () => {
  const t = await appForTest();
  const acme = await makeOrganization(t, 'Acme');
  await t.api('PATCH', `/organizations/${acme}`, { isMfaRequired: true });
  const { id } = await makeInvitation(t, acme, 'ann@example.com');
  const ann = await signedIn(t);
  await ann.open('/account');
  expect((await ann.send(`/account/invitations/${id}/accept`, {})).location).toBe(`/invitation/${id}`);
  expect((await ann.open(`/invitation/${id}`)).text).toContain('Add a passkey');
});

test('an invitation is not answered by who has its address but has not proven it', async () => {
  const t = await appForTest();
  const acme = await makeOrganization(t, 'Acme');
  const { id } = await makeInvitation(t, acme, 'boss@example.com');
  const ann = await signedIn(t);
  const [person] = await t.sql('select id from users');
  await t.api('PATCH', `/users/${person.id}`, { primaryEmail: 'boss@example.com' });
  await ann.open('/account');
  for (const verb of ['accept', 'decline'])
    expect((await ann.send(`/account/invitations/${id}/${verb}`, {})).status).toBe(422);
  expect(await t.sql('select 1 from members')).toEqual([]);
});

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0',
    'Edge',
    'Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1',
    'Safari',
    'iPhone',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0', 'Firefox', 'Linux'],
  [
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36',
    'Chrome',
    'Android',
  ],
  ['curl/8.0', undefined, undefined],
  [null, undefined, undefined],
])('%s is called what people call it', (userAgent, browser, system) => {
  expect(browserName(userAgent)).toEqual({ browser, system });
});

test('an offer of ownership waits on the account of who it is made to, and is answered there', async () => {
  const t = await appForTest();
  const [ann, bob, eve] = [
    await signedIn(t),
    await signedIn(t, 'bob@example.com'),
    await signedIn(t, 'eve@example.com'),
  ];
  const idOf = async (address: string): Promise<string> =>
    (await t.sql('select id from users where primary_email = $1', [address]))[0].id;
  const [annId, bobId] = [await idOf('ann@example.com'), await idOf('bob@example.com')];
  const [own, owner] = [await makeOrganization(t, 'Initech'), await roleNamed(t, 'owner')];
  await t.api('POST', `/organizations/${own}/users`, { userIds: [annId, bobId] });
  await t.api('PUT', `/organizations/${own}/users/${annId}/roles`, { organizationRoleIds: [owner] });
  const offer = { userId: bobId, fromUserId: annId };
  const ids = async () => {
    const made = await t.api('POST', `/organizations/${own}/ownership-transfers`, offer);
    return made.body.id as string;
  };
  const first = await ids();
  await t.drain();
  expect((await ann.open('/account')).text).not.toContain('Ownership offered');
  const shown = await bob.open('/account');
  expect(shown.text).toContain('Ownership offered to you');
  expect(shown.text).toContain('Initech');
  await eve.open('/account');
  expect((await eve.send(`/account/ownership/${first}/accept`, {})).status).toBe(422);
  const declined = await bob.send(`/account/ownership/${first}/decline`, {});
  expect(declined.location).toBe('/account?done=owner-declined');
  expect((await bob.send(`/account/ownership/${first}/accept`, {})).status).toBe(422);
  const second = await ids();
  await t.drain();
  expect((await bob.send(`/account/ownership/${second}/accept`, {})).location).toBe('/account?done=owner');
  const owners = await t.sql('select user_id from member_roles where role_id = $1', [owner]);
  expect(owners).toEqual([{ user_id: bobId }]);
});

test('an application of somebody else that was let in is on the account, and its access is withdrawn there', async () => {
  const t = await appForTest();
  const [ann, bob] = [await signedIn(t), await signedIn(t, 'bob@example.com')];
  const client = await makeClient(t, 'SPA', { isThirdParty: true, name: 'Reporter' });
  const [{ id: annId }] = await t.sql(`select id from users where primary_email = 'ann@example.com'`);
  expect((await ann.open('/account')).text).not.toContain('Applications with access');
  await comeIn(t, client, annId);
  const shown = await ann.open('/account');
  expect(shown.text).toContain('Reporter');
  expect(shown.text).toContain('see your name and picture');
  await bob.open('/account');
  await bob.send(`/account/applications/${client.id}/withdraw`, {});
  expect((await ann.open('/account')).text).toContain('Reporter');
  const withdrawn = await ann.send(`/account/applications/${client.id}/withdraw`, {});
  expect(withdrawn.location).toBe('/account?done=application');
  expect((await ann.open('/account')).text).not.toContain('Reporter');
  expect(await t.sql(`select 1 from oidc_records where payload->>'clientId' = $1`, [client.id])).toEqual([]);
  const [entry] = await t.sql(`select actor, data from journal where type = 'consent.withdrawn'`);
  expect(entry).toEqual({ actor: `user:${annId}`, data: { userId: annId, applicationId: client.id } });
});
