/** The port by itself: who says nothing, who stops in the middle, who is not there any more; TLS with both protocols. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { cert, key } from '../../test/certificate.ts';
import { type Certificate, openPort } from './listen.ts';

const short = { firstBytesMs: 200, idleMs: 300, stalledMs: 300, lookEveryMs: 50 };

async function open(bounds = short, certificate?: Certificate) {
  const port = openPort(
    { keepAliveTimeout: 1000 },
    certificate,
    (request, response) => {
      if (request.url === '/never') return;
      response.end(`HTTP/${request.httpVersion}`);
    },
    bounds,
  );
  port.server.listen(0, '127.0.0.1');
  await once(port.server, 'listening');
  onTestFinished(() => {
    port.drain();
    port.server.closeAllConnections();
    port.server.close();
  });
  return (port.server.address() as AddressInfo).port;
}

async function talk(port: number, ...bytes: string[]): Promise<{ heard: string; ms: number }> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  const began = performance.now();
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
  });
  for (const text of bytes) socket.write(text);
  await once(socket, 'close');
  return { heard, ms: performance.now() - began };
}

test('whoever says nothing is sent away, and so is whoever stops in the middle of the preface', async () => {
  const port = await open();
  for (const bytes of [[], ['PRI * HTTP/2.0']]) {
    const { ms } = await talk(port, ...bytes);
    expect(ms).toBeGreaterThan(150);
    expect(ms).toBeLessThan(3000);
  }
});

test('a session without a request is told good-bye', async () => {
  const port = await open();
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  await once(session, 'goaway');
  await once(session, 'close');
});

test('a session that is asked something now and then goes on', async () => {
  const port = await open({ ...short, idleMs: 400 });
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  for (let n = 0; n < 8; n++) {
    const request = session.request({ ':path': '/' });
    const [headers] = await once(request, 'response');
    expect(headers[':status']).toBe(200);
    request.resume();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

test('a request of which nothing comes or goes is given up', async () => {
  const port = await open();
  const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => undefined);
  onTestFinished(() => session.destroy());
  const request = session.request({ ':path': '/never', ':method': 'POST' }).on('error', () => undefined);
  await once(request, 'close');
  expect(request.rstCode).toBe(8);
});

test('with a certificate the port speaks TLS, in the protocol that the client asks for', async () => {
  const ca = cert;
  const port = await open(short, { cert: Buffer.from(cert), key: Buffer.from(key) });
  const session = connectHttp2(`https://localhost:${port}`, { ca });
  onTestFinished(() => session.destroy());
  const request = session.request({ ':path': '/' }).setEncoding('utf8');
  expect((await once(request, 'data'))[0]).toBe('HTTP/2.0');
  const answer = await new Promise((resolve, reject) =>
    get({ host: 'localhost', port, ca, agent: false }, (response) =>
      response.setEncoding('utf8').on('data', resolve),
    ).on('error', reject),
  );
  expect(answer).toBe('HTTP/1.1');
  const inClear = await talk(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(inClear.heard).not.toMatch(/^HTTP\/1\.1 200/);
});
