/** The error body of this door: `{ error, code, details?, extensions? }`. No value that was sent comes back in it. */
import type { ErrorObject } from 'ajv';
import { isOutage, isUnfitValue } from '../../db/db.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type Code, refusals, type Said, statuses } from './refusals.ts';

type Detail = { readonly field: string; readonly message: string; readonly code: string };
type More = { readonly details?: readonly Detail[]; readonly extensions?: Readonly<Record<string, unknown>> };

/** A refusal of the door itself: bad input, no token, an unknown route. */
export class GrantError extends Error {
  readonly code: Code;
  readonly more: More;

  constructor(code: Code, message: string, more: More = {}) {
    super(message);
    this.code = code;
    this.more = more;
  }
}

export const invalidFields = (details: readonly Detail[]): GrantError =>
  new GrantError('VALIDATION_ERROR', `Not valid: ${details.map(({ field }) => field).join(', ')}.`, {
    details,
  });

export const invalidField = (field: string, message: string): GrantError =>
  invalidFields([{ field, message, code: 'invalid' }]);

export const unauthenticated = (message = 'This needs a valid access token.'): GrantError =>
  new GrantError('UNAUTHENTICATED', message);

export function detailsOf(errors: readonly ErrorObject[]): Detail[] {
  return errors.map(({ instancePath, keyword, params, message }) => {
    const missing = keyword === 'required' ? [String(params.missingProperty)] : [];
    const field = [...instancePath.split('/').slice(1), ...missing].join('.') || 'body';
    return { field, message: message ?? 'Not valid', code: keyword };
  });
}

type ErrorBody = More & { readonly error: string; readonly code: Code };
export type ErrorAnswer = {
  readonly status: number;
  readonly body: ErrorBody;
  /** In seconds. */
  readonly retryAfter?: number | undefined;
};

/** The answer to anything thrown; undefined when it is a bug, which the caller logs. */
export function answerOf(error: unknown, at: number): ErrorAnswer | undefined {
  if (error instanceof Refusal) return refused(error, at);
  if (error instanceof GrantError) return answer(error.code, error.message, error.more);
  const {
    code,
    statusCode = 500,
    message,
  } = error as { code?: unknown; statusCode?: number; message?: string };
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode < 500)
    return { ...answer('VALIDATION_ERROR', message ?? 'The request cannot be read.'), status: statusCode };
  if (isUnfitValue(error))
    return answer('VALIDATION_ERROR', 'A value has characters, a size or a form that cannot be used.');
  if (isOutage(error))
    return {
      ...answer('SERVICE_UNAVAILABLE', 'The database cannot be reached. Try again later.'),
      retryAfter: 1,
    };
  return undefined;
}

export const bug = (requestId: string): ErrorAnswer =>
  answer('INTERNAL_SERVER_ERROR', `Something went wrong on our side. Request ${requestId}.`);

const answer = (code: Code, error: string, more: More = {}): ErrorAnswer => ({
  status: statuses[code],
  body: { error, code, ...more },
});

function refused(error: Refusal, at: number): ErrorAnswer {
  const { code, field, extensions }: Said = refusals[error.code];
  const { retryAt } = error.facts;
  const details = field ? { details: [{ field, message: error.message, code: error.code }] } : {};
  return {
    ...answer(code, error.message, {
      ...details,
      extensions: { reason: error.code, ...extensions, ...error.facts },
    }),
    retryAfter: typeof retryAt === 'number' ? Math.max(1, Math.ceil((retryAt - at) / 1000)) : undefined,
  };
}
