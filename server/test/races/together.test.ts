/** Acts that come at once share statements (db/gather.ts). Each is still judged, done and told by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Act, acting } from '../../src/act.ts';
import { openDb, sql } from '../../src/db/db.ts';
import { accept } from '../../src/domain/invitations/accept.ts';
import { invite } from '../../src/domain/invitations/invite.ts';

import { loadTemplate } from '../../src/domain/roles/template.ts';
import { countBy, makeInvitation, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { testKeys } from '../fixtures.ts';
import { appForTest, testDatabase } from '../harness.ts';

test('of acceptances at once those are done that may be, and each other one is told its own reason', {
  timeout: 60_000,
}, async () => {
  const t = await appForTest();
  const [open, disabled] = await parallel(2, () => makeOrganization(t));
  const role = await roleNamed(t, 'member');
  const address = (index: number) => `guest-${index}@example.com`;
  const users = await parallel(70, (index) => makeUser(t, address(index)));
  const invitations = await parallel(70, (index) =>
    makeInvitation(t, index % 7 === 1 ? disabled! : open!, address(index), {
      organizationRoleIds: [role],
      expiresAt: t.now() + (index % 7 === 2 ? 1000 : 60_000),
    }),
  );
  for (const [index, { id }] of invitations.entries()) {
    if (index % 7 === 3) await t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Revoked' });
    if (index % 7 === 4) await t.api('PATCH', `/users/${users[index]}/is-suspended`, { isSuspended: true });
  }
  await t.sql('update organizations set disabled_at = 1 where id = $1', [disabled]);
  t.advance(2000);
  await t.token();
  const answers = await parallel(70, async (index) => {
    // Somebody else's; nobody's.
    const acceptedUserId = [5, 6].includes(index % 7)
      ? index % 7 === 5
        ? users[index - 5]!
        : 'nobody'
      : users[index]!;
    const path = `/organization-invitations/${invitations[index]!.id}/status`;
    const { status, body } = await t.api('PUT', path, { status: 'Accepted', acceptedUserId });
    return { kind: index % 7, status, id: body.id, is: body.status, reason: body.data?.reason };
  });
  const reasons = [
    undefined,
    'organization.disabled',
    'invitation.ended',
    'invitation.ended',
    'user.suspended',
    'invitation.wrong_address',
    'user.not_found',
  ];
  for (const [index, answer] of answers.entries()) {
    expect(answer).toMatchObject(
      answer.kind === 0
        ? { status: 200, id: invitations[index]!.id, is: 'Accepted' }
        : { reason: reasons[answer.kind] },
    );
  }
  const members = await t.sql<{ user_id: string; invitation_id: string }>(
    'select user_id, invitation_id from members',
  );
  const let_in = invitations.flatMap(({ id }, index) =>
    index % 7 === 0 ? [{ user_id: users[index], invitation_id: id }] : [],
  );
  expect(members).toHaveLength(10);
  expect(members).toEqual(expect.arrayContaining(let_in));
  const entries = await t.sql<{ subject_id: string; actor: string; at: string; data: { userId: string } }>(
    `select subject_id, actor, at, data from journal where type = 'invitation.accepted'`,
  );
  expect(entries).toHaveLength(10);
  for (const { subject_id, actor, data } of entries) {
    const index = invitations.findIndex(({ id }) => id === subject_id);
    expect(data.userId).toBe(users[index]);
    expect(actor).toMatch(/^management:/);
  }
});

test('of who asks four times one is let in, and nobody beside is held up', async () => {
  const t = await appForTest();
  const organizations = await parallel(10, (index) => makeOrganization(t, `Organization ${index}`));
  const users = await parallel(10, (index) => makeUser(t, `guest-${index}@example.com`));
  const invitations = await parallel(10, (index) =>
    makeInvitation(t, organizations[index]!, `guest-${index}@example.com`),
  );
  const answers = await parallel(40, (index) =>
    t.api('PUT', `/organization-invitations/${invitations[index % 10]!.id}/status`, {
      status: 'Accepted',
      acceptedUserId: users[index % 10],
    }),
  );
  expect(countBy(answers, ({ status }) => status)).toEqual({ 200: 10, 422: 30 });
  for (let index = 0; index < 10; index++) {
    const of = answers.filter((_, each) => each % 10 === index);
    expect(countBy(of, ({ status }) => status)).toEqual({ 200: 1, 422: 3 });
  }
  expect(await t.sql('select user_id from members')).toHaveLength(10);
});

test('of invitations made at once those are there that may be, and each other one is told its own reason', async () => {
  const t = await appForTest();
  const [open, disabled, limited, bound] = await parallel(4, (index) => makeOrganization(t, `Acme ${index}`));
  const [role, admin] = [await roleNamed(t, 'member'), await roleNamed(t, 'admin')];
  const member = await makeUser(t, 'member@example.com');
  await t.api('POST', `/organizations/${open}/users`, { userIds: [member] });
  const inviter = await makeUser(t, 'inviter@example.com');
  await t.sql('update organizations set disabled_at = 1 where id = $1', [disabled]);
  await t.api('PUT', `/organizations/${limited}/seats`, { limit: 3 });
  await t.api('PUT', `/organizations/${bound}/policy`, { blockedDomains: ['example.com'] });
  const kinds: [organizationId: string, more: object, reason: string | undefined][] = [
    [open!, { inviterId: inviter }, undefined],
    [open!, { organizationRoleIds: [role, admin] }, undefined],
    [open!, { inviterId: 'nobody' }, 'user.not_found'],
    [open!, { organizationRoleIds: ['nothing'] }, 'role.not_found'],
    [open!, { invitee: 'member@example.com' }, 'invitation.already_member'],
    ['nowhere', {}, 'organization.not_found'],
    [disabled!, {}, 'organization.disabled'],
    [bound!, {}, 'policy.domain_not_allowed'],
  ];
  const ask = async (organizationId: string, invitee: string, more: object) => {
    const { status, body } = await t.api('POST', '/organization-invitations', {
      organizationId,
      invitee,
      expiresAt: t.now() + 60_000,
      organizationRoleIds: [role],
      ...more,
    });
    return { status, reason: body.data?.reason, body };
  };
  const answers = await parallel(80, (index) => {
    const [organizationId, more] = kinds[index % 8]!;
    return ask(organizationId, `guest-${index}@example.com`, more);
  });
  for (const [index, { status, reason, body }] of answers.entries()) {
    const [organizationId, more, why] = kinds[index % 8]!;
    expect({ index, reason }).toEqual({ index, reason: why });
    if (why) continue;
    expect(status).toBe(201);
    const { organizationRoleIds = [role] } = more as { organizationRoleIds?: string[] };
    const { body: stored } = await t.api('GET', `/organization-invitations/${body.id}`);
    expect(stored).toEqual(body);
    expect(stored).toMatchObject({ organizationId, invitee: `guest-${index}@example.com` });
    expect(stored.organizationRoles.map(({ id }: { id: string }) => id).sort()).toEqual(
      organizationRoleIds.toSorted(),
    );
  }
  const seats = await parallel(20, (index) => ask(limited!, `seated-${index}@example.com`, {}));
  expect(countBy(seats, ({ status, reason }) => `${status} ${reason ?? ''}`)).toEqual({
    '201 ': 3,
    '422 seats.full': 17,
  });
  const twice = await parallel(40, (index) => ask(open!, `twice-${index % 10}@example.com`, {}));
  expect(countBy(twice, ({ status, reason }) => `${status} ${reason ?? ''}`)).toEqual({
    '201 ': 10,
    '422 invitation.duplicate': 30,
  });
  const made = await t.sql('select id from invitations');
  expect(made).toHaveLength(20 + 3 + 10);
  const told = await t.sql(
    `select subject_id as id from journal where type = 'invitation.created' and data->>'invitee' =
       (select invitee from invitations where id = subject_id)`,
  );
  expect(told).toHaveLength(made.length);
  expect(told).toEqual(expect.arrayContaining(made));
});

test('people who are invited and let in by many at once stand in nobody’s way', {
  timeout: 60_000,
}, async () => {
  const options = await testDatabase();
  const db = openDb(options);
  onTestFinished(() => db.close());
  const at = 1_800_000_000_000;
  const acts = acting(
    db,
    testKeys,
    () => at,
    'default',
    () => undefined,
  );
  const act = <T>(verb: (act: Act) => Promise<T>) => acts({ kind: 'management', id: 'test' }, verb);
  await db.run(sql`insert into organizations (tenant_id, id, name, created_at)
                   select 'default', 'o' || n, 'Acme', ${at} from generate_series(0, 199) n`);
  await db.run(sql`insert into users (tenant_id, id, primary_email, created_at, updated_at)
                   select 'default', 'u' || n, 'guest-' || n || '@example.com', ${at}, ${at} from generate_series(0, 11) n`);
  await loadTemplate(db, 'default');
  // Each of 12 people in each of 100 organizations, everywhere in another order.
  const places = Array.from({ length: 1200 }, (_, index) => ({
    organization: index % 100,
    person: (Math.floor(index / 100) + (index % 100) * 5) % 12,
  }));
  const inviteTo = (organization: number, person: number) =>
    act((a) =>
      invite(a, {
        organizationId: `o${organization}`,
        invitee: `guest-${person}@example.com`,
        roleIds: [],
        expiresAt: at + 1000,
      }),
    );
  const invitations = await Promise.all(
    places.map(({ organization, person }) => inviteTo(organization, person)),
  );
  await Promise.all(
    places.flatMap(({ organization, person }, index) => [
      inviteTo(organization + 100, person),
      act((a) => accept(a, invitations[index]!.id, `u${person}`)),
    ]),
  );
  // Connections tell what happened to them a second later, when they are used again.
  await sleep(1100);
  await Promise.all(places.map(() => db.run(sql`update organizations set name = name where id = 'nobody'`)));
  const told = await db.first<{ deadlocks: number }>(
    sql`select deadlocks from pg_stat_database where datname = current_database()`,
  );
  expect(told?.deadlocks).toBe(0);
});
