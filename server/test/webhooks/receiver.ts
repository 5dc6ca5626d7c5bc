/** A receiver of webhooks on a real socket: it keeps what it gets and answers as it is told to. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Received = {
  headers: IncomingHttpHeaders;
  text: string;
  body: any;
  /** When it was there, whole. */
  at: number;
};

export type Receiver = {
  url: string;
  received: Received[];
  /** How the next ones are answered; absent: 200. */
  answer: (response: ServerResponse, received: Received) => void;
  close(): Promise<void>;
};

export const loopback = { config: { webhookNetworks: ['127.0.0.0/8'] } };

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const one = { headers: request.headers, text, body: JSON.parse(text), at: performance.now() };
    received.push(one);
    receiver.answer(response, one);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer: (response) => void response.writeHead(200).end('ok'),
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
  onTestFinished(() => receiver.close());
  return receiver;
}

export const status =
  (code: number, body = '') =>
  (response: ServerResponse) =>
    void response.writeHead(code).end(body);
