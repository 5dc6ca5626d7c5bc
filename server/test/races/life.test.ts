/**
 * The life of invitations under random commands from several callers at once, compared with a model: for every group
 * of commands that ran together there must be an order in which the model answers the same and ends the same. That
 * is rules 1, 4, 7, 8 and 9 over histories that nobody thought of.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { type TestApp, testApp } from '../harness.ts';
import { type Command, empty, explain, keyOf, type Reply, type State, seatsTaken } from './model.ts';

const people = 3;
const short = 10_000;
const long = 10_000_000;

let t: TestApp;
let roles: string[];
beforeAll(async () => {
  t = await testApp();
  roles = [await roleNamed(t, 'admin'), await roleNamed(t, 'member')];
});
afterAll(() => t.close());

const person = fc.nat(people - 1);
const handle = fc.nat(11);
const lifetime = fc.constantFrom(short, long);
const command: fc.Arbitrary<Omit<Command, never>> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      handle: fc.constant(-1),
      person,
      roles: fc.subarray([0, 1]),
      lifetime,
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('accept' as const), handle, person }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('revoke' as const, 'reject' as const), handle }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('renew' as const), handle, lifetime }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('join' as const, 'leave' as const, 'leave' as const),
      person,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('limit' as const), limit: fc.constantFrom(null, 0, 1, 2, 3) }),
  },
);
const history = fc.array(
  fc.record({ group: fc.array(command, { minLength: 1, maxLength: 5 }), wait: fc.boolean() }),
  { minLength: 2, maxLength: 8 },
);

class Caller {
  readonly ids = new Map<number, string>();
  readonly organizationId: string;
  readonly users: readonly string[];
  readonly emails: readonly string[];

  constructor(organizationId: string, users: readonly string[], emails: readonly string[]) {
    this.organizationId = organizationId;
    this.users = users;
    this.emails = emails;
  }

  async run(c: Command): Promise<Reply> {
    const answer = await this.request(c);
    if (c.kind === 'create' && answer.status === 201) this.ids.set(c.handle, answer.body.id);
    if (answer.status !== 422) return String(answer.status);
    if (answer.body.data.reason.startsWith('seats.')) return '422 seats';
    return answer.body.data.reason === 'invitation.duplicate' ? '422 duplicate' : '422 invitation';
  }

  request(c: Command) {
    const invitation = `/organization-invitations/${'handle' in c ? (this.ids.get(c.handle) ?? 'none') : ''}`;
    switch (c.kind) {
      case 'create':
        return t.api('POST', '/organization-invitations', {
          organizationId: this.organizationId,
          invitee: this.emails[c.person]!.toUpperCase(),
          organizationRoleIds: c.roles.map((role) => roles[role]),
          expiresAt: t.now() + c.lifetime,
        });
      case 'accept':
        return t.api('PUT', `${invitation}/status`, {
          status: 'Accepted',
          acceptedUserId: this.users[c.person],
        });
      case 'revoke':
      case 'reject':
        return t.api('PUT', `${invitation}/status`, { status: c.kind === 'revoke' ? 'Revoked' : 'Rejected' });
      case 'renew':
        return t.api('POST', `${invitation}/renew`, { expiresAt: t.now() + c.lifetime });
      case 'join':
        return t.api('POST', `/organizations/${this.organizationId}/users`, {
          userIds: [this.users[c.person]],
        });
      case 'leave':
        return t.api('DELETE', `/organizations/${this.organizationId}/users/${this.users[c.person]}`);
      case 'limit':
        return t.api('PUT', `/organizations/${this.organizationId}/seats`, { limit: c.limit });
    }
  }

  /** What is there now, in the words of the model. */
  async look(): Promise<string> {
    const [invitations, members, seats] = await Promise.all([
      t.api('GET', `/organization-invitations?organizationId=${this.organizationId}`),
      t.api('GET', `/organizations/${this.organizationId}/users`),
      t.api('GET', `/organizations/${this.organizationId}/seats`),
    ]);
    const handles = new Map([...this.ids].map(([made, id]) => [id, made]));
    const who = members.body.map((member: any) => {
      const held = member.organizationRoles.map((role: any) => roles.indexOf(role.id)).sort();
      return `${this.users.indexOf(member.id)}:${held}`;
    });
    const what = invitations.body.map((each: any) => `${handles.get(each.id)}=${each.status}`);
    expect(seats.body.limit === null || seats.body.members + seats.body.pending <= seats.body.limit).toBe(
      true,
    );
    return `${seats.body.limit} | ${who.sort().join(' ')} | ${what.sort().join(' ')}`;
  }

  /** Rule 9 in the ledger itself: what the counter says is what the rows say. */
  async checkLedger(): Promise<void> {
    const [row] = await t.sql(
      `select seat_limit is null or seats_used = (select count(*) from members m where m.organization_id = o.id)
         + (select count(*) from invitations i where i.organization_id = o.id and num_nonnulls(accepted_at, rejected_at, revoked_at, lapsed_at) = 0)
         as balanced from organizations o where id = $1`,
      [this.organizationId],
    );
    expect(row.balanced).toBe(true);
  }
}

/** How many histories; more than in the daily run when somebody asks. */
const histories = Number(process.env.HISTORIES ?? 60);
let round = 0;

async function newCaller(): Promise<Caller> {
  const emails = Array.from({ length: people }, (_, index) => `p${index}.${round}@example.com`);
  round++;
  const users = await parallel(people, (index) => makeUser(t, emails[index]!));
  return new Caller(await makeOrganization(t), users, emails);
}

test('no history of parallel commands breaks rules 1, 4, 7, 8 or 9', {
  timeout: histories * 4000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const caller = await newCaller();
      let states: State[] = [empty];
      let made = 0;
      for (const { group, wait } of groups) {
        const commands = group.map(
          (each) => (each.kind === 'create' ? { ...each, handle: made++ } : each) as Command,
        );
        const replies = await Promise.all(commands.map((each) => caller.run(each)));
        const possible = explain(states, commands, replies, t.now());
        const seen = await caller.look();
        states = possible.filter((state) => keyOf(state, t.now()) === seen);
        if (states.length === 0) {
          throw new Error(
            `No order explains\n${commands.map((each, index) => `  ${JSON.stringify(each)} → ${replies[index]}`).join('\n')}\n` +
              `  seen     ${seen}\n  possible ${possible.map((state) => keyOf(state, t.now())).join('\n           ') || 'none'}`,
          );
        }
        for (const state of states)
          expect(state.limit === null || seatsTaken(state, t.now()) <= state.limit).toBe(true);
        await caller.checkLedger();
        if (wait) {
          t.advance(short + 1);
          await t.token();
        }
      }
    }),
    { numRuns: histories },
  );
});
