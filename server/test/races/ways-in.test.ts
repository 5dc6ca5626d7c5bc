/** Every way in, in every order and all at once: one membership, no role lost, no seat too many. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinByDomain } from '../../src/domain/domains/join-by-domain.ts';
import { countBy, makeInvitation, makeOrganization, parallel } from '../builders.ts';
import { type TestApp, testApp } from '../harness.ts';
import { ask, countMembers, join, joiner, makeJoinLink, makePeople, rolesIn } from '../joining.ts';

let t: TestApp;
beforeAll(async () => {
  t = await testApp();
});
afterAll(() => t.close());

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));

const makeRole = async (name: string): Promise<string> =>
  (await t.api('POST', '/organization-roles', { name: `${name} ${Math.random()}` })).body.id;

test('rule 8: by invitation, link, domain, request and API in all 120 orders there is one membership that never loses a role', async () => {
  const own = await makeOrganization(t);
  const [invited, linked, known, asked] = [
    await makeRole('invited'),
    await makeRole('linked'),
    await makeRole('known'),
    await makeRole('asked'),
  ];
  const link = await makeJoinLink(t, own, { organizationRoleIds: [linked] });
  const asking = await makeJoinLink(t, own, { organizationRoleIds: [asked], asksFirst: true });
  await t.api('PUT', `/organizations/${own}/jit/roles`, { organizationRoleIds: [known] });
  const orders = permutations(['invitation', 'link', 'domain', 'request', 'api'] as const);
  const people = await makePeople(t, orders.length, 'ways.example');
  await t.api('POST', `/organizations/${own}/jit/email-domains`, { emailDomain: 'ways.example' });
  for (const [at, order] of orders.entries()) {
    const who = people[at]!;
    const [{ primary_email: address }] = await t.sql('select primary_email from users where id = $1', [who]);
    const invitation = await makeInvitation(t, own, address, { organizationRoleIds: [invited] });
    await ask(t, asking.url, who);
    const [request] = await t.sql('select id from join_requests where user_id = $1', [who]);
    const ways = {
      invitation: () =>
        t.api('PUT', `/organization-invitations/${invitation.id}/status`, {
          status: 'Accepted',
          acceptedUserId: who,
        }),
      link: () => join(t, link.url, who),
      domain: () => t.app.act({ kind: 'user', id: who }, (act) => joinByDomain(act, who)),
      request: () => t.api('POST', `/organizations/${own}/join-requests/${request.id}/approve`),
      api: () => t.api('POST', `/organizations/${own}/users`, { userIds: [who] }),
    };
    let before: string[] = [];
    for (const way of order) {
      await ways[way]();
      const now = await rolesIn(t, own, who);
      expect(now, `${order} after ${way}`).toEqual(expect.arrayContaining(before));
      before = now;
    }
    expect(before).toEqual(expect.arrayContaining([invited, asked]));
    const memberships = await t.sql('select from members where organization_id = $1 and user_id = $2', [
      own,
      who,
    ]);
    expect(memberships).toHaveLength(1);
  }
  expect(await countMembers(t, own)).toBe(orders.length);
  await t.drain();
}, 120_000);

test('of 1,000 who join at once on 10 free seats, by link, request and API, exactly 10 do, and all hear within 5 s', async () => {
  const own = await makeOrganization(t);
  await t.api('PUT', `/organizations/${own}/seats`, { limit: 10 });
  const link = await makeJoinLink(t, own);
  const asking = await makeJoinLink(t, own, { asksFirst: true });
  const people = await makePeople(t, 1000);
  const add = (who: string) => async () =>
    (await t.api('POST', `/organizations/${own}/users`, { userIds: [who] })).status;
  const follow = async (who: string) => {
    const browser = await joiner(t, who);
    await browser.arrive(link.url);
    return () => browser.answer(link.id, 'accept');
  };
  const request = async (who: string) => {
    const browser = await joiner(t, who);
    await browser.arrive(asking.url);
    expect(await browser.answer(asking.id, 'ask')).toBe(303);
    const [{ id }] = await t.sql('select id from join_requests where user_id = $1', [who]);
    return async () => (await t.api('POST', `/organizations/${own}/join-requests/${id}/approve`, {})).status;
  };
  const ready = await parallel(1000, async (at) => {
    const who = people[at]!;
    return at % 10 === 0 ? request(who) : at % 2 ? follow(who) : add(who);
  });
  await t.token();
  let slowest = 0;
  const statuses = await parallel(1000, async (at) => {
    const began = performance.now();
    const status = await ready[at]!();
    slowest = Math.max(slowest, performance.now() - began);
    return status;
  });
  // A page says that it is full with 200; everything else that is none of these is a fault.
  const {
    303: followed = 0,
    201: added = 0,
    204: approved = 0,
    200: told = 0,
    422: refused = 0,
  } = countBy(statuses, String);
  expect(followed + added + approved).toBe(10);
  expect(told + refused).toBe(990);
  expect(await countMembers(t, own)).toBe(10);
  expect((await t.api('GET', `/organizations/${own}/seats`)).body).toEqual({
    limit: 10,
    members: 10,
    pending: 0,
  });
  expect(slowest).toBeLessThan(5000);
  await t.drain();
}, 60_000);
