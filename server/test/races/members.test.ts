/**
 * Members manage each other at once: random promotions, demotions, removals, suspensions, transfers of ownership,
 * invitations, approvals and acceptances from parallel callers, all with the authority of members. After every group of
 * commands each grant must be explained by somebody who could have made it, an owner must be there, and the ledger of
 * seats must equal the rows (rules 6, 9, 10 and 11).
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { day, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { type TestApp, testApp } from '../harness.ts';
import { memberToken } from '../insiders.ts';
import { makeApplication, ownToken } from '../own-tokens.ts';

let t: TestApp;
let application: string;
/** By rank: what covers what is the order of this list. */
let roles: string[];
beforeAll(async () => {
  t = await testApp();
  application = await makeApplication(t);
  roles = [await roleNamed(t, 'member'), await roleNamed(t, 'admin'), await roleNamed(t, 'owner')];
});
afterAll(() => t.close());

const founders = [2, 2, 1, 1, 0];
const people = founders.length + 3;
const who = fc.nat(people - 1);
/** Those who may do something, more often than not. */
const actor = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: who });
const outsider = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: founders.length, max: people - 1 }) },
  { weight: 1, arbitrary: who },
);
const role = fc.nat(2);
const handle = fc.nat(7);

type Command =
  | { kind: 'set roles'; by: number; whom: number; roles: number[] }
  | { kind: 'remove' | 'suspend' | 'reinstate' | 'offer'; by: number; whom: number }
  | { kind: 'invite'; by: number; whom: number; role: number }
  | { kind: 'accept' | 'accept offer' | 'approve'; by: number; handle: number }
  | { kind: 'leave'; by: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('set roles' as const),
      by: actor,
      whom: who,
      roles: fc.subarray([0, 1, 2], { maxLength: 2 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'remove' as const,
        'suspend' as const,
        'reinstate' as const,
        'offer' as const,
        'offer' as const,
      ),
      by: actor,
      whom: who,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('invite' as const), by: actor, whom: outsider, role }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'accept' as const,
        'accept' as const,
        'accept offer' as const,
        'approve' as const,
      ),
      by: actor,
      handle,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), by: who }) },
);
const history = fc.array(fc.array(command, { minLength: 2, maxLength: 6 }), { minLength: 3, maxLength: 8 });

type Person = { id: string; email: string; token: string; own: string };
/** What was made, for whom. */
type Made = { id: string; whom: number };
type Snapshot = Map<string, { rank: number; isActive: boolean }>;

const rankOf = (held: readonly string[]) => Math.max(-1, ...held.map((id) => roles.indexOf(id)));

class World {
  readonly invitations: Made[] = [];
  readonly offers: Made[] = [];
  readonly own: string;
  readonly all: readonly Person[];

  constructor(own: string, all: readonly Person[]) {
    this.own = own;
    this.all = all;
  }

  async run(c: Command): Promise<number> {
    const by = this.all[c.by]!;
    const inside = { authorization: `Bearer ${by.token}` };
    const mine = { authorization: `Bearer ${by.own}` };
    const member = 'whom' in c ? `/organizations/${this.own}/users/${this.all[c.whom]!.id}` : '';
    const of = (list: Made[]) =>
      ('handle' in c && list[c.handle % Math.max(list.length, 1)]) || { id: 'none', whom: c.by };
    const ofInvitee = ({ whom }: Made) => ({ authorization: `Bearer ${this.all[whom]!.own}` });
    switch (c.kind) {
      case 'set roles': {
        const organizationRoleIds = c.roles.map((index) => roles[index]!);
        return (await t.api('PUT', `${member}/roles`, { organizationRoleIds }, inside)).status;
      }
      case 'remove':
        return (await t.api('DELETE', member, undefined, inside)).status;
      case 'suspend':
      case 'reinstate': {
        const isSuspended = c.kind === 'suspend';
        return (await t.api('PATCH', `${member}/is-suspended`, { isSuspended }, inside)).status;
      }
      case 'offer': {
        const body = { userId: this.all[c.whom]!.id };
        const made = await t.api('POST', `/organizations/${this.own}/ownership-transfers`, body, inside);
        if (made.status === 201) this.offers.push({ id: made.body.id, whom: c.whom });
        return made.status;
      }
      case 'invite': {
        const body = {
          organizationId: this.own,
          invitee: this.all[c.whom]!.email,
          expiresAt: t.now() + day,
          organizationRoleIds: [roles[c.role]],
        };
        const made = await t.api('POST', '/organization-invitations', body, inside);
        if (made.status === 201) this.invitations.push({ id: made.body.id, whom: c.whom });
        return made.status;
      }
      case 'accept':
      case 'accept offer': {
        const made = of(c.kind === 'accept' ? this.invitations : this.offers);
        const noun = c.kind === 'accept' ? 'invitations' : 'ownership-transfers';
        return (await t.api('POST', `/my/${noun}/${made.id}/accept`, undefined, ofInvitee(made))).status;
      }
      case 'approve': {
        const { id } = of(this.invitations);
        return (await t.api('POST', `/organization-invitations/${id}/approve`, undefined, inside)).status;
      }
      case 'leave':
        return (await t.api('DELETE', `/my/organizations/${this.own}`, undefined, mine)).status;
    }
  }

