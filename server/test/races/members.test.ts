/**
 * Members manage each other at once, and people come in by every way: random promotions, demotions, removals, suspensions,
 * transfers of ownership, invitations, links for many, requests, approvals, policies and seats from parallel callers. After
 * every group of commands each grant must be explained by somebody who could have made it and by a policy that allowed
 * it, an owner must be there, and the ledgers of seats and of uses must equal the rows (rules 6, 9, 10 and 11).
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestApp, testApp } from '../harness.ts';
import { history } from './members-commands.ts';
import { checkRows, explain, look, since } from './members-explain.ts';
import { type House, newHouse, newWorld } from './members-world.ts';

let t: TestApp;
let house: House;
beforeAll(async () => {
  t = await testApp();
  house = await newHouse(t);
});
afterAll(() => t.close());

const histories = Number(process.env.HISTORIES ?? 25);

test('no history of members managing each other grants what nobody could, or leaves no owner', {
  timeout: histories * 15_000,
}, async () => {
  const happened = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const world = await newWorld(house);
      let last = (await since(world, '')).at(-1)!.id;
      for (const group of groups) {
        const before = await look(world);
        const statuses = await Promise.all(group.map((each) => world.run(each)));
        expect(statuses.filter((status) => status >= 500)).toEqual([]);
        const entries = await since(world, last);
        last = entries.at(-1)?.id ?? last;
        for (const { type, data } of entries)
          for (const name of [type, data?.path === 'link' ? 'joined by link' : undefined])
            if (name) happened.set(name, (happened.get(name) ?? 0) + 1);
        explain(world, before, entries);
        await checkRows(world);
      }
      await t.drain();
    }),
    { numRuns: histories, endOnFailure: true },
  );
  // What never happens is not tested.
  for (const type of [
    'membership.suspended',
    'membership.deleted',
    'membership.updated',
    'invitation.accepted',
    'joined by link',
    'join_request.made',
    'join_request.approved',
    'organization.policy_set',
    'organization.seats_set',
  ])
    expect(happened.get(type) ?? 0, type).toBeGreaterThan(0);
  if (process.env.SHOW_HAPPENED) console.log(happened);
});
