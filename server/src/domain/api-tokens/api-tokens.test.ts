/** What API tokens mean, and when they mean nothing any more. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOrganization, makeUser, parallel } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import type { Act } from '../../act.ts';
import { Refusal } from '../refusal.ts';
import { checkApiToken, createApiToken, invalidateApiToken } from './api-tokens.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

const act = <T>(verb: (act: Act) => Promise<T>) => t.app.act({ kind: 'system', id: 'test' }, verb);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'good',
    (error) => (error instanceof Refusal ? error.code : error),
  );
const make = (organizationId: string, userId?: string) =>
  act((a) => createApiToken(a, { organizationId, userId, customClaims: {} }));
const check = (value: string) => codeOf(act((a) => checkApiToken(a, { value })));

test('a token is for a member: not for somebody of another organization, nor for nobody', async () => {
  const [here, there] = [await makeOrganization(t), await makeOrganization(t)];
  const user = await makeUser(t, `${here}@example.com`);
  await t.api('POST', `/organizations/${here}/users`, { userIds: [user] });
  expect(await codeOf(make(here, user))).toBe('good');
  expect(await codeOf(make(there, user))).toBe('member.not_found');
  expect(await codeOf(make(here, 'nobody'))).toBe('user.not_found');
  expect(await codeOf(make('nowhere'))).toBe('organization.not_found');
});

test('it means nothing once its person is deleted', async () => {
  const here = await makeOrganization(t);
  const user = await makeUser(t, `${here}@example.com`);
  await t.api('POST', `/organizations/${here}/users`, { userIds: [user] });
  const { value } = await make(here, user);
  await t.api('DELETE', `/users/${user}`);
  expect(await check(value)).toBe('api_token.not_found');
});

test('however many invalidate it at once, it is told once', async () => {
  const { token, value } = await make(await makeOrganization(t));
  await parallel(8, () => act((a) => invalidateApiToken(a, { id: token.id })));
  expect(await check(value)).toBe('api_token.invalidated');
  const told = await t.sql(
    "select 1 from events where type = 'api_token.invalidated' and data->>'tokenId' = $1",
    [token.id],
  );
  expect(told).toHaveLength(1);
});

test('when it was last used is known to the minute, and costs one write a minute', async () => {
  const { token, value } = await make(await makeOrganization(t));
  const used = async () => {
    await check(value);
    const [row] = await t.sql('select last_used_at::float8 as at from api_tokens where id = $1', [token.id]);
    return row.at as number;
  };
  const first = await used();
  t.advance(30_000);
  expect(await used()).toBe(first);
  t.advance(31_000);
  expect((await used()) - first).toBeGreaterThan(60_000);
});
