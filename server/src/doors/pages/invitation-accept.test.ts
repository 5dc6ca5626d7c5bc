/** Accepting and declining on the page: who may, what it makes, and what it leaves alone. */
import { expect, test } from 'vitest';
import { roleNamed } from '../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import {
  accountOf,
  codeIn,
  copiedLink,
  day,
  everything,
  invited,
  linkIn,
  type Made,
  members,
  signed,
  signedIn,
  Visitor,
} from './invitation-fixture.ts';
import { giveAPasskey, loseAuthority } from './invitation-states.ts';

const statusOf = async (t: TestApp, { id }: Made) =>
  (await t.api('GET', `/organization-invitations/${id}`)).body.status;

const idOf = async (t: TestApp, address: string) =>
  (await t.sql<{ id: string }>('select id from users where primary_email = $1', [address]))[0]?.id;

async function opened(t: TestApp, made: Made, address = made.link): Promise<Visitor> {
  const visitor = new Visitor(t);
  await visitor.open(address);
  return visitor;
}

test('a new person gives a name, accepts, and is a member, signed in', async () => {
  const t = await appForTest();
  const admin = await roleNamed(t, 'admin');
  const made = await invited(t, { organizationRoleIds: [admin] });
  const visitor = await opened(t, made);
  const done = await visitor.post(`/invitation/${made.id}/accept`, { name: ' Ann  Example ' });
  expect([done.status, done.location]).toEqual([303, '/account']);
  expect(visitor.hasSession).toBe(true);
  const [user] = await t.sql('select * from users where primary_email = $1', ['ann@example.com']);
  expect(user).toMatchObject({ name: 'Ann Example', last_sign_in_at: expect.any(String) });
  expect(user.email_verified_at).not.toBeNull();
  expect(await members(t, made.organizationId)).toEqual([{ user_id: user.id }]);
  expect(await t.sql('select user_id, role_id from member_roles')).toEqual([
    { user_id: user.id, role_id: admin },
  ]);
  expect(await t.sql('select user_id, methods from sessions')).toEqual([
    { user_id: user.id, methods: ['otp'] },
  ]);
  const journal = await t.sql(`select actor, type from journal where actor like 'invitee:%' order by id`);
  expect(journal).toEqual(
    expect.arrayContaining([
      { actor: `invitee:${made.id}`, type: 'user.created' },
      { actor: `invitee:${made.id}`, type: 'invitation.accepted' },
    ]),
  );
  const joined = await visitor.fetch(`/invitation/${made.id}`);
  expect([joined.status, joined.text]).toEqual([200, expect.stringContaining('You are in')]);
});

test('a new person who gives no name is asked for it, and nothing has happened', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  const before = await everything(t);
  for (const name of ['', '   ', '\u202e\u200b', '\u0000']) {
    const again = await visitor.post(`/invitation/${made.id}/accept`, { name });
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('Please enter your name')]);
  }
  expect(await everything(t)).toEqual(before);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect(visitor.hasSession).toBe(true);
});

test('a known person accepts with one press, and nothing of the account is overwritten (attack 25)', async () => {
  const t = await appForTest();
  const userId = await accountOf(t, 'ann@example.com', { name: 'Ann', password: 'correct horse battery' });
  const account = () =>
    t.sql('select name, password_digest, password_algorithm, profile from users where id = $1', [userId]);
  const before = await account();
  const made = await invited(t);
  const visitor = new Visitor(t);
  expect((await visitor.open(made.link)).text).not.toContain('name="name"');
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Mallory', password: 'another one' });
  expect(visitor.hasSession).toBe(true);
  expect(await account()).toEqual(before);
  expect(await members(t, made.organizationId)).toEqual([{ user_id: userId }]);
});

test.each(['Ann@Example.COM', 'ANN@EXAMPLE.com', ' ann@example.com '])(
  'an account is one, however its address is written: %s (attack 24)',
  async (invitee) => {
    const t = await appForTest();
    const userId = await accountOf(t, 'ann@example.com');
    const made = await invited(t, { invitee });
    const visitor = await opened(t, made);
    await visitor.post(`/invitation/${made.id}/accept`);
    expect(await members(t, made.organizationId)).toEqual([{ user_id: userId }]);
    expect(await t.sql('select count(*)::int as n from users')).toEqual([{ n: 1 }]);
  },
);

