import { expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../../test/harness.ts';

async function secondManager(t: TestApp) {
  const [role] = await t.sql("select id from roles where name = 'Management API access'");
  const { body: application } = await t.api('POST', '/applications', {
    name: 'Second',
    type: 'MachineToMachine',
  });
  await t.api('POST', `/applications/${application.id}/roles`, { roleIds: [role.id] });
  const response = await fetch(`${t.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: application.id,
      client_secret: application.secret,
      resource: 'https://default.logto.app/api',
      scope: 'all',
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  const asks = async () =>
    (await t.api('GET', '/organizations', undefined, { authorization: `Bearer ${token}` })).status;
  return { application, role, asks };
}

test('an application that lost the role manages nothing five seconds later, whatever its token says', async () => {
  const t = await appForTest();
  const { application, role, asks } = await secondManager(t);
  expect(await asks()).toBe(200);
  await t.api('DELETE', `/applications/${application.id}/roles/${role.id}`);
  t.advance(5_001);
  expect(await asks()).toBe(403);
  await t.api('POST', `/applications/${application.id}/roles`, { roleIds: [role.id] });
  expect(await asks()).toBe(200);
});

test('a deleted application manages nothing five seconds later', async () => {
  const t = await appForTest();
  const { application, asks } = await secondManager(t);
  expect(await asks()).toBe(200);
  await t.api('DELETE', `/applications/${application.id}`);
  t.advance(5_001);
  expect(await asks()).toBe(403);
});

test('who may manage the tenant is in the audit', async () => {
  const t = await appForTest();
  const { application } = await secondManager(t);
  const entries = await t.sql(
    "select actor, detail from audit_entries where action = 'application.updated' and subject_id = $1",
    [application.id],
  );
  expect(entries).toMatchObject([{ actor: 'management:test-management', detail: { how: 'add' } }]);
});
