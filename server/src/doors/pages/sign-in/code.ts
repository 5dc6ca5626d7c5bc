/** A code as people write it, and what there is to say when it is not the right one. */
import type { FastifyRequest } from 'fastify';
import type { Refusal } from '../../../domain/refusal.ts';
import { fieldOf } from '../fields.ts';
import { plainSentence } from '../sentence.ts';
import type { Failure } from './ask.ts';
import type { Scene } from './scene.ts';

/** Six digits, however they were set apart or typed; undefined for anything else. */
export function codeField(request: FastifyRequest): string | undefined {
  const code = fieldOf(request, 'code', 40).normalize('NFKC').replaceAll(/[\s-]/g, '');
  return /^\d{6}$/.test(code) ? code : undefined;
}

/** Undefined where the refusal is about something else. */
export function codeProblem({ words }: Scene, { code, facts }: Refusal): Failure | undefined {
  const left = Number(facts.triesLeft);
  if (code === 'proof.too_many_tries') return { status: 429, told: words.code.onlyLink };
  if (code === 'proof.ended' || (code === 'proof.wrong_code' && left < 1))
    return { status: 422, told: words.code.ended };
  if (code !== 'proof.wrong_code') return undefined;
  const told = left === 1 ? words.code.wrongOnce : plainSentence(words.code.wrong, { left });
  return { status: 422, told };
}
