/** The mail with a code: who gets one, and what it says. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeOrganization, makeUser } from '../../../test/builders.ts';
import { testKeys } from '../../../test/fixtures.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { defaultMailBounds } from '../../config.ts';
import { codeOf } from '../../domain/proofs/code.ts';
import { readProofLink } from '../../domain/proofs/link.ts';
import { askProof, type ProofAsk, redeemCode } from '../../domain/proofs/proofs.ts';

const browser = createHash('sha256').update('a browser').digest();
const by = { kind: 'invitee', id: 'test' } as const;

const ask = (t: TestApp, more: Partial<ProofAsk> = {}) =>
  t.app.act(by, (act) =>
    askProof(
      act,
      { purpose: 'sign-in', address: 'ann@example.com', browser, context: {}, maySignUp: false, ...more },
      { bounds: defaultMailBounds, hasDefaultConnector: true },
    ),
  );

const endings = async (t: TestApp) =>
  (
    await t.sql('select coalesce(answer, $1) as answer from deliveries order by created_at, id', ['waiting'])
  ).map(({ answer }) => answer);

test('to sign in, only those with an account get a mail, unless signing up is allowed', async () => {
  const t = await appForTest();
  await makeUser(t, 'known@example.com');
  for (const address of ['known@example.com', 'nobody@example.com'])
    for (const purpose of ['sign-in', 'invitation', 'new-address'] as const)
      await ask(t, { address, purpose });
  await ask(t, { address: 'newcomer@example.com', maySignUp: true });
  await t.drain();
  expect(t.mails.map(({ to }) => to).sort()).toEqual([
    'known@example.com',
    'known@example.com',
    'known@example.com',
    'newcomer@example.com',
    'nobody@example.com',
    'nobody@example.com',
  ]);
  expect((await endings(t)).filter((answer) => answer !== '250 kept')).toEqual(['There is no account']);
});

test('nothing goes out for what was used, has expired or was asked for again, nor to somebody who is suspended', async () => {
  const t = await appForTest();
  const id = await makeUser(t, 'ann@example.com');
  const used = await ask(t);
  const code = codeOf(testKeys, 'default', used.id, 'test')!;
  await t.app.act(by, (act) => redeemCode(act, { id: used.id, code, purpose: 'sign-in', browser }));
  await t.drain();
  await ask(t);
  t.advance(600_000);
  await t.drain();
  await ask(t);
  t.advance(1);
  await ask(t);
  // Of another browser or for something else is not the same again.
  await ask(t, { browser: Buffer.alloc(32) });
  await ask(t, { purpose: 'new-address' });
  await t.drain();
  await t.api('PATCH', `/users/${id}/is-suspended`, { isSuspended: true });
  for (const purpose of ['sign-in', 'invitation', 'new-address'] as const)
    await ask(t, { purpose, maySignUp: true });
  await t.drain();
  expect(await endings(t)).toEqual([
    'The code or link was used',
    'The code has expired',
    'A newer code was asked for',
    ...Array(3).fill('250 kept'),
    ...Array(3).fill('The person is suspended'),
  ]);
  expect(t.mails).toHaveLength(3);
});

test('it carries the name and colours of the organization, or else of the tenant, and names the application', async () => {
  const t = await appForTest();
  await t.sql(
    `update tenants set name = 'Northwind', color = '{"primaryColor":"#aa0000"}', fallback_language = 'fr'`,
  );
  const organizationId = await makeOrganization(t, 'Acme');
  await t.api('PATCH', `/organizations/${organizationId}`, { color: { primaryColor: '#00aa00' } });
  const application = (await t.api('POST', '/applications', { name: 'Rocket CRM', type: 'SPA' })).body;
  await ask(t, { address: 'a@example.com', maySignUp: true, locale: 'en' });
  await ask(t, {
    address: 'b@example.com',
    maySignUp: true,
    locale: 'en',
    organizationId,
    applicationId: application.id,
  });
  await ask(t, {
    address: 'c@example.com',
    maySignUp: true,
    locale: 'en',
    purpose: 'invitation',
    organizationId,
  });
  await ask(t, {
    address: 'd@example.com',
    maySignUp: true,
    locale: 'en',
    purpose: 'new-address',
    organizationId: 'gone',
  });
  await ask(t, { address: 'e@example.com', maySignUp: true, applicationId: 'gone' });
  await t.drain();
  const mails = t.mails.sort((one, other) => (one.to < other.to ? -1 : 1));
  expect(mails.map(({ subject }) => subject)).toEqual([
    'Your code to sign in to Northwind',
    'Your code to sign in to Rocket CRM',
    'Your code to join Acme',
    'Your code to confirm this address',
    'Votre code de connexion à Northwind',
  ]);
  expect(mails.map(({ html }) => /#(aa0000|00aa00)/.exec(html!)![1])).toEqual([
    'aa0000',
    '00aa00',
    '00aa00',
    'aa0000',
    'aa0000',
  ]);
  expect(mails[1]!.text).toContain('Application: Rocket CRM\nValid for: 10 minutes');
  // For an invitation a code leads back to the page that waits for it; a link would not.
  expect(mails.map(({ text }) => text!.includes('/sign-in/link/'))).toEqual([true, true, false, true, true]);
});

test('a stored template gets code, link, application and organization', async () => {
  const t = await appForTest();
  const content = '{{code}}|{{link}}|{{application.name}}|{{organization.name}}|{{organization.id}}';
  await t.api('PUT', '/email-templates', {
    templates: [
      {
        languageTag: 'en',
        templateType: 'SignIn',
        details: { subject: 'Code', content, contentType: 'text/plain' },
      },
    ],
  });
  const organizationId = await makeOrganization(t, 'Acme');
  const { id: applicationId } = (
    await t.api('POST', '/applications', { name: 'http://evil.com', type: 'SPA' })
  ).body;
  const { id } = await ask(t, { maySignUp: true, organizationId, applicationId });
  await t.drain();
  const [code, link, ...names] = t.mails[0]!.text!.split('|');
  expect(code).toBe(codeOf(testKeys, 'default', id, 'test'));
  expect(link!.startsWith(`${t.url}/sign-in/link/`)).toBe(true);
  expect(readProofLink(testKeys, 'default', link!.split('/').at(-1)!)).toBe(id);
  expect(names).toEqual(['http evil·com', 'Acme', organizationId]);
  await ask(t, { address: 'b@example.com', purpose: 'invitation', organizationId });
  await t.drain();
  expect(t.mails[1]!.text).toMatch(/^\d{6}\|\|\{\{application\.name\}\}\|Acme\|/);
});