test('what rule 2 does not call equal is another person (attack 24)', async () => {
  const t = await appForTest();
  await accountOf(t, 'ann@example.com');
  const visitor = await signedIn(t, 'ann@example.com');
  for (const invitee of ['a.nn@example.com', 'ann+x@example.com']) {
    const made = await invited(t, { invitee });
    expect((await visitor.open(made.link)).text).toContain('This invitation is for somebody else');
    await visitor.post(`/invitation/${made.id}/accept`);
    expect(await members(t, made.organizationId)).toEqual([]);
  }
});

test('who is signed in as the invited person accepts in the same session', async () => {
  const t = await appForTest();
  const visitor = await signedIn(t, 'ann@example.com');
  const made = await invited(t);
  const before = await t.sql('select uid from sessions');
  await visitor.open(`/invitation/${made.id}`);
  expect((await visitor.post(`/invitation/${made.id}/accept`)).location).toBe('/account');
  expect(await t.sql('select uid from sessions')).toEqual(before);
  expect(await statusOf(t, made)).toBe('Accepted');
});

test('the clean address without the link shows nothing to who has not proven the address', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const userId = await accountOf(t, 'bob@example.com');
  const visitor = await signedIn(t, 'bob@example.com');
  // An address that somebody wrote into the account proves nothing (attacks 8, 22).
  await t.api('PATCH', `/users/${userId}`, { primaryEmail: 'ann@example.com' });
  expect((await visitor.open(`/invitation/${made.id}`)).status).toBe(404);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Bob' });
  expect(await members(t, made.organizationId)).toEqual([]);
});

test('somebody else who is signed in never gets the membership, and both are named (attacks 4, 8)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const eve = await signedIn(t, 'eve@example.com');
  const { text } = await eve.open(made.link);
  expect(text).toContain('<bdi>ann@example.com</bdi>');
  expect(text).toContain('<bdi>eve@example.com</bdi>');
  expect(text).not.toMatch(/action="[^"]*\/(accept|decline)"/);
  const before = await everything(t);
  for (const deed of ['accept', 'decline']) {
    for (const fields of [
      {},
      { name: 'Eve', invitee: 'eve@example.com', address: 'eve@example.com', email: 'eve@example.com' },
    ])
      await eve.post(`/invitation/${made.id}/${deed}`, fields as Record<string, string>);
  }
  expect(await everything(t)).toEqual(before);
  // Nor when the address in the account changes between looking and pressing.
  await t.sql(`update users set primary_email = 'ann@example.com' where primary_email = 'eve@example.com'`);
  await t.sql(`update users set primary_email = 'eve@example.com' where primary_email = 'ann@example.com'`);
  await eve.post(`/invitation/${made.id}/accept`, { name: 'Eve' });
  expect(await statusOf(t, made)).toBe('Pending');
});

test('somebody else signs out here and goes on as the invited person', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await signedIn(t, 'eve@example.com');
  await visitor.open(made.link);
  expect((await visitor.post(`/invitation/${made.id}/switch`)).location).toBe(`/invitation/${made.id}`);
  expect(visitor.hasSession).toBe(false);
  expect(await t.sql('select uid from sessions')).toEqual([]);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect(await members(t, made.organizationId)).toEqual([{ user_id: await idOf(t, 'ann@example.com') }]);
});

test('a copied link signs nobody in: a code goes to the invited address first (attack 10)', async () => {
  const t = await appForTest();
  await accountOf(t, 'ann@example.com', { name: 'Ann' });
  const made = await invited(t);
  const visitor = await opened(t, made, await copiedLink(t, made.id));
  const before = await everything(t);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Mallory' });
  await visitor.post(`/invitation/${made.id}/decline`);
  expect(await everything(t)).toEqual(before);
  expect(visitor.hasSession).toBe(false);

  expect((await visitor.post(`/invitation/${made.id}/code`)).location).toBe(`/invitation/${made.id}`);
  await t.drain();
  expect(t.mails.at(-1)!.to).toBe('ann@example.com');
  const code = codeIn(t);
  const wrong = await visitor.post(`/invitation/${made.id}/accept`, {
    code: code === '000000' ? '000001' : '000000',
  });
  expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('That is not the code')]);
  expect((await visitor.post(`/invitation/${made.id}/accept`, { code })).location).toBe('/account');
  expect(visitor.hasSession).toBe(true);
  expect(await members(t, made.organizationId)).toEqual([{ user_id: await idOf(t, 'ann@example.com') }]);
});

