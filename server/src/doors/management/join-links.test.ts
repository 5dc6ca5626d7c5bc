/** Links that many may use to join: who gets in by them, and that nothing else does. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countBy, day, makeOrganization, parallel, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { insiderOf } from '../../../test/insiders.ts';
import {
  ask,
  countMembers,
  join,
  makeJoinLink,
  makePeople,
  makePerson,
  rolesIn,
  tokenIn,
  urlOfLink,
} from '../../../test/joining.ts';
import { joinByDomain } from '../../domain/domains/join-by-domain.ts';

let t: TestApp;
let member: string;
beforeAll(async () => {
  t = await testApp();
  member = await roleNamed(t, 'member');
});
afterAll(() => t.close());

const linksOf = (id: string) => `/organizations/${id}/join-links`;

test('it gives its roles to whoever joins by it; who is a member already stays as they are and uses nothing up', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own, { organizationRoleIds: [member], name: 'Team' });
  const who = await makePerson(t);
  expect(await join(t, url, who)).toBe('joined');
  expect(await rolesIn(t, own, who)).toEqual([member]);
  const admin = await roleNamed(t, 'admin');
  await t.api('PUT', `/organizations/${own}/users/${who}/roles`, { organizationRoleIds: [admin] });
  expect(await join(t, url, who)).toBe('member');
  expect(await rolesIn(t, own, who)).toEqual([admin]);
  const { body } = await t.api('GET', `${linksOf(own)}/${id}`);
  expect(body).toMatchObject({ name: 'Team', uses: 1, organizationRoles: [{ id: member, name: 'member' }] });
  expect(JSON.stringify(body)).not.toContain(url.split('/').at(-1));
  const entries = await t.sql(
    "select actor, detail from audit_entries where organization_id = $1 and action = 'membership.created'",
    [own],
  );
  expect(entries).toMatchObject([{ actor: `user:${who}`, detail: { path: 'link', joinLinkId: id } }]);
  const trail = await t.sql(
    "select type from events where organization_id = $1 and type like 'join_link.%'",
    [own],
  );
  expect(trail).toEqual([{ type: 'join_link.created' }]);
});

test('of 100 who join at once by a link for 10, exactly 10 do', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own, { mostUses: 10 });
  const people = await makePeople(t, 100);
  const answers = await parallel(100, (at) => join(t, url, people[at]!));
  expect(countBy(answers, String)).toEqual({ joined: 10, 'join_link.ended': 90 });
  expect(await countMembers(t, own)).toBe(10);
  expect((await t.api('GET', `${linksOf(own)}/${id}`)).body.uses).toBe(10);
  expect((await t.api('PATCH', `${linksOf(own)}/${id}`, { mostUses: 9 })).status).toBe(422);
});

test('one person who joins 20 times at once is one member and one use', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own, { mostUses: 5 });
  const who = await makePerson(t);
  const answers = await parallel(20, () => join(t, url, who));
  expect(countBy(answers, String)).toEqual({ joined: 1, member: 19 });
  expect((await t.api('GET', `${linksOf(own)}/${id}`)).body.uses).toBe(1);
});

test('it lets nobody in once it is disabled, over, replaced or deleted, or its organization is disabled', async () => {
  const own = await makeOrganization(t);
  const { id, url } = await makeJoinLink(t, own, { expiresAt: t.now() + day });
  const who = await makePerson(t);
  const at = `${linksOf(own)}/${id}`;
  const isShut = async () => expect(await join(t, url, who)).toBe('join_link.ended');
  await t.api('PATCH', at, { isDisabled: true });
  await isShut();
  await t.api('PATCH', at, { isDisabled: false });
  await t.api('PATCH', `/organizations/${own}/is-disabled`, { isDisabled: true });
  await isShut();
  await t.api('PATCH', `/organizations/${own}/is-disabled`, { isDisabled: false });
  await t.api('POST', `${at}/regenerate`);
  await isShut();
  const newer = await urlOfLink(t, own, id);
  expect(newer).not.toBe(url);
  t.advance(day);
  expect(await join(t, newer, who)).toBe('join_link.ended');
  await t.api('PATCH', at, { expiresAt: null });
  expect(await join(t, newer, who)).toBe('joined');
  expect((await t.api('DELETE', at)).status).toBe(204);
  expect(await join(t, newer, await makePerson(t))).toBe('join_link.ended');
  expect((await t.api('GET', at)).status).toBe(404);
  expect(await t.api('POST', linksOf(own), { expiresAt: t.now() - 1 })).toMatchObject({ status: 400 });
});

test('the domain is the whole domain and proven, by the link and by the policy of the organization', async () => {
  const own = await makeOrganization(t);
  const { url } = await makeJoinLink(t, own, { allowedDomains: ['Acme.example'] });
  const no = 'policy.domain_not_allowed';
  for (const domain of [
    'attacker-acme.example',
    'sub.acme.example',
    'acme.example.evil.test',
    'xn--cme-7cd.example',
  ])
    expect(await join(t, url, await makePerson(t, domain)), domain).toBe(no);
  const who = await makePerson(t, 'acme.example');
  await t.sql('update users set email_verified_at = null where id = $1', [who]);
  expect(await join(t, url, who)).toBe('user.address_unproven');
  await t.sql('update users set email_verified_at = 1 where id = $1', [who]);
  await t.api('PUT', `/organizations/${own}/policy`, { blockedDomains: ['acme.example'] });
  expect(await join(t, url, who)).toBe(no);
  await t.api('PUT', `/organizations/${own}/policy`, {});
  expect(await join(t, url, who)).toBe('joined');
});

test('nobody comes back by it who was taken out or suspended, and it does not say why', async () => {
  const own = await makeOrganization(t);
  const { url } = await makeJoinLink(t, own);
  const who = await makePerson(t);
  await join(t, url, who);
  await t.api('DELETE', `/organizations/${own}/users/${who}`);
  expect(await join(t, url, who)).toBe('join_link.not_for_you');
  const other = await makePerson(t);
  await join(t, url, other);
  await t.sql('update members set suspended_at = 1 where user_id = $1', [other]);
  expect(await join(t, url, other)).toBe('join_link.not_for_you');
  const third = await makePerson(t);
  await t.sql('update users set suspended_at = 1 where id = $1', [third]);
  expect(await join(t, url, third)).toBe('join_link.not_for_you');
});

test('members make links with what they hold, and a link is worth what its maker holds now', async () => {
  const own = await makeOrganization(t);
  const [owner, admin] = [await roleNamed(t, 'owner'), await roleNamed(t, 'admin')];
  await insiderOf(t, own, [owner]);
  const who = await insiderOf(t, own, [admin]);
  expect(await who.api('POST', linksOf(own), { organizationRoleIds: [owner] })).toMatchObject({
    status: 403,
    body: { code: 'organization.beyond_own_authority' },
  });
  const { id, url } = await makeJoinLink(t, own, { organizationRoleIds: [admin] }, who);
  const high = await makeJoinLink(t, own, { organizationRoleIds: [owner] });
  expect(
    (await who.api('PATCH', `${linksOf(own)}/${high.id}`, { organizationRoleIds: [member] })).status,
  ).toBe(403);
  expect((await who.api('PATCH', `${linksOf(own)}/${id}`, { organizationRoleIds: [owner] })).status).toBe(
    403,
  );
  expect((await who.api('POST', `${linksOf(own)}/${high.id}/regenerate`)).status).toBe(403);
  expect(await join(t, url, await makePerson(t))).toBe('joined');
  await t.api('PUT', `/organizations/${own}/users/${who.id}/roles`, { organizationRoleIds: [member] });
  expect(await join(t, url, await makePerson(t))).toBe('join_link.ended');
  await t.api('DELETE', `/organizations/${own}/users/${who.id}`);
  expect(await join(t, url, await makePerson(t))).toBe('join_link.ended');
  await t.api('PATCH', `${linksOf(own)}/${id}`, { name: 'Ours now' });
  expect(await join(t, url, await makePerson(t))).toBe('joined');
});

test('a link of another organization is as if it did not exist', async () => {
  const [own, other] = [await makeOrganization(t), await makeOrganization(t)];
  const { id } = await makeJoinLink(t, other);
  const boss = await insiderOf(t, own, [await roleNamed(t, 'owner')]);
  for (const who of [t, boss]) {
    expect((await who.api('GET', `${linksOf(own)}/${id}`)).status).toBe(404);
    expect((await who.api('PATCH', `${linksOf(own)}/${id}`, { name: 'Mine' })).status).toBe(404);
    expect((await who.api('DELETE', `${linksOf(own)}/${id}`)).status).toBe(404);
    expect((await who.api('POST', `${linksOf(own)}/${id}/regenerate`)).status).toBe(404);
    expect((await who.api('GET', `${linksOf(own)}/${id}/link`)).status).toBe(404);
  }
  expect((await boss.api('GET', `${linksOf(other)}/${id}`)).status).toBe(404);
});

test('no part of a link can be changed, and no link of another kind is good as one', async () => {
  const own = await makeOrganization(t);
  const { url } = await makeJoinLink(t, own);
  const token = url.split('/').at(-1)!;
  expect(tokenIn(url).generation).toBe(1);
  const parts = token.split('.');
  for (let at = 0; at < parts.length; at++) {
    const changed = parts.map((part, index) =>
      index === at ? (part[0] === 'a' ? 'b' : 'a') + part.slice(1) : part,
    );
    expect(tokenIn(`x/${changed.join('.')}`), changed.join('.')).toBeUndefined();
  }
  const { body } = await t.api('POST', '/organization-invitations', {
    organizationId: own,
    invitee: 'kind@example.com',
    expiresAt: t.now() + day,
  });
  const { body: invitation } = await t.api('GET', `/organization-invitations/${body.id}/link`);
  expect(tokenIn(invitation.link)).toBeUndefined();
});

test('where approval is wanted, nobody gets in by the link of a member, or by their domain, without it', async () => {
  const own = await makeOrganization(t);
  const boss = await insiderOf(t, own, [await roleNamed(t, 'owner')]);
  const mine = await makeJoinLink(t, own, { organizationRoleIds: [member] }, boss);
  const theirs = await makeJoinLink(t, own, { organizationRoleIds: [member] });
  await t.api('PUT', `/organizations/${own}/policy`, { approvalRequired: 'always' });
  const who = await makePerson(t);
  expect(await join(t, mine.url, who)).toBe('join_link.asks_first');
  expect(await countMembers(t, own)).toBe(1);
  expect(await ask(t, mine.url, who)).toBe('asked');
  expect(await ask(t, mine.url, who)).toBe('join_request.duplicate');
  expect(await join(t, theirs.url, await makePerson(t))).toBe('joined');
  await t.api('POST', `/organizations/${own}/jit/email-domains`, { emailDomain: 'waits.example' });
  const known = await makePerson(t, 'waits.example');
  const byDomain = () => t.app.act({ kind: 'user', id: known }, (act) => joinByDomain(act, known));
  expect(await byDomain()).toEqual([]);
  await t.api('PUT', `/organizations/${own}/policy`, { blockedDomains: ['waits.example'] });
  expect(await byDomain()).toEqual([]);
  await t.api('PUT', `/organizations/${own}/policy`, {});
  expect(await byDomain()).toEqual([own]);
});
