/** People ask to join, and somebody with the authority answers, once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countBy, day, makeOrganization, parallel, roleNamed } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import { insiderOf } from '../../../test/insiders.ts';
import { ask, countMembers, makeJoinLink, makePerson, rolesIn } from '../../../test/joining.ts';
import { makeApplication, ownToken, personWith } from '../../../test/own-tokens.ts';

let t: TestApp;
let app: string;
let member: string;
beforeAll(async () => {
  t = await testApp();
  app = await makeApplication(t);
  member = await roleNamed(t, 'member');
});
afterAll(() => t.close());

async function personOf(domain: string) {
  const id = await makePerson(t, domain);
  const [row] = await t.sql('select primary_email as address from users where id = $1', [id]);
  return { ...personWith(t, id, await ownToken(t, id, app)), address: row.address as string };
}

let count = 0;
async function open() {
  const own = await makeOrganization(t);
  const domain = `d${count++}.example`;
  await t.api('POST', `/organizations/${own}/jit/email-domains`, { emailDomain: domain });
  await t.api('PUT', `/organizations/${own}/jit/roles`, { organizationRoleIds: [member] });
  const requests = `/organizations/${own}/join-requests`;
  const listed = async (status = 'Open') => (await t.api('GET', `${requests}?status=${status}`)).body;
  return { own, domain, requests, listed };
}

test('a person of the domain asks, members who may answer hear of it, and the answer comes by mail', async () => {
  const { own, domain, requests, listed } = await open();
  const boss = await insiderOf(t, own, [await roleNamed(t, 'owner')]);
  const who = await personOf(domain);
  expect((await who.api('GET', '/my/join-requests/organizations')).body).toEqual([
    { id: own, name: 'Acme', hasAsked: false },
  ]);
  const asking = () => who.api('POST', '/my/join-requests', { organizationId: own, locale: 'de' });
  const answers = await parallel(5, asking);
  expect(countBy(answers, ({ status }) => status)).toEqual({ 201: 1, 422: 4 });
  await t.drain();
  const [{ primary_email: address }] = await t.sql('select primary_email from users where id = $1', [
    boss.id,
  ]);
  expect(t.mails.map(({ to }) => to)).toEqual([address]);
  expect(t.mails[0]!.subject).toContain(who.address);
  const [request] = await listed();
  expect(request).toMatchObject({
    user: { id: who.id },
    status: 'Open',
    organizationRoles: [{ id: member }],
  });
  expect(await countMembers(t, own)).toBe(1);
  const decisions = await parallel(5, () => boss.api('POST', `${requests}/${request.id}/approve`));
  expect(countBy(decisions, ({ status }) => status)).toEqual({ 204: 1, 422: 4 });
  expect(await rolesIn(t, own, who.id)).toEqual([member]);
  await t.drain();
  expect(t.mails.at(-1)).toMatchObject({ to: who.address, subject: 'Sie gehören jetzt zu Acme' });
  expect((await asking()).body.code).toBe('join_request.already_member');
  expect(await listed('Approved')).toHaveLength(1);
});

test('who is declined hears of it, and may ask again a day later', async () => {
  const { own, domain, requests, listed } = await open();
  const who = await personOf(domain);
  const asking = () => who.api('POST', '/my/join-requests', { organizationId: own });
  await asking();
  const [request] = await listed();
  expect((await t.api('POST', `${requests}/${request.id}/decline`)).status).toBe(204);
  expect((await t.api('POST', `${requests}/${request.id}/approve`)).status).toBe(422);
  await t.drain();
  expect(t.mails.at(-1)).toMatchObject({ to: who.address, subject: 'Your request to join Acme' });
  expect((await asking()).status).toBe(422);
  await t.sql('update join_requests set declined_at = declined_at - $1 where id = $2', [day, request.id]);
  expect((await asking()).status).toBe(201);
  expect(await countMembers(t, own)).toBe(0);
});

test('who asked takes it back, alone and once, and asks again a day after', async () => {
  const { own, domain, requests, listed } = await open();
  const [who, other] = [await personOf(domain), await personOf(domain)];
  const asking = () => who.api('POST', '/my/join-requests', { organizationId: own });
  const { id } = (await asking()).body;
  expect((await who.api('GET', '/my/join-requests')).body).toEqual([
    { id, organization: { id: own, name: 'Acme' }, createdAt: expect.any(Number) },
  ]);
  expect((await other.api('GET', '/my/join-requests')).body).toEqual([]);
  expect(await other.api('DELETE', `/my/join-requests/${id}`)).toMatchObject({ status: 404 });
  const answers = await parallel(5, () => who.api('DELETE', `/my/join-requests/${id}`));
  expect(countBy(answers, ({ status }) => status)).toEqual({ 204: 1, 422: 4 });
  const told = await t.sql(
    `select actor from journal where type = 'join_request.withdrawn' and organization_id = $1`,
    [own],
  );
  expect(told).toEqual([{ actor: `user:${who.id}` }]);
  expect([await listed(), (await who.api('GET', '/my/join-requests')).body]).toEqual([[], []]);
  expect((await t.api('POST', `${requests}/${id}/approve`)).status).toBe(422);
  expect((await asking()).status).toBe(422);
  await t.sql('update join_requests set created_at = created_at - $1 where id = $2', [day, id]);
  expect((await asking()).status).toBe(201);
  expect(await countMembers(t, own)).toBe(0);
});

test('of an approval and a withdrawal at once, one holds', async () => {
  for (let round = 0; round < 10; round++) {
    const { own, domain, requests } = await open();
    const who = await personOf(domain);
    const { id } = (await who.api('POST', '/my/join-requests', { organizationId: own })).body;
    const [approved, withdrawn] = await Promise.all([
      t.api('POST', `${requests}/${id}/approve`),
      who.api('DELETE', `/my/join-requests/${id}`),
    ]);
    expect([approved.status, withdrawn.status].sort()).toEqual([204, 422]);
    expect(await countMembers(t, own)).toBe(approved.status === 204 ? 1 : 0);
  }
});

test('only a proven address of exactly this domain opens it, and what is closed looks like what is not there', async () => {
  const { own, domain } = await open();
  const no = { status: 422, body: { code: 'join_request.not_possible' } };
  for (const other of [`x${domain}`, `sub.${domain}`, `${domain}.evil.test`]) {
    const who = await personOf(other);
    expect(await who.api('POST', '/my/join-requests', { organizationId: own }), other).toMatchObject(no);
    expect(await who.api('POST', '/my/join-requests', { organizationId: 'nowhere' })).toMatchObject(no);
  }
  const who = await personOf(domain);
  await t.sql('update users set email_verified_at = null where id = $1', [who.id]);
  expect(await who.api('POST', '/my/join-requests', { organizationId: own })).toMatchObject(no);
});

test('nobody gives by approving what they do not hold, and requests of other organizations are none', async () => {
  const { own, domain, requests, listed } = await open();
  const [owner, admin] = [await roleNamed(t, 'owner'), await roleNamed(t, 'admin')];
  await insiderOf(t, own, [owner]);
  const who = await insiderOf(t, own, [admin]);
  const bare = await insiderOf(t, own, [member]);
  const asker = await personOf(domain);
  await asker.api('POST', '/my/join-requests', { organizationId: own });
  const [request] = await listed();
  const approve = `${requests}/${request.id}/approve`;
  expect((await bare.api('POST', approve)).status).toBe(403);
  expect(await who.api('POST', approve, { organizationRoleIds: [owner] })).toMatchObject({
    status: 403,
    body: { code: 'organization.beyond_own_authority' },
  });
  const other = await makeOrganization(t);
  expect((await t.api('POST', `/organizations/${other}/join-requests/${request.id}/approve`)).status).toBe(
    404,
  );
  expect((await t.api('POST', `/organizations/${other}/join-requests/${request.id}/decline`)).status).toBe(
    404,
  );
  expect((await who.api('GET', `/organizations/${other}/join-requests`)).status).toBe(404);
  await t.api('PUT', `/organizations/${own}/policy`, { blockedDomains: [domain] });
  expect((await t.api('POST', approve)).body.code).toBe('organization_policy.domain_not_allowed');
  await t.api('PUT', `/organizations/${own}/policy`, {});
  await t.api('PUT', `/organizations/${own}/seats`, { limit: 3 });
  expect((await who.api('POST', approve)).body.code).toBe('organization.seats_full');
  await t.api('PUT', `/organizations/${own}/seats`, { limit: 4 });
  expect((await who.api('POST', approve, { organizationRoleIds: [admin] })).status).toBe(204);
  expect(await rolesIn(t, own, asker.id)).toEqual([admin]);
});

test('who was taken out asks by a link that asks first, and only an approval lets them back in', async () => {
  const own = await makeOrganization(t);
  const { url } = await makeJoinLink(t, own, { asksFirst: true, organizationRoleIds: [member], mostUses: 1 });
  const who = await makePerson(t);
  await t.api('POST', `/organizations/${own}/users`, { userIds: [who] });
  await t.api('DELETE', `/organizations/${own}/users/${who}`);
  expect(await ask(t, url, who)).toBe('asked');
  expect(await countMembers(t, own)).toBe(0);
  expect(await ask(t, url, await makePerson(t))).toBe('join_link.ended');
  const { body } = await t.api('GET', `/organizations/${own}/join-requests`);
  expect((await t.api('POST', `/organizations/${own}/join-requests/${body[0].id}/approve`)).status).toBe(204);
  expect(await rolesIn(t, own, who)).toEqual([member]);
});
