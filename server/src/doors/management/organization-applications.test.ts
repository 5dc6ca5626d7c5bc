/** The bots of an organization and the roles they hold there (contract §4). */
import { expect, test } from 'vitest';
import { keysOf, nobody, openDoor } from './fixture.ts';

const door = openDoor();

const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;
const noMember = [422, 'organization.require_membership'] as const;
const wrongType = [422, 'entity.db_constraint_violated'] as const;
const botIds = async (organizationId: string) =>
  (await door.done<{ id: string }[]>(200, 'GET', `/organizations/${organizationId}/applications`)).map(
    (bot) => bot.id,
  );
const roleIds = async (organizationId: string, botId: string) =>
  (
    await door.done<{ id: string }[]>(
      200,
      'GET',
      `/organizations/${organizationId}/applications/${botId}/roles`,
    )
  ).map((role) => role.id);

async function botIn(organizationId: string) {
  const bot = await door.bot();
  await door.done(201, 'POST', `/organizations/${organizationId}/applications`, { applicationIds: [bot.id] });
  return bot;
}

test('GET lists bots by id: the application with the roles held by name', async () => {
  const { id } = await door.organization();
  const [b, a] = [
    await door.role({ type: 'MachineToMachine', name: `b-${id}` }),
    await door.role({ type: 'MachineToMachine', name: `a-${id}` }),
  ];
  const bot = await botIn(id);
  await botIn(id);
  await door.done(201, 'POST', `/organizations/${id}/applications/${bot.id}/roles`, {
    organizationRoleIds: [b.id, a.id],
  });
  const found = await door.done<Record<string, unknown>[]>(200, 'GET', `/organizations/${id}/applications`);
  expect(found.map((one) => one.id)).toEqual(found.map((one) => one.id).sort());
  const { isAdmin: _, ...application } = await door.done<Record<string, unknown>>(
    200,
    'GET',
    `/applications/${bot.id}`,
  );
  expect(found.find((one) => one.id === bot.id)).toEqual({
    ...application,
    organizationRoles: [
      { id: a.id, name: a.name },
      { id: b.id, name: b.name },
    ],
  });
  expect(
    await door.done(200, 'GET', `/organizations/${id}/applications?q=${bot.name.toUpperCase()}`),
  ).toMatchObject([{ id: bot.id }]);
});

test('POST adds machine-to-machine applications and nothing else; all or nothing', async () => {
  const { id } = await door.organization();
  const [bot, other] = [await door.bot(), await door.bot()];
  const path = `/organizations/${id}/applications`;
  const answer = await door.api('POST', path, { applicationIds: [bot.id, bot.id] });
  expect(answer).toMatchObject({ status: 201, body: undefined });
  await door.done(201, 'POST', path, { applicationIds: [bot.id] });
  expect(await botIds(id)).toEqual([bot.id]);
  for (const type of ['Native', 'SPA', 'Traditional']) {
    const unfit = await door.done(200, 'POST', '/applications', { name: type, type });
    for (const method of ['POST', 'PUT'])
      await door.refused(...wrongType, method, path, { applicationIds: [other.id, unfit.id] });
  }
  for (const method of ['POST', 'PUT']) {
    await door.refused(...foreign, method, path, { applicationIds: [other.id, nobody] });
    await door.refused(...foreign, method, `/organizations/${nobody}/applications`, {
      applicationIds: [other.id],
    });
    await door.refused(400, 'guard.invalid_input', method, path, {});
  }
  await door.refused(400, 'guard.invalid_input', 'POST', path, { applicationIds: [] });
});

test('PUT makes the bots exactly these; who stays keeps the roles', async () => {
  const { id } = await door.organization();
  const role = await door.machineRole();
  const [stays, leaves, comes] = [await botIn(id), await botIn(id), await door.bot()];
  for (const bot of [stays, leaves])
    await door.done(201, 'POST', `/organizations/${id}/applications/${bot.id}/roles`, {
      organizationRoleIds: [role.id],
    });
  await door.done(204, 'PUT', `/organizations/${id}/applications`, {
    applicationIds: [comes.id, stays.id, comes.id],
  });
  expect(await botIds(id)).toEqual([stays.id, comes.id].sort());
  expect(await roleIds(id, stays.id)).toEqual([role.id]);
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [leaves.id] });
  expect(await roleIds(id, leaves.id)).toEqual([]);
  await door.done(204, 'PUT', `/organizations/${id}/applications`, { applicationIds: [] });
  expect(await botIds(id)).toEqual([]);
});

