/** Proofs that applications ask for. */
import { expect, test } from 'vitest';
import { countBy, parallel } from '../../../test/builders.ts';
import { testKeys } from '../../../test/fixtures.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { defaultMailBounds } from '../../config.ts';
import type { Refusal } from '../refusal.ts';
import { codeOf } from './code.ts';
import { askForApplication, redeemApplicationCode, redeemApplicationLink } from './for-application.ts';
import { signProofLink } from './link.ts';
import { askProof, redeemCode } from './proofs.ts';

const mail = { bounds: defaultMailBounds, hasDefaultConnector: true };
const application = { kind: 'management', id: 'app' } as const;
const address = 'ann@example.com';

const ask = (t: TestApp, more: object = {}) =>
  t.app.act(application, (act) =>
    askForApplication(
      act,
      {
        applicationId: 'app',
        address,
        usageType: 'SignIn',
        carried: 'both',
        linkTo: 'https://app.example.com/verify',
        lifeMs: 300_000,
        state: null,
        variables: {},
        ...more,
      },
      mail,
    ),
  );
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'proved',
    ({ code }: Refusal) => code,
  );
const codeFor = (id: string) => codeOf(testKeys, 'default', id, 'test')!;
const byCode = (t: TestApp, id: string, applicationId = 'app') =>
  outcome(
    t.app.act(application, (act) => redeemApplicationCode(act, { applicationId, id, code: codeFor(id) })),
  );
const byLink = (t: TestApp, id: string, applicationId = 'app') => {
  const token = signProofLink(testKeys, 'default', id);
  return outcome(t.app.act(application, (act) => redeemApplicationLink(act, { applicationId, token })));
};

test('of all who bring code or link at once, one proves', async () => {
  const t = await appForTest();
  const { id } = await ask(t);
  await t.drain();
  const answers = await parallel(12, (i) => (i % 2 ? byCode(t, id) : byLink(t, id)));
  expect(countBy(answers, (each) => each)).toEqual({ proved: 1, 'proof.ended': 11 });
});

test('only the application that asked hears of it', async () => {
  const t = await appForTest();
  const { id } = await ask(t);
  await t.drain();
  expect([await byCode(t, id, 'other'), await byLink(t, id, 'other')]).toEqual([
    'proof.ended',
    'proof.ended',
  ]);
  expect(await byCode(t, id)).toBe('proved');
});

test('what the mail did not carry proves nothing', async () => {
  const t = await appForTest();
  const [code, link] = [await ask(t, { carried: 'code' }), await ask(t, { carried: 'link' })];
  await t.drain();
  expect([await byLink(t, code.id), await byCode(t, link.id)]).toEqual(['proof.ended', 'proof.ended']);
  expect([await byCode(t, code.id), await byLink(t, link.id)]).toEqual(['proved', 'proved']);
});

test('a proof to sign in here is none for an application, and the other way round', async () => {
  const t = await appForTest();
  const browser = Buffer.alloc(32);
  const here = await t.app.act(application, (act) =>
    askProof(act, { purpose: 'sign-in', address, browser, context: {}, maySignUp: true }, mail),
  );
  const { id } = await ask(t);
  await t.drain();
  expect([await byCode(t, here.id), await byLink(t, here.id)]).toEqual(['proof.ended', 'proof.ended']);
  const taken = t.app.act(application, (act) =>
    redeemCode(act, { id, code: codeFor(id), purpose: 'sign-in', browser }),
  );
  expect(await outcome(taken)).toBe('proof.ended');
});

test('its mails count with the others of the address, and do not make room for them', async () => {
  const t = await appForTest();
  for (let i = 0; i < 10; i++) {
    await ask(t);
    t.advance(31_000);
  }
  expect(await outcome(ask(t))).toBe('mail.too_many');
  await t.drain();
});
