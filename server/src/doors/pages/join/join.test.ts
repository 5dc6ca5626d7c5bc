/** The page of a link for many: it never signs anybody in, and shows nothing to who has no genuine link. */
import axe from 'axe-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../../../../test/browser.ts';
import { makeOrganization, roleNamed } from '../../../../test/builders.ts';
import { type TestApp, testApp } from '../../../../test/harness.ts';
import { countMembers, makeJoinLink } from '../../../../test/joining.ts';
import { everything, members, signedIn, Visitor } from '../invitation-fixture.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

let count = 0;
const newAddress = () => `j${count++}@example.com`;

test('a stranger sees organization and roles and is led to sign in; looking and forging change nothing', async () => {
  const own = await makeOrganization(t, 'Globex <b>');
  const { id, url } = await makeJoinLink(t, own, { organizationRoleIds: [await roleNamed(t, 'member')] });
  const before = await everything(t);
  const visitor = new Visitor(t);
  const arrived = await visitor.fetch(url);
  expect(arrived).toMatchObject({ status: 303, location: `/join/${id}` });
  const shown = await visitor.open(url);
  expect(shown.status).toBe(200);
  expect(shown.text).toContain('Globex &lt;b');
  expect(shown.text).toContain('member');
  expect(shown.text).toContain(`/sign-in?continue=/join/${id}`);
  expect(shown.text).not.toContain('<form');
  expect(shown.text).not.toContain(url.split('/').at(-1));
  await visitor.fetch('/sign-in');
  expect(await visitor.post(`/join/${id}/accept`)).toMatchObject({ status: 303, location: `/join/${id}` });
  expect(visitor.hasSession).toBe(false);
  expect((await new Visitor(t).open(`/join/${id}`)).status).toBe(404);
  expect((await new Visitor(t).open(`${url.slice(0, -1)}x`)).status).toBe(404);
  expect((await new Visitor(t).open('/join/nothing')).status).toBe(404);
  expect(await everything(t)).toEqual(before);
  expect(await countMembers(t, own)).toBe(0);
});

test('what the organization has not chosen itself is the tenant’s: logo, colours, and the name in the title', async () => {
  const fresh = await t.sql('select name, branding, color from tenants');
  const branding = { logoUrl: 'https://tenant.example/logo.png' };
  const color = { primaryColor: '#7a1fa2', isDarkModeEnabled: false, darkPrimaryColor: '#d9a6ff' };
  await t.api('PATCH', '/sign-in-exp', { name: 'Tenant Works', branding, color });
  const { url } = await makeJoinLink(t, await makeOrganization(t, 'Hooli'));
  const { text } = await new Visitor(t).open(url);
  expect(text).toContain('<img src="https://tenant.example/logo.png"');
  expect(text).toContain('--accent:#7a1fa2');
  expect(text).toMatch(/<title>[^<]*Hooli · Tenant Works<\/title>/);
  await t.sql('update tenants set name = $1, branding = $2, color = $3', [
    fresh[0].name,
    fresh[0].branding,
    fresh[0].color,
  ]);
});

test('who is signed in joins with one button, and comes back to a page that says so', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own);
  const visitor = await signedIn(t, newAddress());
  expect((await visitor.open(url)).text).toContain(`action="/join/${id}/accept"`);
  const [forged, real] = [
    await visitor.fetch(`/join/${id}/accept`, { method: 'POST' }),
    await visitor.post(`/join/${id}/accept`),
  ];
  expect(forged.status).toBe(403);
  expect(real).toMatchObject({ status: 303, location: `/join/${id}` });
  const after = await visitor.open(`/join/${id}`);
  expect(after.text).toContain('href="/account"');
  expect(after.text).not.toContain('<form');
  expect(await members(t, own)).toHaveLength(1);
});

