/**
 * Checks bcrypt digests, which come with imports. The work is done by one thread beside this one, one digest after the
 * other: it takes a core for as long as it lasts, and nobody else waits for it.
 */
import { Worker } from 'node:worker_threads';

/** `$2b$12$…`: a cost above this would keep the thread for half a minute and longer. */
const highestCost = 16;
const format = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const idleMs = 30_000;

export type Question = { readonly id: number; readonly password: string; readonly digest: string };
export type Verdict = { readonly id: number; readonly isRight: boolean };
type Waiting = { readonly resolve: (isRight: boolean) => void; readonly reject: (cause: Error) => void };

const waiting = new Map<number, Waiting>();
let thread: Worker | undefined;
let resting: NodeJS.Timeout | undefined;
let count = 0;

/** False for what is no digest of bcrypt, or one that is too costly to check. */
export function isBcryptDigest(password: string, digest: string): Promise<boolean> {
  const cost = Number(format.exec(digest)?.[1] ?? Number.NaN);
  if (!(cost <= highestCost)) return Promise.resolve(false);
  clearTimeout(resting);
  thread ??= start();
  const id = count++;
  thread.postMessage({ id, password, digest } satisfies Question);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function start(): Worker {
  const worker = new Worker(new URL('./bcrypt-thread.ts', import.meta.url));
  worker.on('message', ({ id, isRight }: Verdict) => {
    waiting.get(id)?.resolve(isRight);
    waiting.delete(id);
    if (waiting.size === 0) resting = setTimeout(() => rest(worker), idleMs).unref();
  });
  worker.on('error', (error) => over(worker, error as Error));
  worker.on('exit', () => over(worker, new Error('The thread that checks passwords ended')));
  worker.unref();
  return worker;
}

function rest(worker: Worker): void {
  thread = undefined;
  void worker.terminate();
}

/** What it was asked is not answered: that says nothing about the passwords. */
function over(worker: Worker, cause: Error): void {
  if (thread !== worker) return;
  thread = undefined;
  for (const { reject } of waiting.values()) reject(cause);
  waiting.clear();
}
