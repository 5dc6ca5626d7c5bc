/**
 * `Idempotency-Key` on a POST: the first request with a key acts, every later one with the same key and the same
 * request gets the same answer; another request under the key is refused. Key, act and answer are one transaction, so
 * that after a crash either all are there or none; where an act is to ask somebody outside, whom no transaction should wait
 * for, the answer is kept after it. Answers are kept for a day, sealed: one may hold a secret.
 */
import { createHash } from 'node:crypto';
import type { Acting, Actor, TxAct } from '../../act.ts';
import { type Db, type Queries, sql } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import { DoorError } from './errors.ts';

export type StoredAnswer = { status: number; headers: Record<string, string>; body: string | null };
export type Once = { tenantId: string; by: Actor; key: string; request: Buffer };

const keptForMs = 24 * 60 * 60_000;

export function fingerprint(method: string, url: string, body: unknown): Buffer {
  return createHash('sha256')
    .update(`${method} ${url}\n${JSON.stringify(body)}`)
    .digest();
}

/** Refuses with 400 an unusable key. */
export function readKey(header: unknown): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new DoorError(
    400,
    'guard.invalid_input',
    'Idempotency-Key must be 1 to 255 printable ASCII characters.',
    {
      field: 'Idempotency-Key',
    },
  );
}

/** The stored answer, or that of acting now. Refuses with 422 a key that was used for another request. */
export function answeringOnce(
  acting: Acting,
  keys: Keys,
  once: Once,
  run: (act: TxAct) => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  return acting.atomically(once.by, async (act) => {
    const isFirst = await claim(act.db, once, act.at);
    if (!isFirst) return (await find(act.db, keys, once)) ?? refuseOtherRequest();
    const answer = await run(act);
    await act.db.run(sql`update idempotency_keys set answer = ${seal(keys, once, answer)}
      where tenant_id = ${once.tenantId} and caller = ${once.by.id} and key = ${once.key}`);
    return answer;
  });
}

/** Of this process, by key: what two servers are asked at the same moment both do. */
const underWay = new Map<string, { readonly request: Buffer; readonly answer: Promise<StoredAnswer> }>();

/** The same for a request that runs outside of a transaction. Changing nothing here, it may be done again after a crash. */
export async function answeringOnceOutside(
  db: Db,
  keys: Keys,
  once: Once,
  at: number,
  run: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const name = `${once.tenantId}\n${once.by.id}\n${once.key}`;
  const before = underWay.get(name);
  if (before) return before.request.equals(once.request) ? before.answer : refuseOtherRequest();
  const answer = (async () => {
    const known = await find(db, keys, once);
    if (known) return known;
    const made = await run();
    await keep(db, keys, once, made, at);
    return made;
  })().finally(() => underWay.delete(name));
  underWay.set(name, { request: once.request, answer });
  return answer;
}

/** Keeps the answer of a request that left no key: it was refused and rolled back, or ran outside of a transaction. */
export async function keep(db: Db, keys: Keys, once: Once, answer: StoredAnswer, at: number): Promise<void> {
  await db.run(sql`insert into idempotency_keys (tenant_id, caller, key, request, answer, created_at)
    values (${once.tenantId}, ${once.by.id}, ${once.key}, ${once.request}, ${seal(keys, once, answer)}, ${at}) on conflict do nothing`);
}

export const forgetAnswers = (db: Queries, at: number): Promise<number> =>
  db.run(sql`delete from idempotency_keys where created_at < ${at - keptForMs}`);

async function claim(db: Queries, once: Once, at: number): Promise<boolean> {
  // Waits here while another request with this key is under way.
  const made = await db.run(sql`insert into idempotency_keys (tenant_id, caller, key, request, created_at)
    values (${once.tenantId}, ${once.by.id}, ${once.key}, ${once.request}, ${at}) on conflict do nothing`);
  return made === 1;
}

async function find(db: Queries, keys: Keys, once: Once): Promise<StoredAnswer | undefined> {
  const row = await db.first<{ request: Buffer; answer: Buffer }>(sql`
    select request, answer from idempotency_keys where tenant_id = ${once.tenantId} and caller = ${once.by.id} and key = ${once.key}`);
  if (!row) return;
  if (!row.request.equals(once.request)) refuseOtherRequest();
  return JSON.parse(keys.open(row.answer, contextOf(once))) as StoredAnswer;
}

function refuseOtherRequest(): never {
  throw new DoorError(
    422,
    'request.idempotency_key_reused',
    'This Idempotency-Key was used for another request.',
  );
}

const seal = (keys: Keys, once: Once, answer: StoredAnswer) =>
  keys.seal(JSON.stringify(answer), contextOf(once));
const contextOf = (once: Once) => `idempotency:${once.by.id}:${once.key}`;
