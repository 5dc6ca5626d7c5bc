/** People whom an application brings in itself: invited with an account that waits for them, or members at once. */
import { beforeEach, expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import type { Act, Actor } from '../../act.ts';
import { accept } from '../invitations/accept.ts';
import { changeOffer } from '../invitations/change-offer.ts';
import { inviteNewPerson, invitePerson } from '../invitations/invite-person.ts';
import { findOpenInvitation, remind } from '../invitations/remind.ts';
import { deleteOrganization } from '../organizations/delete-organization.ts';
import { setSeatLimit } from '../organizations/seats.ts';
import { addNewPerson, addPerson } from './add-person.ts';
import { part } from './part.ts';
import { findBelongings, findPeople, findRoster, getPerson, idByExternalId } from './roster.ts';

const management: Actor = { kind: 'management', id: 'console' };
const day = 86_400_000;
const bounds = { most: 1000, windowMs: 60_000 };
const mail = {
  usageType: 'OrganizationInvitation',
  payload: {},
  bounds: { recipient: bounds, organization: bounds, inviter: bounds, client: bounds },
  hasDefaultConnector: true,
} as const;

let app: TestApp;
let organizationId: string;
beforeEach(async () => {
  app = await appForTest();
  organizationId = await organization('Acme');
});

const organization = async (name: string): Promise<string> =>
  (await app.api('POST', '/organizations', { name })).body.id;
const act = <T>(verb: (act: Act) => Promise<T>) => app.app.act(management, verb);
const inviting = (address: string, more: object = {}, person: object = {}) =>
  act((a) =>
    inviteNewPerson(
      a,
      { address, leavesWithLastMembership: true, ...person },
      { organizationId, usualLifeMs: 15 * day, mail, ...more },
    ),
  );
const roster = () => findRoster(app.app.db, app.app.tenantId, organizationId, { limit: 100 }, app.now());
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing refused',
    (error: { code?: string }) => error.code ?? String(error),
  );
const users = async () => (await app.sql('select id from users')).length;

test('an invitation to somebody new makes the person, with the default role of members and the mail', async () => {
  const { userId, invited } = await inviting('ada@example.com', {
    metadata: { team: 'red' },
    inviterAddress: 'boss@example.com',
  });
  expect(invited).toMatchObject({ standing: 'invited', organization: 'Acme', isVerified: false });
  expect(await app.drain()).toBe(1);
  const { rows, total } = await roster();
  expect(total).toBe(1);
  expect(rows[0]).toMatchObject({
    id: userId,
    standing: 'invited',
    metadata: { team: 'red' },
    inviter: 'boss@example.com',
  });
  expect(rows[0]!.roleIds).toHaveLength(1);
  expect(rows[0]!.expiresAt! - rows[0]!.belongsSince).toBe(15 * day);
});

test('accepting makes the membership what the invitation said of it, and how it came about is remembered', async () => {
  const { userId } = await inviting('ada@example.com', { metadata: { team: 'red' } });
  await act(async (a) => accept(a, (await findOpenInvitation(a, organizationId, userId))!.id, userId));
  expect((await roster()).rows).toMatchObject([
    { id: userId, standing: 'member', metadata: { team: 'red' }, cameBy: 'invitation' },
  ]);
  await app.drain();
});

test('where anything is refused nobody is made', async () => {
  const before = await users();
  await app.api('POST', '/organization-invitations', {
    organizationId,
    invitee: 'known@example.com',
    expiresAt: app.now() + day,
  });
  expect(await refusal(inviting('known@example.com'))).toBe('invitation.duplicate');
  expect(await refusal(inviting('a@example.com', { organizationId: 'nowhere' }))).toBe(
    'organization.not_found',
  );
  expect(await refusal(inviting('b@example.com', { roleIds: ['no-role'] }))).toBe('role.not_found');
  await act((a) => setSeatLimit(a, organizationId, 1));
  expect(await refusal(inviting('c@example.com'))).toBe('seats.full');
  expect(await users()).toBe(before);
});

test('an address and an external id belong to one person', async () => {
  await inviting('ada@example.com', {}, { externalId: 'u-1' });
  expect(await refusal(inviting('ada@example.com'))).toBe('user.email_taken');
  expect(await refusal(inviting('bob@example.com', {}, { externalId: 'u-1' }))).toBe(
    'user.external_id_taken',
  );
  await app.drain();
});

test('an expired invitation of the address makes way for the one with a person', async () => {
  await app.api('POST', '/organization-invitations', {
    organizationId,
    invitee: 'ada@example.com',
    expiresAt: app.now() + day,
  });
  app.advance(2 * day);
  await inviting('ada@example.com');
  expect((await roster()).rows).toMatchObject([{ standing: 'invited' }]);
  await app.drain();
});

