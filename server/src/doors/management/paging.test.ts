/** Pages of lists (contract §1.4), the same for every list that has them. */
import { expect, test } from 'vitest';
import { openDoor, unique } from './fixture.ts';
import { routes } from './index.ts';

const door = openDoor();

const relations = (headers: Headers): Record<string, string> =>
  Object.fromEntries(
    [...headers.get('link')!.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url, relation]) => [relation, url]),
  );

/** A list of five of everything that is listed: path by path. */
async function lists(): Promise<{ path: string; paging: 'always' | 'optional'; total: number }[]> {
  const five = <T>(make: () => Promise<T>) => Promise.all([0, 1, 2, 3, 4].map(make));
  const [o] = await five(() => door.organization());
  const users = await five(() => door.user());
  const userIds = users.map((user) => user.id);
  const roles = await five(() => door.role());
  const roleIds = roles.map((role) => role.id);
  const machineRoles = (await five(() => door.machineRole())).map((role) => role.id);
  const scopes = (await five(() => door.scope())).map((scope) => scope.id);
  const bots = (await five(() => door.bot())).map((bot) => bot.id);
  const resource = await door.done(201, 'POST', '/resources', {
    name: 'r',
    indicator: `https://${unique('api')}.example`,
  });
  const resourceScopes = (
    await five(() => door.done(201, 'POST', `/resources/${resource.id}/scopes`, { name: unique('read') }))
  ).map((scope) => scope.id);
  const globalRoles = (
    await five(() =>
      door.done(200, 'POST', '/roles', { name: unique('r'), description: '', type: 'MachineToMachine' }),
    )
  ).map((role) => role.id);
  const base = `/organizations/${o!.id}`;
  await door.done(201, 'POST', `${base}/users`, { userIds });
  await door.done(201, 'POST', `${base}/users/${userIds[0]}/roles`, { organizationRoleIds: roleIds });
  await door.done(201, 'POST', `${base}/applications`, { applicationIds: bots });
  await door.done(201, 'POST', `${base}/applications/${bots[0]}/roles`, {
    organizationRoleIds: machineRoles,
  });
  await door.done(204, 'PUT', `${base}/jit/email-domains`, {
    emailDomains: [0, 1, 2, 3, 4].map((n) => `d${n}.example`),
  });
  await door.done(201, 'POST', `${base}/jit/roles`, { organizationRoleIds: roleIds });
  await door.done(201, 'POST', `/organization-roles/${roleIds[0]}/scopes`, { organizationScopeIds: scopes });
  await door.done(201, 'POST', `/organization-roles/${roleIds[0]}/resource-scopes`, {
    scopeIds: resourceScopes,
  });
  await door.done(201, 'POST', `/applications/${bots[0]}/roles`, { roleIds: globalRoles });
  await five(() => door.invitation(o!.id));
  for (const other of await five(() => door.organization()))
    await door.done(201, 'POST', `/organizations/${other.id}/applications`, { applicationIds: [bots[1]] });
  await five(() => door.done(201, 'POST', `${base}/join-links`, {}));
  for (const user of userIds)
    await door.sql(
      `insert into join_requests (tenant_id, id, organization_id, user_id, created_at) values ('default', 'request-${user}', '${o!.id}', '${user}', 1)`,
    );
  const webhooks = await five(() =>
    door.done(201, 'POST', '/webhooks', {
      url: 'http://127.0.0.1:1',
      events: ['bot.*'],
      organizationId: o!.id,
    }),
  );
  await five(() => door.done(201, 'POST', `/webhooks/${webhooks[0]!.id}/test`));
  const hooks = await five(() =>
    door.done(201, 'POST', '/hooks', {
      events: ['Organization.Data.Updated'],
      config: { url: 'http://127.0.0.1:1' },
    }),
  );
  for (const { id } of await five(() => door.organization()))
    await door.done(200, 'PATCH', `/organizations/${id}`, { description: 'told to the hooks' });
  await door.drain();
  const count = async (table: string) =>
    (await door.sql<{ n: string }>(`select count(*) n from ${table}`))[0]!.n;
  const all = async (path: string, paging: 'always' | 'optional', table: string) => ({
    path,
    paging,
    total: Number(await count(table)),
  });
  return [
    await all('/organizations', 'always', 'organizations'),
    await all('/organization-roles', 'always', 'organization_roles'),
    await all('/organization-scopes', 'optional', 'organization_scopes'),
    await all('/users', 'always', 'users'),
    await all('/applications', 'optional', 'applications'),
    await all('/resources', 'optional', 'resources'),
    await all('/roles', 'optional', 'roles'),
    { path: `${base}/users`, paging: 'always', total: 5 },
    { path: `${base}/applications`, paging: 'always', total: 5 },
    { path: `${base}/users/${userIds[0]}/roles`, paging: 'optional', total: 5 },
    { path: `${base}/applications/${bots[0]}/roles`, paging: 'optional', total: 5 },
    { path: `${base}/jit/email-domains`, paging: 'optional', total: 5 },
    { path: `${base}/jit/roles`, paging: 'optional', total: 5 },
    { path: `${base}/join-links`, paging: 'optional', total: 5 },
    { path: `${base}/join-requests`, paging: 'optional', total: 5 },
    { path: `/organization-roles/${roleIds[0]}/scopes`, paging: 'optional', total: 5 },
    { path: `/organization-roles/${roleIds[0]}/resource-scopes`, paging: 'optional', total: 5 },
    { path: `/resources/${resource.id}/scopes`, paging: 'always', total: 5 },
    { path: `/applications/${bots[0]}/roles`, paging: 'optional', total: 5 },
    { path: `/applications/${bots[1]}/organizations`, paging: 'optional', total: 6 },
    { path: `/organization-invitations?organizationId=${o!.id}`, paging: 'optional', total: 5 },
    { path: `/webhooks?organizationId=${o!.id}`, paging: 'optional', total: 5 },
    { path: '/hooks', paging: 'optional', total: 5 },
    { path: `/hooks/${hooks[0]!.id}/recent-logs`, paging: 'always', total: 5 },
    { path: `/webhooks/${webhooks[0]!.id}/deliveries`, paging: 'always', total: 5 },
  ];
}

