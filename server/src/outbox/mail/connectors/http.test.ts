/** What every connector that speaks HTTP does with the provider's answers. */
import { expect, test } from 'vitest';
import type { ConnectorConfig } from '../connector.ts';
import type { MailMessage } from '../message.ts';
import { findConnector } from '../registry.ts';
import { answering, failureOf, fakeProvider } from './fake-provider.ts';

const SECRET = 'very-secret-value';

const configs: [string, ConnectorConfig][] = [
  ['sendgrid-email-service', { apiKey: SECRET, fromEmail: 'a@acme.test' }],
  ['mailgun-email', { apiKey: SECRET, domain: 'mg.acme.test', from: 'a@acme.test' }],
  ['postmark-mail', { serverToken: SECRET, fromEmail: 'a@acme.test' }],
  ['resend-email', { apiKey: SECRET, fromEmail: 'a@acme.test' }],
  ['aws-ses-mail', { accessKeyId: 'AK', accessKeySecret: SECRET, region: 'eu-west-1' }],
  ['http-email', { authorization: SECRET }],
];

const mail: MailMessage = {
  from: 'Acme <a@acme.test>',
  to: 'mia@example.test',
  subject: 'Hello',
  text: 'Hello',
  messageId: '<d1@usher.test>',
};

const open = (id: string, config: ConnectorConfig, endpoint: string) =>
  findConnector(id)!.open({ ...config, endpoint });

const table: [number, 'permanent' | 'temporary'][] = [
  [400, 'permanent'],
  [401, 'temporary'],
  [403, 'temporary'],
  [408, 'temporary'],
  [413, 'permanent'],
  [422, 'permanent'],
  [429, 'temporary'],
  [500, 'temporary'],
  [503, 'temporary'],
];

test.each(configs)(
  '%s: refusals of the mail are permanent, of the moment or the account temporary',
  async (id, config) => {
    for (const [status, kind] of table) {
      const provider = await fakeProvider(answering(status, `no, and your key is ${SECRET}`));
      const failure = await failureOf(open(id, config, provider.endpoint).send(mail));
      expect(failure).toMatchObject({ kind, answer: expect.stringContaining(`${status} no`) });
      expect(JSON.stringify(failure)).not.toContain(SECRET);
    }
  },
);

test.each(configs)('%s: a mail with control characters never reaches the provider', async (id, config) => {
  const provider = await fakeProvider();
  const sender = open(id, config, provider.endpoint);
  for (const part of [
    { to: 'x@y.test\r\nBcc: evil@x.test' },
    { subject: 'a\nb' },
    { from: 'a\u0000@b.test' },
  ]) {
    expect(await failureOf(sender.send({ ...mail, ...part }))).toMatchObject({ kind: 'permanent' });
  }
  expect(provider.received).toHaveLength(0);
});

test.each(configs)(
  '%s: nobody there, a broken connection and a silent provider are temporary',
  async (id, config) => {
    expect(await failureOf(open(id, config, 'http://127.0.0.1:1').send(mail))).toMatchObject({
      kind: 'temporary',
    });
    const dying = await fakeProvider((_request, response) => response.destroy());
    expect(await failureOf(open(id, config, dying.endpoint).send(mail))).toMatchObject({ kind: 'temporary' });
    const silent = await fakeProvider(() => {});
    const attempt = open(id, config, silent.endpoint).send(mail, AbortSignal.timeout(200));
    expect(await failureOf(attempt)).toMatchObject({
      kind: 'temporary',
      answer: expect.stringContaining('took too long'),
    });
  },
);

test.each(configs)('%s: a redirect is not followed, so the credentials stay', async (id, config) => {
  const elsewhere = await fakeProvider();
  const provider = await fakeProvider(answering(307, '', { location: elsewhere.endpoint }));
  const failure = await failureOf(open(id, config, provider.endpoint).send(mail));
  expect(failure).toMatchObject({ kind: 'temporary' });
  expect(elsewhere.received).toHaveLength(0);
});

test.each([
  ['seconds', { 'retry-after': '7' }, 7000],
  [
    'a date',
    { date: 'Sat, 01 Aug 2026 10:00:00 GMT', 'retry-after': 'Sat, 01 Aug 2026 10:02:00 GMT' },
    120_000,
  ],
  [
    'a date in the past',
    { date: 'Sat, 01 Aug 2026 10:00:00 GMT', 'retry-after': 'Sat, 01 Aug 2026 09:00:00 GMT' },
    undefined,
  ],
  ['a year: at most an hour is honoured', { 'retry-after': '31536000' }, 3_600_000],
  ['nonsense', { 'retry-after': 'soon' }, undefined],
])('Retry-After as %s', async (_what, headers, retryAfterMs) => {
  const provider = await fakeProvider(answering(429, 'slow down', headers));
  const failure = await failureOf(open(...configs[0]!, provider.endpoint).send(mail));
  expect(failure).toMatchObject({ kind: 'temporary', retryAfterMs });
});

test('an answer is one line of at most 500 characters', async () => {
  const provider = await fakeProvider(answering(400, `first\r\nsecond\u202e ${'x'.repeat(100_000)}`));
  const failure = (await failureOf(open(...configs[0]!, provider.endpoint).send(mail))) as { answer: string };
  expect(failure.answer).toContain('first second x');
  expect(failure.answer).toHaveLength(500);
});

test('an acceptance whose body breaks off stays an acceptance', async () => {
  const provider = await fakeProvider((_request, response) => {
    response.writeHead(202, { 'content-length': '100' });
    response.write('{"partial"');
    setTimeout(() => response.destroy(), 50);
  });
  const outcome = await open(...configs[0]!, provider.endpoint).send(mail);
  expect(outcome.answer).toMatch(/^202/);
});