  async look(): Promise<Snapshot> {
    const rows = await t.sql<{ id: string; out: string | null; held: string[] }>(
      `select user_id as id, suspended_at as out, array(select role_id from member_roles k where k.organization_id = m.organization_id
          and k.user_id = m.user_id) as held from members m where organization_id = $1`,
      [this.own],
    );
    return new Map(rows.map(({ id, out, held }) => [id, { rank: rankOf(held), isActive: out === null }]));
  }

  /** What was recorded after the entry with this id. */
  since = (last: string) =>
    t.sql<{ id: string; type: string; actor: string; data: any; authority: string | null }>(
      `select j.id, j.type, j.actor, j.data, i.authority_id as authority from journal j
         left join invitations i on i.id = j.data->>'invitationId'
        where j.organization_id = $1 and j.id > $2 order by j.id`,
      [this.own, last],
    );
}

/**
 * Every grant of the group is explained: by somebody who could give that much before it, or came to in it by a grant that
 * is explained itself; and nobody acted who had no access before the group and got none in it.
 */
function explain(before: Snapshot, entries: Awaited<ReturnType<World['since']>>): void {
  const could = new Map(
    [...before].filter(([, { isActive }]) => isActive).map(([id, { rank }]) => [id, rank]),
  );
  const idOf = (actor: string) => actor.slice(actor.indexOf(':') + 1);
  const grants = entries.flatMap(({ type, actor, data, authority }) => {
    if (type === 'membership.updated' && data.addedRoleIds)
      return data.userIds.map((to: string) => ({
        from: idOf(actor),
        to,
        rank: rankOf(data.addedRoleIds),
        least: 1,
      }));
    if (type === 'invitation.accepted')
      return [{ from: authority!, to: data.userId, rank: rankOf(data.roleIds), least: -1 }];
    if (type === 'ownership_transfer.accepted')
      return [{ from: data.offeredBy, to: data.offeredTo, rank: 2, least: 2 }];
    // Who is let in again has what was kept.
    if (type === 'membership.reinstated') {
      const [to] = data.userIds as string[];
      return [{ from: idOf(actor), to: to!, rank: before.get(to!)?.rank ?? -1, least: 1 }];
    }
    return [];
  });
  let left = grants;
  for (let found = true; found; ) {
    const open = left.filter(({ from, rank, least }) => (could.get(from) ?? -2) < Math.max(rank, least));
    for (const { to, rank } of left.filter((grant) => !open.includes(grant)))
      could.set(to, Math.max(could.get(to) ?? -1, rank));
    found = open.length < left.length;
    left = open;
  }
  expect(left, 'grants that nobody could have made').toEqual([]);
  for (const { type, actor } of entries)
    if (actor.startsWith('member:')) expect(could.has(idOf(actor)), `${type} by ${actor}`).toBe(true);
}

async function checkRows(own: string): Promise<void> {
  const [row] = await t.sql(
    `select (select count(*) from member_roles k join members m using (tenant_id, organization_id, user_id)
              where k.organization_id = o.id and k.role_id = $2 and m.suspended_at is null)::int as owners,
            seats_used::int as used, (select count(*) from members m where m.organization_id = o.id)::int
              + (select count(*) from invitations i where i.organization_id = o.id
                    and num_nonnulls(accepted_at, rejected_at, revoked_at, lapsed_at) = 0)::int as rows
       from organizations o where id = $1`,
    [own, roles[2]],
  );
  expect(row.owners).toBeGreaterThan(0);
  expect(row.used).toBe(row.rows);
}

let round = 0;
async function newWorld(): Promise<World> {
  const own = await makeOrganization(t);
  const batch = round++;
  const all = await parallel(people, async (index) => {
    const email = `p${index}.${batch}@members.example`;
    const id = await makeUser(t, email);
    return {
      id,
      email,
      token: await memberToken(t, id, own),
      own: await ownToken(t, id, application),
    };
  });
  await t.sql('update users set email_verified_at = 1 where id = any($1)', [all.map(({ id }) => id)]);
  const inside = all.slice(0, founders.length).map(({ id }) => id);
  await t.api('POST', `/organizations/${own}/users`, { userIds: inside });
  await parallel(founders.length, (index) =>
    t.api('PUT', `/organizations/${own}/users/${inside[index]}/roles`, {
      organizationRoleIds: [roles[founders[index]!]],
    }),
  );
  await t.api('PUT', `/organizations/${own}/seats`, { limit: people - 1 });
  return new World(own, all);
}

const histories = Number(process.env.HISTORIES ?? 25);

test('no history of members managing each other grants what nobody could, or leaves no owner', {
  timeout: histories * 15_000,
}, async () => {
  const happened = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const world = await newWorld();
      let last = (await world.since('')).at(-1)!.id;
      for (const group of groups) {
        const before = await world.look();
        const statuses = await Promise.all(group.map((each) => world.run(each)));
        expect(statuses.filter((status) => status >= 500)).toEqual([]);
        const entries = await world.since(last);
        last = entries.at(-1)?.id ?? last;
        for (const { type } of entries) happened.set(type, (happened.get(type) ?? 0) + 1);
        explain(before, entries);
        await checkRows(world.own);
      }
      await t.drain();
    }),
    { numRuns: histories },
  );
  // What never happens is not tested.
  for (const type of [
    'membership.suspended',
    'membership.deleted',
    'invitation.accepted',
    'membership.updated',
  ])
    expect(happened.get(type) ?? 0, type).toBeGreaterThan(0);
});
