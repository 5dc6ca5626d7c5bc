import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { countBy, day, makeInvitation, makeOrganization, parallel } from '../../test/builders.ts';
import { appForTest, type TestApp } from '../../test/harness.ts';
import { smtpSink } from '../../test/smtp-sink.ts';
import type { MailMessage } from './mail/message.ts';
import type { OpenSender } from './mail/senders.ts';

const deliveries = async (t: TestApp, id: string) =>
  (await t.api('GET', `/organization-invitations/${id}/deliveries`)).body;

const mailed = async (t: TestApp, invitee = 'ann@example.com') =>
  (await makeInvitation(t, await makeOrganization(t), invitee, { messagePayload: {} })).id as string;

async function until(condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('It did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A sender that hands mails over only when told to. */
function held(): { sender: OpenSender; sent: MailMessage[]; letGo(): void } {
  const sent: MailMessage[] = [];
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const sender: OpenSender = {
    sender: {
      async send(message) {
        await gate;
        sent.push(message);
        return { answer: '250 at last' };
      },
      close: async () => undefined,
    },
    configured: {},
    templates: [],
  };
  return { sender, sent, letGo };
}

test('a mail leaves over SMTP in two parts with a stable Message-ID', async () => {
  const sink = await smtpSink();
  const t = await appForTest({ sender: sink.sender });
  const id = await mailed(t);
  await t.drain();
  const [mail] = sink.mails;
  expect(mail!.to).toMatchObject([{ address: 'ann@example.com' }]);
  expect(mail!.html).toContain(`/invitations/${id}.1.m.`);
  expect(mail!.text).toContain(`/invitations/${id}.1.m.`);
  const [delivery] = await deliveries(t, id);
  expect(delivery).toMatchObject({ status: 'sent', attempts: 1, nextAttemptAt: null });
  expect(mail!.messageId).toBe(`<${delivery.messageId}@127.0.0.1>`);
});

test('a hundred invitations at once are answered within a second while the mail server takes eight for each mail', {
  timeout: 120_000,
}, async () => {
  const sink = await smtpSink({ delayMs: 8000 });
  const t = await appForTest({ sender: sink.sender, running: true });
  const organizationId = await makeOrganization(t);
  const began = performance.now();
  const answers = await parallel(100, (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: `p${index}@example.com`,
      expiresAt: t.now() + day,
      messagePayload: {},
    }),
  );
  const slowest = performance.now() - began;
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 100 });
  expect(slowest).toBeLessThan(1000);
  await until(() => sink.mails.length === 100, 90_000);
  const recipients = new Set(sink.mails.map((mail) => mail.to![0]!.address));
  expect(recipients.size).toBe(100);
});

test('a refusal for now is tried again later with the same Message-ID; the state is told truly in between', async () => {
  const sink = await smtpSink();
  sink.answers.push({ code: 451, text: 'Come back later' });
  const t = await appForTest({ sender: sink.sender });
  const id = await mailed(t);
  expect((await deliveries(t, id))[0]).toMatchObject({ status: 'queued', attempts: 0 });
  await t.drain();
  const [retrying] = await deliveries(t, id);
  expect(retrying).toMatchObject({ status: 'retrying', attempts: 1, history: [{ outcome: 'retrying' }] });
  expect(retrying.answer).toContain('Come back later');
  expect(retrying.nextAttemptAt).toBeGreaterThan(t.now());
  expect(await t.drain()).toBe(0);
  t.advance(10_001);
  expect(await t.drain()).toBe(1);
  expect((await deliveries(t, id))[0]).toMatchObject({
    status: 'sent',
    attempts: 2,
    messageId: retrying.messageId,
  });
});

