/** E-mail connectors (contract §11.1): at most one, its secrets never shown again. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keysOf, nobody, openDoor, uniqueAddress } from './fixture.ts';

const door = openDoor({ sender: null });
const dots = '••••••••';
type Connector = { id: string; config: Record<string, unknown> } & Record<string, unknown>;

let receiver: Server;
let endpoint: string;
const received: { authorization: string | undefined; body: Record<string, unknown> }[] = [];
let answer = 200;
beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push({ authorization: request.headers.authorization, body: JSON.parse(text) });
    response.writeHead(answer).end('{}');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/mail`;
});
afterAll(() => {
  receiver.close();
});

const http = (fields: object = {}) => ({
  connectorId: 'http-email',
  config: { endpoint, authorization: 'Bearer very-secret' },
  ...fields,
});
const smtp = () => ({
  connectorId: 'simple-mail-transfer-protocol',
  config: {
    host: 'smtp.example',
    port: 587,
    auth: { user: 'ann', pass: 'very-secret' },
    fromEmail: 'Acme <acme@example.com>',
    replyTo: '',
    templates: ['Register', 'SignIn', 'ForgotPassword', 'Generic'].map((usageType) => ({
      usageType,
      contentType: 'text/plain',
      subject: 'S',
      content: '{{code}}',
    })),
  },
});
const set = (body: object) => door.done<Connector>(200, 'POST', '/connectors', body);

test('POST sets it: 200, what the factory says about itself beside what was set', async () => {
  const connector = await set(http({ id: 'my-mail', metadata: { name: { en: 'Mine' } }, syncProfile: true }));
  expect(connector).toMatchObject({
    id: 'my-mail',
    connectorId: 'http-email',
    type: 'Email',
    syncProfile: true,
    enableTokenStorage: false,
  });
  for (const property of [
    'target',
    'platform',
    'name',
    'description',
    'logo',
    'logoDark',
    'readme',
    'metadata',
    'config',
  ])
    expect(connector).toHaveProperty(property);
  expect(await door.done(200, 'GET', '/connectors/my-mail')).toEqual(connector);
  expect(await door.done(200, 'GET', '/connectors')).toEqual([connector]);
  expect(await door.done(200, 'GET', '/connectors?target=http-email')).toEqual([connector]);
  expect(await door.done(200, 'GET', '/connectors?target=other')).toEqual([]);
});

test('a second one replaces the first, also under an id that was used before', async () => {
  const first = await set(http());
  const second = await set(smtp());
  expect(await door.done<Connector[]>(200, 'GET', '/connectors')).toMatchObject([{ id: second.id }]);
  await door.refused(404, 'entity.not_found', 'GET', `/connectors/${first.id}`);
  expect(second.config).not.toHaveProperty('replyTo');
  const again = await set(http({ id: second.id }));
  expect(await door.done(200, 'GET', `/connectors/${second.id}`)).toEqual(again);
});

test('secrets are masked in every answer and sealed in the database', async () => {
  for (const body of [http(), smtp()]) {
    const connector = await set(body);
    const answers = [
      connector,
      await door.done(200, 'GET', '/connectors'),
      await door.done(200, 'GET', `/connectors/${connector.id}`),
      await door.done(200, 'PATCH', `/connectors/${connector.id}`, { syncProfile: true }),
    ];
    expect(JSON.stringify(answers)).not.toContain('very-secret');
    expect(JSON.stringify(answers)).toContain(dots);
    const rows = await door.sql("select encode(config, 'escape') as config, metadata from connectors");
    expect(JSON.stringify(rows)).not.toContain('very-secret');
    expect(JSON.stringify(await door.sql('select * from audit_entries, events'))).not.toContain(
      'very-secret',
    );
  }
});

test('PATCH replaces the configuration after a check; dots keep a secret while it goes to the same place', async () => {
  const connector = await set(http());
  const path = `/connectors/${connector.id}`;
  await door.done(200, 'PATCH', path, { config: { endpoint, authorization: dots } });
  const { id } = await door.organization();
  await door.invitation(id, { messagePayload: {} });
  await door.drain();
  expect(received.at(-1)!.authorization).toBe('Bearer very-secret');

  await door.refused(400, 'connector.invalid_config', 'PATCH', path, {
    config: { endpoint: 'http://evil.example/', authorization: dots },
  });
  await door.refused(400, 'connector.invalid_config', 'PATCH', path, { config: {} });
  const open = await door.done<Connector>(200, 'PATCH', path, { config: { endpoint }, metadata: { a: 1 } });
  expect(open).toMatchObject({ config: { endpoint }, metadata: { a: 1 } });
  expect(await door.done(200, 'PATCH', path, {})).toEqual(open);
  await door.refused(404, 'entity.not_found', 'PATCH', `/connectors/${nobody}`, { config: { endpoint } });
});

test('POST refuses an unknown factory and a configuration that does not fit, naming the field', async () => {
  await door.refused(422, 'connector.not_found_with_connector_id', 'POST', '/connectors', {
    connectorId: 'pigeon',
    config: {},
  });
  await door.refused(422, 'connector.not_found_with_connector_id', 'POST', '/connectors', {
    connectorId: 'constructor',
    config: {},
  });
  const { data } = await door.refused(400, 'connector.invalid_config', 'POST', '/connectors', {
    connectorId: 'http-email',
    config: { endpoint: 'nowhere' },
  });
  expect(data.problems).toMatchObject([{ field: 'endpoint' }]);
  await door.refused(400, 'connector.invalid_config', 'POST', '/connectors', { connectorId: 'http-email' });
  await door.refused(
    400,
    'connector.invalid_config',
    'POST',
    '/connectors',
    http({ config: { endpoint, authorization: dots } }),
  );
  const { config } = smtp();
  await door.refused(400, 'connector.invalid_config', 'POST', '/connectors', {
    ...smtp(),
    config: { ...config, templates: config.templates.slice(1) },
  });
  for (const body of [
    {},
    { connectorId: '' },
    { connectorId: 'a b' },
    http({ config: 'x' }),
    http({ id: '../x' }),
  ])
    await door.refused(400, 'guard.invalid_input', 'POST', '/connectors', body);
});

test('DELETE ends it; mail needs one from then on', async () => {
  const connector = await set(http());
  const { id } = await door.organization();
  await door.invitation(id, { messagePayload: {} });
  await door.drain();
  await door.done(204, 'DELETE', `/connectors/${connector.id}`);
  await door.refused(404, 'entity.not_found', 'DELETE', `/connectors/${connector.id}`);
  await door.refused(501, 'connector.not_found', 'POST', '/organization-invitations', {
    organizationId: id,
    invitee: uniqueAddress(),
    expiresAt: door.now() + 1_000_000,
    messagePayload: {},
  });
});

test('a test mail goes out with the configuration given, which is not stored; the provider’s refusal is told', async () => {
  await Promise.all(
    (await door.done<Connector[]>(200, 'GET', '/connectors')).map(({ id }) =>
      door.done(204, 'DELETE', `/connectors/${id}`),
    ),
  );
  const before = await door.state();
  const body = { email: 'Ann@Example.com', config: { endpoint }, locale: 'de' };
  await door.done(204, 'POST', '/connectors/http-email/test', body);
  expect(received.at(-1)!.body).toMatchObject({
    to: 'ann@example.com',
    type: 'Generic',
    payload: { code: '000000' },
  });
  answer = 400;
  const refusal = await door.refused(400, 'connector.general', 'POST', '/connectors/http-email/test', body);
  answer = 200;
  expect(refusal.data).toMatchObject({ kind: 'permanent' });
  expect(await door.state()).toBe(before);
  await door.refused(400, 'connector.invalid_config', 'POST', '/connectors/http-email/test', {
    ...body,
    config: {},
  });
  await door.refused(400, 'guard.invalid_input', 'POST', '/connectors/http-email/test', {
    ...body,
    email: 'nobody',
  });
  await door.refused(400, 'guard.invalid_input', 'POST', '/connectors/http-email/test', {
    phone: '49170',
    config: { endpoint },
  });
  await door.refused(400, 'guard.invalid_input', 'POST', '/connectors/http-email/test', {
    email: 'a@example.com',
  });
  await door.refused(400, 'connector.not_found', 'POST', '/connectors/pigeon/test', body);
});

test('factories: what connectors can be made of', async () => {
  const all = await door.done<Connector[]>(200, 'GET', '/connector-factories');
  expect(all.map((factory) => factory.id)).toEqual(
    expect.arrayContaining(['simple-mail-transfer-protocol', 'http-email']),
  );
  for (const factory of all) {
    expect(factory).toMatchObject({
      type: 'Email',
      name: { en: expect.any(String) },
      description: { en: expect.any(String) },
    });
    expect(await door.done(200, 'GET', `/connector-factories/${factory.id}`)).toEqual(factory);
  }
  await door.refused(404, 'entity.not_exists_with_id', 'GET', '/connector-factories/pigeon');
  expect(keysOf(all[0]!)).not.toContain('config');
});