test('DELETE removes the bot; 404 for one that was none', async () => {
  const { id } = await door.organization();
  const bot = await botIn(id);
  await door.done(204, 'DELETE', `/organizations/${id}/applications/${bot.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `/organizations/${id}/applications/${bot.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `/organizations/${nobody}/applications/${bot.id}`);
});

test('POST /applications/roles grants every pair, or none', async () => {
  const { id } = await door.organization();
  const [a, b, stranger] = [await botIn(id), await botIn(id), await door.bot()];
  const [one, two, forPeople] = [await door.machineRole(), await door.machineRole(), await door.role()];
  const path = `/organizations/${id}/applications/roles`;
  const call = (applicationIds: string[], organizationRoleIds: string[]) =>
    ['POST', path, { applicationIds, organizationRoleIds }] as const;
  await door.refused(400, 'guard.invalid_input', ...call([], [one.id]));
  await door.refused(400, 'guard.invalid_input', ...call([a.id], []));
  await door.refused(...foreign, ...call([a.id, stranger.id], [one.id]));
  await door.refused(...foreign, ...call([a.id], [one.id, nobody]));
  await door.refused(...wrongType, ...call([a.id], [one.id, forPeople.id]));
  expect(await door.api(...call([a.id, b.id], [one.id, two.id]))).toMatchObject({
    status: 201,
    body: undefined,
  });
  for (const bot of [a, b]) expect((await roleIds(id, bot.id)).sort()).toEqual([one.id, two.id].sort());
});

test('the roles of one bot: given, replaced, taken, listed by name', async () => {
  const { id } = await door.organization();
  const bot = await botIn(id);
  const [a, b] = [await door.machineRole(), await door.machineRole()].sort((x, y) =>
    x.name < y.name ? -1 : 1,
  ) as [Awaited<ReturnType<typeof door.role>>, Awaited<ReturnType<typeof door.role>>];
  const path = `/organizations/${id}/applications/${bot.id}/roles`;
  expect(await door.api('POST', path, { organizationRoleIds: [b.id, a.id, a.id] })).toMatchObject({
    status: 201,
    body: undefined,
  });
  const found = await door.done<object[]>(200, 'GET', path);
  expect(found).toEqual([a, b]);
  expect(keysOf(found[0]!)).toEqual(['description', 'id', 'name', 'tenantId', 'type']);
  await door.done(204, 'PUT', path, { organizationRoleIds: [b.id] });
  expect(await roleIds(id, bot.id)).toEqual([b.id]);
  await door.done(204, 'DELETE', `${path}/${b.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `${path}/${b.id}`);
});

test('replacing the roles of a bot takes duplicates and an empty list, as it does for people', async () => {
  const { id } = await door.organization();
  const bot = await botIn(id);
  const role = await door.machineRole();
  const path = `/organizations/${id}/applications/${bot.id}/roles`;
  await door.done(204, 'PUT', path, { organizationRoleIds: [role.id, role.id] });
  expect(await roleIds(id, bot.id)).toEqual([role.id]);
  await door.done(204, 'PUT', path, { organizationRoleIds: [] });
  expect(await roleIds(id, bot.id)).toEqual([]);
});

test.for(['POST', 'PUT'] as const)('%s of roles: membership first, then ids and types', async (method) => {
  const { id } = await door.organization();
  const [bot, stranger] = [await botIn(id), await door.bot()];
  const [role, forPeople] = [await door.machineRole(), await door.role()];
  const path = (botId: string, organizationId = id) =>
    `/organizations/${organizationId}/applications/${botId}/roles`;
  await door.refused(...noMember, method, path(stranger.id), { organizationRoleIds: [nobody] });
  await door.refused(...noMember, method, path(nobody), { organizationRoleIds: [role.id] });
  await door.refused(...noMember, method, path(bot.id, nobody), { organizationRoleIds: [role.id] });
  await door.refused(...foreign, method, path(bot.id), { organizationRoleIds: [role.id, nobody] });
  await door.refused(...wrongType, method, path(bot.id), { organizationRoleIds: [role.id, forPeople.id] });
  await door.refused(400, 'guard.invalid_input', method, path(bot.id), {});
  await door.refused(400, 'guard.invalid_input', method, path(bot.id), {
    organizationRoleNames: [role.name],
  });
  await door.refused(...noMember, 'GET', path(stranger.id));
  await door.refused(...noMember, 'DELETE', `${path(stranger.id)}/${role.id}`);
  await door.refused(...noMember, 'DELETE', `${path(bot.id, nobody)}/${role.id}`);
  expect(await roleIds(id, bot.id)).toEqual([]);
});

test('POST of roles for one bot wants at least one', async () => {
  const { id } = await door.organization();
  const bot = await botIn(id);
  await door.refused(
    400,
    'guard.invalid_input',
    'POST',
    `/organizations/${id}/applications/${bot.id}/roles`,
    { organizationRoleIds: [] },
  );
});

test('GET /applications/{id}/organizations: the entities with the roles held in each', async () => {
  const organization = await door.organization();
  const bot = await botIn(organization.id);
  const role = await door.machineRole();
  await door.done(201, 'POST', `/organizations/${organization.id}/applications/${bot.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  expect(await door.done(200, 'GET', `/applications/${bot.id}/organizations`)).toEqual([
    { ...organization, organizationRoles: [{ id: role.id, name: role.name }] },
  ]);
  await door.refused(404, 'entity.not_exists_with_id', 'GET', `/applications/${nobody}/organizations`);
});

test('the roles of a bot are what its token for the organization holds, and the end of it ends the tokens', async () => {
  const { id } = await door.organization();
  const bot = await botIn(id);
  const scope = await door.scope();
  const role = await door.role({ type: 'MachineToMachine', organizationScopeIds: [scope.id] });
  await door.done(201, 'POST', `/organizations/${id}/applications/${bot.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  const ask = async () => {
    const response = await fetch(`${door.url}/oidc/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: bot.id,
        client_secret: bot.secret as string,
        organization_id: id,
        scope: scope.name,
      }),
    });
    return { status: response.status, body: (await response.json()) as { scope?: string; error?: string } };
  };
  expect(await ask()).toMatchObject({ status: 200, body: { scope: scope.name } });
  await door.done(204, 'DELETE', `/organizations/${id}/applications/${bot.id}/roles/${role.id}`);
  expect(await ask()).toMatchObject({ status: 200, body: { scope: '' } });
  await door.done(204, 'DELETE', `/organizations/${id}/applications/${bot.id}`);
  expect(await ask()).toMatchObject({ status: 403, body: { error: 'access_denied' } });
});
