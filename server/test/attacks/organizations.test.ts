/** Row 21 of the attacks that worked elsewhere: what is made anew under an old name or id is not what was before. */
import { expect, test } from 'vitest';
import { makeInvitation, makeOrganization, roleNamed } from '../builders.ts';
import { appForTest } from '../harness.ts';
import { insiderOf } from '../insiders.ts';

test('an organization that was deleted and made again lets in nobody who held anything of the old one', async () => {
  const t = await appForTest();
  const owner = await roleNamed(t, 'owner');
  const old = await makeOrganization(t, 'Acme');
  const boss = await insiderOf(t, old, [owner]);
  const invitation = await makeInvitation(t, old, 'ann@example.com', { organizationRoleIds: [owner] });
  const { body: copied } = await t.api('GET', `/organization-invitations/${invitation.id}/link`);
  const { body: link } = await t.api('POST', `/organizations/${old}/join-links`, {});
  const { body: joining } = await t.api('GET', `/organizations/${old}/join-links/${link.id}/link`);
  expect((await t.api('DELETE', `/organizations/${old}`)).status).toBe(204);

  // Nobody chooses an id: one that is asked for is ignored.
  const { body: made } = await t.api('POST', '/organizations', { name: 'Acme', id: old });
  expect(made.id).not.toBe(old);
  for (const id of [old, made.id]) {
    expect([403, 404]).toContain((await boss.api('GET', `/organizations/${id}`)).status);
    const invite = { organizationId: id, invitee: 'eve@example.com', expiresAt: t.now() + 1e6 };
    expect([403, 404, 422]).toContain((await boss.api('POST', '/organization-invitations', invite)).status);
  }
  for (const url of [copied.link, joining.link]) {
    const page = await fetch(url);
    expect([404, 410]).toContain(page.status);
    expect(await page.text()).not.toContain('Acme');
  }
  expect((await t.api('GET', `/organizations/${made.id}/users`)).body).toEqual([]);
  expect((await t.api('GET', `/organization-invitations?organizationId=${made.id}`)).body).toEqual([]);
  expect((await t.api('GET', `/organizations/${old}/users`)).status).toBe(404);
});
