/** Webhooks are delivered at least once, in order for each organization, and nothing is told as sent that was not. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { forgetDeliveries } from '../../src/domain/webhooks/forget.ts';
import { appForTest, type TestApp } from '../harness.ts';
import { loopback, openReceiver, type Receiver, status } from './receiver.ts';

const day = 86_400_000;
const minute = 60_000;
type Made = { id: string; secret: string };

async function listening(
  app: TestApp,
  receiver: Receiver,
  events = ['*'],
  fields: object = {},
): Promise<Made> {
  const { body, status } = await app.api<Made>('POST', '/webhooks', { url: receiver.url, events, ...fields });
  expect(status).toBe(201);
  return body;
}
async function organization(app: TestApp, name = 'Acme'): Promise<string> {
  return (await app.api('POST', '/organizations', { name })).body.id;
}
let count = 0;
async function invite(app: TestApp, organizationId: string, fields: object = {}) {
  const invitee = `guest${count++}@example.com`;
  const answer = await app.api('POST', '/organization-invitations', {
    organizationId,
    invitee,
    expiresAt: app.now() + day,
    ...fields,
  });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; invitee: string };
}
const deliveries = async (app: TestApp, id: string) =>
  (await app.api<any[]>('GET', `/webhooks/${id}/deliveries?page_size=100`)).body;
const types = (receiver: Receiver) => receiver.received.map((one) => one.body.type);

test('who begins to listen while something is under way finds it done, and hears what comes after', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const id = await organization(app);
  const { pipes: _pipes, transactions: _transactions, ...config } = app.database;
  const holder = new pg.Client(config);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query('select 1 from organizations where id = $1 for update', [id]);
  const inviting = invite(app, id);
  await sleep(200);
  // Breaks without the lock of `beginning` in domain/webhooks/endpoints.ts: the endpoint is there, and never hears of it.
  const making = listening(app, receiver, ['invitation.created']);
  const first = await Promise.race([making.then(() => 'made'), sleep(300).then(() => 'waits')]);
  expect(first).toBe('waits');
  await holder.query('commit');
  await making;
  expect(await app.sql('select 1 from invitations')).toHaveLength(1);
  await inviting;
  const next = await invite(app, id);
  await app.drain();
  expect(receiver.received.map(({ body }) => body.data.invitation.id)).toEqual([next.id]);
});

test('what happens arrives, signed as Standard Webhooks has it, naming what it is about', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { secret } = await listening(app, receiver, ['organization.*', 'invitation.*']);
  const id = await organization(app);
  const invitation = await invite(app, id, { messagePayload: {} });
  await app.drain();
  expect(types(receiver)).toEqual(['organization.created', 'invitation.created', 'invitation.sent']);
  const [created, invited] = receiver.received;
  expect(new Webhook(secret).verify(invited!.text, invited!.headers as never)).toEqual(invited!.body);
  expect(() => new Webhook(secret).verify(`${invited!.text} `, invited!.headers as never)).toThrow();
  expect(created!.body.data).toMatchObject({ organization: { id, name: 'Acme' } });
  expect(invited!.body).toMatchObject({
    id: invited!.headers['webhook-id'],
    organizationId: id,
    data: {
      organization: { id, name: 'Acme' },
      invitation: { id: invitation.id, invitee: invitation.invitee, status: 'Pending', roles: [] },
    },
  });
});

test('who did not ask for it, or listens to another organization, hears nothing', async () => {
  const app = await appForTest(loopback);
  const [theirs, other] = [await organization(app), await organization(app, 'Globex')];
  const [roles, one] = [await openReceiver(), await openReceiver()];
  await listening(app, roles, ['role.*']);
  await listening(app, one, ['*'], { organizationId: theirs });
  await invite(app, other);
  await invite(app, theirs);
  await app.drain();
  expect(roles.received).toEqual([]);
  expect(types(one)).toEqual(['invitation.created']);
});

test('accepting is two messages: the invitation has ended, and somebody is a member', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const id = await organization(app);
  const { body: role } = await app.api('POST', '/organization-roles', { name: 'editor-of-things' });
  await listening(app, receiver, ['invitation.accepted', 'membership.*']);
  const invitation = await invite(app, id, { organizationRoleIds: [role.id] });
  const { body: user } = await app.api('POST', '/users', { primaryEmail: invitation.invitee, name: 'Ann' });
  await app.api('PUT', `/organization-invitations/${invitation.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  await app.drain();
  expect(types(receiver)).toEqual(['invitation.accepted', 'membership.created']);
  expect(receiver.received[1]!.body.data).toMatchObject({
    user: { id: user.id, primaryEmail: invitation.invitee },
    membership: { roles: [{ id: role.id, name: 'editor-of-things' }] },
    path: 'invitation',
    invitationId: invitation.id,
  });
});

test('an act about several people is a message for each', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const id = await organization(app);
  const people = await Promise.all(
    ['Ann', 'Bob', 'Cid'].map(async (name) => (await app.api('POST', '/users', { name })).body.id as string),
  );
  await listening(app, receiver, ['membership.created']);
  await app.api('POST', `/organizations/${id}/users`, { userIds: people });
  await app.drain();
  expect(receiver.received.map((one) => one.body.data.user.id).sort()).toEqual([...people].sort());
  expect(new Set(receiver.received.map((one) => one.headers['webhook-id'])).size).toBe(3);
});

test('what is rolled back is told to nobody', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  await listening(app, receiver);
  const id = await organization(app);
  await app.drain();
  const invitation = await invite(app, id);
  const refused = await app.api('POST', '/organization-invitations', {
    organizationId: id,
    invitee: invitation.invitee,
    expiresAt: app.now() + day,
  });
  expect(refused.status).toBe(422);
  await app.drain();
  expect(types(receiver)).toEqual(['organization.created', 'invitation.created']);
});

test.each([
  ['500', status(500, 'sorry')],
  ['404', status(404)],
  ['a redirect', (response: any) => response.writeHead(302, { location: '/elsewhere' }).end()],
  [
    'half an answer',
    (response: any) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  ['no answer, and the connection ends', (response: any) => response.destroy()],
  [
    'a change of protocols',
    (response: any) =>
      response.socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  ['something that is not HTTP', (response: any) => response.socket.end('never heard of it\r\n\r\n')],
])('%s is no success: it goes again, the same under the same id', async (_name, answer) => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  receiver.answer = answer;
  await organization(app);
  await app.drain();
  expect(await deliveries(app, id)).toMatchObject([{ status: 'retrying', attempts: 1, endedAt: null }]);
  receiver.answer = status(204);
  app.advance(minute);
  await app.drain();
  expect(await deliveries(app, id)).toMatchObject([
    { status: 'sent', attempts: 2, history: [{ outcome: 'retrying' }, { outcome: 'sent', status: 204 }] },
  ]);
  const [first, second] = receiver.received;
  expect(second!.text).toBe(first!.text);
  expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
});

test('while the first message of an organization waits, those behind it wait; another organization does not', async () => {
  const app = await appForTest(loopback);
  const [slow, quick] = [await organization(app), await organization(app, 'Globex')];
  const receiver = await openReceiver();
  await listening(app, receiver);
  receiver.answer = (response, { body }) => status(body.organizationId === slow ? 503 : 200)(response);
  const invited: string[] = [];
  for (let n = 0; n < 5; n++) invited.push((await invite(app, slow)).id);
  await invite(app, quick);
  await app.drain();
  await invite(app, slow).then(({ id }) => invited.push(id));
  await app.drain();
  expect(receiver.received.map((one) => one.body.organizationId).sort()).toEqual([slow, quick].sort());
  receiver.received.length = 0;
  receiver.answer = status(200);
  app.advance(minute);
  await app.drain();
  expect(receiver.received.map((one) => one.body.data.invitation.id)).toEqual(invited);
});

test('410 pauses the endpoint, what happens is kept, and resuming sends it in order', async () => {
  const app = await appForTest(loopback);
  const org = await organization(app);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  receiver.answer = status(410);
  await invite(app, org);
  await app.drain();
  expect((await app.api('GET', `/webhooks/${id}`)).body).toMatchObject({ pauseReason: 'gone' });
  await invite(app, org);
  app.advance(day);
  await app.drain();
  expect(receiver.received).toHaveLength(1);
  expect(
    await app.sql("select data->>'pauseReason' as reason from journal where type = 'webhook.paused'"),
  ).toEqual([{ reason: 'gone' }]);
  receiver.answer = status(200);
  expect((await app.api('POST', `/webhooks/${id}/resume`)).body).toMatchObject({
    pausedAt: null,
    failingSince: null,
  });
  await app.drain();
  expect((await deliveries(app, id)).map((one) => one.status)).toEqual(['sent', 'sent']);
});

test('three days of failing give a message up and pause the endpoint', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  receiver.answer = status(500);
  await organization(app);
  await app.drain();
  for (let hour = 0; hour < 24 * 3 - 1; hour++) {
    app.advance(60 * minute);
    await app.drain();
  }
  expect((await app.api('GET', `/webhooks/${id}`)).body.pausedAt).toBeNull();
  app.advance(2 * 60 * minute);
  await app.drain();
  expect((await app.api('GET', `/webhooks/${id}`)).body).toMatchObject({ pauseReason: 'failing' });
  const [delivery] = await deliveries(app, id);
  expect(delivery).toMatchObject({ status: 'failed' });
  expect(delivery.attempts).toBeGreaterThan(15);
  expect(delivery.attempts).toBeLessThan(40);
}, 60_000);

test('paused by hand it gets nothing; a test or a message again is refused until it is resumed', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  expect((await app.api('POST', `/webhooks/${id}/pause`)).body).toMatchObject({ pauseReason: 'asked' });
  await organization(app);
  await app.drain();
  expect(receiver.received).toEqual([]);
  expect(await app.api('POST', `/webhooks/${id}/test`)).toMatchObject({
    status: 422,
    body: { code: 'webhook.paused' },
  });
  await app.api('POST', `/webhooks/${id}/resume`);
  await app.drain();
  expect(types(receiver)).toEqual(['organization.created']);
});

test('after a change of the secret both sign for a day, then the new one alone', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id, secret: former } = await listening(app, receiver);
  const { body } = await app.api('POST', `/webhooks/${id}/secret`);
  expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(body.secret).not.toBe(former);
  const seen = async () => {
    await app.api('POST', `/webhooks/${id}/test`);
    await app.drain();
    return receiver.received.at(-1)!;
  };
  const both = await seen();
  for (const secret of [former, body.secret])
    expect(new Webhook(secret).verify(both.text, both.headers as never)).toMatchObject({
      type: 'webhook.test',
    });
  expect((await app.api('GET', `/webhooks/${id}/secret`)).body).toEqual(body);
  app.advance(day + 1);
  const later = await seen();
  expect(String(both.headers['webhook-signature']).split(' ')).toHaveLength(2);
  expect(String(later.headers['webhook-signature']).split(' ')).toHaveLength(1);
});

test('a message is sent again on demand: the same, under the same id', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  const org = await organization(app);
  await app.drain();
  await app.api('PATCH', `/organizations/${org}`, { name: 'Acme, renamed' });
  await app.drain();
  const oldest = (await deliveries(app, id)).at(-1);
  const again = await app.api('POST', `/webhooks/${id}/deliveries/${oldest.id}/redeliver`);
  expect(again).toMatchObject({ status: 201, body: { status: 'retrying' } });
  await app.drain();
  const [first] = receiver.received;
  expect(receiver.received.at(-1)!.text).toBe(first!.text);
  expect(receiver.received.at(-1)!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  const other = await listening(app, receiver);
  expect((await app.api('POST', `/webhooks/${other.id}/deliveries/${oldest.id}/redeliver`)).status).toBe(404);
});

test('what was sent is known for a month, and what could not be is kept as long', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  const { id } = await listening(app, receiver);
  const other = await listening(app, receiver);
  await app.api('POST', `/webhooks/${other.id}/pause`);
  await organization(app);
  await app.drain();
  app.advance(29 * day);
  await forgetDeliveries(app.app.db, app.now());
  expect(await deliveries(app, id)).toHaveLength(1);
  expect(await deliveries(app, other.id)).toMatchObject([{ status: 'queued' }]);
  app.advance(2 * day);
  await forgetDeliveries(app.app.db, app.now());
  expect(await app.sql('select id from webhook_deliveries union all select id from webhook_events')).toEqual(
    [],
  );
});

test('changing where it goes, or what it hears, holds for what is under way', async () => {
  const app = await appForTest(loopback);
  const [before, after] = [await openReceiver(), await openReceiver()];
  const { id } = await listening(app, before);
  before.answer = status(500);
  await organization(app);
  await app.drain();
  const changed = await app.api('PATCH', `/webhooks/${id}`, {
    url: after.url,
    events: ['role.*'],
    name: 'Mine',
  });
  expect(changed.body).toMatchObject({ url: after.url, events: ['role.*'], name: 'Mine' });
  await organization(app);
  app.advance(minute);
  await app.drain();
  expect(types(after)).toEqual(['organization.created']);
  expect(before.received).toHaveLength(1);
});