test('who asks for a language that there is not gets that of the tenant, also where the link is over or unknown', async () => {
  const own = await makeOrganization(t);
  const [open, ended] = [await makeJoinLink(t, own), await makeJoinLink(t, own, { isDisabled: true })];
  await t.sql(`update tenants set fallback_language = 'fr'`);
  try {
    for (const [url, language] of [
      [open.url, 'fi'],
      [ended.url, 'fi'],
      ['/join/nothing', 'fi'],
    ] as const) {
      const visitor = new Visitor(t);
      const arrived = await visitor.fetch(url);
      const shown = await visitor.fetch(arrived.location ?? url, {
        headers: { 'accept-language': language },
      });
      expect(shown.text, url).toContain('<html lang="fr"');
    }
  } finally {
    await t.sql(`update tenants set fallback_language = 'en'`);
  }
});

test('a link of one organization opens no other, though a browser holds it', async () => {
  const [own, other] = [await makeOrganization(t), await makeOrganization(t)];
  const [mine, theirs] = [await makeJoinLink(t, own), await makeJoinLink(t, other)];
  const visitor = await signedIn(t, newAddress());
  await visitor.open(mine.url);
  for (const [key, { value }] of [...visitor.cookies])
    if (key.endsWith(`/join/${mine.id}`))
      visitor.cookies.set(key.replace(mine.id, theirs.id), { value, path: `/join/${theirs.id}` });
  expect((await visitor.open(`/join/${theirs.id}`)).status).toBe(404);
  expect((await visitor.post(`/join/${theirs.id}/accept`)).status).toBe(404);
  expect(await countMembers(t, other)).toBe(0);
});

test('who is not let back in is told no more than who it was never for', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own);
  const visitor = await signedIn(t, newAddress());
  await visitor.open(url);
  await visitor.post(`/join/${id}/accept`);
  const [who] = await members(t, own);
  await t.api('DELETE', `/organizations/${own}/users/${who!.user_id}`);
  const shown = await visitor.open(url);
  expect(shown.text).toContain('With this account you cannot join by this link');
  expect(shown.text).not.toMatch(/removed|taken out|suspended/i);
  await visitor.post(`/join/${id}/accept`);
  expect(await countMembers(t, own)).toBe(0);
});

test('where a second factor is asked for, who has a passkey signs in with it first; who has none joins and is told to add one', async () => {
  const own = await makeOrganization(t);
  await t.api('PATCH', `/organizations/${own}`, { isMfaRequired: true });
  const [link, asking] = [await makeJoinLink(t, own), await makeJoinLink(t, own, { asksFirst: true })];
  const address = newAddress();
  const holder = await signedIn(t, address);
  const [{ id: userId }] = await t.sql('select id from users where primary_email = $1', [address]);
  await t.sql(
    `insert into passkeys (tenant_id, id, user_id, name, public_key, created_at) values ('default', $1, $1, 'Phone', '\\x00', 1)`,
    [userId],
  );
  for (const [{ id, url }, deed] of [
    [link, 'accept'],
    [asking, 'ask'],
  ] as const) {
    const shown = await holder.open(url);
    expect(shown.text).toContain('Sign in with your passkey');
    expect(shown.text).not.toContain(`action="/join/${id}/${deed}"`);
    await holder.post(`/join/${id}/${deed}`);
  }
  expect(await countMembers(t, own)).toBe(0);
  expect(await t.sql('select 1 from join_requests where organization_id = $1', [own])).toEqual([]);
  await t.sql(`update sessions set methods = '{hwk,user}' where user_id = $1`, [userId]);
  await holder.open(link.url);
  expect(await holder.post(`/join/${link.id}/accept`)).toMatchObject({ status: 303 });
  expect(await members(t, own)).toEqual([{ user_id: userId }]);
  const newcomer = await signedIn(t, newAddress());
  await newcomer.open(link.url);
  expect(await newcomer.post(`/join/${link.id}/accept`)).toMatchObject({ status: 303 });
  expect((await newcomer.open(`/join/${link.id}`)).text).toMatch(/href="\/account\/passkeys">Add a passkey/);
});

const languages = ['en', 'de', 'fr', 'es', 'pt', 'ja', 'zh'];

