/** Logto's hooks: its routes, its events, its payload and its signature, over the engine of all webhooks. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { day, keysOf, nobody, openDoor } from './fixture.ts';

const door = openDoor({ config: { webhookNetworks: ['127.0.0.0/8'] } });
type Hook = { id: string; signingKey: string; config: { url: string } } & Record<string, unknown>;

let receiver: Server;
let url: string;
let answer = 200;
const received: { headers: IncomingHttpHeaders; text: string; body: any }[] = [];
beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ headers: request.headers, text, body: JSON.parse(text) });
    response.writeHead(answer).end('said');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(() => {
  receiver.close();
});
beforeEach(() => {
  received.length = 0;
  answer = 200;
});

const hook = (fields: object = {}) =>
  door.done<Hook>(201, 'POST', '/hooks', {
    events: ['Organization.Membership.Updated'],
    config: { url },
    ...fields,
  });
const gone = (id: string) => door.done(204, 'DELETE', `/hooks/${id}`);

test('a hook is made, read, listed, changed and deleted', async () => {
  const made = await hook({
    name: 'Mine',
    events: ['User.Created', 'User.Created', 'PostSignIn'],
    config: { url, headers: { authorization: 'Bearer theirs' }, retries: 2 },
  });
  expect(keysOf(made)).toEqual(
    ['config', 'createdAt', 'enabled', 'event', 'events', 'id', 'name', 'signingKey', 'tenantId'].sort(),
  );
  expect(made).toMatchObject({
    name: 'Mine',
    event: null,
    events: ['User.Created', 'PostSignIn'],
    config: { url, headers: { authorization: 'Bearer theirs' }, retries: 2 },
    enabled: true,
  });
  expect(await door.done(200, 'GET', `/hooks/${made.id}`)).toEqual(made);
  expect(await door.done(200, 'GET', '/hooks')).toEqual([made]);
  const changed = await door.done<Hook>(200, 'PATCH', `/hooks/${made.id}`, {
    config: { url },
    enabled: false,
  });
  expect(changed).toEqual({ ...made, config: { url }, enabled: false });
  const rekeyed = await door.done<Hook>(200, 'PATCH', `/hooks/${made.id}/signing-key`);
  expect(rekeyed.signingKey).not.toBe(made.signingKey);
  expect(await door.done(200, 'GET', `/hooks/${made.id}?includeExecutionStats=true`)).toEqual({
    ...changed,
    signingKey: rekeyed.signingKey,
    executionStats: { successCount: 0, requestCount: 0 },
  });
  expect(JSON.stringify(await door.sql('select * from webhook_endpoints'))).not.toContain('theirs');
  await gone(made.id);
  await door.refused(404, 'entity.not_exists_with_id', 'GET', `/hooks/${made.id}`);
  await door.refused(404, 'entity.not_exists', 'PATCH', `/hooks/${made.id}`, { name: 'x' });
});

test('bad input is refused by the name of its field; a hook needs events', async () => {
  await door.refused(400, 'hook.missing_events', 'POST', '/hooks', { config: { url } });
  await door.refused(400, 'hook.missing_events', 'POST', '/hooks', { events: [], config: { url } });
  const bad = [
    { events: ['Nothing.Happened'], config: { url } },
    { event: 'constructor', config: { url } },
    { events: ['User.Created'] },
    { events: ['User.Created'], config: { url: 'ftp://example.com' } },
    { events: ['User.Created'], config: { url: 'https://ann:secret@example.com' } },
    { events: ['User.Created'], config: { url, retries: 4 } },
    { events: ['User.Created'], config: { url, headers: { host: 'elsewhere' } } },
    { events: ['User.Created'], config: { url, headers: { 'Transfer-Encoding': 'chunked' } } },
    { events: ['User.Created'], config: { url, headers: { 'x-a': 'b\r\nx-c: d' } } },
    { events: ['User.Created'], config: { url, headers: { 'x a': 'b' } } },
    { events: ['User.Created'], config: { url }, name: '' },
  ];
  for (const body of bad) await door.refused(400, 'guard.invalid_input', 'POST', '/hooks', body);
});

test('membership tells who was added and removed, once for all of them, with the signature and the headers set', async () => {
  const { id } = await door.organization();
  const [ann, bob] = [await door.user(), await door.user()];
  const made = await hook({ config: { url, headers: { 'x-mine': 'yes' } } });
  await door.done(201, 'POST', `/organizations/${id}/users`, { userIds: [ann.id, bob.id] });
  await door.done(204, 'DELETE', `/organizations/${id}/users/${bob.id}`);
  await door.drain();
  expect(received.map(({ body }) => body)).toMatchObject([
    {
      event: 'Organization.Membership.Updated',
      hookId: made.id,
      organizationId: id,
      addedUserIds: [ann.id, bob.id].sort(),
      path: `/organizations/${id}/users`,
      matchedRoute: '/organizations/:id/users',
    },
    { organizationId: id, removedUserIds: [bob.id] },
  ]);
  const [first, second] = received;
  expect(Date.parse(first!.body.createdAt)).toBeGreaterThan(door.now() - day);
  expect(first!.body).not.toHaveProperty('removedUserIds');
  expect(second!.body).not.toHaveProperty('addedUserIds');
  expect(first!.headers['logto-signature-sha-256']).toBe(
    createHmac('sha256', made.signingKey).update(first!.text).digest('hex'),
  );
  expect(first!.headers).toMatchObject({ 'user-agent': 'Logto (https://logto.io/)', 'x-mine': 'yes' });
  await gone(made.id);
});

test('accepting an invitation tells the new member; inviting tells nothing', async () => {
  const { id } = await door.organization();
  const made = await hook();
  const invitation = await door.invitation(id);
  const user = await door.user({ primaryEmail: invitation.invitee });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, {
    status: 'Accepted',
    acceptedUserId: user.id,
  });
  await door.drain();
  expect(received.map(({ body }) => body)).toMatchObject([
    {
      organizationId: id,
      addedUserIds: [user.id],
      path: `/organization-invitations/${invitation.id}/status`,
      status: 200,
    },
  ]);
  await gone(made.id);
});

test('what was made or changed comes whole, as the routes answer it', async () => {
  const made = await hook({
    events: [
      'Organization.Created',
      'Organization.Data.Updated',
      'User.Created',
      'OrganizationRole.Created',
      'Organization.Deleted',
    ],
  });
  const organization = await door.organization();
  const user = await door.user();
  const role = await door.role();
  const changed = await door.done(200, 'PATCH', `/organizations/${organization.id}`, { name: 'Renamed' });
  await door.done(204, 'DELETE', `/organizations/${organization.id}`);
  await door.drain();
  const told = (event: string) => received.find(({ body }) => body.event === event)!.body;
  // Everything is told as it was when it was committed.
  expect(told('Organization.Created').data).toEqual(organization);
  expect(told('Organization.Data.Updated').data).toEqual(changed);
  expect(told('User.Created').data).toEqual(user);
  expect(told('OrganizationRole.Created').data).toEqual(role);
  expect(told('Organization.Deleted')).toMatchObject({ data: null, params: { id: organization.id } });
  await gone(made.id);
});

test('a hook that is not enabled hears nothing, then or later', async () => {
  const made = await hook({ events: ['Organization.Created'], enabled: false });
  await door.organization();
  await door.done(200, 'PATCH', `/hooks/${made.id}`, { enabled: true });
  await door.drain();
  expect(received).toEqual([]);
  await gone(made.id);
});

test('attempts are in the recent logs and the statistics', async () => {
  const made = await hook({ events: ['Organization.Created'] });
  answer = 500;
  await door.organization();
  await door.drain();
  answer = 200;
  door.advance(60_000);
  await door.drain();
  const logs = await door.done<any[]>(200, 'GET', `/hooks/${made.id}/recent-logs`);
  expect(logs).toMatchObject([
    {
      key: 'TriggerHook.Organization.Created',
      payload: { result: 'Success', response: { statusCode: 200 } },
    },
    { key: 'TriggerHook.Organization.Created', payload: { result: 'Error', response: { statusCode: 500 } } },
  ]);
  expect(
    await door.done(200, 'GET', `/hooks/${made.id}/recent-logs?logKey=TriggerHook.User.Created`),
  ).toEqual([]);
  expect(await door.done(200, 'GET', `/hooks/${made.id}/recent-logs?end_time=1000`)).toEqual([]);
  expect(await door.done(200, 'GET', '/hooks?includeExecutionStats=1')).toMatchObject([
    { executionStats: { requestCount: 2, successCount: 1 } },
  ]);
  await gone(made.id);
});

test('a test payload goes out at once; what the endpoint answers, or that nothing is there, is told', async () => {
  const made = await hook();
  const path = `/hooks/${made.id}/test`;
  await door.done(204, 'POST', path, { events: ['User.Created', 'Organization.Created'], config: { url } });
  expect(received.map(({ body }) => body.event)).toEqual(['User.Created', 'Organization.Created']);
  answer = 403;
  const { data } = await door.refused(422, 'hook.endpoint_responded_with_error', 'POST', path, {
    events: ['User.Created'],
    config: { url },
  });
  expect(data).toMatchObject({ responseStatus: 403, responseBody: 'said' });
  await door.refused(422, 'hook.send_test_payload_failed', 'POST', path, {
    events: ['User.Created'],
    config: { url: 'http://127.0.0.1:1' },
  });
  await door.refused(404, 'entity.not_exists_with_id', 'POST', `/hooks/${nobody}/test`, {
    events: ['User.Created'],
    config: { url },
  });
  await gone(made.id);
});
