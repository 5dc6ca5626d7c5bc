/**
 * The error body of this door: `{ code, message, data?, details? }`. Codes are stable; messages are for people.
 */
import type { ErrorObject } from 'ajv';
import { isOutage, isUnfitValue } from '../../db/db.ts';
import { Refusal } from '../../domain/refusal.ts';
import { DeliveryFailure } from '../../outbox/mail/message.ts';
import { type Answer, refusals } from './refusals.ts';
import type { Route } from './route.ts';

export type Issue = { path: (string | number)[]; code: string; message: string };

/** A refusal of the door itself: bad input, missing authority, an unknown route. */
export class DoorError extends Error {
  readonly status: number;
  readonly code: string;
  readonly data: unknown;
  readonly details: string | undefined;

  constructor(status: number, code: string, message: string, data?: unknown, details?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = data;
    this.details = details;
  }
}

/** 400 that names the fields. */
export function invalidInput(issues: Issue[]): DoorError {
  const details = issues
    .map((issue) => `Error in key path "${issue.path.join('.')}": ${issue.message}`)
    .join('\n');
  return new DoorError(
    400,
    'guard.invalid_input',
    'The request is not valid.',
    { name: 'ValidationError', issues },
    details,
  );
}

/** 400 for one field: `field('body.invitee', 'Not an e-mail address')`. */
export const invalidField = (path: string, message: string): DoorError =>
  invalidInput([{ path: path.split('.'), code: 'invalid', message }]);

export function issuesOf(errors: readonly ErrorObject[], part: string): Issue[] {
  return errors.map((error) => {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const missing = error.keyword === 'required' ? [String(error.params.missingProperty)] : [];
    return { path: [part, ...path, ...missing], code: error.keyword, message: error.message ?? 'Not valid' };
  });
}

export type ErrorAnswer = { status: number; body: Record<string, unknown>; headers?: Record<string, string> };

/** The answer to anything thrown; undefined when it is a bug, which the caller logs and answers with 500. */
export function answerOf(
  error: unknown,
  route: Pick<Route, 'refusals'> | undefined,
  at: number,
): ErrorAnswer | undefined {
  if (error instanceof DoorError) {
    const { status, code, message, data, details } = error;
    return {
      status,
      body: { code, message, ...(data === undefined ? {} : { data }), ...(details ? { details } : {}) },
    };
  }
  if (error instanceof Refusal) return refusalAnswer(error, route, at);
  if (error instanceof DeliveryFailure) {
    return {
      status: 400,
      body: { code: 'connector.general', message: error.answer, data: { kind: error.kind } },
    };
  }
  const fastify = error as { statusCode?: number; code?: string; message?: string };
  if (
    typeof fastify.code === 'string' &&
    fastify.code.startsWith('FST_') &&
    (fastify.statusCode ?? 500) < 500
  ) {
    return {
      status: fastify.statusCode ?? 400,
      body: { code: 'request.malformed', message: fastify.message ?? 'Malformed request.' },
    };
  }
  if (isUnfitValue(error)) {
    return {
      status: 400,
      body: {
        code: 'guard.invalid_input',
        message: 'A value has characters, a size or a form that cannot be used.',
      },
    };
  }
  if (isOutage(error)) {
    return {
      status: 503,
      body: {
        code: 'server.database_unavailable',
        message: 'The database cannot be reached. Try again later.',
      },
      headers: { 'retry-after': '1' },
    };
  }
  return undefined;
}

function refusalAnswer(error: Refusal, route: Pick<Route, 'refusals'> | undefined, at: number): ErrorAnswer {
  const [status, code]: Answer = route?.refusals?.[error.code] ?? refusals[error.code];
  const retryAt = error.facts.retryAt;
  return {
    status,
    body: { code, message: error.message, data: { reason: error.code, ...error.facts } },
    ...(typeof retryAt === 'number'
      ? { headers: { 'retry-after': String(Math.max(1, Math.ceil((retryAt - at) / 1000))) } }
      : {}),
  };
}
