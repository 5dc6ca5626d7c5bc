/** Searching in lists (contract §1.5): `q` is plain text, `search` is a pattern. */
import { expect, test } from 'vitest';
import { nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();

const names = async (path: string) =>
  (await door.done<{ name: string }[]>(200, 'GET', path)).map((item) => item.name).sort();

test('q is a part of a field in any case; % and _ in it are letters like any other', async () => {
  const tag = unique('q');
  for (const name of ['100% Ltd', '100 Ltd', 'a_b', 'axb', 'back\\slash', 'ÄÖ'])
    await door.organization({ name: `${tag} ${name}` });
  const find = async (text: string) =>
    (await names(`/organizations?page_size=100&q=${encodeURIComponent(text)}`)).map((name) =>
      name.slice(tag.length + 1),
    );
  expect(await find(`${tag} 100%`)).toEqual(['100% Ltd']);
  expect(await find(`${tag} A_B`)).toEqual(['a_b']);
  expect(await find('back\\sl')).toEqual(['back\\slash']);
  expect(await find(`${tag.toUpperCase()} äö`)).toEqual(['ÄÖ']);
  expect(await find(`${tag} %`)).toEqual([]);
  expect(await find(`${tag}_`)).toEqual([]);
  expect(await find("'; drop table users; --")).toEqual([]);
});

test('q looks into each field by itself, never across two', async () => {
  const organization = await door.organization({ name: 'Across' });
  const end = organization.id.slice(-4);
  expect(await names(`/organizations?q=${end}`)).toContain('Across');
  expect(await names(`/organizations?q=${encodeURIComponent(`${end} Across`)}`)).toEqual([]);
});

test('q of members: id, address, phone, username, name', async () => {
  const { id } = await door.organization();
  const username = `u_${Date.now()}`;
  const user = await door.user({ username, primaryPhone: `49${Date.now()}`, name: unique('Name') });
  const other = await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [user.id] });
  for (const part of [user.id, user.primaryEmail.toUpperCase(), user.primaryPhone, username, user.name]) {
    const found = await door.done<{ id: string }[]>(
      200,
      'GET',
      `/organizations/${id}/users?q=${encodeURIComponent(String(part))}`,
    );
    expect(
      found.map((member) => member.id),
      String(part),
    ).toEqual([user.id]);
  }
  expect(await door.done<object[]>(200, 'GET', `/organizations/${id}/users?q=example.com`)).toHaveLength(2);
  void other;
});

test('search over all fields or one, as pattern, exact, similar or regular expression', async () => {
  const tag = unique('s').replaceAll('-', '_');
  for (const name of [`${tag}_Ann`, `${tag}_Bob`, `${tag}_bobby`]) await door.user({ name });
  const find = async (query: string) =>
    (await names(`/users?page_size=100&${query}`)).map((name) => name?.slice(tag.length + 1));
  expect(await find(`search=${tag}%25`)).toEqual(['Ann', 'Bob', 'bobby']);
  expect(await find(`search=${tag}`)).toEqual([]);
  expect(await find(`search.name=${tag}_bob%25`)).toEqual(['Bob', 'bobby']);
  expect(await find(`search.name=${tag}_bob%25&isCaseSensitive=yes`)).toEqual(['bobby']);
  expect(await find(`search.name=${tag}_ANN&mode=exact`)).toEqual(['Ann']);
  expect(await find(`search.name=${tag}_Ann&search.name=${tag}_Bob&mode.name=exact`)).toEqual(['Ann', 'Bob']);
  expect(await find(`search.name=${tag}_(Ann|Bob)&mode=similar_to&isCaseSensitive=true`)).toEqual([
    'Ann',
    'Bob',
  ]);
  expect(await find(`search.name=^${tag}_b&mode=posix`)).toEqual(['Bob', 'bobby']);
  expect(await find(`search.name=${tag}%25&search.primaryEmail=nobody`)).toEqual(['Ann', 'Bob', 'bobby']);
  expect(await find(`search.name=${tag}%25&search.primaryEmail=nobody&joint=and`)).toEqual([]);
  expect(await find(`search.name=${tag}%25&search.primaryEmail=nobody&jointMode=and`)).toEqual([]);
});

test('a search that makes no sense is refused, for users, applications and scopes alike', async () => {
  const resource = await door.done(201, 'POST', '/resources', {
    name: 'r',
    indicator: `https://${unique('api')}.example`,
  });
  await door.done(201, 'POST', `/resources/${resource.id}/scopes`, { name: 'read' });
  await door.user();
  for (const path of ['/users', '/applications', `/resources/${resource.id}/scopes`]) {
    for (const query of [
      'search=a&mode=fuzzy',
      'search.name=a&mode.name=Like',
      'search.password=a',
      'search.name.first=a',
      'search=a&search=b',
      'search.name=',
      'search=a&joint=xor',
      'search.name=a&mode=similar_to',
      'search=a&joint=or&joint=and',
      `search=${'x'.repeat(300)}`,
    ])
      await door.refused(400, 'request.invalid_input', 'GET', `${path}?${query}`);
    await door.refused(
      400,
      'guard.invalid_input',
      'GET',
      `${path}?search.name=${encodeURIComponent('(')}&mode=posix`,
    );
  }
});

test('who is in an organization, or holds a role, can be left out of the list', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const other = await door.user();
  const found = await door.done<{ id: string }[]>(
    200,
    'GET',
    `/users?page_size=100&excludeOrganizationId=${id}`,
  );
  expect(found.map((user) => user.id)).toContain(other.id);
  expect(found.map((user) => user.id)).not.toContain(member.id);
  await door.done(200, 'GET', `/users?excludeRoleId=${nobody}`);
  await door.refused(
    400,
    'request.invalid_input',
    'GET',
    `/users?excludeRoleId=${nobody}&excludeOrganizationId=${id}`,
  );
});
