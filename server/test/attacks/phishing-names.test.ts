/** Row 28 of the attacks: names as phishing text, in the mails that strangers can order. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultMailBounds } from '../../src/config.ts';
import { orderAsk } from '../../src/domain/invitations/order-ask.ts';
import { askProof } from '../../src/domain/proofs/proofs.ts';
import { makeInvitation, makeUser } from '../builders.ts';
import { appForTest } from '../harness.ts';

const names = [
  'Win at https://evil.example/now',
  'www.evil.example',
  'help@evil.example',
  '<a href="https://evil.example">click</a>',
  '"><img src=x onerror=alert(1)>',
  'Acme\r\nBcc: victim@evil.example',
  '\u202eelpmaxe.live',
  'e\u200bvil.example',
  '{{code}} {{link}}',
];
const mail = { bounds: defaultMailBounds, hasDefaultConnector: true };

test.each(names)('%j is only a name', async (name) => {
  const t = await appForTest();
  const organizationId = (await t.api('POST', '/organizations', { name: name.slice(0, 128) })).body.id;
  const { id: applicationId } = (await t.api('POST', '/applications', { name, type: 'SPA' })).body;
  await t.api('PATCH', '/sign-in-exp', { name });
  const inviterId = await makeUser(t, 'mia@acme.test');
  const { id } = await makeInvitation(t, organizationId, 'ann@example.com', { inviterId });
  const other = await makeInvitation(t, organizationId, 'bob@example.com', { inviterId });
  await t.app.act({ kind: 'system', id: 'test' }, async (act) => {
    const about = { context: {}, maySignUp: true, browser: randomBytes(32) };
    const address = 'ann@example.com';
    await askProof(act, { ...about, purpose: 'sign-in', address, applicationId, organizationId }, mail);
    await askProof(act, { ...about, purpose: 'sign-in', address: 'x@example.com' }, mail);
    await askProof(act, { ...about, purpose: 'invitation', address, organizationId }, mail);
    await askProof(act, { ...about, purpose: 'new-address', address }, mail);
    await orderAsk(act, id, { kind: 'renewal' }, mail);
    await orderAsk(act, other.id, { kind: 'address', address: 'bob+evil@example.org' }, mail);
  });
  await t.drain();
  expect(t.mails).toHaveLength(6);
  for (const { subject, text, html, to } of t.mails) {
    expect(to).toMatch(/^(ann|x)@example\.com$|^mia@acme\.test$/);
    for (const part of [subject, text!, html!]) {
      expect(part).not.toMatch(/evil\.|@evil|[\u202e\u200b]/);
    }
    expect(html).not.toMatch(/<img|onerror=alert\(1\)>/);
    // Placeholders in a name are not filled in, and no name breaks out of the header.
    expect(subject).not.toMatch(/[\r\n]|\d{6}|sign-in\/link/);
    const links = [...html!.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
    expect(links.filter((href) => !href.startsWith(`${t.url}/sign-in/link/`))).toEqual([]);
  }
});
