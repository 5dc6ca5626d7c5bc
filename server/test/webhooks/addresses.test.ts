/** Webhooks go nowhere inside, by whatever address: judged after the name was resolved, at every attempt. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Address } from '../../src/outbox/webhook/addresses.ts';
import { appForTest, type TestApp } from '../harness.ts';
import { openReceiver } from './receiver.ts';

const to = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 });
const refusal = 'The address does not lead to where webhooks may be sent';

async function told(app: TestApp, url: string) {
  const { body, status } = await app.api('POST', '/webhooks', { url, events: ['role.*'] });
  expect(status, url).toBe(201);
  await app.api('POST', `/webhooks/${body.id}/test`);
  await app.drain();
  const [delivery] = (await app.api('GET', `/webhooks/${body.id}/deliveries`)).body;
  return delivery as {
    id: string;
    status: string;
    history: { answer: string; status: number | null; ms: number }[];
  };
}

/** Heard by whatever connects to this machine, on IPv4 and IPv6, at all of its addresses. */
async function listening(): Promise<{ port: number; connections: () => number }> {
  let count = 0;
  const server = createServer((_request, response) => response.end('inside'));
  server.on('connection', () => count++);
  server.listen(0, '::');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}

test('every spelling of an address inside is refused, with the same words as a name that is not there', async () => {
  const { port, connections } = await listening();
  const names: Record<string, string[]> = {
    'one.example': ['127.0.0.1'],
    'six.example': ['::1'],
    'mapped.example': ['::ffff:127.0.0.1'],
    'mixed.example': ['93.184.215.14', '127.0.0.1'],
    'mixed-six.example': ['2606:2800:21f:cb07:6820:80da:af6b:8b2c', 'fd00::1'],
    'nobody.example': [],
  };
  const app = await appForTest({ resolve: async (host) => (names[host] ?? []).map(to) });
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0x7f.1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    '①②⑦.0.0.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '169.254.169.254',
    '10.0.0.1',
    'localhost',
    'localhost.',
    ...Object.keys(names),
  ];
  for (const host of hosts) {
    const delivery = await told(app, `http://${host}:${port}/latest/meta-data`);
    expect(delivery, host).toMatchObject({
      status: 'retrying',
      history: [{ answer: refusal, status: null }],
    });
  }
  expect(connections()).toBe(0);
});

test.each([
  'file:///etc/passwd',
  'gopher://127.0.0.1',
  'ftp://example.com',
  'javascript:alert(1)',
  'http://ann:secret@example.com',
  'nowhere',
  'http://',
  'unix:/var/run/docker.sock',
])('%s is no address for a webhook', async (url) => {
  const app = await appForTest();
  const answer = await app.api('POST', '/webhooks', { url, events: ['*'] });
  expect(answer).toMatchObject({ status: 400, body: { code: 'guard.invalid_input' } });
  expect(JSON.stringify(answer.body.data)).toContain('"url"');
});

test('the connection goes to the address that was judged: a name that changes its mind gains nothing', async () => {
  const receiver = await openReceiver();
  const port = Number(new URL(receiver.url).port);
  let asked = 0;
  const answers = [['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1']];
  const app = await appForTest({
    config: { webhookNetworks: ['127.0.0.0/8'] },
    resolve: async () => answers[asked++ % 3]!.map(to),
  });
  const url = `http://only-we-know-it.example:${port}/hook`;
  const first = await told(app, url);
  expect(first.status).toBe('sent');
  expect(asked).toBe(1);
  expect(receiver.received[0]!.headers.host).toBe(`only-we-know-it.example:${port}`);
  const second = await told(app, url);
  expect(second).toMatchObject({ status: 'retrying', history: [{ answer: refusal }] });
  expect(asked).toBe(2);
  expect(receiver.received).toHaveLength(1);
});

test('a redirect is not followed', async () => {
  const [receiver, elsewhere] = [await openReceiver(), await openReceiver()];
  const app = await appForTest({ config: { webhookNetworks: ['127.0.0.0/8'] } });
  for (const code of [301, 302, 303, 307, 308]) {
    receiver.answer = (response) => void response.writeHead(code, { location: elsewhere.url }).end();
    const delivery = await told(app, receiver.url);
    expect(delivery.status).toBe('retrying');
    expect(delivery.history[0]!.answer).toContain('redirects are not followed');
  }
  expect(elsewhere.received).toEqual([]);
});

test('an answer without end is read to a small bound, and one that drips is given up after the time for all of it', async () => {
  const receiver = await openReceiver();
  const app = await appForTest({ config: { webhookNetworks: ['127.0.0.0/8'] } });
  let written = 0;
  receiver.answer = (response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && written < 200_000_000) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more);
      }
    };
    more();
  };
  const endless = await told(app, receiver.url);
  expect(endless.status).toBe('sent');
  expect(endless.history[0]!.answer.length).toBeLessThan(400);
  expect(written).toBeLessThan(20_000_000);
  receiver.answer = (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    const drip = setInterval(() => response.write('x'), 500);
    response.on('close', () => clearInterval(drip));
  };
  const dripping = await told(app, receiver.url);
  expect(dripping).toMatchObject({ status: 'retrying' });
  expect(dripping.history[0]!.ms).toBeLessThan(11_000);
  expect(dripping.history[0]!.answer).toBe('No whole answer within 10 seconds');
}, 30_000);
