/** A provider's HTTP API on loopback, for tests: records what it is sent and answers what it is told to. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type ReceivedRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
};

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

export async function fakeProvider(answer: Answer = (_request, response) => response.end('{}')) {
  const received: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body,
      };
      received.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export const answering =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** The failure that an attempt must end in. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  const outcome = await attempt.then(
    () => undefined,
    (failure: unknown) => ({ failure }),
  );
  if (!outcome) throw new Error('The mail was accepted.');
  return outcome.failure;
}
