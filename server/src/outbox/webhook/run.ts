/**
 * Working for one endpoint while this server holds its lease: several organizations at a time, each in order. What a
 * receiver does concerns its own endpoint only. One that fails again and again is asked one message at a time, until one arrives.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, isOutage } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import { openHeaders } from '../../domain/webhooks/endpoints.ts';
import type { WebhookEvent, WebhookFormat } from './format.ts';
import {
  findPending,
  isDeadAfter,
  type LeasedEndpoint,
  leaseMs,
  type Pending,
  queueBehind,
  releaseLease,
  renewLease,
  type Settlement,
  settleMessage,
} from './lease.ts';
import { nextTryAt, patienceMs } from './retry.ts';
import { type Reached, sendMessage, type Way } from './send.ts';

export type Means = {
  readonly db: Db;
  readonly keys: Keys;
  readonly worker: string;
  readonly clock: () => number;
  readonly formats: ReadonlyMap<string, WebhookFormat>;
  readonly way: Way;
  readonly log: (problem: unknown) => void;
  /** Taking nothing more. */
  readonly stopping: AbortSignal;
};

const mostAtOnce = 8;
const batch = 64;
/** Acts come in bursts: what they brought is looked for this often at most. */
const lookEveryMs = 15;

export type Run = {
  /** Settled when nothing more is due, or the lease is gone. */
  readonly done: Promise<void>;
  /** There may be something new. */
  poke(): void;
};

export function runEndpoint(means: Means, leased: LeasedEndpoint): Run {
  const { db, worker, clock, stopping } = means;
  const endpoint = { ...leased };
  /** The lanes at work or waiting for their turn, each with what comes next. */
  const lanes = new Map<string, Pending[]>();
  const turns: string[] = [];
  let atWork = 0;
  let isOver = false;
  let hasNews = true;
  let lookedAt = 0;
  let wake = () => {};

  const slots = () => (endpoint.failures >= isDeadAfter ? 1 : mostAtOnce);
  const end = () => {
    isOver = true;
    wake();
  };
  const drop = (lane: string) => {
    lanes.delete(lane);
    hasNews = true;
  };

  async function take(): Promise<void> {
    const early = lookedAt + lookEveryMs - performance.now();
    if (early > 0) await sleep(early);
    hasNews = false;
    const found = await findPending(db, endpoint, [...lanes.keys()], batch, clock());
    lookedAt = performance.now();
    for (const [lane, all] of Map.groupBy(found, (message) => message.lane)) {
      const { headDueAt, dueAt } = all[0]!;
      if (headDueAt === null) {
        lanes.set(lane, all);
        turns.push(lane);
      } else {
        // Something before it waits: whoever came later waits as long.
        await queueBehind(db, endpoint, lane, Math.max(headDueAt, dueAt));
        hasNews = true;
      }
    }
    fill();
  }

  function fill(): void {
    while (atWork < slots() && turns.length > 0 && !isOver && !stopping.aborted) {
      const lane = turns.shift()!;
      atWork++;
      void advance(lane, lanes.get(lane)!.shift()!)
        .catch((error: unknown) => {
          // Nobody knows whether it was written down: the lease ends, and whoever takes it next looks again.
          if (!isOutage(error)) means.log(error);
          end();
        })
        .finally(() => {
          atWork--;
          if (lanes.get(lane)?.length) turns.push(lane);
          else if (lanes.has(lane)) drop(lane);
          fill();
          wake();
        });
    }
  }

  /** One message; then it is another lane's turn. */
  async function advance(lane: string, message: Pending): Promise<void> {
    const settlement = await attempt(means, endpoint, message);
    if (!settlement) return end();
    const changedAt = await settleMessage(db, worker, endpoint, message, settlement);
    const { outcome, at } = settlement.attempt;
    if (outcome === 'sent') Object.assign(endpoint, { failures: 0, failingSince: null });
    if (outcome === 'retrying' || outcome === 'failed') {
      endpoint.failures++;
      endpoint.failingSince ??= at;
    }
    if (outcome === 'retrying') drop(lane);
    if (changedAt !== endpoint.updatedAt) end();
  }

  async function work(): Promise<void> {
    const renewing = setInterval(() => {
      // What waited may be due by now.
      hasNews = true;
      wake();
      renewLease(db, worker, endpoint, clock()).then(
        (isHeld) => isHeld || end(),
        () => undefined,
      );
    }, leaseMs / 4).unref();
    stopping.addEventListener('abort', end);
    try {
      while (!isOver && !stopping.aborted) {
        if (hasNews && turns.length === 0 && atWork < slots()) await take();
        else if (atWork > 0) await new Promise<void>((resolve) => (wake = resolve));
        else break;
      }
    } finally {
      isOver = true;
      while (atWork > 0) await new Promise<void>((resolve) => (wake = resolve));
      stopping.removeEventListener('abort', end);
      clearInterval(renewing);
      await releaseLease(db, worker, endpoint).catch(() => undefined);
    }
  }

  return {
    done: work().catch((error) => {
      if (!isOutage(error)) means.log(error);
    }),
    poke() {
      hasNews = true;
      wake();
    },
  };
}

