/**
 * The real app for tests: its own database, cloned from the template in milliseconds; a clock that moves when told;
 * a mailbox that mails arrive in; `drain()` for what is queued. When it closes nothing may be left over.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { type App, openApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import type { DbOptions } from '../src/db/db.ts';
import { type MailMessage, mustBeSendable } from '../src/outbox/mail/message.ts';
import type { OpenSender } from '../src/outbox/mail/senders.ts';
import type { Resolve } from '../src/outbox/webhook/addresses.ts';
import { testConfig, testCredentials, testKeys } from './fixtures.ts';
import { templateDatabase } from './global-setup.ts';

export type Answer<T = any> = { status: number; body: T; headers: Headers };

export type TestApp = {
  app: App;
  url: string;
  database: DbOptions;
  /** The time by which the app judges; moves on by itself with the real clock. */
  now(): number;
  advance(ms: number): void;
  /** Mails that arrived, in order. */
  mails: MailMessage[];
  /** Delivers what is due: mails, and then the webhooks that tell of it. Returns how many attempts at mails were made. */
  drain(): Promise<number>;
  /** A request to the Management API with its token. */
  api<T = any>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>>;
  token(): Promise<string>;
  sql<R = any>(text: string, values?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
};

export type TestAppOptions = {
  config?: Partial<Config>;
  /** Instead of the mailbox of the test; null: no connector at all; `development`: the development mailbox. */
  sender?: OpenSender | null | 'development';
  /** Collects log lines. */
  logTo?: { write(line: string): void };
  /** Of another test app, for several servers on one database. */
  database?: DbOptions;
  /** The host name of the app, where an address made of numbers does not serve: passkeys need a name. */
  at?: 'localhost';
  /** Finds the addresses of the names that webhooks go to. */
  resolve?: Resolve;
  /** Run the outbox worker as the server does; without it only drain() delivers. */
  running?: boolean;
};

/** Closed by itself at the end of the test, or by the caller when it was opened outside of one. */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await testDatabase());
  const port = await freePort();
  const url = `http://${options.at ?? '127.0.0.1'}:${port}`;
  let shift = 0;
  const now = () => Date.now() + shift;
  const mails: MailMessage[] = [];
  const sender =
    options.sender === undefined
      ? collecting(mails)
      : options.sender === 'development'
        ? undefined
        : options.sender;
  const app = await openApp({
    config: testConfig(port, { publicUrl: url, ...options.config }),
    secrets: { smtpUrl: undefined, ...testCredentials },
    keys: testKeys,
    database,
    clock: now,
    sender,
    logTo: options.logTo,
    ...(options.resolve ? { resolve: options.resolve } : {}),
  });
  await (options.running ? app.listen() : app.http.listen({ port, host: '127.0.0.1' }));
  let bearer: string | undefined;

  const test: TestApp = {
    app,
    url,
    database,
    now,
    advance: (ms) => {
      shift += ms;
      bearer = undefined;
    },
    mails,
    async drain() {
      const attempts = await app.outbox.drain();
      await app.webhooks.drain();
      return attempts;
    },
    async token() {
      bearer ??= await managementToken(url);
      return bearer;
    },
    async api(method, path, body, headers = {}) {
      const response = await fetch(`${url}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await test.token()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return {
        status: response.status,
        body: parsed(await response.text()) as never,
        headers: response.headers,
      };
    },
    sql: async (text, values) => (await rows(database, text, values)) as never,
    close: () => app.close(),
  };
  return test;
}

/** testApp() for one test: closed when the test is over. */
export async function appForTest(options: TestAppOptions = {}): Promise<TestApp> {
  const test = await testApp(options);
  onTestFinished(() => test.close());
  return test;
}

export async function managementToken(url: string): Promise<string> {
  const response = await fetch(`${url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: testCredentials.clientId,
      client_secret: testCredentials.clientSecret,
      resource: 'https://default.logto.app/api',
      scope: 'all',
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** A database of its own, migrated and seeded. */
export async function testDatabase(): Promise<DbOptions> {
  const postgres = inject('postgres');
  const database = `test_${randomBytes(8).toString('hex')}`;
  await rows(postgres, `create database ${database} template ${templateDatabase}`);
  return { ...postgres, database, pipes: 4, transactions: 8 };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function collecting(mails: MailMessage[]): OpenSender {
  return {
    sender: {
      async send(message) {
        mustBeSendable(message);
        mails.push(message);
        return { answer: '250 kept' };
      },
      close: async () => undefined,
    },
    configured: {},
    templates: [],
  };
}

const parsed = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

async function rows(
  { pipes: _pipes, transactions: _transactions, ...config }: DbOptions,
  text: string,
  values?: unknown[],
) {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
