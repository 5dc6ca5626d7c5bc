/**
 * Statements that write, each a transaction of its own. Waiting for the disk at every commit would hold up what comes
 * behind it on the same connection, so here PostgreSQL answers when the transaction is done, and the answer is kept back
 * until the write-ahead log is known to be on disk past it: a commit of next to nothing on one more connection, which
 * waits for the disk as commits do, brings along all that was committed before it. Who is told that something was
 * written can rely on it, as with a commit that waits; one trip to the disk serves everybody who waits at that moment.
 *
 * When one of these connections is lost the server may have fallen and come back without what was not on disk yet:
 * then all of them are broken off, and nobody who still waits is told that it was done.
 */
import type pg from 'pg';
import { type Statement, sql } from './db.ts';
import { least, Pipe } from './pipe.ts';
import type { Answer } from './prepared.ts';

type Waiting = { readonly done: () => void; readonly failed: (error: Error) => void };

export class Writers {
  readonly #pipes: Pipe[];
  readonly #flush: Pipe;
  /** Grows whenever a connection is lost: what was written before is not vouched for by what comes after. */
  #age = 0;
  #waiting: Waiting[] = [];
  #isFlushing = false;
  #isClosing = false;

  constructor(config: pg.ClientConfig, pipes: number) {
    const lost = () => this.#forget();
    const early = { ...config, options: `${config.options ?? ''} -c synchronous_commit=off` };
    this.#pipes = Array.from({ length: pipes }, () => new Pipe(early, lost));
    this.#flush = new Pipe(config, lost);
  }

  async query(statement: Statement): Promise<Answer> {
    const age = this.#age;
    const answer = await least(this.#pipes).query(statement);
    if (age !== this.#age) throw unsure();
    await this.#onDisk();
    return answer;
  }

  #onDisk(): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ done, failed });
      if (!this.#isFlushing) void this.#flushAll();
    });
  }

  async #flushAll(): Promise<void> {
    this.#isFlushing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const error = await this.#flush.query(barrier()).then(
        () => undefined,
        (cause: Error) => cause,
      );
      for (const { done, failed } of batch) error ? failed(error) : done();
    }
    this.#isFlushing = false;
  }

  #forget(): void {
    if (this.#isClosing) return;
    this.#age++;
    for (const { failed } of this.#waiting.splice(0)) failed(unsure());
    for (const pipe of [...this.#pipes, this.#flush]) pipe.drop();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#pipes.map((pipe) => pipe.close()));
    await this.#flush.close();
  }
}

/** In the log and nowhere else; it is there so that the commit has something to bring to disk. */
const barrier = () => sql`select pg_logical_emit_message(true, 'usher', '')`;

const unsure = () => new Error('Connection terminated before what was written was on disk');
