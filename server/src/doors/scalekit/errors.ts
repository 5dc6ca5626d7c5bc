/**
 * How this door says no: a gRPC code, a message for people and an ErrorInfo for machines. Nothing that was sent comes
 * back in it but the names of fields.
 */
import { Code, ConnectError } from '@connectrpc/connect';
import { isOutage, isUnfitValue } from '../../db/db.ts';
import { Refusal } from '../../domain/refusal.ts';
import { ErrorInfoSchema } from './descriptors.ts';
import { UnknownName } from './ids.ts';
import { refusals } from './refusals.ts';

export type Violation = {
  readonly field: string;
  readonly description: string;
  readonly constraint?: string | undefined;
};

export function failed(
  code: Code,
  errorCode: string,
  message: string,
  violations: readonly Violation[] = [],
): ConnectError {
  const fieldViolations = violations.map(({ field, description, constraint = '' }) => ({
    field,
    description,
    constraint,
  }));
  const info = {
    errorCode,
    ...(violations.length > 0 ? { validationErrorInfo: { fieldViolations } } : {}),
  };
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
}

export const invalid = (field: string, description: string): ConnectError =>
  failed(Code.InvalidArgument, 'INVALID_ARGUMENT', `${field}: ${description}`, [{ field, description }]);

export const notFound = (noun: string): ConnectError =>
  failed(Code.NotFound, 'NOT_FOUND', `The ${noun} does not exist.`);

export const unsupported = (what: string): ConnectError => failed(Code.Unimplemented, 'UNIMPLEMENTED', what);

/** The error of this door for anything thrown; what is a bug is told to `log`, and to the caller not at all. */
export function translated(error: unknown, log: (problem: unknown) => void): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof Refusal) return refused(error);
  if (error instanceof UnknownName) return notFound(error.noun);
  if (isUnfitValue(error))
    return failed(
      Code.InvalidArgument,
      'INVALID_ARGUMENT',
      'A value has characters, a size or a form that cannot be used.',
    );
  if (isOutage(error))
    return failed(Code.Unavailable, 'UNAVAILABLE', 'The database cannot be reached. Try again later.');
  log(error);
  return failed(Code.Internal, 'INTERNAL', 'Something went wrong on our side.');
}

function refused({ code, message, facts }: Refusal): ConnectError {
  const [grpc, errorCode, field] = refusals[code] as (typeof refusals)[typeof code] & { 2?: string };
  const error = failed(grpc, errorCode, message, field ? [{ field, description: message }] : []);
  const { retryAt } = facts;
  if (typeof retryAt === 'number') error.metadata.set('x-retry-at', new Date(retryAt).toISOString());
  return error;
}
