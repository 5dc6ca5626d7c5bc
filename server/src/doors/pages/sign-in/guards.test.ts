/** What signing in withstands: other sites, other browsers, strangers, guesses. */
import { hash } from 'node:crypto';
import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { countBy, makeInvitation, makeOrganization, makeUser, parallel } from '../../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../../test/harness.ts';
import { makeClient, request } from '../../../../test/visitor.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import { checkPassword } from '../../../domain/users/check-password.ts';
import { clientOf } from '../../client.ts';
import { formFiller, mailed } from './fixture.ts';

const password = 'correct horse battery';
const makeMember = (t: TestApp, more: object = {}) =>
  t.api('POST', '/users', { primaryEmail: 'ann@example.com', ...more });

test('a form is taken only from a page of ours in this browser, whatever it carries', async () => {
  const t = await appForTest();
  const ann = formFiller(t);
  await ann.open('/sign-in');
  const other = formFiller(t);
  await other.open('/sign-in');
  const fields = { address: 'ann@example.com' };
  // The token of another browser, none, and a foreign site with the right one.
  for (const [given, headers] of [
    [{ ...fields, form_token: other.token() }, {}],
    [{ ...fields, form_token: '' }, {}],
    [fields, { origin: 'https://evil.example' }],
    [fields, { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    [fields, { origin: 'null' }],
  ] as [Record<string, string>, Record<string, string>][])
    expect((await ann.send('/sign-in', given, headers)).status).toBe(403);
  expect(await t.sql('select 1 from proofs')).toEqual([]);
  const ours: Record<string, string>[] = [
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { origin: t.url },
  ];
  for (const headers of ours) expect((await ann.send('/sign-in', fields, headers)).status).toBe(303);
});

test('every POST of these pages asks for that', async () => {
  const t = await appForTest();
  await makeMember(t);
  const ann = formFiller(t);
  await ann.signIn('ann@example.com');
  const paths = [
    '/sign-in',
    '/sign-in/code',
    '/sign-in/again',
    '/sign-in/password',
    '/sign-in/link',
    '/consent',
    '/sign-out',
    '/account/profile',
    '/account/password',
    '/account/address',
    '/account/address/code',
    '/account/passkeys',
    '/account/passkeys/options',
    '/account/passkeys/x/remove',
    '/account/sessions/end',
    '/account/sessions/end-others',
    '/account/organizations/x/leave',
    '/account/invitations/x/accept',
    '/account/invitations/x/decline',
  ];
  for (const path of paths) expect((await ann.send(path, { form_token: 'x' })).status, path).toBe(403);
  expect((await ann.open('/account')).status).toBe(200);
});

test('a stranger cannot tell whether an address has an account: one answer, and no mail where there is none', async () => {
  const t = await appForTest();
  await t.sql(`update tenants set sign_in_mode = 'SignIn'`);
  await makeMember(t);
  const seen: string[] = [];
  for (const address of ['ann@example.com', 'eve@example.com']) {
    const stranger = formFiller(t);
    await stranger.open('/sign-in');
    const asked = await stranger.send('/sign-in', { address });
    const page = await stranger.open(asked.location!);
    const again = await stranger.send('/sign-in/code', { code: '000000' });
    const wrong = await stranger.send('/sign-in/password', { identifier: address, password: 'wrong' });
    const told = [asked.status, asked.location, page.status, page.text, again.status, again.text];
    seen.push(
      [...told, wrong.status, wrong.text]
        .join('\n')
        .replaceAll(address, 'ADDRESS')
        .replaceAll(/(name="form_token" value=")[^"]+/g, '$1TOKEN'),
    );
  }
  expect(seen[0]).toBe(seen[1]);
  await t.drain();
  expect(t.mails.map(({ to }) => to)).toEqual(['ann@example.com']);
});

test('nor by how long a password takes: as much work is done where there is none to check', async () => {
  const t = await appForTest();
  await makeMember(t, { password });
  await t.api('POST', '/users', {
    primaryEmail: 'old@example.com',
    passwordDigest: hash('md5', 'secret'),
    passwordAlgorithm: 'MD5',
  });
  await makeUser(t, 'none@example.com');
  const stranger = formFiller(t);
  await stranger.open('/sign-in/password');
  const times: Record<string, number[]> = {};
  for (let round = 0; round < 4; round++)
    for (const identifier of ['ann@example.com', 'eve@example.com', 'old@example.com', 'none@example.com']) {
      const start = performance.now();
      await stranger.send('/sign-in/password', { identifier, password: 'wrong' });
      times[identifier] = [...(times[identifier] ?? []), performance.now() - start];
    }
  const best = Object.values(times).map((all) => Math.min(...all));
  // A digest takes about 100 ms, everything else a few: who is answered without one stands out.
  expect(Math.max(...best) / Math.min(...best)).toBeLessThan(4);
});

test('the value of the session is a new one at every sign-in, and the old one is worth nothing', async () => {
  const t = await appForTest();
  await makeMember(t, { password });
  const ann = formFiller(t);
  await ann.signIn('ann@example.com');
  const before = new Map(ann.browser.cookies);
  await ann.open('/sign-in?again=1');
  await ann.send('/sign-in/password?again=1', { identifier: 'ann@example.com', password });
  expect(ann.session()).not.toBe(before.get('/ usher_session')?.value);
  const thief = formFiller(t);
  for (const [name, value] of before) thief.browser.cookies.set(name, value);
  expect((await thief.open('/account')).status).toBe(303);
  expect((await ann.open('/account')).status).toBe(200);
});

test('continue leads to paths of this server only', async () => {
  const t = await appForTest();
  await makeMember(t);
  const ann = formFiller(t);
  await ann.signIn('ann@example.com');
  for (const evil of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%0d%0aLocation:x',
    'javascript:alert(1)',
    '/\t/evil.example',
    'account',
  ]) {
    const location = (await ann.open(`/sign-in?continue=${encodeURIComponent(evil)}`)).headers.get(
      'location',
    )!;
    expect(new URL(location, t.url).origin, evil).toBe(new URL(t.url).origin);
    if (!evil.startsWith('/%')) expect(location, evil).toBe('/account');
  }
  const good = await ann.open(`/sign-in?continue=${encodeURIComponent('/account/password?x=1')}`);
  expect(good.headers.get('location')).toBe('/account/password?x=1');
});

test('a code is good in the browser that asked for it only', async () => {
  const t = await appForTest();
  await makeMember(t);
  const ann = formFiller(t);
  await ann.open('/sign-in');
  await ann.send('/sign-in', { address: 'ann@example.com' });
  const { code } = await mailed(t);
  const thief = formFiller(t);
  await thief.open('/sign-in');
  for (const name of ['/sign-in usher_proof', '/sign-in usher_proof.sig'])
    thief.browser.cookies.set(name, ann.browser.cookies.get(name)!);
  const stolen = await thief.send('/sign-in/code', { code });
  expect([stolen.status, stolen.location]).toEqual([303, '/sign-in']);
  expect(thief.session()).toBeUndefined();
  expect((await ann.send('/sign-in/code', { code })).location).toBe('/account');
});

test('a flow is answered by the browser that began it only', async () => {
  const t = await appForTest();
  const client = await makeClient(t, 'SPA');
  await makeMember(t);
  const thief = formFiller(t);
  const sent = await thief.browser.get(request(t, client).url);
  const flow = new URL(sent.headers.get('location')!, t.url);
  const ann = formFiller(t);
  expect((await ann.open(flow.pathname + flow.search)).status).toBe(410);
  await ann.signIn('ann@example.com');
  expect((await ann.open(flow.pathname + flow.search)).status).toBe(410);
  expect((await ann.open(`/consent${flow.search}`)).status).toBe(410);
});

test('a proof for one thing is worth nothing for another', async () => {
  const t = await appForTest();
  await makeMember(t);
  const organizationId = await makeOrganization(t);
  const invitation = await makeInvitation(t, organizationId, 'ann@example.com');
  const { link } = (await t.api('GET', `/organization-invitations/${invitation.id}/link`)).body;
  const token = link.split('/').at(-1);
  const ann = formFiller(t);
  await ann.open(`/sign-in/link/${token}`);
  await ann.open('/sign-in');
  expect((await ann.send('/sign-in/link', {})).status).toBe(410);
  expect(ann.session()).toBeUndefined();

  // The proof of a new address, shown as one for signing in.
  await ann.signIn('ann@example.com');
  await ann.open('/account/address');
  await ann.send('/account/address', { address: 'anna@example.com' });
  const { code, link: newLink } = await mailed(t);
  const other = formFiller(t);
  for (const [key, cookie] of ann.browser.cookies)
    if (!cookie.name.startsWith('usher_session')) other.browser.cookies.set(key, cookie);
  await other.open('/sign-in');
  for (const end of ['', '.sig']) {
    const { value } = ann.browser.cookies.get(`/account/address usher_address${end}`)!;
    const name = `usher_proof${end}`;
    other.browser.cookies.set(`/sign-in ${name}`, { name, value, path: '/sign-in' });
  }
  expect((await other.send('/sign-in/code', { code })).location).toBe('/sign-in');
  await other.open(new URL(newLink).pathname);
  expect((await other.send('/sign-in/link', {})).location).toBe('/sign-in?continue=%2Fsign-in%2Flink');
  expect(other.session()).toBeUndefined();
});

test('robots that look at a link, with GET or HEAD, spend nothing and are signed in nowhere', async () => {
  const t = await appForTest();
  await makeMember(t);
  const ann = formFiller(t);
  await ann.open('/sign-in');
  await ann.send('/sign-in', { address: 'ann@example.com' });
  const { link } = await mailed(t);
  const before = await t.sql('select * from proofs');
  const robot = formFiller(t);
  for (const method of ['HEAD', 'GET', 'GET', 'HEAD']) {
    const seen = await robot.browser.get(link, { method, headers: { 'sec-purpose': 'prefetch' } });
    expect(seen.headers.get('location')).toBe('/sign-in/link');
    expect(seen.headers.get('referrer-policy')).toBe('no-referrer');
    await robot.browser.get('/sign-in/link', { method });
  }
  expect(await t.sql('select * from proofs')).toEqual(before);
  expect(robot.session()).toBeUndefined();
  await ann.open(new URL(link).pathname);
  await ann.open('/sign-in/link');
  expect((await ann.send('/sign-in/link', {})).location).toBe('/account');
});

test('an address in other letters is the same account, and one with dots or plus is another', async () => {
  const t = await appForTest();
  const { body } = await makeMember(t);
  for (const written of ['ANN@EXAMPLE.COM', ' ann@example.com ', 'Ann@ＥＸＡＭＰＬＥ.com']) {
    const ann = formFiller(t);
    await ann.signIn(written);
    expect(ann.session(), written).toBeDefined();
  }
  expect(await t.sql('select id from users')).toEqual([{ id: body.id }]);
  await formFiller(t).signIn('an.n@example.com');
  await formFiller(t).signIn('ann+1@example.com');
  expect(await t.sql('select 1 from users')).toHaveLength(3);
});

test('signing up with a known address signs in to its account and changes nothing of it', async () => {
  const t = await appForTest();
  const { body } = await makeMember(t, { name: 'Ann', password });
  const [before] = await t.sql('select password_digest from users');
  const stranger = formFiller(t);
  await stranger.open('/sign-in?register=1');
  await stranger.send('/sign-in?register=1', { address: 'ann@example.com' });
  const { code } = await mailed(t);
  await stranger.send('/sign-in/code?register=1', { code, name: 'Eve', password: 'mine now', userId: 'x' });
  expect(await t.sql('select id, name, password_digest from users')).toEqual([
    { id: body.id, name: 'Ann', ...before },
  ]);
});

test('ten wrong passwords of one account are all, from wherever, and more clients make no difference', async () => {
  const t = await appForTest();
  await makeMember(t, { password });
  const stranger = formFiller(t);
  await stranger.open('/sign-in/password');
  const tries = await parallel(15, (index) =>
    stranger.send(
      '/sign-in/password',
      { identifier: index % 2 ? 'ann@example.com' : ' ANN@example.com', password: `wrong ${index}` },
      { 'x-forwarded-for': `203.0.113.${index}` },
    ),
  );
  expect(tries.filter(({ status }) => status === 422)).toHaveLength(10);
  expect(tries.filter(({ status }) => status === 429)).toHaveLength(5);
  const right = { identifier: 'ann@example.com', password };
  expect((await stranger.send('/sign-in/password', right)).status).toBe(429);
  t.advance(2 * 60_000);
  expect((await stranger.send('/sign-in/password', right)).location).toBe('/account');
});

test('one client has a hundred tries over all accounts', async () => {
  const t = await appForTest();
  const guess = (client: string | undefined) => (account: number) =>
    t.app
      .act({ kind: 'system', id: 'test' }, (act) =>
        checkPassword(act, { identifier: `somebody${account}`, password: 'x', client }),
      )
      .catch((error: Refusal) => error.code);
  // 95 of its tries are gone; each takes 9 s to come back.
  const full = t.now() + 95 * 9_000;
  await t.sql(`insert into password_allowances values ('default', 'client:203.0.113.9', $1, $1)`, [full]);
  const answers = await parallel(8, guess('203.0.113.9'));
  expect(countBy(answers, (answer) => answer)).toEqual({ 'password.wrong': 5, 'password.too_many': 3 });
  expect(await guess('203.0.113.10')(1)).toBe('password.wrong');
  expect(await guess(undefined)(1)).toBe('password.wrong');
});

test('what a header says of the client counts for nothing', async () => {
  const t = await appForTest();
  const at = t.now();
  await t.sql(`insert into password_allowances values ('default', 'client:inside', $1, $1)`, [
    at + 15 * 60_000,
  ]);
  const stranger = formFiller(t);
  await stranger.open('/sign-in/password');
  const answer = await stranger.send(
    '/sign-in/password',
    { identifier: 'somebody', password: 'x' },
    { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9' },
  );
  expect(answer.status).toBe(429);
});

test('who signs in in the meantime, agrees to nothing for whom the page was made', async () => {
  const t = await appForTest();
  const client = await makeClient(t, 'SPA', { isThirdParty: true });
  await makeMember(t);
  await makeUser(t, 'bob@example.com');
  const ann = formFiller(t);
  await ann.signIn('ann@example.com');
  let next = request(t, client).url;
  while (!next.includes('/consent?')) next = (await ann.browser.get(next)).headers.get('location')!;
  const consent = new URL(next, t.url);
  await ann.open(consent.pathname + consent.search);
  await ann.signIn('bob@example.com', '/sign-in?again=1');
  const answer = await ann.send(consent.pathname + consent.search, { answer: 'allow' });
  expect(answer.location).toContain('/sign-in?flow=');
  expect(await t.sql(`select 1 from oidc_records where model = 'Grant'`)).toEqual([]);
  next = answer.location!;
  for (let hops = 0; hops < 6 && !next.includes('/consent?'); hops++)
    next = (await ann.browser.get(next)).headers.get('location')!;
  expect((await ann.open(next)).text).toContain('bob@example.com');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('the client at %s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

test.each([
  ['MD5', 'md5'],
  ['SHA1', 'sha1'],
  ['SHA256', 'sha256'],
])('an imported %s digest is checked, and replaced by a better one', async (passwordAlgorithm, algorithm) => {
  const t = await appForTest();
  await makeMember(t, { passwordAlgorithm, passwordDigest: hash(algorithm, password) });
  const ann = formFiller(t);
  await ann.open('/sign-in/password');
  const fields = { identifier: 'ann@example.com', password };
  expect((await ann.send('/sign-in/password', { ...fields, password: 'wrong' })).status).toBe(422);
  expect((await ann.send('/sign-in/password', fields)).location).toBe('/account');
  const [kept] = await t.sql('select password_algorithm, password_digest from users');
  expect(kept.password_algorithm).toBe('Argon2id');
  expect(kept.password_digest).toMatch(/^\$argon2id\$/);
  const again = formFiller(t);
  await again.open('/sign-in/password');
  expect((await again.send('/sign-in/password', fields)).location).toBe('/account');
});

test.each(['2a', '2b', '2y'])(
  'an imported bcrypt digest of version %s is checked, many at once, and replaced',
  async (version) => {
    const t = await appForTest();
    const passwordDigest = hashSync(password, 4).replace(/^\$2.\$/, `$${version}$`);
    await makeMember(t, { passwordAlgorithm: 'Bcrypt', passwordDigest });
    const ann = formFiller(t);
    await ann.open('/sign-in/password');
    const fields = { identifier: 'ann@example.com', password };
    const wrong = await parallel(4, () => ann.send('/sign-in/password', { ...fields, password: 'wrong' }));
    expect(wrong.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    const right = await parallel(4, () => ann.send('/sign-in/password', fields));
    expect(right.map(({ location }) => location)).toEqual(Array(4).fill('/account'));
    const [kept] = await t.sql('select password_algorithm, password_digest from users');
    expect(kept.password_algorithm).toBe('Argon2id');
    expect(kept.password_digest).toMatch(/^\$argon2id\$/);
  },
);

test('while a costly bcrypt digest is checked, others are answered', async () => {
  const t = await appForTest();
  await makeMember(t, { passwordAlgorithm: 'Bcrypt', passwordDigest: `$2b$13$${'a'.repeat(53)}` });
  const ann = formFiller(t);
  await ann.open('/sign-in/password');
  let isOver = false;
  const checked = ann.send('/sign-in/password', { identifier: 'ann@example.com', password }).finally(() => {
    isOver = true;
  });
  let answered = 0;
  for (; !isOver; answered++) expect((await fetch(`${t.url}/api/status`)).status).toBe(204);
  expect((await checked).status).toBe(422);
  // On this thread the first of them would wait for the whole check.
  expect(answered).toBeGreaterThan(10);
});

test.each([
  ['Bcrypt', '$2a$10$abcdefghijklmnopqrstuv'],
  ['Bcrypt', `$2b$31$${'a'.repeat(53)}`],
  ['Legacy', '["sha256",["a","@"],"b"]'],
])(
  'a digest that cannot be checked here (%s %s) is answered as a wrong password, with the code as the way on',
  async (passwordAlgorithm, passwordDigest) => {
    const t = await appForTest();
    await makeMember(t, { passwordAlgorithm, passwordDigest });
    const ann = formFiller(t);
    await ann.open('/sign-in/password');
    const answer = await ann.send('/sign-in/password', { identifier: 'ann@example.com', password });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Get a code by mail');
  },
);

test('who is suspended is told so after proving who they are, and signed in nowhere', async () => {
  const t = await appForTest();
  const { body } = await makeMember(t, { password });
  await t.api('PATCH', `/users/${body.id}/is-suspended`, { isSuspended: true });
  const ann = formFiller(t);
  await ann.open('/sign-in/password');
  const answer = await ann.send('/sign-in/password', { identifier: 'ann@example.com', password });
  expect([answer.status, answer.text.includes('suspended')]).toEqual([403, true]);
  expect(ann.session()).toBeUndefined();
});

test('no account is made where signing up is not allowed', async () => {
  const t = await appForTest();
  await t.sql(`update tenants set sign_in_mode = 'SignIn'`);
  const stranger = formFiller(t);
  const page = await stranger.open('/sign-in?register=1');
  expect(page.text).not.toContain('Create');
  await stranger.send('/sign-in', { address: 'new@example.com' });
  await t.drain();
  expect([t.mails, await t.sql('select 1 from users')]).toEqual([[], []]);
});

test('too many mails to one address are refused with the time to come again', async () => {
  const t = await appForTest();
  const stranger = formFiller(t);
  await stranger.open('/sign-in');
  for (let count = 0; count < 10; count++)
    expect((await stranger.send('/sign-in', { address: 'eve@example.com' })).status).toBe(303);
  const answer = await stranger.send('/sign-in', { address: 'eve@example.com' });
  expect([answer.status, /Try again in 10 min/.test(answer.text)]).toEqual([429, true]);
  await t.drain();
});

test('names and addresses that people choose are text on every page, whatever they contain', async () => {
  const t = await appForTest();
  const evil = '<script>alert(1)</script>\u202Eevil.com';
  const client = await makeClient(t, 'SPA', { name: evil, isThirdParty: true });
  await makeMember(t, { name: evil });
  await t.sql('update tenants set name = $1', [evil]);
  const ann = formFiller(t);
  const sent = await ann.browser.get(request(t, client).url);
  const flow = new URL(sent.headers.get('location')!, t.url);
  const pages = [(await ann.open(flow.pathname + flow.search)).text];
  pages.push((await ann.send(`/sign-in${flow.search}`, { address: evil })).text);
  await ann.signIn('ann@example.com');
  pages.push((await ann.open('/account')).text, (await ann.open('/sign-out')).text);
  // What somebody has typed is in the field again, as it was.
  for (const text of pages.map((page) => page.replaceAll(/ value="[^"]*"/g, ''))) {
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('\u202E');
  }
});
