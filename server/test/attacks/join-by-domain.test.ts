/** ATTACKS 14 and 16: a domain lets in whoever has proven a mailbox of exactly that domain, and nobody who was taken out. */
import { expect, test } from 'vitest';
import { changeAddress } from '../../src/domain/users/change-address.ts';
import { formFiller } from '../../src/doors/pages/sign-in/fixture.ts';
import { appForTest, type TestApp } from '../harness.ts';

async function openTo(t: TestApp, domain: string, roleIds: readonly string[] = []): Promise<string> {
  const { id } = (await t.api('POST', '/organizations', { name: 'Acme' })).body;
  expect(
    (await t.api('POST', `/organizations/${id}/jit/email-domains`, { emailDomain: domain })).status,
  ).toBe(201);
  if (roleIds.length > 0)
    await t.api('POST', `/organizations/${id}/jit/roles`, { organizationRoleIds: roleIds });
  return id;
}
/** Through the page, with the code from the mail. Whether somebody is signed in then. */
async function signIn(t: TestApp, address: string): Promise<boolean> {
  const browser = formFiller(t);
  await browser.signIn(address);
  return browser.session() !== undefined;
}
const membersOf = async (t: TestApp, id: string) =>
  (await t.api<any[]>('GET', `/organizations/${id}/users?page_size=100`)).body;
const addressesIn = async (t: TestApp, id: string): Promise<string[]> =>
  (await membersOf(t, id)).map(({ primaryEmail }) => primaryEmail).sort();

test('who signs up through the page with an address of the domain is in, with the default roles', async () => {
  const t = await appForTest();
  const role = (await t.api<any[]>('GET', '/organization-roles')).body.find(({ name }) => name === 'member');
  const id = await openTo(t, 'acme.example', [role.id]);
  await signIn(t, 'Ann@ACME.example');
  expect(await membersOf(t, id)).toMatchObject([
    { primaryEmail: 'ann@acme.example', organizationRoles: [{ id: role.id, name: 'member' }] },
  ]);
});

test('a domain that ends, begins or looks like it is another domain', async () => {
  const t = await appForTest();
  const id = await openTo(t, 'acme.example');
  for (const address of [
    'eve@notacme.example',
    'eve@sub.acme.example',
    'eve@acme.example.evil.example',
    'eve@acme-example.example',
    // The first letter is Cyrillic.
    'eve@аcme.example',
  ])
    expect(await signIn(t, address), address).toBe(true);
  expect(await addressesIn(t, id)).toEqual([]);
});

test('the international form of a domain and its encoded form are one domain', async () => {
  const t = await appForTest();
  const id = await openTo(t, 'bücher.example');
  await signIn(t, 'ann@xn--bcher-kva.example');
  expect(await addressesIn(t, id)).toHaveLength(1);
});

test('neither a suspended member nor who was taken out comes back by signing in; who is suspended signs in nowhere', async () => {
  const t = await appForTest();
  const id = await openTo(t, 'acme.example');
  for (const address of ['out@acme.example', 'suspended@acme.example', 'nobody@acme.example'])
    expect(await signIn(t, address), address).toBe(true);
  const idOf = async (address: string) =>
    (await membersOf(t, id)).find(({ primaryEmail }) => primaryEmail === address).id;
  const [out, suspended, nobody] = [
    await idOf('out@acme.example'),
    await idOf('suspended@acme.example'),
    await idOf('nobody@acme.example'),
  ];
  await t.api('DELETE', `/organizations/${id}/users/${out}`);
  await t.api('PATCH', `/organizations/${id}/users/${suspended}/is-suspended`, { isSuspended: true });
  await t.api('DELETE', `/organizations/${id}/users/${nobody}`);
  await t.api('PATCH', `/users/${nobody}/is-suspended`, { isSuspended: true });
  expect(await signIn(t, 'out@acme.example')).toBe(true);
  expect(await signIn(t, 'suspended@acme.example')).toBe(true);
  expect(await signIn(t, 'nobody@acme.example')).toBe(false);
  expect(await t.sql('select user_id, suspended_at is not null as out from members')).toEqual([
    { user_id: suspended, out: true },
  ]);
});

test('who moves to a mailbox of the domain, and proves it, is in', async () => {
  const t = await appForTest();
  const id = await openTo(t, 'acme.example');
  await signIn(t, 'ann@elsewhere.example');
  expect(await addressesIn(t, id)).toEqual([]);
  const [{ id: userId }] = await t.sql("select id from users where primary_email = 'ann@elsewhere.example'");
  await t.app.act({ kind: 'user', id: userId }, (act) => changeAddress(act, userId, 'ann@acme.example'));
  expect(await addressesIn(t, id)).toEqual(['ann@acme.example']);
});
