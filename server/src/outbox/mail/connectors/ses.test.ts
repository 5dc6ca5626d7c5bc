/** Amazon SES: the fake computes the signature again, by the published recipe. */
import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { MailMessage } from '../message.ts';
import { answering, failureOf, fakeProvider, type ReceivedRequest } from './fake-provider.ts';
import { asciiMailbox, ses } from './ses.ts';

const config = { accessKeyId: 'AKIDEXAMPLE', accessKeySecret: 'wJalrXUtnFEMI/K7MDENG', region: 'eu-west-1' };
const mail: MailMessage = {
  from: 'Müller, Co. <no-reply@acme.test>',
  to: 'mia@example.test',
  replyTo: 'help@acme.test',
  subject: 'Einladung 招待',
  html: '<p>Hallo</p>',
  text: 'Hallo',
  messageId: '<d1@usher.test>',
  language: 'de',
};

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

function signatureOf(request: ReceivedRequest, secret: string): string {
  const parts = /Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=/.exec(
    request.headers.authorization ?? '',
  );
  const [, day, region, service] = parts![1]!.split('/');
  const names = parts![2]!.split(';');
  const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = [request.method, request.path, '', headers, names.join(';'), sha256(request.body)].join(
    '\n',
  );
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day!, region!, service!, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

test('the request is signed with the account, region and service, over its exact body', async () => {
  const provider = await fakeProvider(answering(200, { MessageId: 'ses-1' }));
  const sender = ses.open({ ...config, endpoint: provider.endpoint, configurationSetName: 'main' });
  expect(await sender.send(mail)).toMatchObject({ providerId: 'ses-1' });
  const request = provider.received[0]!;
  expect(request).toMatchObject({ method: 'POST', path: '/v2/email/outbound-emails' });
  const authorization = request.headers.authorization!;
  expect(authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/ses\/aws4_request/,
  );
  expect(/SignedHeaders=([^,]+)/.exec(authorization)![1]!.split(';')).toContain('host');
  expect(authorization).toContain(`Signature=${signatureOf(request, config.accessKeySecret)}`);
  expect(JSON.parse(request.body)).toEqual({
    FromEmailAddress: '=?UTF-8?B?TcO8bGxlciwgQ28u?= <no-reply@acme.test>',
    Destination: { ToAddresses: ['mia@example.test'] },
    ReplyToAddresses: ['help@acme.test'],
    ConfigurationSetName: 'main',
    Content: {
      Simple: {
        Subject: { Data: 'Einladung 招待', Charset: 'UTF-8' },
        Body: { Html: { Data: '<p>Hallo</p>', Charset: 'UTF-8' }, Text: { Data: 'Hallo', Charset: 'UTF-8' } },
        Headers: [
          { Name: 'X-Message-Ref', Value: '<d1@usher.test>' },
          { Name: 'Content-Language', Value: 'de' },
        ],
      },
    },
  });
});

test('temporary credentials travel with their session token', async () => {
  const provider = await fakeProvider();
  await ses.open({ ...config, sessionToken: 'tok', endpoint: provider.endpoint }).send(mail);
  expect(provider.received[0]!.headers['x-amz-security-token']).toBe('tok');
});

test.each([
  ['MessageRejected', 'permanent'],
  ['BadRequestException', 'permanent'],
  ['AccountSuspendedException', 'temporary'],
  ['SendingPausedException', 'temporary'],
  ['MailFromDomainNotVerifiedException', 'temporary'],
  ['LimitExceededException:http://internal/', 'temporary'],
])('%s is %s', async (type, kind) => {
  const provider = await fakeProvider(answering(400, { message: 'no' }, { 'x-amzn-errortype': type }));
  const failure = await failureOf(ses.open({ ...config, endpoint: provider.endpoint }).send(mail));
  expect(failure).toMatchObject({ kind });
});

test('a long name is written as encoded words of at most 75 characters that lose nothing', () => {
  const name = '株式会社'.repeat(12);
  const words = asciiMailbox({ name, address: 'a@b.test' }).split(' ').slice(0, -1);
  expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(75);
  const decoded = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString('utf8'));
  expect(decoded.join('')).toBe(name);
});
