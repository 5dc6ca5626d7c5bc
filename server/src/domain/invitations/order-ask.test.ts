import { expect, test } from 'vitest';
import {
  countBy,
  day,
  makeInvitation,
  makeOrganization,
  makeUser,
  parallel,
} from '../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { defaultMailBounds } from '../../config.ts';
import type { Refusal } from '../refusal.ts';
import { type Ask, orderAsk } from './order-ask.ts';

const renewal: Ask = { kind: 'renewal' };
const ask = (t: TestApp, id: string, what: Ask = renewal) =>
  t.app.act({ kind: 'invitee', id }, (act) =>
    orderAsk(act, id, what, { bounds: defaultMailBounds, hasDefaultConnector: true }),
  );

async function invited(t: TestApp, inviter: string | undefined = 'mia@acme.test') {
  const organizationId = await makeOrganization(t);
  const inviterId = inviter && (await makeUser(t, inviter));
  const { id } = await makeInvitation(t, organizationId, 'ann@example.com', { inviterId });
  return { id: id as string, organizationId, inviterId };
}

test('the inviter is told who asks, for which organization, and what to do; it is on record', async () => {
  const t = await appForTest();
  const { id, organizationId } = await invited(t);
  t.advance(day + 1);
  await ask(t, id);
  await t.drain();
  const [mail] = t.mails;
  expect(mail).toMatchObject({
    to: 'mia@acme.test',
    subject: 'ann@example.com asks for a new invitation to Acme',
  });
  expect(mail!.text).toContain('renew the invitation');
  expect(mail!.html).not.toContain('href');
  const { body } = await t.api('GET', `/organization-invitations/${id}/deliveries`);
  expect(body).toMatchObject([
    { usageType: 'InvitationRenewalRequest', recipient: 'mia@acme.test', status: 'sent' },
  ]);
  const [event] = await t.sql("select * from journal where type = 'invitation.asked'");
  expect(event).toMatchObject({
    actor: `invitee:${id}`,
    organization_id: organizationId,
    subject_id: id,
    data: { invitationId: id, kind: 'renewal' },
  });
});

test('for another address the mail names both, in the language of the inviter’s profile', async () => {
  const t = await appForTest();
  const { id, inviterId } = await invited(t);
  await t.sql(`update users set profile = '{"locale":"de"}' where id = $1`, [inviterId]);
  await ask(t, id, { kind: 'address', address: 'ann@home.example.org' });
  await t.drain();
  expect(t.mails[0]!.subject).toBe('ann@example.com möchte Acme mit einer anderen Adresse beitreten');
  expect(t.mails[0]!.text).toContain('ist als ann@home.example.org angemeldet');
  expect(await t.sql('select payload from deliveries')).toEqual([{ payload: null }]);
});

test('of 20 who ask at once one is heard, and the next a day later', async () => {
  const t = await appForTest();
  const { id } = await invited(t);
  const all = await Promise.allSettled(
    await parallel(20, async () => ask(t, id).catch((error: Refusal) => error.code)),
  );
  expect(
    countBy(all, (each) => (each as PromiseFulfilledResult<string | undefined>).value ?? 'asked'),
  ).toEqual({
    asked: 1,
    'invitation.already_asked': 19,
  });
  const early = await ask(t, id, { kind: 'address', address: 'x@example.com' }).catch(
    (error: Refusal) => error,
  );
  expect(early).toMatchObject({ code: 'invitation.already_asked' });
  const { retryAt } = (early as Refusal).facts as { retryAt: number };
  expect(await t.drain()).toBe(1);
  t.advance(retryAt - t.now());
  await ask(t, id);
  expect(await t.drain()).toBe(1);
});

test('where nobody can be asked it says so, and nothing is kept', async () => {
  const t = await appForTest();
  const { id } = await invited(t, '');
  await expect(ask(t, id)).rejects.toMatchObject({ code: 'invitation.nobody_to_ask' });
  await expect(ask(t, 'nothing')).rejects.toMatchObject({ code: 'invitation.not_found' });
  const other = await invited(t, 'sue@acme.test');
  await t.api('PATCH', `/users/${other.inviterId}/is-suspended`, { isSuspended: true });
  await expect(ask(t, other.id)).rejects.toMatchObject({ code: 'invitation.nobody_to_ask' });
  await t.api('DELETE', `/users/${other.inviterId}`);
  await expect(ask(t, other.id)).rejects.toMatchObject({ code: 'invitation.nobody_to_ask' });
  expect(await t.sql('select id from deliveries')).toEqual([]);
  expect(await t.sql('select id from invitations where asked_at is not null')).toEqual([]);
});

test('an inviter of many gets ten such mails in ten minutes, and what was too much was not asked', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const inviterId = await makeUser(t, 'mia@acme.test');
  const all = await parallel(14, async (nth) => {
    const { id } = await makeInvitation(t, organizationId, `p${nth}@example.com`, { inviterId });
    return ask(t, id).then(
      () => 'asked',
      (error: Refusal) => error.code,
    );
  });
  expect(countBy(all, (each) => each)).toEqual({ asked: 10, 'mail.too_many': 4 });
  expect(await t.sql('select id from invitations where asked_at is not null')).toHaveLength(10);
});

test('no mail goes out once the invitation is accepted or its organization disabled', async () => {
  const t = await appForTest();
  const one = await invited(t);
  await ask(t, one.id);
  await t.api('PUT', `/organization-invitations/${one.id}/status`, {
    status: 'Accepted',
    acceptedUserId: await makeUser(t, 'ann@example.com'),
  });
  const two = await invited(t, 'sue@acme.test');
  await ask(t, two.id);
  await t.api('PATCH', `/organizations/${two.organizationId}/is-disabled`, { isDisabled: true });
  await t.drain();
  expect(t.mails).toEqual([]);
});

test('a Generic template does not stand in, for it cannot say what is asked; one of the type does', async () => {
  const t = await appForTest();
  const { id } = await invited(t);
  const template = (templateType: string, content: string) => ({
    languageTag: 'en',
    templateType,
    details: { subject: 'Hello', content, contentType: 'text/plain' },
  });
  await t.api('PUT', '/email-templates', { templates: [template('Generic', 'Hello')] });
  await ask(t, id);
  await t.drain();
  expect(t.mails[0]!.subject).toContain('asks for a new invitation');
  const own = template('InvitationAddressRequest', '{{invitee}} → {{address}} in {{organization.name}}');
  expect((await t.api('PUT', '/email-templates', { templates: [own] })).status).toBe(200);
  t.advance(day);
  await ask(t, id, { kind: 'address', address: 'ann@home.example.org' });
  await t.drain();
  expect(t.mails[1]!.text).toBe('ann@example.com → ann@home.example.org in Acme');
});
