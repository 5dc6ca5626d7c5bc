/**
 * The one way to the database. SQL is written as SQL: sql`select … where id = ${id}` becomes a named prepared
 * statement, so that PostgreSQL parses and plans each of our statements once a connection.
 *
 * A statement by itself is atomic and travels through a few pipelined connections: many are under way on one
 * connection, none waits for the answer to the one before; those that write have connections of their own (see
 * `writers.ts`). A transaction of several statements holds a pooled connection of its own.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import pg from 'pg';
import { least, Pipe } from './pipe.ts';
import { type Answer, runPrepared } from './prepared.ts';
import { Writers } from './writers.ts';

/** Made by sql`…` only: being an instance is what tells our SQL from somebody's JSON of the same shape. */
export class Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether it is seen to change rows. One that changes them unseen is only slower. */
  readonly writes: boolean;

  constructor({ name, text, writes }: Shape, values: readonly unknown[]) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.writes = writes;
  }
}

/** What both a database and a transaction answer. */
export interface Queries {
  /** All rows. */
  rows<R>(statement: Statement): Promise<R[]>;
  /** The first row, if there is one. */
  first<R>(statement: Statement): Promise<R | undefined>;
  /** The number of rows that the statement changed. */
  run(statement: Statement): Promise<number>;
}

/** Proof of being inside a transaction: what needs one takes a Tx. */
export interface Tx extends Queries {
  readonly transaction: true;
}

export interface Db extends Queries {
  /** Runs the work in one transaction: committed when it returns, rolled back when it throws. */
  atomically<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * Calls back on every NOTIFY of the channel; survives reconnects. What was said before it listens, or while it did not,
   * is not heard: `begun` is called each time it begins. Returns how to stop.
   */
  listen(channel: string, heard: (payload: string) => void, begun?: () => void): () => void;
  close(): Promise<void>;
}

export type DbOptions = pg.ClientConfig & { pipes?: number; transactions?: number };

type Shape = { readonly name: string; readonly text: string; readonly writes: boolean };

const flat = new WeakMap<TemplateStringsArray, Shape>();
const nested = new WeakMap<TemplateStringsArray, Map<string, Shape>>();

/** A statement, or a part of one: a value that is itself a statement is put in place, its parameters renumbered. */
export function sql(strings: TemplateStringsArray, ...parts: unknown[]): Statement {
  if (!parts.some(isStatement)) {
    let shape = flat.get(strings);
    if (!shape) {
      shape = shapeOf(strings, parts);
      flat.set(strings, shape);
    }
    return new Statement(shape, parts);
  }
  const key = parts.map((part) => (isStatement(part) ? part.name : '')).join();
  const shapes = nested.get(strings) ?? new Map<string, Shape>();
  nested.set(strings, shapes);
  let shape = shapes.get(key);
  if (!shape) {
    shape = shapeOf(strings, parts);
    shapes.set(key, shape);
  }
  return new Statement(
    shape,
    parts.flatMap((part) => (isStatement(part) ? part.values : [part])),
  );
}

function shapeOf(strings: TemplateStringsArray, parts: readonly unknown[]): Shape {
  let text = strings[0]!;
  let count = 0;
  parts.forEach((part, index) => {
    if (isStatement(part)) {
      const offset = count;
      text += part.text.replace(/\$(\d+)/g, (_, digits) => `$${Number(digits) + offset}`);
      count += part.values.length;
    } else {
      text += `$${++count}`;
    }
    text += strings[index + 1];
  });
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 20);
  return {
    name,
    text,
    writes: /\b(insert\s+into|update|delete\s+from)\b/.test(text.replace(/for (no key )?update/g, '')),
  };
}

const isStatement = (part: unknown): part is Statement => part instanceof Statement;

/** What a constraint of ours refused, if that is what the error is. */
export function violation(
  error: unknown,
): { kind: 'unique' | 'foreign' | 'check'; constraint: string } | undefined {
  if (!(error instanceof pg.DatabaseError) || !error.constraint) return undefined;
  const kind = ({ '23505': 'unique', '23503': 'foreign', '23514': 'check' } as const)[error.code as '23505'];
  return kind && { kind, constraint: error.constraint };
}

/** True when the whole act may simply be tried again: PostgreSQL chose it as the victim of a deadlock. */
export function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** True when a value had a form that PostgreSQL refuses: NUL characters, numbers out of range, no regular expression. */
export function isUnfitValue(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|54)/.test(error.code ?? '');
}