/** Undefined: this server is on its way out, and nothing is judged. */
async function attempt(
  { keys, clock, formats, way }: Means,
  endpoint: LeasedEndpoint,
  message: Pending,
): Promise<Settlement | undefined> {
  const now = clock();
  const format = formats.get(endpoint.format);
  const told = format?.tell(eventOf(endpoint, message), endpoint);
  if (!format || !told)
    return {
      attempt: {
        at: now,
        outcome: 'canceled',
        answer: 'Nothing to tell in this format',
        status: null,
        ms: 0,
      },
    };
  const reached = await sendMessage(
    way,
    endpoint.url,
    {
      'user-agent': 'Usher-Webhooks/1',
      ...openHeaders(keys, endpoint.id, endpoint.headers),
      'content-type': 'application/json; charset=utf-8',
      ...format.sign({ id: message.id, at: now, body: told.body }, secretsOf(keys, endpoint, now)),
    },
    told.body,
  );
  if (!reached.ok && way.signal?.aborted) return undefined;
  return settlementOf(endpoint, message, reached, clock());
}

function settlementOf(
  { failingSince }: LeasedEndpoint,
  message: Pending,
  reached: Reached,
  now: number,
): Settlement {
  const { status, answer, ms } = reached;
  const attempt = { at: now, answer, status, ms };
  if (reached.ok) return { attempt: { ...attempt, outcome: 'sent' } };
  // Nothing more is wanted: what there is, is kept for when it is resumed.
  if (reached.isGone) return { attempt: { ...attempt, outcome: 'retrying' }, dueAt: now, pause: 'gone' };
  const triedAt = message.triedAt ?? now;
  const dueAt = nextTryAt(
    { attempts: message.attempts + 1, triedAt, now, retryAfterMs: reached.retryAfterMs },
    Math.random(),
  );
  const pause = now - (failingSince ?? now) >= patienceMs ? 'failing' : undefined;
  return dueAt === undefined
    ? { attempt: { ...attempt, outcome: 'failed' }, pause }
    : { attempt: { ...attempt, outcome: 'retrying' }, dueAt, pause };
}

/** What the message is about: of an event about several people only its own, where it has one. */
function eventOf(
  { tenantId }: Pick<LeasedEndpoint, 'tenantId'>,
  { id, at, type, organizationId, subjectId, userIds, data, context, part }: Pending,
): WebhookEvent {
  const about = part > 0 ? userIds.slice(part - 1, part) : userIds;
  const users = context.users?.filter((user) => about.length === 0 || about.includes(user.id));
  return {
    tenantId,
    id,
    at,
    type,
    organizationId,
    subjectId,
    userIds: about,
    data,
    context: { ...context, users: users ?? null },
  };
}

const secretsOf = (
  keys: Keys,
  { id, secret, formerSecret, formerUntil }: LeasedEndpoint,
  now: number,
): string[] =>
  [secret, ...(formerSecret && formerUntil !== null && formerUntil > now ? [formerSecret] : [])].map(
    (sealed) => keys.open(sealed, `webhook:${id}`),
  );
