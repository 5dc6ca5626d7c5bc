/** A client belongs to one organization, and goes with its place there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOrganization } from '../../../test/builders.ts';
import { testKeys } from '../../../test/fixtures.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import type { Act } from '../../act.ts';
import { Refusal } from '../refusal.ts';
import {
  changeClient,
  createClient,
  deleteClient,
  findClientStanding,
  getClient,
} from './organization-clients.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

const act = <T>(verb: (act: Act) => Promise<T>) => t.app.act({ kind: 'system', id: 'test' }, verb);
const make = async (organizationId: string) =>
  (await act((a) => createClient(a, testKeys, organizationId, { name: 'Deployer', description: null })))
    .client;
const refused = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error) => (error instanceof Refusal ? error.code : error),
  );

test('it is a bot of its organization without roles, and shows where bots do', async () => {
  const here = await makeOrganization(t);
  const { id } = await make(here);
  const listed = (await t.api('GET', `/organizations/${here}/applications`)).body;
  expect(listed).toEqual([expect.objectContaining({ id, type: 'MachineToMachine', organizationRoles: [] })]);
});

test('it goes with its application, its place and its organization, by whatever path', async () => {
  const here = await makeOrganization(t);
  const [deleted, removed, left] = [await make(here), await make(here), await make(here)];
  await t.api('DELETE', `/applications/${deleted.id}`);
  await t.api('DELETE', `/organizations/${here}/applications/${removed.id}`);
  await t.api('DELETE', `/organizations/${here}`);
  for (const { id } of [deleted, removed, left]) {
    expect(await findClientStanding(t.app.db, 'default', id)).toBeUndefined();
    expect((await t.api('GET', `/applications/${id}`)).status).toBe(404);
  }
});

test('in another organization it does not exist', async () => {
  const [here, there] = [await makeOrganization(t), await makeOrganization(t)];
  const { id } = await make(here);
  expect(await refused(getClient(t.app.db, 'default', there, id))).toBe('application.not_found');
  expect(await refused(act((a) => changeClient(a, there, id, { name: 'x' })))).toBe('application.not_found');
  expect(await refused(act((a) => deleteClient(a, there, id)))).toBe('application.not_found');
  expect(await refused(make('nowhere'))).toBe('organization.not_found');
});

test('another application of the organization is none', async () => {
  const here = await makeOrganization(t);
  const made = await t.api('POST', '/applications', { name: 'Bot', type: 'MachineToMachine' });
  await t.api('POST', `/organizations/${here}/applications`, { applicationIds: [made.body.id] });
  expect(await refused(act((a) => deleteClient(a, here, made.body.id)))).toBe('application.not_found');
});