/** True when the database cannot be reached or is going away: the caller may come again later. */
export function isOutage(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(57P0[123]|57014|08...|53300)$/.test(error.code ?? '');
  const code = (error as { code?: unknown } | undefined)?.code;
  if (
    typeof code === 'string' &&
    /^E(CONNREFUSED|CONNRESET|PIPE|NOENT|TIMEDOUT|NOTFOUND|AI_AGAIN)$/.test(code)
  )
    return true;
  return (
    error instanceof Error &&
    /Connection terminated|not queryable|after calling end|connection timeout|timeout exceeded when trying/i.test(
      error.message,
    )
  );
}

/**
 * Statements that only read are short: more connections than cores make more of the way than of the work. Those that write
 * wait for each other's locks, and want more.
 */
const readersAtOnce = Math.min(4, Math.max(2, availableParallelism()));

export function openDb({ pipes = 4, transactions = 10, ...options }: DbOptions): Db {
  const config: pg.ClientConfig = {
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: 'usher',
    // Our statements are few, known and indexed: planned once, never compiled.
    options:
      '-c jit=off -c plan_cache_mode=force_generic_plan -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s',
    ...options,
  };
  const pool = new pg.Pool({ ...config, max: transactions, idleTimeoutMillis: 60_000 });
  pool.on('error', () => undefined);
  const readers = Array.from({ length: Math.min(pipes, readersAtOnce) }, () => new Pipe(config));
  const writers = new Writers(config, pipes);
  const listener = new Listener(config);

  const send = (statement: Statement) =>
    statement.writes ? writers.query(statement) : least(readers).query(statement);

  return {
    ...queries(send),
    async atomically(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const result = await work({
          ...queries((statement) => runPrepared(client, statement)),
          transaction: true,
        });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((cause: Error) => {
          broken = cause;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    listen: (channel, heard, begun) => listener.listen(channel, { heard, begun }),
    async close() {
      await Promise.allSettled([
        listener.close(),
        pool.end(),
        writers.close(),
        ...readers.map((reader) => reader.close()),
      ]);
    },
  };
}

function queries(send: (statement: Statement) => Promise<Answer>): Queries {
  return {
    rows: async <R>(statement: Statement) => (await send(statement)).rows as R[],
    first: async <R>(statement: Statement) => (await send(statement)).rows[0] as R | undefined,
    run: async (statement) => (await send(statement)).rowCount,
  };
}

type Ear = { readonly heard: (payload: string) => void; readonly begun?: (() => void) | undefined };

/** One connection that hears NOTIFY; reconnects after a second when it is lost. */
class Listener {
  readonly #ears = new Map<string, Set<Ear>>();
  readonly #config: pg.ClientConfig;
  #client: pg.Client | undefined;
  #starting: Promise<void> | undefined;
  /** The connection says one thing after the other. */
  #said: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  listen(channel: string, ear: Ear): () => void {
    const all = this.#ears.get(channel) ?? new Set();
    this.#ears.set(channel, all.add(ear));
    void this.#subscribe(channel);
    return () => all.delete(ear);
  }

  async #subscribe(channel: string): Promise<void> {
    await this.#start();
    this.#said = this.#said.then(async () => {
      try {
        if (!this.#client) return;
        await this.#client.query(`listen ${pg.escapeIdentifier(channel)}`);
        for (const { begun } of this.#ears.get(channel)!) begun?.();
      } catch {
        // It is said again on the next connection.
      }
    });
    await this.#said;
  }

  #start(): Promise<void> {
    if (this.#client || this.#closed) return Promise.resolve();
    this.#starting ??= this.#connect().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config);
    const lost = () => {
      if (this.#client === client) this.#client = undefined;
      if (!this.#closed) setTimeout(() => void this.#resubscribe(), 1000).unref();
    };
    client.on('error', () => undefined);
    client.on('notification', ({ channel, payload }) => {
      for (const { heard } of this.#ears.get(channel) ?? []) heard(payload ?? '');
    });
    try {
      await client.connect();
      client.once('end', lost);
      this.#client = client;
    } catch {
      lost();
    }
  }

  async #resubscribe(): Promise<void> {
    for (const channel of this.#ears.keys()) await this.#subscribe(channel);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#starting;
    await this.#client?.end();
  }
}
