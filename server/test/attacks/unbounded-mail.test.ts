/** Row 13 of the attacks: unbounded mail. What a stranger can ask for is bounded by the recipient and by who asks. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultMailBounds } from '../../src/config.ts';
import { askProof, type ProofAsk } from '../../src/domain/proofs/proofs.ts';
import type { Refusal } from '../../src/domain/refusal.ts';
import { countBy, makeInvitation, makeOrganization, parallel } from '../builders.ts';
import { appForTest, type TestApp } from '../harness.ts';

const ask = (t: TestApp, more: Partial<ProofAsk>) =>
  t.app
    .act({ kind: 'system', id: 'sign-in' }, (act) =>
      askProof(
        act,
        {
          purpose: 'sign-in',
          address: 'ann@example.com',
          browser: randomBytes(32),
          context: {},
          maySignUp: true,
          ...more,
        },
        {
          bounds: { ...defaultMailBounds, client: { most: 20, windowMs: 600_000 } },
          hasDefaultConnector: true,
        },
      ),
    )
    .then(
      () => 'asked',
      (error: Refusal) => error.code,
    );

test('one recipient gets ten mails in ten minutes, from however many clients and browsers', async () => {
  const t = await appForTest();
  const all = await parallel(30, (nth) => ask(t, { client: `203.0.113.${nth}` }));
  expect(countBy(all, (each) => each)).toEqual({ asked: 10, 'mail.too_many': 20 });
});

test('one client asks for so many mails, for however many recipients; others are not shut out', async () => {
  const t = await appForTest();
  const all = await parallel(50, (nth) => ask(t, { address: `p${nth}@example.com`, client: '203.0.113.7' }));
  expect(countBy(all, (each) => each)).toEqual({ asked: 20, 'mail.too_many': 30 });
  expect(await t.sql('select id from proofs')).toHaveLength(20);
  expect(await ask(t, { address: 'x@example.com', client: '203.0.113.8' })).toBe('asked');
  t.advance(30_001);
  expect(await ask(t, { address: 'y@example.com', client: '203.0.113.7' })).toBe('asked');
});

test('who signs in takes nothing from the invitations of an organization', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  await parallel(10, () => ask(t, { organizationId }));
  expect(await ask(t, { organizationId })).toBe('mail.too_many');
  await makeInvitation(t, organizationId, 'ann@example.com', { messagePayload: {} });
  expect(await t.sql("select sender from sender_allowances where sender like 'organization:%'")).toHaveLength(
    1,
  );
  const [{ used }] = await t.sql(
    "select round((empty_at - $1::bigint) / 3600.0) as used from sender_allowances where sender like 'organization:%'",
    [t.now()],
  );
  expect(Number(used)).toBe(1);
});