test('a refusal for good is not tried again, is shown with its reason, and costs the recipient nothing', async () => {
  const sink = await smtpSink();
  const t = await appForTest({ sender: sink.sender });
  const { id } = await makeInvitation(t, await makeOrganization(t), 'nobody@example.com');
  for (let n = 0; n < 12; n++) {
    sink.answers.push({ code: 550, text: 'No such mailbox' });
    expect((await t.api('POST', `/organization-invitations/${id}/message`, {})).status).toBe(204);
    await t.drain();
  }
  const [first] = await deliveries(t, id);
  expect(first).toMatchObject({ status: 'failed', attempts: 1 });
  expect(first.answer).toContain('No such mailbox');
  t.advance(3 * day);
  expect(await t.drain()).toBe(0);
  expect(sink.mails).toHaveLength(0);
});

test('of mails that end at once each is written down as it ended, and those that failed cost their recipient nothing', async () => {
  const sink = await smtpSink({ delayMs: 100 });
  const t = await appForTest({ sender: sink.sender });
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com');
  const kinds = Array.from(
    { length: 9 },
    (_, index) => (['sent', 'failed', 'retrying'] as const)[index % 3]!,
  );
  for (const kind of kinds) {
    sink.answers.push(
      { sent: undefined, failed: { code: 550, text: 'Never' }, retrying: { code: 450, text: 'Later' } }[
        kind
      ]!,
    );
    await t.api('POST', `/organization-invitations/${id}/message`, {});
    t.advance(1);
  }
  expect(await t.drain()).toBe(9);
  const all: { id: string; status: string; answer: string }[] = await deliveries(t, id);
  expect(countBy(all, ({ status }) => status)).toEqual({ sent: 3, failed: 3, retrying: 3 });
  for (const { status, answer } of all)
    expect(answer).toContain({ sent: '250', failed: 'Never', retrying: 'Later' }[status]);
  const told = await t.sql(
    `select type, data->>'deliveryId' as id from journal where type in ('invitation.sent', 'invitation.delivery_failed')`,
  );
  expect(told).toHaveLength(6);
  for (const { type, id: delivery } of told)
    expect(all.find((one) => one.id === delivery)?.status).toBe(
      type === 'invitation.sent' ? 'sent' : 'failed',
    );
  const [allowance] = await t.sql('select cardinality(sent_at) as used from recipient_allowances');
  expect(allowance).toEqual({ used: 6 });
});

test('a mail server that accepts connections and says nothing loses nothing', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  onTestFinished(() => void silent.close());
  const t = await appForTest({ sender: null });
  const config = {
    host: '127.0.0.1',
    port: (silent.address() as { port: number }).port,
    auth: {},
    fromEmail: 'no-reply@usher.test',
    greetingTimeout: 200,
  };
  const connector = { connectorId: 'simple-mail-transfer-protocol', config };
  expect((await t.api('POST', '/connectors', connector)).status).toBe(200);
  const id = await mailed(t);
  await t.drain();
  expect((await deliveries(t, id))[0]).toMatchObject({ status: 'retrying', attempts: 1 });
  const sink = await smtpSink();
  await t.api('POST', '/connectors', {
    ...connector,
    config: { ...config, port: sink.port, greetingTimeout: 5000 },
  });
  t.advance(60_000);
  await t.drain();
  expect((await deliveries(t, id))[0]).toMatchObject({ status: 'sent', attempts: 2 });
});

test('a mail server that is gone loses nothing: the mail waits until it has failed for two days', async () => {
  const t = await appForTest({ sender: null });
  const config = { host: '127.0.0.1', port: 9, auth: {}, fromEmail: 'no-reply@usher.test' };
  await t.api('POST', '/connectors', { connectorId: 'simple-mail-transfer-protocol', config });
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com', {
    messagePayload: {},
    expiresAt: t.now() + 30 * day,
  });
  let attempts = 0;
  for (let hour = 0; hour < 60; hour++) {
    attempts += await t.drain();
    t.advance(3_600_000);
  }
  const [delivery] = await deliveries(t, id);
  expect(delivery).toMatchObject({ status: 'failed', attempts });
  expect(attempts).toBeGreaterThan(20);
  expect(delivery.endedAt - delivery.createdAt).toBeGreaterThan(1.9 * day);
});