test('by a copied link nobody learns whether the address has an account before its code', async () => {
  const t = await appForTest();
  const texts: string[] = [];
  await accountOf(t, 'ann@example.com', { name: 'Ann' });
  const organizationId = (await t.api('POST', '/organizations', { name: 'Acme' })).body.id;
  for (const invitee of ['ann@example.com', 'new@example.com']) {
    const made = await invited(t, { invitee, organizationId });
    const visitor = new Visitor(t);
    const shown = [await visitor.open(await copiedLink(t, made.id))];
    await visitor.post(`/invitation/${made.id}/code`);
    shown.push(await visitor.fetch(`/invitation/${made.id}`));
    texts.push(
      shown
        .map(({ status, text }) => `${status}${text}`)
        .join()
        .replaceAll(invitee, '')
        .replaceAll(made.id, '')
        .replaceAll(/value="[^"]*"|datetime="[^"]*"/g, ''),
    );
  }
  expect(texts[0]).toBe(texts[1]);
  await t.drain();
});

test('a new person behind a copied link may decline with the code, or accept and is then asked for a name', async () => {
  const t = await appForTest();
  for (const deed of ['decline', 'accept'] as const) {
    const made = await invited(t);
    const visitor = await opened(t, made, await copiedLink(t, made.id));
    await visitor.post(`/invitation/${made.id}/code`);
    await t.drain();
    const answer = await visitor.post(`/invitation/${made.id}/${deed}`, { code: codeIn(t), name: '' });
    if (deed === 'accept') {
      // The code is used up, and what it proved stays: only the name is asked for.
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('Please enter your name')]);
      expect(answer.text).not.toContain('name="code"');
      await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
    }
    expect(await statusOf(t, made)).toBe(deed === 'accept' ? 'Accepted' : 'Rejected');
  }
});

test('a code of one invitation, or of another browser, proves nothing here (attack 7)', async () => {
  const t = await appForTest();
  const [one, other] = [await invited(t), await invited(t)];
  const visitor = await opened(t, one, await copiedLink(t, one.id));
  await visitor.post(`/invitation/${one.id}/code`);
  await t.drain();
  const code = codeIn(t);
  const proof = [...visitor.cookies].find(([name]) => name.startsWith('usher_invitation_code '))!;
  // The cookie that names the proof is carried to the other invitation by hand.
  await visitor.open(await copiedLink(t, other.id));
  for (const [name, { value }] of [...visitor.cookies].filter(([key]) =>
    key.startsWith('usher_invitation_code'),
  ))
    visitor.cookies.set(name.replace(one.id, other.id), { value, path: `/invitation/${other.id}` });
  await visitor.post(`/invitation/${other.id}/accept`, { code, name: 'Ann' });
  expect(await statusOf(t, other)).toBe('Pending');
  const stranger = await opened(t, one, await copiedLink(t, one.id));
  stranger.cookies.set(proof[0], proof[1]);
  await stranger.post(`/invitation/${one.id}/accept`, { code, name: 'Ann' });
  expect(await statusOf(t, one)).toBe('Pending');
});

test('the cookie of one invitation opens no other one, nor one of another organization (attacks 7, 15)', async () => {
  const t = await appForTest();
  const made = [
    await invited(t),
    await invited(t, { invitee: 'bob@example.com' }),
    await invited(t, { invitee: 'cat@example.com' }),
  ];
  const before = await everything(t);
  for (const one of made) {
    for (const other of made) {
      if (one === other) continue;
      const visitor = await opened(t, one);
      for (const [name, { value }] of [...visitor.cookies].filter(([key]) =>
        key.startsWith('usher_invitation'),
      ))
        visitor.cookies.set(name.replace(one.id, other.id), { value, path: `/invitation/${other.id}` });
      expect((await visitor.fetch(`/invitation/${other.id}`)).status).toBe(404);
      await visitor.post(`/invitation/${other.id}/accept`, { name: 'Mallory' });
      await visitor.post(`/invitation/${other.id}/decline`);
    }
  }
  expect(await everything(t)).toEqual(before);
});

