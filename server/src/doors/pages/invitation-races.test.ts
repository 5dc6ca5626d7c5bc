/** What happens at once, over real connections: one invitation, one membership, one ending. */
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { countBy, parallel, roleNamed } from '../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { accountOf, invited, type Made, members, Visitor } from './invitation-fixture.ts';

const statusOf = async (t: TestApp, { id }: Made) =>
  (await t.api('GET', `/organization-invitations/${id}`)).body.status;

/** A connection of its own, for a transaction that stays open. */
async function connect(t: TestApp): Promise<pg.Client> {
  const { pipes: _pipes, transactions: _transactions, ...config } = t.database;
  const client = new pg.Client(config);
  await client.connect();
  return client;
}

async function opened(t: TestApp, { link }: Made): Promise<Visitor> {
  const visitor = new Visitor(t);
  await visitor.open(link);
  return visitor;
}

// Without the second attempt in accept-in-person.ts whoever loses the race for a new account gets a 500.
test.each(['a new person', 'a known person'])(
  'accept pressed 20 times at once, by %s: one membership, one account, one session, and no failure',
  async (who) => {
    const t = await appForTest();
    if (who === 'a known person') await accountOf(t, 'ann@example.com');
    for (let round = 0; round < 3; round++) {
      const made = await invited(t);
      const visitors = await parallel(20, () => opened(t, made));
      const answers = await parallel(20, (at) =>
        visitors[at]!.post(`/invitation/${made.id}/accept`, { name: `Ann ${at}` }),
      );
      expect(countBy(answers, ({ location }) => location ?? 'none')).toEqual({
        '/account': 1,
        [`/invitation/${made.id}`]: 19,
      });
      expect(visitors.filter(({ hasSession }) => hasSession)).toHaveLength(1);
      expect(await members(t, made.organizationId)).toHaveLength(1);
    }
    expect(await t.sql('select count(*)::int as n from users')).toEqual([{ n: 1 }]);
    expect(await t.sql('select count(*)::int as n from sessions')).toEqual([{ n: 3 }]);
    expect(await t.sql(`select count(*)::int as n from journal where type = 'invitation.accepted'`)).toEqual([
      { n: 3 },
    ]);
  },
);

test('the same new person accepts invitations to ten organizations at once: one account, ten memberships', async () => {
  const t = await appForTest();
  const made: Made[] = [];
  for (let at = 0; at < 10; at++) made.push(await invited(t));
  const visitors = await Promise.all(made.map((each) => opened(t, each)));
  const answers = await Promise.all(
    visitors.map((visitor, at) => visitor.post(`/invitation/${made[at]!.id}/accept`, { name: 'Ann' })),
  );
  expect(answers.map(({ status, location }) => [status, location])).toEqual(
    made.map(() => [303, '/account']),
  );
  expect(await t.sql('select count(*)::int as n from users')).toEqual([{ n: 1 }]);
  expect(await t.sql('select count(distinct organization_id)::int as n from members')).toEqual([{ n: 10 }]);
});

test('accepting, declining and revoking at once: one of them ends it, and the rows agree', async () => {
  const t = await appForTest();
  const outcomes: string[] = [];
  for (let round = 0; round < 15; round++) {
    const made = await invited(t, { invitee: `p${round}@example.com` });
    const visitors = await parallel(6, () => opened(t, made));
    const revoke = () => t.api('PUT', `/organization-invitations/${made.id}/status`, { status: 'Revoked' });
    const answers = await Promise.all([
      ...visitors.map((visitor, at) =>
        visitor.post(`/invitation/${made.id}/${at % 2 ? 'decline' : 'accept'}`, { name: 'P' }),
      ),
      revoke(),
      revoke(),
    ]);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const status = await statusOf(t, made);
    outcomes.push(status);
    const joined = status === 'Accepted' ? 1 : 0;
    expect(await members(t, made.organizationId)).toHaveLength(joined);
    expect(visitors.filter(({ hasSession }) => hasSession)).toHaveLength(joined);
    expect(
      await t.sql('select 1 from users where primary_email = $1', [`p${round}@example.com`]),
    ).toHaveLength(joined);
    const ends = await t.sql(
      `select type from journal where type in ('invitation.accepted', 'invitation.rejected', 'invitation.revoked')
          and data->>'invitationId' = $1`,
      [made.id],
    );
    expect(ends).toHaveLength(1);
  }
  expect(new Set(outcomes).size).toBeGreaterThan(0);
});

// Without the lock on the invitation in accept-in-person.ts the link is judged before the renewal, and accepted after it.
test('a renewal under way is waited for: the link that it replaces accepts nothing', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  const renewal = await connect(t);
  await renewal.query('begin');
  await renewal.query(`update invitations set generation = 2 where id = '${made.id}'`);
  const accepting = visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  await setTimeout(300);
  await renewal.query('commit');
  await renewal.end();
  expect((await accepting).location).toBe(`/invitation/${made.id}`);
  expect([await statusOf(t, made), visitor.hasSession]).toEqual(['Pending', false]);
  expect(await t.sql('select 1 from users')).toEqual([]);
});

// Without holdAuthority in authority.ts both would judge by roles that are gone when they commit.
test.each(['on its page', 'through the API'])(
  'a demotion under way is waited for, and seen: accepting %s',
  async (where) => {
    const t = await appForTest();
    const admin = await roleNamed(t, 'admin');
    const made = await invited(t, { organizationRoleIds: [admin] });
    const grace = await accountOf(t, 'grace@acme.example');
    const ann = await accountOf(t, 'ann@example.com');
    await t.api('POST', `/organizations/${made.organizationId}/users`, { userIds: [grace] });
    await t.api('PUT', `/organizations/${made.organizationId}/users/${grace}/roles`, {
      organizationRoleIds: [admin],
    });
    const visitor = await opened(t, made);
    await t.sql('update invitations set authority_id = $1 where id = $2', [grace, made.id]);

    const demotion = await connect(t);
    await demotion.query('begin');
    await demotion.query(`select 1 from members where user_id = '${grace}' for no key update`);
    await demotion.query(`update members set role_ids = '{}' where user_id = '${grace}'`);
    let isAnswered = false;
    const accepting = (
      where === 'on its page'
        ? visitor.post(`/invitation/${made.id}/accept`)
        : t.api('PUT', `/organization-invitations/${made.id}/status`, {
            status: 'Accepted',
            acceptedUserId: ann,
          })
    ).finally(() => {
      isAnswered = true;
    });
    await setTimeout(300);
    expect(isAnswered).toBe(false);
    await demotion.query('commit');
    await demotion.end();
    expect((await accepting).status).toBe(where === 'on its page' ? 303 : 422);
    expect(await statusOf(t, made)).toBe('Pending');
    expect(await members(t, made.organizationId)).toEqual([{ user_id: grace }]);
    // As soon as it holds again, it is accepted.
    await t.api('PUT', `/organizations/${made.organizationId}/users/${grace}/roles`, {
      organizationRoleIds: [admin],
    });
    await visitor.post(`/invitation/${made.id}/accept`);
    expect(await statusOf(t, made)).toBe('Accepted');
  },
);
