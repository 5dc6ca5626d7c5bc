/** The page of an invitation that waits for an approval: looking asks nobody, the button asks who may approve. */
import { expect, test } from 'vitest';
import { builtInRoles, day, makeOrganization } from '../../../test/builders.ts';
import { appForTest } from '../../../test/harness.ts';
import { insiderOf } from '../../../test/insiders.ts';
import { linkIn, Visitor } from './invitation-fixture.ts';

test('it says so, and its button has those asked by mail who may approve it', async () => {
  const t = await appForTest();
  const own = await makeOrganization(t);
  const { owner, admin, member } = await builtInRoles(t);
  const boss = await insiderOf(t, own, [owner]);
  const inviter = await insiderOf(t, own, [admin]);
  const { body } = await inviter.api('POST', '/organization-invitations', {
    organizationId: own,
    invitee: 'ann@example.com',
    expiresAt: t.now() + day,
    organizationRoleIds: [admin],
    messagePayload: {},
  });
  await t.drain();
  const link = linkIn(t);
  await t.api('PUT', `/organizations/${own}/users/${inviter.id}/roles`, { organizationRoleIds: [member] });
  t.mails.length = 0;

  const visitor = new Visitor(t);
  const page = await visitor.open(link);
  expect(page.text).toContain(`action="/invitation/${body.id}/ask"`);
  await visitor.open(link);
  await t.drain();
  expect(t.mails).toHaveLength(0);

  expect(page.text).not.toContain('role="status"');
  const { status, location } = await visitor.post(`/invitation/${body.id}/ask`);
  expect([status, location]).toEqual([303, `/invitation/${body.id}?asked=1`]);
  expect((await visitor.open(location!)).text).toMatch(/role="status">[^<]*has not been approved yet/);
  await visitor.post(`/invitation/${body.id}/ask`);
  await t.drain();
  const [row] = await t.sql('select primary_email as address from users where id = $1', [boss.id]);
  expect(t.mails.map(({ to }) => to)).toEqual([row.address]);

  await boss.api('POST', `/organization-invitations/${body.id}/approve`);
  const approved = await visitor.open(location!);
  expect(approved.text).toContain(`action="/invitation/${body.id}/accept"`);
  expect(approved.text).not.toContain('role="status"');
});
