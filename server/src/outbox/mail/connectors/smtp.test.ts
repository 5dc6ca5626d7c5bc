/** The SMTP connector against a mail server that behaves, refuses, hangs and dies. */
import PostalMime from 'postal-mime';
import { expect, onTestFinished, test } from 'vitest';
import type { ConnectorConfig, Sender } from '../connector.ts';
import type { MailMessage } from '../message.ts';
import { answered, mailServer, scripted } from './fake-mail-server.ts';
import { failureOf } from './fake-provider.ts';
import { smtp } from './smtp.ts';

const mail: MailMessage = {
  from: 'Acme, Inc. <no-reply@acme.test>',
  to: 'mia@example.test',
  replyTo: 'help@acme.test',
  subject: 'Grüße 👋',
  html: '<p>Hallo</p>',
  text: 'Hallo',
  messageId: '<d1@usher.test>',
  headers: { 'X-Ref': '1' },
  language: 'de',
};

function sender(port: number, extra: ConnectorConfig = {}): Sender {
  const tls = { rejectUnauthorized: false };
  const sender = smtp.open({ host: '127.0.0.1', port, auth: {}, fromEmail: 'a@acme.test', tls, ...extra });
  onTestFinished(() => sender.close());
  return sender;
}

test('a mail arrives whole over STARTTLS, with its Message-ID, language and headers', async () => {
  const server = await mailServer();
  const outcome = await sender(server.port).send(mail);
  expect(outcome.answer).toMatch(/^250 /);
  const [got] = server.received;
  expect(got).toMatchObject({ from: 'no-reply@acme.test', to: ['mia@example.test'], secure: true });
  const parsed = await PostalMime.parse(got!.raw);
  expect(parsed).toMatchObject({
    from: { name: 'Acme, Inc.', address: 'no-reply@acme.test' },
    to: [{ address: 'mia@example.test' }],
    replyTo: [{ address: 'help@acme.test' }],
    subject: 'Grüße 👋',
    messageId: '<d1@usher.test>',
  });
  expect(parsed.html).toContain('<p>Hallo</p>');
  expect(parsed.text?.trim()).toBe('Hallo');
  const headers = Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value]));
  expect(headers).toMatchObject({
    'x-ref': '1',
    'content-language': 'de',
    'auto-submitted': 'auto-generated',
  });
});

test('mails share pooled connections', async () => {
  const server = await mailServer();
  const pooled = sender(server.port);
  for (let n = 0; n < 10; n += 1) await pooled.send({ ...mail, messageId: `<${n}@usher.test>` });
  expect(server.received).toHaveLength(10);
  expect(server.sockets).toHaveLength(1);
});

test('the account is used, and a refused account is temporary and shows no password', async () => {
  const server = await mailServer({
    authOptional: false,
    onAuth: (auth, _session, done) =>
      auth.username === 'acme' && auth.password === 'right-password'
        ? done(null, { user: 'acme' })
        : done(new Error(`Invalid login for ${auth.password}`)),
  });
  await sender(server.port, { auth: { user: 'acme', pass: 'right-password' } }).send(mail);
  expect(server.received[0]?.user).toBe('acme');
  const refused = sender(server.port, { auth: { user: 'acme', pass: 'wrong-password' } });
  const failure = await failureOf(refused.send(mail));
  expect(failure).toMatchObject({
    kind: 'temporary',
    answer: expect.stringContaining('refused the account: 535'),
  });
  expect(JSON.stringify(failure)).not.toContain('wrong-password');
});

test('an account may be an OAuth2 token', async () => {
  const server = await mailServer({
    ...{ authOptional: false, authMethods: ['XOAUTH2'] },
    onAuth: (auth, _session, done) =>
      auth.accessToken === 'ya29' ? done(null, { user: auth.username }) : done(new Error('no')),
  });
  await sender(server.port, { auth: { user: 'acme', accessToken: 'ya29' } }).send(mail);
  expect(server.received[0]?.user).toBe('acme');
});

test('an untrusted certificate, or none where TLS is required, is temporary and shows the mail to nobody', async () => {
  const server = await mailServer();
  expect(await failureOf(sender(server.port, { tls: {} }).send(mail))).toMatchObject({ kind: 'temporary' });
  const plain = await mailServer({ disabledCommands: ['STARTTLS'] });
  const strict = sender(plain.port, { requireTLS: true });
  expect(await failureOf(strict.send(mail))).toMatchObject({ kind: 'temporary' });
  expect([...server.received, ...plain.received]).toHaveLength(0);
});

test('without an account where one is needed, the mail is kept: 530 is temporary', async () => {
  const server = await mailServer({ authOptional: false });
  expect(await failureOf(sender(server.port).send(mail))).toMatchObject({
    kind: 'temporary',
    answer: expect.stringContaining('530'),
  });
});

