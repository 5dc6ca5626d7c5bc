/** What each provider is sent, as its own documentation wants it. */
import { expect, test } from 'vitest';
import type { MailMessage } from '../message.ts';
import { answering, failureOf, fakeProvider } from './fake-provider.ts';
import { httpEmail } from './http-email.ts';
import { mailgun } from './mailgun.ts';
import { postmark } from './postmark.ts';
import { resend } from './resend.ts';
import { sendgrid } from './sendgrid.ts';

const mail: MailMessage = {
  from: 'Müller, Co. <no-reply@acme.test>',
  to: 'mia@example.test',
  replyTo: 'Help <help@acme.test>',
  subject: 'Einladung',
  html: '<p>Hallo & willkommen</p>',
  text: 'Hallo & willkommen',
  messageId: '<d1@usher.test>',
  headers: { 'X-Ref': '1' },
  language: 'de',
  usageType: 'OrganizationInvitation',
  payload: { link: 'https://app.test/i' },
};

test('SendGrid gets the mail in its own shape, with tracking off', async () => {
  const provider = await fakeProvider(answering(202, '', { 'x-message-id': 'sg-1' }));
  const sender = sendgrid.open({
    apiKey: 'SG.k',
    fromEmail: 'a@acme.test',
    endpoint: `${provider.endpoint}/`,
  });
  expect(await sender.send(mail)).toEqual({ answer: '202', providerId: 'sg-1' });
  const [request] = provider.received;
  expect(request).toMatchObject({ method: 'POST', path: '/v3/mail/send' });
  expect(request!.headers).toMatchObject({
    authorization: 'Bearer SG.k',
    'content-type': 'application/json',
  });
  expect(JSON.parse(request!.body)).toEqual({
    personalizations: [{ to: [{ email: 'mia@example.test' }] }],
    from: { email: 'no-reply@acme.test', name: 'Müller, Co.' },
    reply_to: { email: 'help@acme.test', name: 'Help' },
    subject: 'Einladung',
    content: [
      { type: 'text/plain', value: 'Hallo & willkommen' },
      { type: 'text/html', value: '<p>Hallo & willkommen</p>' },
    ],
    headers: { 'Content-Language': 'de', 'X-Ref': '1', 'Message-ID': '<d1@usher.test>' },
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: { enable: false },
    },
  });
});

test('Mailgun gets form fields, basic authentication and the domain in the path', async () => {
  const provider = await fakeProvider(answering(200, { id: '<d1@usher.test>', message: 'Queued.' }));
  const config = {
    apiKey: 'key-1',
    domain: 'mg.acme.test',
    from: 'a@acme.test',
    endpoint: provider.endpoint,
  };
  expect(await mailgun.open(config).send(mail)).toMatchObject({ providerId: '<d1@usher.test>' });
  const [request] = provider.received;
  expect(request).toMatchObject({ method: 'POST', path: '/v3/mg.acme.test/messages' });
  expect(request!.headers.authorization).toBe(`Basic ${Buffer.from('api:key-1').toString('base64')}`);
  expect(Object.fromEntries(new URLSearchParams(request!.body))).toEqual({
    from: '"Müller, Co." <no-reply@acme.test>',
    to: 'mia@example.test',
    subject: 'Einladung',
    html: '<p>Hallo & willkommen</p>',
    text: 'Hallo & willkommen',
    'o:tracking': 'no',
    'h:Reply-To': '"Help" <help@acme.test>',
    'h:Content-Language': 'de',
    'h:X-Ref': '1',
    'h:Message-Id': '<d1@usher.test>',
  });
});

test('Mailgun can render a template of its own', async () => {
  const provider = await fakeProvider();
  const deliveries = { Generic: { template: 'code', variables: { color: 'red' } } };
  const config = { apiKey: 'k', domain: 'mg.acme.test', from: 'a@acme.test', deliveries };
  expect(mailgun.templates(config)).toMatchObject([
    { usageType: 'Generic', providerTemplate: 'code', providerVariables: { color: 'red' } },
  ]);
  const providerTemplate = { name: 'code', variables: { color: 'red', code: '1' } };
  const { html: _html, text: _text, ...rest } = mail;
  await mailgun.open({ ...config, endpoint: provider.endpoint }).send({ ...rest, providerTemplate });
  const fields = new URLSearchParams(provider.received[0]!.body);
  expect(fields.get('template')).toBe('code');
  expect(JSON.parse(fields.get('t:variables')!)).toEqual({ color: 'red', code: '1' });
});

test('an unknown Mailgun domain is the operator’s to mend', async () => {
  const provider = await fakeProvider(answering(404, { message: 'Domain not found' }));
  const config = { apiKey: 'k', domain: 'mg.acme.test', from: 'a@acme.test', endpoint: provider.endpoint };
  expect(await failureOf(mailgun.open(config).send(mail))).toMatchObject({ kind: 'temporary' });
});