test('a cookie changed by hand is no link, and a copied link does not become a mailed one (attacks 1, 7)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made, await copiedLink(t, made.id));
  const key = `usher_invitation /invitation/${made.id}`;
  const mailed = made.link.split('/').at(-1)!;
  const copied = visitor.cookies.get(key)!.value;
  for (const value of [mailed, copied.replace('.c.', '.m.'), `${copied}x`, made.id]) {
    visitor.cookies.set(key, { value, path: `/invitation/${made.id}` });
    expect((await visitor.fetch(`/invitation/${made.id}`)).status).toBe(404);
    await visitor.post(`/invitation/${made.id}/accept`, { name: 'Mallory' });
  }
  // Nor does what a code proved for one link serve another.
  visitor.cookies.set(key, { value: copied, path: `/invitation/${made.id}` });
  visitor.cookies.set(`usher_invitation_proven /invitation/${made.id}`, {
    value: copied,
    path: `/invitation/${made.id}`,
  });
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Mallory' });
  expect(await statusOf(t, made)).toBe('Pending');
});

test('what a code proved with one link is not carried over to the next (attack 7)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made, await copiedLink(t, made.id));
  await visitor.post(`/invitation/${made.id}/code`);
  await t.drain();
  // Proven, but not accepted: a name is missing.
  await visitor.post(`/invitation/${made.id}/accept`, { code: codeIn(t) });
  expect((await visitor.fetch(`/invitation/${made.id}`)).text).not.toContain('Send the code');
  await t.api('POST', `/organization-invitations/${made.id}/renew`, {});
  const { text } = await visitor.open(await copiedLink(t, made.id));
  expect(text).toContain('Send the code');
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect(await statusOf(t, made)).toBe('Pending');
});

test('an invitation link is no sign-in link and no code, and the other way round (attack 7)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const token = made.link.split('/').at(-1)!;
  const visitor = await opened(t, made);
  const before = await everything(t);
  await visitor.open(`/sign-in/link/${token}`);
  await visitor.post(`/sign-in/link/${token}`);
  await visitor.post('/sign-in/code', { code: token });
  expect(visitor.hasSession).toBe(false);
  expect(await everything(t)).toEqual(before);
});

test('one millisecond after its expiry an invitation is over, with no worker to say so (attack 6)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  await t.sql('update invitations set expires_at = $1 where id = $2', [t.now() - 1, made.id]);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect([await statusOf(t, made), visitor.hasSession]).toEqual(['Expired', false]);
  expect(await idOf(t, 'ann@example.com')).toBeUndefined();
});

const obstacles: [string, (t: TestApp, made: Made) => Promise<unknown>][] = [
  [
    'the organization is disabled (attack 3)',
    (t, { organizationId }) =>
      t.api('PATCH', `/organizations/${organizationId}/is-disabled`, { isDisabled: true }),
  ],
  [
    'the organization is deleted',
    (t, { organizationId }) => t.api('DELETE', `/organizations/${organizationId}`),
  ],
  [
    'the person is suspended (attack 16)',
    async (t) =>
      t.api('PATCH', `/users/${await accountOf(t, 'ann@example.com')}/is-suspended`, { isSuspended: true }),
  ],
  [
    'it was revoked',
    (t, { id }) => t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Revoked' }),
  ],
  [
    'it was renewed, with an older link',
    (t, { id }) => t.api('POST', `/organization-invitations/${id}/renew`, {}),
  ],
  ['it was deleted', (t, { id }) => t.api('DELETE', `/organization-invitations/${id}`)],
  ['the authority behind it lapsed', loseAuthority],
];

test.each(obstacles)('nothing happens when, between looking and pressing, %s', async (_name, obstruct) => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  await obstruct(t, made);
  const before = await everything(t);
  for (const deed of ['accept', 'decline']) {
    const answer = await visitor.post(`/invitation/${made.id}/${deed}`, { name: 'Ann' });
    expect([answer.status, answer.location]).toEqual([303, `/invitation/${made.id}`]);
  }
  expect(await everything(t)).toEqual(before);
  expect(visitor.hasSession).toBe(false);
  expect((await visitor.fetch(`/invitation/${made.id}`)).status).toBeGreaterThanOrEqual(400);
});

