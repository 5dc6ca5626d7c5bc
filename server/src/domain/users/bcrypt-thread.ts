/** The thread in which bcrypt digests are checked. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { Question, Verdict } from './bcrypt.ts';

parentPort!.on('message', ({ id, password, digest }: Question) => {
  parentPort!.postMessage({ id, isRight: compareSync(password, digest) } satisfies Verdict);
});
