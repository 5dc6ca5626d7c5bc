/**
 * One thing being done: by whom, when, for which tenant, against which database. Every verb of the domain takes an
 * act first. What the act queues for delivery is announced only after it has been committed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, isRetryable, type Queries, type Tx, violation } from './db/db.ts';
import type { Keys } from './domain/keys.ts';

export type Actor =
  /** A caller of the Management API: an application (or user) that holds the tenant's authority. */
  | { kind: 'management'; id: string }
  /** A signed-in person, by a session or a token of their own. */
  | { kind: 'user'; id: string }
  /** Whoever holds a genuine link, or has just proven a mailbox: by the id of the invitation or proof. */
  | { kind: 'invitee'; id: string }
  /** A member of an organization, or a bot of it, with a token of that organization that allows these scopes. */
  | { kind: 'member' | 'bot'; id: string; organizationId: string; scopes: ReadonlySet<string> }
  /** The system itself: seeding, imports, workers. */
  | { kind: 'system'; id: string };

export type Act = {
  readonly tenantId: string;
  readonly by: Actor;
  /** The clock of the act, in milliseconds since the epoch: every judgement inside uses this one time. */
  readonly at: number;
  readonly db: Queries;
  /** What the server signs with, and what secrets are derived from. */
  readonly keys: Keys;
  /** Runs several statements as one: inside a transaction already open, or in a new one. */
  atomically<T>(work: (act: TxAct) => Promise<T>): Promise<T>;
  /** Says what was queued, so that its worker is woken after the commit: mail, unless said otherwise. */
  queued(what?: Queued): void;
};

/** An act inside a transaction. */
export type TxAct = Act & { readonly db: Tx };

export type Queued = 'mail' | 'webhook';
export type Clock = () => number;

/** Runs verbs as acts: with the clock, again where that helps, waking the outbox once they are committed. */
export type Acting = {
  <T>(by: Actor, verb: (act: Act) => Promise<T>): Promise<T>;
  /** The same with everything in one transaction from the start. */
  atomically<T>(by: Actor, verb: (act: TxAct) => Promise<T>): Promise<T>;
};

/** Of whoever loses a deadlock; each waits a little longer, by chance, so that the same do not meet again. */
const attempts = 10;
const pauseMs = 20;

/**
 * The victim of a deadlock; and who gave a role that somebody deleted in that moment, for whom it was still there: again, it
 * is not.
 */
const isWorthAnother = (error: unknown): boolean =>
  isRetryable(error) || violation(error)?.constraint.endsWith('_roles_role') === true;

/** `wake`: something was queued; `acted`: something was done, whatever it was. Both after the commit. */
export function acting(
  db: Db,
  keys: Keys,
  clock: Clock,
  tenantId: string,
  wake: (what: Queued) => void,
  acted: () => void = () => undefined,
): Acting {
  async function run<T>(verb: (queued: Act['queued']) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const queued = new Set<Queued>();
      try {
        const result = await verb((what = 'mail') => void queued.add(what));
        for (const what of queued) wake(what);
        acted();
        return result;
      } catch (error) {
        if (attempt === attempts || !isWorthAnother(error)) throw error;
        await sleep(Math.random() * pauseMs * attempt);
      }
    }
  }

  const inside = (by: Actor, tx: Tx, at: number, queued: Act['queued']): TxAct => {
    const act: TxAct = { tenantId, by, at, db: tx, keys, queued, atomically: (work) => work(act) };
    return act;
  };

  const act = <T>(by: Actor, verb: (act: Act) => Promise<T>) =>
    run((queued) => {
      const at = clock();
      return verb({
        tenantId,
        by,
        at,
        db,
        keys,
        queued,
        atomically: (work) => db.atomically((tx) => work(inside(by, tx, at, queued))),
      });
    });
  return Object.assign(act, {
    atomically: <T>(by: Actor, verb: (act: TxAct) => Promise<T>) =>
      run((queued) => db.atomically((tx) => verb(inside(by, tx, clock(), queued)))),
  });
}