test('a member who was suspended does not come back by an invitation (attack 16)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const userId = await accountOf(t, 'ann@example.com');
  await t.api('POST', `/organizations/${made.organizationId}/users`, { userIds: [userId] });
  await t.sql('update members set suspended_at = 1 where user_id = $1', [userId]);
  const visitor = await opened(t, made);
  await visitor.post(`/invitation/${made.id}/accept`);
  expect([await statusOf(t, made), visitor.hasSession]).toEqual(['Pending', false]);
});

test('no seat left: it says so, nothing has happened, and it works once there is one', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  // An open invitation holds its seat, so this cannot be: it is said as the database would say it.
  await t.sql(`create function no_seat() returns trigger language plpgsql as $$ begin
    raise exception 'full' using errcode = '23514', constraint = 'organizations_seats'; end $$`);
  await t.sql('create trigger no_seat before insert on members for each row execute function no_seat()');
  const before = await everything(t);
  const full = await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect([full.status, full.text]).toEqual([409, expect.stringContaining('There is no seat left')]);
  expect(await everything(t)).toEqual(before);
  await t.sql('drop trigger no_seat on members');
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect(visitor.hasSession).toBe(true);
});

test('declining ends it, and says so', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  expect((await visitor.post(`/invitation/${made.id}/decline`)).location).toBe(`/invitation/${made.id}`);
  expect([await statusOf(t, made), visitor.hasSession]).toEqual(['Rejected', false]);
  expect((await visitor.fetch(`/invitation/${made.id}`)).text).toContain('was declined');
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect(await members(t, made.organizationId)).toEqual([]);
});

test('where a second factor is asked for, who has a passkey signs in with it first', async () => {
  const t = await appForTest();
  const userId = await accountOf(t, 'ann@example.com');
  await giveAPasskey(t, userId);
  const made = await invited(t);
  await t.api('PATCH', `/organizations/${made.organizationId}`, { isMfaRequired: true });
  const visitor = await opened(t, made);
  await visitor.post(`/invitation/${made.id}/accept`);
  expect([await statusOf(t, made), visitor.hasSession]).toEqual(['Pending', false]);
  // Being signed in by mail is not enough either; with the passkey it is.
  const known = await signedIn(t, 'ann@example.com');
  await known.open(made.link);
  await known.post(`/invitation/${made.id}/accept`);
  expect(await statusOf(t, made)).toBe('Pending');
  await t.sql(`update sessions set methods = '{hwk,user}'`);
  await known.post(`/invitation/${made.id}/accept`);
  expect(await statusOf(t, made)).toBe('Accepted');
});

test('where a second factor is asked for, who has none joins and is told to add a passkey', async () => {
  const t = await appForTest();
  const made = await invited(t);
  await t.api('PATCH', `/organizations/${made.organizationId}`, { isMfaRequired: true });
  const visitor = await opened(t, made);
  const done = await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  expect([done.location, visitor.hasSession]).toEqual([`/invitation/${made.id}`, true]);
  const { text } = await visitor.fetch(done.location!);
  expect(text).toMatch(/href="\/account[^"]*">Add a passkey/);
});

test('with the authority of a member it is accepted while that member holds what the roles give', async () => {
  const t = await appForTest();
  const [admin, member] = [await roleNamed(t, 'admin'), await roleNamed(t, 'member')];
  const made = await invited(t, { organizationRoleIds: [admin] });
  const grace = await accountOf(t, 'grace@acme.example');
  await t.api('POST', `/organizations/${made.organizationId}/users`, { userIds: [grace] });
  const have = async (roles: string[]) => {
    const { status } = await t.api('PUT', `/organizations/${made.organizationId}/users/${grace}/roles`, {
      organizationRoleIds: roles,
    });
    expect(status).toBe(204);
  };
  const visitor = await opened(t, made);
  await t.sql('update invitations set authority_id = $1 where id = $2', [grace, made.id]);
  for (const roles of [[member], []]) {
    await have(roles);
    const { location } = await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
    expect(location).toBe(`/invitation/${made.id}`);
    expect((await visitor.fetch(`/invitation/${made.id}`)).text).toContain('Waiting for approval');
  }
  // The Management API accepts it no sooner.
  const ann = await accountOf(t, 'ann@example.com');
  const refused = await t.api('PUT', `/organization-invitations/${made.id}/status`, {
    status: 'Accepted',
    acceptedUserId: ann,
  });
  expect(refused).toMatchObject({ status: 422, body: { code: 'organization_invitation.waiting' } });
  await have([admin]);
  const done = await visitor.post(`/invitation/${made.id}/accept`);
  expect(done.location).toBe('/account');
  expect(await statusOf(t, made)).toBe('Accepted');
});

