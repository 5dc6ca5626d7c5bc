import type { Socket } from 'node:net';
import pg from 'pg';
import type { Statement } from './db.ts';
import { type Answer, runPrepared } from './prepared.ts';

/** One pipelined connection, opened when first needed and again after it was lost. */
export class Pipe {
  pending = 0;
  #client: Promise<pg.Client> | undefined;
  #opening: pg.Client | undefined;
  #open: pg.Client | undefined;
  #closed = false;
  readonly #config: pg.ClientConfig;
  readonly #lost: () => void;

  /** `lost` is called when the connection has ended, whoever ended it. */
  constructor(config: pg.ClientConfig, lost: () => void = () => undefined) {
    this.#config = config;
    this.#lost = lost;
  }

  async query(statement: Statement): Promise<Answer> {
    this.pending++;
    try {
      const client = this.#open ?? (await this.#connect());
      this.#gather(client);
      return await runPrepared(client, statement);
    } finally {
      this.pending--;
    }
  }

  /** What is asked within one turn of the event loop leaves in one write. */
  #gather(client: pg.Client): void {
    const stream = streamOf(client);
    if (stream.writableCorked > 0) return;
    stream.cork();
    setImmediate(() => stream.uncork());
  }

  #connect(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new Error('Connection terminated: the server is shutting down'));
    this.#client ??= (async () => {
      const client = new pg.Client({ ...this.#config, pipeline: true } as pg.ClientConfig);
      this.#opening = client;
      const forget = () => {
        const wasOpen = this.#open === client;
        if (wasOpen || this.#opening === client) this.#forget();
        if (wasOpen) this.#lost();
      };
      client.on('error', forget);
      client.on('end', forget);
      try {
        await client.connect();
      } catch (error) {
        forget();
        throw error;
      }
      if (this.#opening === client) this.#open = client;
      return client;
    })();
    return this.#client;
  }

  /** Breaks the connection off, with all that is under way on it. */
  drop(): void {
    const client = this.#open;
    if (!client) return;
    this.#forget();
    streamOf(client).destroy();
  }

  #forget(): void {
    this.#open = undefined;
    this.#opening = undefined;
    this.#client = undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }
}

const streamOf = (client: pg.Client): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream;

/** The one with the least under way. */
export function least(pipes: readonly Pipe[]): Pipe {
  let least = pipes[0]!;
  for (const other of pipes) if (other.pending < least.pending) least = other;
  return least;
}
