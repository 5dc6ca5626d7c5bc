/** Just-in-time joining: e-mail domains and default roles of an organization (contract §5). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor } from './fixture.ts';

const door = openDoor();
const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;

const domains = async (path: string) =>
  (await door.done<{ emailDomain: string }[]>(200, 'GET', path)).map((domain) => domain.emailDomain);

test('e-mail domains are added, listed by name, replaced, removed', async () => {
  const { id } = await door.organization();
  const path = `/organizations/${id}/jit/email-domains`;
  const added = await door.done<object>(201, 'POST', path, { emailDomain: 'b.example' });
  expect(added).toEqual({ tenantId: 'default', organizationId: id, emailDomain: 'b.example' });
  await door.done(201, 'POST', path, { emailDomain: 'a.example' });
  expect(await domains(path)).toEqual(['a.example', 'b.example']);
  await door.done(204, 'PUT', path, { emailDomains: ['c.example', 'b.example', 'C.example'] });
  expect(await domains(path)).toEqual(['b.example', 'c.example']);
  await door.done(204, 'DELETE', `${path}/c.example`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/c.example`);
  await door.done(204, 'PUT', path, { emailDomains: [] });
  expect(await domains(path)).toEqual([]);
});

test('a domain has one spelling: case and script are no difference, when added, replaced or removed', async () => {
  const { id } = await door.organization();
  const path = `/organizations/${id}/jit/email-domains`;
  expect(await door.done(201, 'POST', path, { emailDomain: 'BÜCHER.example' })).toMatchObject({
    emailDomain: 'xn--bcher-kva.example',
  });
  for (const twin of ['bücher.example', 'xn--bcher-kva.EXAMPLE', 'bu\u0308cher.example'])
    await door.refused(422, 'entity.unique_integrity_violation', 'POST', path, { emailDomain: twin });
  await door.done(204, 'DELETE', `${path}/${encodeURIComponent('Bücher.Example')}`);
});

test('what is no domain is refused and named, by POST and by PUT', async () => {
  const { id } = await door.organization();
  const path = `/organizations/${id}/jit/email-domains`;
  const bad = [
    '',
    'localhost',
    '@example.com',
    'a@example.com',
    'exa mple.com',
    '*.example.com',
    'example..com',
    '-.com',
    '127.0.0.1',
    'http://example.com',
    'example.com/',
    'example.com:25',
    `${'x'.repeat(125)}.com`,
    'e\u200bxample.com',
  ];
  for (const emailDomain of bad) {
    const posted = await door.refused(400, 'guard.invalid_input', 'POST', path, { emailDomain });
    expect(posted.data.issues[0]!.path).toEqual(['body', 'emailDomain']);
    const put = await door.refused(400, 'guard.invalid_input', 'PUT', path, {
      emailDomains: ['good.example', emailDomain],
    });
    expect(put.data.issues[0]!.path).toEqual(['body', 'emailDomains', '1']);
  }
  await door.refused(400, 'guard.invalid_input', 'POST', path, {});
  await door.refused(400, 'guard.invalid_input', 'PUT', path, {});
});

test('an unknown organization: reading and removing are 404, writing is 422', async () => {
  const path = `/organizations/${nobody}/jit`;
  const role = await door.role();
  await door.refused(404, 'entity.not_exists_with_id', 'GET', `${path}/email-domains`);
  await door.refused(...foreign, 'POST', `${path}/email-domains`, { emailDomain: 'example.com' });
  await door.refused(...foreign, 'PUT', `${path}/email-domains`, { emailDomains: [] });
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/email-domains/example.com`);
  await door.refused(404, 'entity.not_exists_with_id', 'GET', `${path}/roles`);
  await door.refused(...foreign, 'POST', `${path}/roles`, { organizationRoleIds: [role.id] });
  await door.refused(...foreign, 'PUT', `${path}/roles`, { organizationRoleIds: [] });
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/roles/${role.id}`);
});

test('default roles are added (again is a no-op), listed by name, replaced, removed', async () => {
  const { id } = await door.organization();
  const path = `/organizations/${id}/jit/roles`;
  const [a, b] = [await door.role(), await door.role()];
  const byName = [a, b].sort((x, y) => (x.name < y.name ? -1 : 1));
  expect(await door.api('POST', path, { organizationRoleIds: [a.id, b.id] })).toMatchObject({
    status: 201,
    body: undefined,
  });
  await door.done(201, 'POST', path, { organizationRoleIds: [a.id, a.id] });
  const found = await door.done<object[]>(200, 'GET', path);
  expect(found).toEqual(byName);
  expect(keysOf(found[0]!)).toEqual(['description', 'id', 'name', 'tenantId', 'type']);
  await door.done(204, 'PUT', path, { organizationRoleIds: [b.id] });
  expect(await door.done(200, 'GET', path)).toEqual([b]);
  await door.done(204, 'DELETE', `${path}/${b.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${b.id}`);
  await door.done(204, 'PUT', path, { organizationRoleIds: [] });
});

test('default roles: none, unknown ones and those for machines are refused, all or nothing', async () => {
  const { id } = await door.organization();
  const path = `/organizations/${id}/jit/roles`;
  const [role, machineRole] = [await door.role(), await door.machineRole()];
  await door.refused(400, 'guard.invalid_input', 'POST', path, { organizationRoleIds: [] });
  for (const method of ['POST', 'PUT']) {
    await door.refused(...foreign, method, path, { organizationRoleIds: [role.id, nobody] });
    await door.refused(422, 'entity.db_constraint_violated', method, path, {
      organizationRoleIds: [role.id, machineRole.id],
    });
  }
});

test('creating a user provisions nothing: an address that somebody wrote down proves nothing', async () => {
  const { id } = await door.organization();
  await door.done(201, 'POST', `/organizations/${id}/jit/email-domains`, { emailDomain: 'jit.example' });
  const user = await door.user({ primaryEmail: 'ann@jit.example' });
  expect(await door.done(200, 'GET', `/users/${user.id}/organizations`)).toEqual([]);
});