test('the organization says how long an invitation lives, and never less than it allows is given', async () => {
  await app.sql(
    `insert into organization_policies (tenant_id, organization_id, longest_life_ms, changed_at) values ('default', $1, $2, 0)`,
    [organizationId, day],
  );
  await inviting('ada@example.com');
  const [row] = (await roster()).rows;
  expect(row!.expiresAt! - row!.belongsSince).toBe(day);
  await app.drain();
});

test('whoever is added is a member at once, with an address that counts as proven', async () => {
  const id = await act((a) =>
    addNewPerson(a, { address: 'ada@example.com' }, { organizationId, roleIds: [] }),
  );
  expect((await roster()).rows).toMatchObject([{ id, standing: 'member', isVerified: true, cameBy: null }]);
  expect(await refusal(act((a) => addPerson(a, id, { organizationId, roleIds: [] })))).toBe(
    'invitation.already_member',
  );
  const other = await organization('Other');
  await act((a) => addPerson(a, id, { organizationId: other, roleIds: [] }));
  expect(await app.drain()).toBe(0);
});

test('of k seats exactly k are taken, by invitations and additions at once', async () => {
  await act((a) => setSeatLimit(a, organizationId, 5));
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      refusal(
        n % 2
          ? inviting(`p${n}@example.com`)
          : act((a) => addNewPerson(a, { address: `p${n}@example.com` }, { organizationId, roleIds: [] })),
      ),
    ),
  );
  // Breaks without takingSeats and the check on seats_used.
  expect(outcomes.filter((each) => each === 'nothing refused')).toHaveLength(5);
  expect(outcomes.filter((each) => each === 'seats.full')).toHaveLength(11);
  expect(await users()).toBe(5);
  await app.drain();
});

test('a reminder repeats a pending invitation and renews an expired one; both count', async () => {
  const { userId } = await inviting('ada@example.com');
  const id = (await act((a) => findOpenInvitation(a, organizationId, userId)))!.id;
  const [before] = (await roster()).rows;
  expect(await act((a) => remind(a, id, mail))).toMatchObject({
    resentCount: 1,
    expiresAt: before!.expiresAt,
  });
  app.advance(16 * day);
  expect((await roster()).rows).toMatchObject([{ standing: 'lapsed' }]);
  const all = await Promise.all([1, 2, 3].map(() => act((a) => remind(a, id, mail))));
  expect(all.map(({ resentCount }) => resentCount).sort()).toEqual([2, 3, 4]);
  // Breaks without the lock of renewOnce: then each would kill the link of the one before.
  expect(await app.sql('select generation from invitations')).toEqual([{ generation: 2 }]);
  expect((await roster()).rows).toMatchObject([{ standing: 'invited' }]);
  await app.drain();
});

test('what an open invitation offers can be changed', async () => {
  const { userId } = await inviting('ada@example.com');
  const id = (await act((a) => findOpenInvitation(a, organizationId, userId)))!.id;
  const [admin] = await app.sql(`select id from organization_roles where name = 'admin'`);
  await act((a) => changeOffer(a, id, { roleIds: [admin.id], metadata: { a: 'b' } }));
  expect((await roster()).rows).toMatchObject([{ roleIds: [admin.id], metadata: { a: 'b' } }]);
  expect(await refusal(act((a) => changeOffer(a, id, { roleIds: ['nothing'] })))).toBe('role.not_found');
  await act((a) => part(a, organizationId, userId));
  expect(await refusal(act((a) => changeOffer(a, id, { roleIds: [] })))).toBe('invitation.ended');
  await app.drain();
});

test('who came in to be a member somewhere goes with the last membership or invitation, and nobody else does', async () => {
  const other = await organization('Other');
  const { userId } = await inviting('ada@example.com');
  await act((a) => invitePerson(a, userId, { organizationId: other, usualLifeMs: day, mail }));
  await act((a) => part(a, organizationId, userId));
  expect(await users()).toBe(1);
  app.advance(2 * day);
  await act((a) => part(a, other, userId));
  expect(await users()).toBe(0);
  const stays = await act((a) =>
    addNewPerson(a, { address: 'b@example.com' }, { organizationId, roleIds: [] }),
  );
  await act((a) => part(a, organizationId, stays));
  expect(await users()).toBe(1);
  expect(await refusal(act((a) => part(a, organizationId, stays)))).toBe('member.not_found');
  await app.drain();
});

