import { expect, test } from 'vitest';
import { appForTest, testApp } from '../../../test/harness.ts';
import { accountOf, invited, linkIn, signedIn, Visitor } from './invitation-fixture.ts';
import { states } from './invitation-states.ts';

const page = async (link: string, init?: RequestInit) => {
  const response = await fetch(link, { redirect: 'manual', ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

test('a pending invitation says who invites whom, where, as what and until when', async () => {
  const t = await appForTest();
  const grace = await t.api('POST', '/users', { primaryEmail: 'grace@acme.example', name: 'Grace Hopper' });
  const roles = (await t.api('GET', '/organization-roles')).body;
  const admin = roles.find((role: { name: string }) => role.name === 'admin');
  const { link } = await invited(t, { inviterId: grace.body.id, organizationRoleIds: [admin.id] });
  const { status, text } = await new Visitor(t).open(link);
  expect(status).toBe(200);
  for (const part of ['Grace Hopper', 'grace@acme.example', 'Acme', 'ann@example.com', 'admin', 'in 6 days'])
    expect(text).toContain(part);
  expect(text.match(/<button[^>]*>[^<]*/g)).toEqual([
    '<button>Accept invitation',
    expect.stringContaining('>Decline'),
  ]);
});

test('the token is out of the address at once, and in a cookie of this one invitation that no script can read', async () => {
  const t = await appForTest();
  const { id, link } = await invited(t);
  const token = link.split('/').at(-1)!;
  const { status, text, headers } = await page(link);
  expect([status, headers.get('location'), text]).toEqual([303, `/invitation/${id}`, '']);
  const cookies = headers.getSetCookie();
  const held = cookies.find((cookie) => cookie.includes(token))!;
  expect(held).toMatch(new RegExp(`^usher_invitation=.*; path=/invitation/${id}; .*httponly`, 'i'));
  expect(held).toMatch(/samesite=lax/i);
  const visitor = new Visitor(t);
  expect((await visitor.open(link)).text).not.toContain(token);
});

test('invitations in several tabs do not disturb each other', async () => {
  const t = await appForTest();
  const [one, other] = [await invited(t), await invited(t)];
  const visitor = new Visitor(t);
  await visitor.open(one.link);
  await visitor.open(other.link);
  for (const { id } of [one, other]) expect((await visitor.fetch(`/invitation/${id}`)).status).toBe(200);
});

test('a stranger gets the same page for every id, made or not', async () => {
  const t = await appForTest();
  const { id } = await invited(t);
  const ids = [id, 'nobody', '0'.repeat(21), '%00', 'a'.repeat(300), id.toUpperCase()];
  const pages = await Promise.all(ids.map((each) => page(`${t.url}/invitation/${each}`)));
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([404]));
  const texts = pages.map(({ text }) => text.replaceAll(/continue=[^"]*/g, ''));
  expect(new Set(texts).size).toBe(1);
});

test('every forged link gets the same page, without a question to the database', async () => {
  const t = await appForTest();
  const { link } = await invited(t);
  const token = link.split('/').at(-1)!;
  const [id, generation, channel, key, mac] = token.split('.') as [string, string, string, string, string];
  // Without its tables the database answers nothing: what is still answered did not ask.
  await t.sql('alter table invitations rename to hidden');
  const flipped = mac.startsWith('A') ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
  const forgeries = [
    'x',
    '%00',
    '%zz',
    '..%2f..',
    'a'.repeat(600),
    'a'.repeat(9000),
    token.slice(0, -1),
    `${token}A`,
    [id, generation, channel, key, flipped].join('.'),
    [id, '2', channel, key, mac].join('.'),
    [id, generation, 'c', key, mac].join('.'),
    [id, generation, channel, 'other', mac].join('.'),
    ['nobody', generation, channel, key, mac].join('.'),
  ];
  const pages = await Promise.all(forgeries.map((forgery) => page(`${t.url}/invitations/${forgery}`)));
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([404]));
  expect(new Set(pages.map(({ text }) => text)).size).toBe(1);
  expect(pages[0]!.text).toContain('This link is not valid');
  const names = pages.map(({ headers }) => JSON.stringify([...headers].filter(([name]) => name !== 'date')));
  expect(new Set(names).size).toBe(1);
  await t.sql('alter table hidden rename to invitations');
});

const eachState = states.flatMap((state) => [
  { ...state, hasInviter: true },
  { ...state, hasInviter: false },
]);

/** Where the links and forms of the page lead that are drawn as buttons. */
const controlsOf = (text: string) => {
  const main = /<main[\s\S]*<\/main>/.exec(text)![0];
  const links = [...main.matchAll(/<a class="button[^"]*" href="([^"]+)"/g)].map(([, href]) => href!);
  const forms = [...main.matchAll(/<form method="post" action="([^"]+)"(?:(?!<\/form>)[\s\S])*<button/g)];
  return { links: links.map((href) => href.replaceAll('&amp;', '&')), forms: forms.map(([, to]) => to!) };
};

test.each(eachState)('$name, inviter known: $hasInviter: its page says so, with a way on', async (state) => {
  const { status, told, reach, hasInviter } = state;
  const t = await appForTest();
  const grace = await accountOf(t, 'grace@acme.example', { name: 'Grace Hopper' });
  const made = await invited(t, hasInviter ? { inviterId: grace } : {});
  const { visitor = new Visitor(t), address = made.link } = ((await reach(t, made)) ?? {}) as {
    visitor?: Visitor;
    address?: string;
  };
  const shown = await visitor.open(address);
  const isAsking = /has expired/.test(shown.text) && !hasInviter;
  const expected = isAsking ? /has expired/ : told;
  expect([shown.status, shown.text]).toEqual([status, expect.stringMatching(expected)]);
  const { links, forms } = controlsOf(shown.text);
  expect([...links, ...forms]).not.toEqual([]);
  for (const link of links.filter((href) => href.startsWith('/sign-in')))
    expect((await visitor.open(link)).path).toMatch(/^\/sign-in/);
  expect(shown.text.match(/<h1>/g)).toHaveLength(1);
  // An ended one says less than a live one.
  if (status !== 200) expect(shown.text).not.toContain('ann@example.com');
  await t.drain();
});

test.each(['accepted before', 'unknown to this browser', 'renewed'])(
  '%s: who is signed in as somebody else signs out, and signs in as another, who comes back here',
  async (name) => {
    const t = await appForTest();
    const made = await invited(t);
    const eve = await signedIn(t, 'eve@example.com');
    const { address = made.link } = ((await states.find((state) => state.name === name)!.reach(t, made)) ??
      {}) as { address?: string };
    const shown = await eve.open(address);
    expect(shown.text).toContain('eve@example.com');
    expect(shown.text).not.toContain('ann@example.com');
    const { links, forms } = controlsOf(shown.text);
    expect([links, forms]).toEqual([[], [`/invitation/${made.id}/switch`]]);
    const switched = await eve.post(forms[0]!);
    expect([switched.location, eve.hasSession]).toEqual([
      `/sign-in?continue=%2Finvitation%2F${made.id}`,
      false,
    ]);
    expect((await eve.open(switched.location!)).text).toContain('id="address"');
    await t.drain();
  },
);

test('what the organization has not chosen itself is the tenant’s: logo, colours, and the name in the title', async () => {
  const t = await appForTest();
  const color = { primaryColor: '#7a1fa2', isDarkModeEnabled: false, darkPrimaryColor: '#d9a6ff' };
  const branding = { logoUrl: 'https://tenant.example/logo.png' };
  await t.api('PATCH', '/sign-in-exp', { name: 'Tenant Works', color, branding });
  const { id, link, organizationId } = await invited(t);
  const visitor = new Visitor(t);
  const plain = await visitor.open(link);
  expect(plain.text).toContain('<img src="https://tenant.example/logo.png"');
  expect(plain.text).toContain('--accent:#7a1fa2');
  expect(plain.text).toMatch(/<title>[^<]*Acme · Tenant Works<\/title>/);
  const unknown = await new Visitor(t).open(`/invitation/${id}`);
  expect(unknown.text).toContain('--accent:#7a1fa2');
  await t.sql('update organizations set branding = $1, color = $2 where id = $3', [
    { logoUrl: 'https://acme.example/logo.png' },
    { primaryColor: '#00695c' },
    organizationId,
  ]);
  const own = await visitor.fetch(`/invitation/${id}`);
  expect(own.text).toContain('<img src="https://acme.example/logo.png"');
  expect(own.text).not.toMatch(/tenant\.example|#7a1fa2/);
});

test('the newest link works after a renewal', async () => {
  const t = await appForTest();
  const { link, id } = await invited(t);
  await t.api('POST', `/organization-invitations/${id}/renew`, { messagePayload: {} });
  await t.drain();
  const renewed = linkIn(t);
  const visitor = new Visitor(t);
  expect([(await visitor.open(link)).status, (await visitor.open(renewed)).status]).toEqual([410, 200]);
});

test('names are escaped and isolated, and carry neither links nor bidi characters into the page', async () => {
  const t = await appForTest();
  const name = '<img src=x onerror=alert(1)> \u202eevil https://evil.example "\'&';
  const inviter = await t.api('POST', '/users', { primaryEmail: 'g@acme.example', name });
  const organizationId = (await t.api('POST', '/organizations', { name })).body.id;
  await t.sql('update organizations set branding = $1 where id = $2', [
    { logoUrl: 'https://logo.example/a.png"onerror="alert(1)', darkLogoUrl: 'javascript:alert(1)' },
    organizationId,
  ]);
  const { link } = await invited(t, { organizationId, inviterId: inviter.body.id });
  const { text } = await new Visitor(t).open(link);
  expect(text).not.toMatch(/<img src=x|onerror="|\u202e|https:\/\/evil|javascript:/);
  expect(text).toContain('<bdi>&lt;img src=x');
});

test('the token leaks by no header and into no cache', async () => {
  const t = await appForTest();
  const { id, link } = await invited(t);
  const visitor = new Visitor(t);
  await visitor.open(link);
  for (const address of [link, `${link}x`, `/invitation/${id}`]) {
    const { headers } = await visitor.fetch(address);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe/);
  }
});

test('while the database is away the page says so, and offers to try again', async () => {
  const t = await testApp();
  const { id, link } = await invited(t);
  const visitor = new Visitor(t);
  await visitor.open(link);
  await t.app.db.close();
  for (const shown of [
    await visitor.fetch(`/invitation/${id}`),
    await visitor.post(`/invitation/${id}/accept`, { name: 'Ann' }),
  ]) {
    expect([shown.status, shown.text]).toEqual([503, expect.stringContaining('Just a moment')]);
    expect(shown.text).toContain(`<a class="button" href="/invitation/${id}">Try again`);
    expect(shown.headers.get('retry-after')).toBe('5');
  }
  // The link itself needs no database, nor does a forged one.
  expect((await new Visitor(t).fetch(link)).status).toBe(303);
  expect((await new Visitor(t).fetch(`${link}x`)).status).toBe(404);
  await t.close();
});

test.each([
  ['de', 'Einladung annehmen'],
  ['fr-CA, en;q=0.5', 'Accepter l’invitation'],
  ['es;q=0.4, xx;q=0.9', 'Aceptar la invitación'],
  ['pt-BR', 'Aceitar convite'],
  ['ja', '招待を承諾する'],
  ['zh-CN', '接受邀请'],
  ['xx, de;q=0', 'Accepter l’invitation'],
  ['', 'Accepter l’invitation'],
])('who asks for "%s" reads "%s"; what the tenant falls back to is French', async (language, button) => {
  const t = await appForTest();
  await t.sql(`update tenants set fallback_language = 'fr'`);
  const { id, link } = await invited(t);
  const visitor = new Visitor(t);
  await visitor.open(link);
  const shown = await visitor.fetch(`/invitation/${id}`, { headers: { 'accept-language': language } });
  expect(shown.text).toContain(`<button>${button}</button>`);
  expect(shown.headers.get('vary')).toContain('Accept-Language');
});