test('every state of the page is accessible, in every language, narrow and wide', async () => {
  const own = await makeOrganization(t, 'Globex');
  const roles = { organizationRoleIds: [await roleNamed(t, 'member'), await roleNamed(t, 'admin')] };
  const open = await makeJoinLink(t, own, roles);
  const asking = await makeJoinLink(t, own, { ...roles, asksFirst: true });
  const closed = await makeJoinLink(t, own, { allowedDomains: ['acme.example'] });
  const ended = await makeJoinLink(t, own, { isDisabled: true });
  const person = await signedIn(t, newAddress());
  const asker = await signedIn(t, newAddress());
  await asker.open(asking.url);
  await asker.post(`/join/${asking.id}/ask`);
  const joined = await signedIn(t, newAddress());
  await joined.open(open.url);
  await joined.post(`/join/${open.id}/accept`);
  const scenes: [string, Visitor, string][] = [
    ['sign-in', new Visitor(t), open.url],
    ['ready', person, open.url],
    ['ask', person, asking.url],
    ['asked', asker, asking.url],
    ['domain', person, closed.url],
    ['ended', person, ended.url],
    ['joined', joined, open.url],
    ['unknown', new Visitor(t), `${t.url}/join/nothing`],
  ];
  const browser = await launchBrowser();
  try {
    for (const [at, [name, visitor, url]] of scenes.entries()) {
      for (const locale of languages) {
        const context = await browser.newContext({
          locale,
          viewport: { width: languages.indexOf(locale) % 2 ? 320 : 1200, height: 800 },
          colorScheme: at % 2 ? 'dark' : 'light',
        });
        await context.addCookies(
          [...visitor.cookies].map(([key, { value, path }]) => ({
            name: key.split(' ')[0]!,
            value,
            path,
            domain: new URL(t.url).hostname,
          })),
        );
        const page = await context.newPage();
        await page.goto(url);
        expect(await page.locator('html').getAttribute('lang'), `${name} ${locale}`).toContain(locale);
        expect(await page.locator('main').innerText(), `${name} ${locale}`).not.toMatch(/[{}]/);
        const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        expect(isWide, `${name} ${locale} scrolls sideways`).toBe(false);
        // The others differ in their words alone.
        if (locale !== languages[at % languages.length]) {
          await context.close();
          continue;
        }
        await page.evaluate(axe.source);
        const found = (await page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: { html: string }[] }[];
        };
        expect(
          found.violations.map(({ id, nodes }) => `${id} ${nodes[0]!.html}`),
          `${name} ${locale}`,
        ).toEqual([]);
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
}, 120_000);

test('on their account people ask to join organizations of their domain', async () => {
  const own = await makeOrganization(t, 'Initech');
  const visitor = await signedIn(t, 'asker@initech.example');
  await t.api('POST', `/organizations/${own}/jit/email-domains`, { emailDomain: 'initech.example' });
  const shown = await visitor.open('/account');
  expect(shown.text).toContain(`action="/account/organizations/${own}/ask"`);
  expect(await visitor.post(`/account/organizations/${own}/ask`)).toMatchObject({ status: 303 });
  const asked = (await visitor.open('/account')).text;
  expect(asked).toContain('Your requests to join');
  expect(asked).not.toContain(`action="/account/organizations/${own}/ask"`);
  expect((await visitor.post(`/account/organizations/${own}/ask`)).status).toBe(422);
  expect((await visitor.post('/account/organizations/nothing/ask')).status).toBe(422);
  expect((await t.api('GET', `/organizations/${own}/join-requests`)).body).toHaveLength(1);
  const withdraw = /\/account\/requests\/\w+\/withdraw/.exec(asked)![0];
  const other = await signedIn(t, newAddress());
  await other.open('/account');
  expect((await other.post(withdraw)).status).toBe(422);
  expect(await visitor.post(withdraw)).toMatchObject({ location: '/account?done=request-withdrawn' });
  expect((await visitor.post(withdraw)).status).toBe(422);
  expect((await t.api('GET', `/organizations/${own}/join-requests`)).body).toEqual([]);
});