test('two last memberships that end at once leave nobody behind', async () => {
  const others = await Promise.all([1, 2, 3].map((n) => organization(`Other ${n}`)));
  for (let round = 0; round < 5; round++) {
    const person = { address: `p${round}@example.com`, leavesWithLastMembership: true };
    const id = await act((a) => addNewPerson(a, person, { organizationId, roleIds: [] }));
    for (const other of others) await act((a) => addPerson(a, id, { organizationId: other, roleIds: [] }));
    // Breaks without lockPerson.
    await Promise.all([organizationId, ...others].map((each) => act((a) => part(a, each, id))));
    expect(await users()).toBe(0);
  }
});

test('whoever joins elsewhere while the last membership ends stays, or the joining finds nobody', async () => {
  const other = await organization('Other');
  for (let round = 0; round < 10; round++) {
    const person = { address: `p${round}@example.com`, leavesWithLastMembership: true };
    const id = await act((a) => addNewPerson(a, person, { organizationId, roleIds: [] }));
    const [, joined] = await Promise.all([
      act((a) => part(a, organizationId, id)),
      refusal(act((a) => addPerson(a, id, { organizationId: other, roleIds: [] }))),
    ]);
    const [row] = await app.sql(
      'select (select count(*)::int from users where id = $1) as users, (select count(*)::int from members where user_id = $1) as members',
      [id],
    );
    expect(row).toEqual(joined === 'nothing refused' ? { users: 1, members: 1 } : { users: 0, members: 0 });
  }
});

test('the end of an organization takes those along whom it leaves with nothing', async () => {
  await inviting('ada@example.com');
  await act((a) => deleteOrganization(a, organizationId));
  expect(await users()).toBe(0);
  await app.drain();
});

test('the list goes through everybody once, forwards and backwards, whatever becomes of them meanwhile', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    ids.push(
      n % 2
        ? (await inviting(`p${n}@example.com`)).userId
        : await act((a) =>
            addNewPerson(a, { address: `p${n}@example.com` }, { organizationId, roleIds: [] }),
          ),
    );
  }
  ids.sort();
  const page = (limit: number, beyond?: { id: string; backwards: boolean }) =>
    findRoster(app.app.db, 'default', organizationId, { limit, beyond }, app.now());
  const first = await page(3);
  expect(first.rows.map(({ id }) => id)).toEqual(ids.slice(0, 3));
  const invited = (await roster()).rows.find(({ standing, id }) => standing === 'invited' && id > ids[2]!)!;
  await act(async (a) =>
    accept(a, (await findOpenInvitation(a, organizationId, invited.id))!.id, invited.id),
  );
  const rest = await page(10, { id: ids[2]!, backwards: false });
  expect(rest.rows.map(({ id }) => id)).toEqual(ids.slice(3));
  const back = await page(2, { id: ids[3]!, backwards: true });
  expect(back.rows.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  expect(rest.total).toBe(7);
  await app.drain();
});

test('a person is found by the application’s own id, with every place where they belong', async () => {
  const other = await organization('Other');
  const { userId } = await inviting('ada@example.com', {}, { externalId: 'u-1' });
  await act((a) => addPerson(a, userId, { organizationId: other, roleIds: [] }));
  const { db, tenantId } = app.app;
  expect(await idByExternalId(db, tenantId, 'u-1')).toBe(userId);
  expect(await refusal(idByExternalId(db, tenantId, 'u-2'))).toBe('user.not_found');
  expect(await getPerson(db, tenantId, userId)).toMatchObject({ externalId: 'u-1', isVerified: true });
  const { of } = await findBelongings(db, tenantId, [userId], app.now());
  expect(of.get(userId)).toMatchObject([
    { organization: 'Acme', standing: 'invited' },
    { organization: 'Other', standing: 'member' },
  ]);
  expect(await findPeople(db, tenantId, { limit: 10, text: 'U-1' })).toMatchObject({
    total: 1,
    rows: [{ id: userId }],
  });
  await app.drain();
});

test('whatever characters a name or metadata has, the list keeps its people apart', async () => {
  const strange = 'A\u001eB\u001fC, "{}" \\ \n';
  const person = {
    address: 'ada@example.com',
    name: strange,
    profile: { givenName: strange },
    externalId: strange,
  };
  await act((a) => addNewPerson(a, person, { organizationId, roleIds: [], metadata: { one: strange } }));
  await act((a) => addNewPerson(a, { address: 'bob@example.com' }, { organizationId, roleIds: [] }));
  const { rows } = await roster();
  expect(rows).toHaveLength(2);
  expect(rows.find(({ address }) => address === 'ada@example.com')).toMatchObject({
    // Two characters that nobody sees are left out; in data they stay.
    name: 'ABC, "{}" \\ \n',
    profile: { givenName: strange },
    metadata: { one: strange },
  });
});