test.each([
  [550, 'No such user', 'permanent'],
  [552, 'Mailbox full', 'permanent'],
  [450, 'Try again later', 'temporary'],
  [421, 'Too busy', 'temporary'],
])('a recipient answered with %i is %s: %s', async (code, text, kind) => {
  const server = await mailServer({ onRcptTo: (_address, _session, done) => done(answered(code, text)) });
  const failure = await failureOf(sender(server.port).send(mail));
  expect(failure).toMatchObject({ kind, answer: expect.stringContaining(`${code}`) });
});

test.each([
  [554, 'permanent'],
  [451, 'temporary'],
])('content answered with %i is %s', async (code, kind) => {
  const server = await mailServer({
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on('end', () => done(answered(code, 'Not this')));
    },
  });
  expect(await failureOf(sender(server.port).send(mail))).toMatchObject({ kind });
});

test('a refused sender address is permanent, a refused greeting is temporary', async () => {
  const picky = await mailServer({
    onMailFrom: (_address, _session, done) => done(answered(553, 'Not you')),
  });
  expect(await failureOf(sender(picky.port).send(mail))).toMatchObject({ kind: 'permanent' });
  const closed = await mailServer({ onConnect: (_session, done) => done(answered(554, 'No service')) });
  expect(await failureOf(sender(closed.port).send(mail))).toMatchObject({ kind: 'temporary' });
});

test('a server that is not there, or never greets, or goes silent, is temporary', async () => {
  expect(await failureOf(sender(1).send(mail))).toMatchObject({ kind: 'temporary' });
  const silent = await scripted(() => {});
  const started = performance.now();
  expect(await failureOf(sender(silent.port, { socketTimeout: 300 }).send(mail))).toMatchObject({
    kind: 'temporary',
  });
  expect(performance.now() - started).toBeLessThan(3000);
});

test('an abandoned mail is temporary at once, and the others on the pool go on', async () => {
  let hang = true;
  const server = await mailServer({
    onRcptTo: (_address, _session, done) => {
      if (!hang) done();
    },
  });
  const pooled = sender(server.port);
  const failure = await failureOf(pooled.send(mail, AbortSignal.timeout(300)));
  expect(failure).toMatchObject({ kind: 'temporary', answer: 'The mail server took too long.' });
  hang = false;
  await pooled.send(mail);
  expect(server.received).toHaveLength(1);
});

test('a server that dies in the middle of the content leaves a temporary failure and no hidden repetition', async () => {
  const dying = await scripted((line, socket) => {
    if (line.startsWith('EHLO')) socket.write('250 hello\r\n');
    else if (line === 'DATA') socket.write('354 go on\r\n');
    else if (/^(MAIL|RCPT)/.test(line)) socket.write('250 ok\r\n');
    else if (line.startsWith('Subject:')) socket.destroy();
  });
  const failure = await failureOf(sender(dying.port).send(mail));
  expect(failure).toMatchObject({ kind: 'temporary' });
  expect(dying.connections()).toBe(1);
});

test('a connection that died while idle is replaced without a failure', async () => {
  const server = await mailServer();
  const pooled = sender(server.port);
  await pooled.send(mail);
  for (const socket of server.sockets) socket.destroy();
  await pooled.send({ ...mail, messageId: '<d2@usher.test>' });
  expect(server.received).toHaveLength(2);
});

test.each([
  ['a line break in the recipient', { to: 'x@y.test\r\nBcc: evil@x.test' }],
  ['a second recipient', { to: 'x@y.test, evil@x.test' }],
  ['a recipient in brackets', { to: 'x <evil@x.test>' }],
  ['a line break in the sender', { from: 'Acme\r\nBcc: evil@x.test <a@acme.test>' }],
  ['a NUL in the reply address', { replyTo: 'a\u0000@acme.test' }],
  ['a line break in the subject', { subject: 'Hi\nBcc: evil@x.test' }],
  ['a C1 control in the subject', { subject: 'Hi\u0085Bcc: evil@x.test' }],
  ['a line break in a header', { headers: { 'X-A': 'b\r\nBcc: evil@x.test' } }],
  ['a header name with a colon', { headers: { 'Bcc: evil@x.test\r\nX': 'b' } }],
  ['a line break in the message id', { messageId: '<a@b>\r\nBcc: evil@x.test' }],
])('%s is refused for good before anything is sent', async (_what, part) => {
  const server = await mailServer();
  const failure = await failureOf(sender(server.port).send({ ...mail, ...part }));
  expect(failure).toMatchObject({ kind: 'permanent' });
  expect(server.sockets).toHaveLength(0);
});