test('Postmark gets the mail with its token, and keeps the Message-ID', async () => {
  const provider = await fakeProvider(answering(200, { MessageID: 'pm-1', ErrorCode: 0 }));
  const sender = postmark.open({
    ...{ serverToken: 'pm-token', fromEmail: 'a@acme.test', messageStream: 'invites' },
    endpoint: provider.endpoint,
  });
  expect(await sender.send(mail)).toMatchObject({ providerId: 'pm-1' });
  const [request] = provider.received;
  expect(request).toMatchObject({ method: 'POST', path: '/email' });
  expect(request!.headers).toMatchObject({
    'x-postmark-server-token': 'pm-token',
    accept: 'application/json',
  });
  expect(JSON.parse(request!.body)).toEqual({
    From: '"Müller, Co." <no-reply@acme.test>',
    To: 'mia@example.test',
    ReplyTo: '"Help" <help@acme.test>',
    Subject: 'Einladung',
    HtmlBody: '<p>Hallo & willkommen</p>',
    TextBody: 'Hallo & willkommen',
    Headers: [
      { Name: 'Message-ID', Value: '<d1@usher.test>' },
      { Name: 'X-PM-KeepID', Value: 'true' },
      { Name: 'Content-Language', Value: 'de' },
      { Name: 'X-Ref', Value: '1' },
    ],
    TrackOpens: false,
    TrackLinks: 'None',
    MessageStream: 'invites',
  });
});

test('Postmark can render a template of its own', async () => {
  const provider = await fakeProvider();
  const sender = postmark.open({ serverToken: 't', fromEmail: 'a@acme.test', endpoint: provider.endpoint });
  await sender.send({ ...mail, providerTemplate: { name: 'invite', variables: { link: 'l' } } });
  expect(provider.received[0]!.path).toBe('/email/withTemplate');
  const body = JSON.parse(provider.received[0]!.body);
  expect(body).toMatchObject({ TemplateAlias: 'invite', TemplateModel: { link: 'l' } });
  expect(body).not.toHaveProperty('HtmlBody');
});

test.each([
  [406, 'an inactive recipient', 'permanent'],
  [300, 'an invalid address', 'permanent'],
  [400, 'an unknown sender signature', 'temporary'],
  [405, 'an account out of credit', 'temporary'],
])('Postmark code %i, %s, is %s', async (ErrorCode, _what, kind) => {
  const provider = await fakeProvider(answering(422, { ErrorCode, Message: 'no' }));
  const sender = postmark.open({ serverToken: 't', fromEmail: 'a@acme.test', endpoint: provider.endpoint });
  expect(await failureOf(sender.send(mail))).toMatchObject({ kind });
});

test('Resend gets the same idempotency key on every attempt', async () => {
  const provider = await fakeProvider(answering(200, { id: 're-1' }));
  const sender = resend.open({ apiKey: 're_k', fromEmail: 'a@acme.test', endpoint: provider.endpoint });
  expect(await sender.send(mail)).toMatchObject({ providerId: 're-1' });
  await sender.send(mail);
  const [request, again] = provider.received;
  expect(request).toMatchObject({ method: 'POST', path: '/emails' });
  expect(request!.headers).toMatchObject({
    authorization: 'Bearer re_k',
    'idempotency-key': 'd1@usher.test',
  });
  expect(again).toMatchObject({ body: request!.body, headers: { 'idempotency-key': 'd1@usher.test' } });
  expect(JSON.parse(request!.body)).toEqual({
    from: '"Müller, Co." <no-reply@acme.test>',
    to: ['mia@example.test'],
    reply_to: '"Help" <help@acme.test>',
    subject: 'Einladung',
    html: '<p>Hallo & willkommen</p>',
    text: 'Hallo & willkommen',
    headers: { 'Content-Language': 'de', 'X-Ref': '1', 'Message-ID': '<d1@usher.test>' },
  });
});

test('a Resend key that is still in use is temporary', async () => {
  const provider = await fakeProvider(answering(409, { name: 'concurrent_idempotent_requests' }));
  const sender = resend.open({ apiKey: 'k', fromEmail: 'a@acme.test', endpoint: provider.endpoint });
  expect(await failureOf(sender.send(mail))).toMatchObject({ kind: 'temporary' });
});

test('the HTTP connector posts what a receiver needs to render the mail itself, and the mail as it is', async () => {
  const provider = await fakeProvider();
  const sender = httpEmail.open({ endpoint: `${provider.endpoint}/mail?k=1`, authorization: 'Bearer x' });
  await sender.send(mail);
  const [request] = provider.received;
  expect(request).toMatchObject({ method: 'POST', path: '/mail?k=1' });
  expect(request!.headers).toMatchObject({ authorization: 'Bearer x', 'idempotency-key': 'd1@usher.test' });
  const { usageType, ...rest } = mail;
  expect(JSON.parse(request!.body)).toEqual({ ...rest, type: usageType });
});
