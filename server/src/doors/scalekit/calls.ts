/**
 * A call of this door, from its message to its answer: who calls, whether the fields are what the descriptors say, the
 * method itself, and what it refused in this door's words. In this order, so that nobody unknown learns of fields.
 */

import type { DescService } from '@bufbuild/protobuf';
import {
  create,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { Code, createContextKey, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { Act, Actor, TxAct } from '../../act.ts';
import type { ScalekitDoor } from './door.ts';
import { failed, translated, unsupported } from './errors.ts';
import { authenticate } from './oauth/verify.ts';
import type { Service } from './services.ts';

export type Call = {
  readonly actor: Actor;
  /** The application that calls. */
  readonly applicationId: string;
  /** Runs a verb as the act of the caller. */
  act<T>(verb: (act: Act) => Promise<T>): Promise<T>;
  /** The same with everything in one transaction. */
  atomically<T>(verb: (act: TxAct) => Promise<T>): Promise<T>;
};

const callKey = createContextKey<Call | undefined>(undefined);

/** Who makes this call; every method runs after that is known. */
export function callOf({ values }: HandlerContext): Call {
  const call = values.get(callKey);
  if (!call) throw new Error('A method runs after its caller is known');
  return call;
}

type Unary = (request: Message, context: HandlerContext) => Promise<Message>;

/** The methods of the service as they are to be served: all of them, guarded. */
export function guarded(door: ScalekitDoor, { descriptor, methods }: Service): ServiceImpl<DescService> {
  return Object.fromEntries(
    descriptor.methods.map((method) => [
      method.localName,
      guard(door, method as DescMethodUnary, methods[method.localName] as never),
    ]),
  ) as never;
}

function guard(door: ScalekitDoor, method: DescMethodUnary, run: Unary | undefined): Unary {
  return async (request, context) => {
    try {
      context.values.set(callKey, await callerOf(door, context));
      if (!run) throw unsupported(`${nameOf(method)} is not served here.`);
      mustFit(method, request);
      const answer = await inTime(run(request, context), context);
      return isText(context) ? settled(method, answer) : answer;
    } catch (error) {
      throw translated(error, door.log);
    }
  };
}

/** A caller with a deadline is answered by then, whatever becomes of what was begun. */
function inTime<T>(work: Promise<T>, { signal, timeoutMs }: HandlerContext): Promise<T> {
  if (timeoutMs() === undefined) return work;
  return new Promise((resolve, reject) => {
    const late = () => reject(signal.reason);
    if (signal.aborted) late();
    signal.addEventListener('abort', late, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', late));
  });
}

const nameOf = ({ parent, name }: DescMethod): string => `${parent.typeName.split('.').at(-1)}/${name}`;

async function callerOf(door: ScalekitDoor, { requestHeader }: HandlerContext): Promise<Call> {
  const applicationId = await authenticate(door, requestHeader.get('authorization'));
  const actor: Actor = { kind: 'management', id: applicationId };
  return {
    actor,
    applicationId,
    act: (verb) => door.acting(actor, verb),
    atomically: (verb) => door.acting.atomically(actor, verb),
  };
}

/** Its plans are made once for each message, when the first of them comes. */
const validator = createValidator();

/** Refuses INVALID_ARGUMENT, with every field that is not as its descriptor says. */
function mustFit({ input }: DescMethodUnary, request: Message): void {
  const { kind, violations, error } = validator.validate(input, request);
  if (kind === 'valid') return;
  if (!violations || violations.length === 0) throw error;
  const named = violations.map(({ field, message, ruleId }) => ({
    field:
      field
        .map((part) => ('name' in part ? part.name : ''))
        .filter(Boolean)
        .join('.') || 'request',
    description: message,
    constraint: ruleId,
  }));
  throw failed(
    Code.InvalidArgument,
    'INVALID_ARGUMENT',
    named.map(({ field, description }) => `${field}: ${description}`).join('; '),
    named,
  );
}

const isText = ({ protocolName, requestHeader }: HandlerContext): boolean =>
  protocolName === 'rest' || (requestHeader.get('content-type')?.includes('json') ?? false);

/** An answer may carry parts that are encoded already. Whoever reads JSON needs them as messages. */
function settled({ output }: DescMethodUnary, answer: Message): Message {
  const message = create(output, answer);
  return message.$unknown ? fromBinary(output, toBinary(output, message)) : message;
}