test('the form of another site, or without our token, is refused', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  const before = await everything(t);
  const body = () => new URLSearchParams({ name: 'Ann', form_token: 'x' });
  for (const deed of ['accept', 'decline', 'code', 'switch', 'ask']) {
    const path = `/invitation/${made.id}/${deed}`;
    expect((await visitor.fetch(path, { method: 'POST', body: body() })).status).toBe(403);
    expect((await visitor.fetch(path, { method: 'POST' })).status).toBe(403);
  }
  const foreign = await visitor.fetch(`/invitation/${made.id}/accept`, {
    method: 'POST',
    body: body(),
    headers: { origin: 'https://evil.example' },
  });
  expect(foreign.status).toBe(403);
  expect(await everything(t)).toEqual(before);
});

test('an expired one can be asked for again, once a day, and the new link works', async () => {
  const t = await appForTest();
  const grace = await accountOf(t, 'grace@acme.example', { name: 'Grace Hopper' });
  const made = await invited(t, { inviterId: grace });
  const visitor = await opened(t, made);
  t.advance(8 * day);
  const sent = t.mails.length;
  for (let press = 0; press < 3; press++) {
    await visitor.open(made.link);
    expect((await visitor.post(`/invitation/${made.id}/ask`)).location).toBe(`/invitation/${made.id}`);
  }
  await t.drain();
  expect(t.mails.slice(sent).map(({ to }) => to)).toEqual(['grace@acme.example']);
  expect((await visitor.fetch(`/invitation/${made.id}`)).text).toContain('We passed your request on');
  await t.api('POST', `/organization-invitations/${made.id}/renew`, { messagePayload: {} });
  await t.drain();
  expect((await visitor.open(linkIn(t))).status).toBe(200);
});

test('somebody else asks to be invited by their own address, which the inviter reads in a mail', async () => {
  const t = await appForTest();
  const grace = await accountOf(t, 'grace@acme.example', { name: 'Grace Hopper' });
  const made = await invited(t, { inviterId: grace });
  const eve = await signedIn(t, 'eve@example.com');
  await eve.open(made.link);
  await eve.post(`/invitation/${made.id}/ask`);
  await t.drain();
  expect(t.mails.at(-1)).toMatchObject({
    to: 'grace@acme.example',
    text: expect.stringContaining('eve@example.com'),
  });
  expect((await eve.fetch(`/invitation/${made.id}`)).text).toContain('We passed your request on');
  expect(await statusOf(t, made)).toBe('Pending');
});

test('what is typed as a name is a name: one line, nothing hidden, nothing that runs (attack 28)', async () => {
  const t = await appForTest();
  const made = await invited(t);
  const visitor = await opened(t, made);
  await visitor.post(`/invitation/${made.id}/accept`, {
    name: '\u202e<b>Ann</b> \u200b https://evil.example ',
  });
  expect(await t.sql(`select name from users where primary_email = 'ann@example.com'`)).toEqual([
    { name: '<b>Ann</b> https://evil.example' },
  ]);
  expect(signed(t, made.id)).toBe(made.link);
});

test('on the account page the same rules hold: a passkey that has to come first is told of on the invitation’s own', async () => {
  const t = await appForTest();
  const ann = await signedIn(t, 'ann@example.com');
  const [one, other] = [await invited(t), await invited(t)];
  await ann.open('/account');
  expect((await ann.post(`/account/invitations/${one.id}/accept`)).location).toBe('/account?done=joined');
  expect(await statusOf(t, one)).toBe('Accepted');
  await giveAPasskey(t, (await idOf(t, 'ann@example.com'))!);
  await t.api('PATCH', `/organizations/${other.organizationId}`, { isMfaRequired: true });
  const path = `/invitation/${other.id}`;
  expect((await ann.post(`/account/invitations/${other.id}/accept`)).location).toBe(path);
  expect(await statusOf(t, other)).toBe('Pending');
  expect((await ann.fetch(path)).text).toContain('Sign in with your passkey');
});
