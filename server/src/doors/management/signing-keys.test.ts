import { expect, test } from 'vitest';
import { makeOrganization } from '../../../test/builders.ts';
import { appForTest, managementToken, type TestApp } from '../../../test/harness.ts';

const signingKeys = async (t: TestApp) => (await t.api('GET', '/configs/oidc/private-keys')).body;

test('a rotated key is listed at once and never shown; tokens from before go on', async () => {
  const t = await appForTest();
  await t.token();
  const [before] = await signingKeys(t);
  expect(Object.keys(before).sort()).toEqual(['activeAt', 'createdAt', 'id', 'signingKeyAlgorithm']);
  const { status, body } = await t.api('POST', '/configs/oidc/private-keys/rotate', {});
  expect(status).toBe(200);
  const after = await signingKeys(t);
  expect(after.map((key: { id: string }) => key.id)).toEqual([body.id, before.id]);
  expect(after[0].activeAt).toBeGreaterThan(t.now());
  expect(JSON.stringify(after)).not.toMatch(/"d":/);
});

test('a withdrawn key ends every token that it signed, and the next tokens are signed by another', async () => {
  const t = await appForTest();
  const old = await t.token();
  const [key] = await signingKeys(t);
  expect((await t.api('DELETE', `/configs/oidc/private-keys/${key.id}`)).status).toBe(204);
  await expect
    .poll(
      async () =>
        (await t.api('GET', '/organizations', undefined, { authorization: `Bearer ${old}` })).status,
    )
    .toBe(401);
  const fresh = await managementToken(t.url);
  expect((await t.api('GET', '/organizations', undefined, { authorization: `Bearer ${fresh}` })).status).toBe(
    200,
  );
  const events = await t.sql("select type from events where type like 'signing_key.%' order by id");
  expect(events.map((event) => event.type)).toContain('signing_key.retired');
});

test('a token that a bot got through an organization does not manage the tenant, whatever its scopes', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const [scope] = await t.sql(
    "select s.id from resource_scopes s join resources r on r.id = s.resource_id where r.is_management and s.name = 'all'",
  );
  const role = await t.api('POST', '/organization-roles', {
    name: 'bots',
    type: 'MachineToMachine',
    resourceScopeIds: [scope.id],
  });
  const bot = await t.api('POST', '/applications', { name: 'Bot', type: 'MachineToMachine' });
  await t.api('POST', `/organizations/${organizationId}/applications`, { applicationIds: [bot.body.id] });
  await t.api('POST', `/organizations/${organizationId}/applications/${bot.body.id}/roles`, {
    organizationRoleIds: [role.body.id],
  });
  const response = await fetch(`${t.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: bot.body.id,
      client_secret: bot.body.secret,
      resource: 'https://default.logto.app/api',
      organization_id: organizationId,
      scope: 'all',
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  const answer = await t.api('GET', '/organizations', undefined, { authorization: `Bearer ${token}` });
  expect(answer).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
});