test('what a worker that died had leased is delivered by another within a minute', async () => {
  const dead = held();
  const a = await appForTest({ sender: dead.sender });
  const id = await mailed(a);
  const never = a.drain();
  await until(async () => (await deliveries(a, id))[0].status === 'sending');
  const b = await appForTest({ database: a.database });
  b.advance(50_000);
  expect(await b.drain()).toBe(0);
  b.advance(10_500);
  expect(await b.drain()).toBe(1);
  expect(b.mails).toHaveLength(1);
  // The first one was not dead after all: it settles nothing that is no longer its own.
  dead.letGo();
  await never;
  expect((await deliveries(b, id))[0]).toMatchObject({
    status: 'sent',
    attempts: 2,
    history: [{ answer: '250 kept' }],
  });
});

test('two servers on one database send each mail once', async () => {
  const a = await appForTest({ running: true });
  const b = await appForTest({ running: true, database: a.database });
  const organizationId = await makeOrganization(a);
  await parallel(120, (index) =>
    makeInvitation(index % 2 ? a : b, organizationId, `p${index}@example.com`, { messagePayload: {} }),
  );
  await until(() => a.mails.length + b.mails.length >= 120);
  const all = [...a.mails, ...b.mails].map((mail) => mail.to);
  expect(new Set(all).size).toBe(120);
  expect(all).toHaveLength(120);
});

test('a server is woken by what another one queued', async () => {
  const a = await appForTest();
  const b = await appForTest({ running: true, database: a.database });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now();
  await mailed(a);
  await until(() => b.mails.length === 1);
  expect(performance.now() - began).toBeLessThan(1500);
});

test('no mail goes out for an invitation that has ended, and one that was renewed goes out with its new link', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const revoked = await makeInvitation(t, organizationId, 'a@example.com', { messagePayload: {} });
  const renewed = await makeInvitation(t, organizationId, 'b@example.com', { messagePayload: {} });
  await t.api('PUT', `/organization-invitations/${revoked.id}/status`, { status: 'Revoked' });
  await t.api('POST', `/organization-invitations/${renewed.id}/renew`, {});
  await t.drain();
  expect(t.mails.map((mail) => mail.to)).toEqual(['b@example.com']);
  expect(t.mails[0]!.text).toContain(`${renewed.id}.2.m.`);
  expect((await deliveries(t, revoked.id))[0]).toMatchObject({
    status: 'canceled',
    answer: 'The invitation is revoked',
  });
});

test('a server that is told to stop gives back what it could not finish', async () => {
  const slow = held();
  const a = await appForTest({ sender: slow.sender, running: true });
  const id = await mailed(a);
  await until(async () => (await deliveries(a, id))[0].status === 'sending');
  const stopping = a.app.outbox.stop(100);
  setTimeout(slow.letGo, 300);
  await stopping;
  const b = await appForTest({ database: a.database });
  const [delivery] = await deliveries(b, id);
  expect(['queued', 'sent']).toContain(delivery.status);
});

test('what was sent leaves no payload behind, and what the caller put in it reached the template', async () => {
  const t = await appForTest();
  const link = 'https://app.example.com/join?token=the-callers-own-secret';
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com', {
    messagePayload: { link },
  });
  await t.drain();
  expect(t.mails[0]!.text).toContain(link);
  expect(await t.sql('select payload from deliveries where invitation_id = $1', [id])).toEqual([
    { payload: null },
  ]);
});

test('without a connector an invitation with mail is refused and leaves nothing', async () => {
  const t = await appForTest({ sender: null });
  const answer = await t.api('POST', '/organization-invitations', {
    organizationId: await makeOrganization(t),
    invitee: 'ann@example.com',
    expiresAt: t.now() + day,
    messagePayload: {},
  });
  expect(answer).toMatchObject({ status: 501, body: { code: 'connector.not_found' } });
  expect(await t.sql('select id from invitations')).toEqual([]);
});
