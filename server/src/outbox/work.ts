/**
 * The outbox worker of this process: takes what is due, hands it over, writes down what became of it. Any number of
 * processes may run one. It is woken by the acts of this process at once, by NOTIFY for those of others, and looks
 * by itself when the next retry is due.
 */
import { randomUUID } from 'node:crypto';
import { type Db, isOutage, sql } from '../db/db.ts';
import type { Keys } from '../domain/keys.ts';
import { findTemplates } from '../domain/mail/email-templates.ts';
import { templateOf } from '../domain/roles/template.ts';
import { type Leased, lease, nextDueAt, release, releaseAll, type Settled, settle } from './lease.ts';
import { deliver, type Outcome } from './mail/deliver.ts';
import type { Senders } from './mail/senders.ts';
import { nextAttemptAt } from './retry.ts';

export type OutboxOptions = {
  readonly db: Db;
  readonly keys: Keys;
  readonly tenantId: string;
  readonly clock: () => number;
  readonly publicUrl: string;
  readonly mailFrom: string;
  readonly senders: Senders;
  readonly log: (problem: unknown) => void;
  /** No other process works on this database: what was leased before the start was leased by one that died. */
  readonly isAlone?: boolean;
  /** Something was written into the journal. */
  readonly recorded?: () => void;
  /** Deliveries under way at once. */
  readonly slots?: number;
};

export type Outbox = {
  start(): void;
  /** There is something new to deliver. */
  wake(): void;
  /** Delivers what is due by the clock, here and now. Returns how many attempts were made. */
  drain(): Promise<number>;
  /** Takes nothing more, waits for what is under way at most this long, gives the rest back. */
  stop(patienceMs: number): Promise<void>;
};

const channel = 'usher_outbox';
const idleMs = 5_000;
/** Wakes of other processes are told together: NOTIFY takes a lock that all commits share. */
const notifyEveryMs = 50;

export function openOutbox(options: OutboxOptions): Outbox {
  const { db, clock, slots = 20 } = options;
  const worker = `${process.pid}-${randomUUID().slice(0, 8)}`;
  const underWay = new Set<Promise<void>>();
  const aborting = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let notifying: NodeJS.Timeout | undefined;
  let unlisten: (() => void) | undefined;
  let running = false;
  let taking: Promise<number> | undefined;
  let again = false;

  /** Leases and dispatches until nothing more is due or all slots are taken. One at a time. */
  function take(): Promise<number> {
    if (taking) {
      again = true;
      return taking;
    }
    taking = dispatchDue().finally(() => {
      taking = undefined;
      if (again && running) {
        again = false;
        void look();
      }
    });
    return taking;
  }

  async function dispatchDue(): Promise<number> {
    let taken = 0;
    for (let free = slots - underWay.size; free > 0; free = slots - underWay.size) {
      const leased = await lease(db, worker, free, clock());
      if (leased.length === 0) break;
      taken += leased.length;
      await dispatch(leased);
    }
    return taken;
  }

  async function dispatch(leased: readonly Leased[]): Promise<void> {
    const [sender, stored, template] = await Promise.all([
      options.senders.current(),
      findTemplates(db, options.tenantId),
      templateOf(db, options.tenantId, leased[0]!.templateVersion),
    ]);
    for (const delivery of leased) {
      const means = { ...options, now: clock(), sender, stored, template, signal: aborting.signal };
      const done: Promise<void> = deliver(delivery, means)
        .then((outcome) => conclude(delivery, outcome))
        .catch(options.log)
        .finally(() => {
          underWay.delete(done);
          if (running && underWay.size === slots - 1) void look();
        });
      underWay.add(done);
    }
  }

  async function conclude(delivery: Leased, outcome: Outcome): Promise<void> {
    // On the way out nothing is judged: the delivery is given back instead.
    if (aborting.signal.aborted && outcome.kind === 'temporary') return;
    await settle(db, worker, delivery, settledOf(delivery, outcome, clock()));
    options.recorded?.();
  }

  async function look(): Promise<void> {
    clearTimeout(timer);
    let wait = idleMs;
    try {
      await take();
      const next = underWay.size < slots ? await nextDueAt(db) : undefined;
      if (next !== undefined) wait = Math.min(idleMs, Math.max(20, next - clock()));
    } catch (error) {
      if (!isOutage(error)) options.log(error);
      wait = 1000;
    }
    clearTimeout(timer);
    if (running) timer = setTimeout(() => void look(), wait);
  }

  return {
    start() {
      running = true;
      unlisten = db.listen(channel, (from) => {
        if (from !== worker && running) void look();
      });
      const freed = options.isAlone ? releaseAll(db, clock()).catch(options.log) : Promise.resolve();
      void freed.then(look);
    },
    wake() {
      if (running && underWay.size < slots) void look();
      notifying ??= setTimeout(() => {
        notifying = undefined;
        db.run(sql`select pg_notify(${channel}, ${worker})`).catch(() => undefined);
      }, notifyEveryMs).unref();
    },
    async drain() {
      let made = 0;
      for (;;) {
        const taken = await take();
        await Promise.all(underWay);
        made += taken;
        if (taken === 0) return made;
      }
    },
    async stop(patienceMs) {
      running = false;
      unlisten?.();
      clearTimeout(timer);
      clearTimeout(notifying);
      await taking?.catch(() => undefined);
      const late = setTimeout(() => aborting.abort(), patienceMs);
      await Promise.all(underWay);
      clearTimeout(late);
      await release(db, worker, clock()).catch(() => undefined);
    },
  };
}

function settledOf(delivery: Leased, outcome: Outcome, now: number): Settled {
  const { answer } = outcome;
  switch (outcome.kind) {
    case 'sent':
    case 'canceled':
      return { at: now, outcome: outcome.kind, answer };
    case 'permanent':
      return { at: now, outcome: 'failed', answer };
    case 'temporary': {
      const { attempts, createdAt } = delivery;
      const dueAt = nextAttemptAt(
        { attempts, createdAt, now, retryAfterMs: outcome.retryAfterMs },
        Math.random(),
      );
      return dueAt === undefined
        ? { at: now, outcome: 'failed', answer }
        : { at: now, outcome: 'retrying', answer, dueAt };
    }
  }
}