test('every list that has pages: each item stands on one page, the total is told on all, past the end too', async () => {
  const all = await lists();
  expect(all.length).toBe(routes.filter((route) => route.paging && !route.isOwn).length);
  for (const { path, paging, total } of all) {
    const with_ = (query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;
    const seen: string[] = [];
    for (let page = 1; page <= Math.ceil(total / 2); page++) {
      const answer = await door.api('GET', with_(`page=${page}&page_size=2`));
      expect(answer.status, path).toBe(200);
      expect(answer.headers.get('total-number'), `${path} page ${page}`).toBe(String(total));
      seen.push(...answer.body.map((item: object) => JSON.stringify(item)));
    }
    expect(new Set(seen).size, path).toBe(total);
    expect(seen.length, path).toBe(total);
    const beyond = await door.api('GET', with_('page=99&page_size=100'));
    expect(beyond.body, path).toEqual([]);
    expect(beyond.headers.get('total-number'), `${path} beyond the end`).toBe(String(total));
    const bare = await door.api('GET', path);
    expect(bare.headers.has('total-number'), path).toBe(paging === 'always');
    expect(bare.headers.has('link'), path).toBe(paging === 'always');
    if (paging === 'optional')
      expect(
        bare.body.map((item: object) => JSON.stringify(item)),
        path,
      ).toEqual(seen);
  }
});

test('a page is of 20 unless another size is asked for', async () => {
  const { id } = await door.organization();
  const users = await Promise.all(Array.from({ length: 23 }, () => door.user()));
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: users.map((user) => user.id) });
  const first = await door.api('GET', `/organizations/${id}/users`);
  expect(first.body).toHaveLength(20);
  expect((await door.api('GET', `/organizations/${id}/users?page=2`)).body).toHaveLength(3);
  expect((await door.api('GET', `/organizations/${id}/users?page_size=100`)).body).toHaveLength(23);
  expect((await door.api('GET', `/organization-scopes?page=1`)).headers.get('link')).toContain('page=1');
});

test('Link leads to the first, previous, next and last page, with /api and the rest of the query', async () => {
  const { id } = await door.organization();
  for (let i = 0; i < 5; i++) await door.invitation(id);
  const base = `${door.url}/api/organization-invitations`;
  const query = (page: number) => `organizationId=${id}&q=%2Bnothing%26odd&page=${page}&page_size=2`;
  const nothing = await door.api('GET', `/organization-invitations?${query(1)}`);
  expect(relations(nothing.headers)).toEqual({ first: `${base}?${query(1)}`, last: `${base}?${query(1)}` });

  const list = (page: number) => `organizationId=${id}&page=${page}&page_size=2`;
  const at = async (page: number) =>
    relations((await door.api('GET', `/organization-invitations?${list(page)}`)).headers);
  const url = (page: number) => `${base}?${list(page)}`;
  expect(await at(1)).toEqual({ first: url(1), next: url(2), last: url(3) });
  expect(await at(2)).toEqual({ first: url(1), prev: url(1), next: url(3), last: url(3) });
  expect(await at(3)).toEqual({ first: url(1), prev: url(2), last: url(3) });
  const followed = await fetch(url(2), { headers: { authorization: `Bearer ${await door.token()}` } });
  expect(await followed.json()).toHaveLength(2);
});

test('a page that is no whole number from 1, or a size that is none from 1 to 100, is refused', async () => {
  const bad = [
    '0',
    '-1',
    '1.5',
    '1e1',
    'two',
    '',
    ' 1',
    '+1',
    '0x1',
    '99999999999999999999',
    'NaN',
    'Infinity',
    '1&page=2',
  ];
  for (const value of bad) {
    const { data } = await door.refused(
      400,
      'guard.invalid_pagination',
      'GET',
      `/organizations?page=${value}`,
    );
    expect(data).toMatchObject({ field: 'page' });
    await door.refused(400, 'guard.invalid_pagination', 'GET', `/organization-invitations?page=${value}`);
  }
  for (const value of [...bad.slice(0, -1), '101'])
    expect(
      (await door.refused(400, 'guard.invalid_pagination', 'GET', `/users?page_size=${value}`)).data,
    ).toMatchObject({
      field: 'page_size',
    });
});
