/**
 * The webhooks worker of this process: takes the endpoints for which something is due and works for each of them by
 * itself, so that none waits for another. It is woken by the acts of this process, by NOTIFY where another
 * server works for the endpoint, and looks by itself when something is due.
 */
import { randomUUID } from 'node:crypto';
import { type Db, isOutage, sql } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import { judging, type Resolve, resolveName } from './addresses.ts';
import type { WebhookFormat } from './format.ts';
import { leaseEndpoints, lookAhead, releaseAllLeases } from './lease.ts';
import { type Run, runEndpoint } from './run.ts';
import { type Reached, sendMessage, type Way } from './send.ts';

export type WebhooksOptions = {
  readonly db: Db;
  readonly keys: Keys;
  readonly clock: () => number;
  readonly formats: readonly WebhookFormat[];
  /** Networks that webhooks may go to though they are not public, as `10.0.0.0/8`. */
  readonly networks: readonly string[];
  readonly log: (problem: unknown) => void;
  readonly isAlone?: boolean | undefined;
  readonly resolve?: Resolve | undefined;
  /** How long one attempt may take. */
  readonly patienceMs?: number | undefined;
};

export type Webhooks = {
  start(): void;
  /** An act was committed: it may have been of interest to somebody. */
  acted(): void;
  /** Something is to be sent, or somebody listens who did not before. */
  wake(): void;
  /** Delivers what is due by the clock, here and now. Returns how many endpoints there was something for. */
  drain(): Promise<number>;
  /** Sends one message at once, as every attempt is sent. */
  sendNow(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Reached>;
  /** Takes nothing more, waits for what is under way at most this long, gives the rest back. */
  stop(patienceMs: number): Promise<void>;
};

const channel = 'usher_webhooks';
const idleMs = 5_000;
const notifyEveryMs = 20;

export function openWebhooks(options: WebhooksOptions): Webhooks {
  const { db, clock, log } = options;
  const worker = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const runs = new Map<string, Run>();
  const stopping = new AbortController();
  const aborting = new AbortController();
  const way: Way = {
    judge: judging(options.networks),
    resolve: options.resolve ?? resolveName,
    patienceMs: options.patienceMs ?? 10_000,
    signal: aborting.signal,
  };
  const means = {
    db,
    keys: options.keys,
    worker,
    clock,
    formats: new Map(options.formats.map((format) => [format.name, format])),
    way,
    log,
    stopping: stopping.signal,
  };
  let isRunning = false;
  /** Whether anybody listens; until the first look nobody knows. */
  let hasEndpoints = true;
  let timer: NodeJS.Timeout | undefined;
  let notifying: NodeJS.Timeout | undefined;
  let unlisten: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  async function take(): Promise<number> {
    const leased = await leaseEndpoints(db, worker, clock());
    for (const endpoint of leased) {
      const key = `${endpoint.tenantId}:${endpoint.id}`;
      const run = runEndpoint(means, endpoint);
      runs.set(key, run);
      void run.done.finally(() => {
        if (runs.get(key) === run) runs.delete(key);
        // What came between its last look and the end of its lease.
        if (isRunning) look();
      });
    }
    return leased.length;
  }

  function look(): void {
    if (looking) {
      again = true;
      return;
    }
    looking = lookOnce().finally(() => {
      looking = undefined;
      if (again && isRunning) {
        again = false;
        look();
      }
    });
  }

  async function lookOnce(): Promise<void> {
    clearTimeout(timer);
    let wait = idleMs;
    try {
      if (!stopping.signal.aborted) await take();
      const outlook = await lookAhead(db, worker, clock());
      hasEndpoints = outlook.hasEndpoints;
      if (outlook.isElsewhere) tellOthers();
      // What is due and was not taken was locked for a moment.
      if (outlook.nextDueAt !== null) wait = Math.min(idleMs, Math.max(50, outlook.nextDueAt - clock()));
    } catch (error) {
      if (!isOutage(error)) log(error);
      wait = 1000;
    }
    clearTimeout(timer);
    if (isRunning) timer = setTimeout(look, wait);
  }

  function tellOthers(): void {
    notifying ??= setTimeout(() => {
      notifying = undefined;
      db.run(sql`select pg_notify(${channel}, ${worker})`).catch(() => undefined);
    }, notifyEveryMs).unref();
  }

  function hear(): void {
    if (!isRunning) return;
    for (const run of runs.values()) run.poke();
    look();
  }

  return {
    start() {
      isRunning = true;
      unlisten = db.listen(channel, (from) => {
        if (from !== worker) hear();
      });
      const freed = options.isAlone ? releaseAllLeases(db).catch(log) : Promise.resolve();
      void freed.then(look);
    },
    acted() {
      if (hasEndpoints) hear();
    },
    wake() {
      hear();
      if (isRunning) tellOthers();
    },
    async drain() {
      let taken = 0;
      for (;;) {
        const more = await take();
        await Promise.all([...runs.values()].map((run) => run.done));
        taken += more;
        if (more === 0) return taken;
      }
    },
    sendNow: (url, headers, body) => sendMessage(way, url, headers, body),
    async stop(patienceMs) {
      isRunning = false;
      unlisten?.();
      clearTimeout(timer);
      clearTimeout(notifying);
      stopping.abort();
      await looking?.catch(() => undefined);
      const late = setTimeout(() => aborting.abort(), patienceMs);
      await Promise.all([...runs.values()].map((run) => run.done));
      clearTimeout(late);
    },
  };
}
