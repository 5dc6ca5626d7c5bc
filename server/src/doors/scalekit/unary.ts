/**
 * gRPC's common case written out: one whole message in, one out, over HTTP/2, uncompressed. The general handler, which
 * serves everything else, takes several times as long around a call as our methods take for it. What comes of a call is the
 * same by both.
 */
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import type { DescService } from '@bufbuild/protobuf';
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { parseTimeout, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';

type Unary = (request: Message, context: HandlerContext) => Promise<MessageInitShape<DescMessage>>;
type Served = { readonly method: DescMethodUnary; readonly run: Unary };

export type Bounds = { readonly largest: number; readonly longestMs: number };

const contentTypes = new Set(['application/grpc', 'application/grpc+proto']);
const prefixLength = 5;

export function unaryCalls(
  services: readonly { readonly descriptor: DescService; readonly methods: ServiceImpl<DescService> }[],
  bounds: Bounds,
) {
  const served = new Map<string, Served>();
  for (const { descriptor, methods } of services)
    for (const method of descriptor.methods)
      if (method.methodKind === 'unary')
        served.set(`/${descriptor.typeName}/${method.name}`, {
          method: method as DescMethodUnary,
          run: methods[method.localName] as never,
        });

  /** False: the call is none of these, and nothing was read of it. */
  return ({ stream, method, url, headers }: Http2ServerRequest): boolean => {
    const found = served.get(url);
    if (!found || method !== 'POST' || !contentTypes.has(headers['content-type'] ?? '')) return false;
    if ((headers['grpc-encoding'] ?? 'identity') !== 'identity') return false;
    const { timeoutMs, error } = parseTimeout(textOf(headers['grpc-timeout']), bounds.longestMs);
    if (error) return false;
    serve(stream, found, new UnaryContext(found.method, url, headers, timeoutMs), bounds);
    return true;
  };
}

function serve(stream: ServerHttp2Stream, served: Served, context: UnaryContext, { largest }: Bounds): void {
  const parts: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const over = (answer: () => void) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    if (!stream.destroyed && !stream.closed) answer();
  };
  const fail = (error: ConnectError) => over(() => answerError(stream, error));
  const deadline =
    context.timeout === undefined
      ? undefined
      : setTimeout(() => {
          const error = new ConnectError('the operation timed out', Code.DeadlineExceeded);
          fail(error);
          context.abort(error);
        }, context.timeout);
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (isOver) return;
    over(() => undefined);
    context.abort(new ConnectError('the caller is gone', Code.Canceled));
  });
  stream.on('data', (part: Buffer) => {
    // After an answer the rest is let go by, so that the caller comes to its end.
    size += part.length;
    if (isOver) return;
    if (size <= largest + prefixLength) parts.push(part);
    else fail(new ConnectError(`a message has at most ${largest} bytes`, Code.ResourceExhausted));
  });
  stream.once('end', () => {
    if (isOver) return;
    run(served, parts.length === 1 ? parts[0]! : Buffer.concat(parts), context).then(
      (bytes) => over(() => answerMessage(stream, bytes)),
      (error: unknown) => fail(ConnectError.from(error, Code.Internal)),
    );
  });
}

async function run({ method, run }: Served, bytes: Buffer, context: UnaryContext): Promise<Uint8Array> {
  const request = messageOf(method, bytes);
  const answer = await run(request, context);
  return toBinary(method.output, create(method.output, answer));
}

function messageOf({ input }: DescMethodUnary, bytes: Buffer): Message {
  const isWhole = bytes.length >= prefixLength && bytes.readUInt32BE(1) === bytes.length - prefixLength;
  if (!isWhole || bytes[0] !== 0)
    throw new ConnectError('this is not one whole, uncompressed message', Code.InvalidArgument);
  try {
    return fromBinary(input, bytes.subarray(prefixLength));
  } catch (error) {
    throw new ConnectError('the message cannot be read', Code.InvalidArgument, undefined, undefined, error);
  }
}

const answerHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };

function answerMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  const bytes = Buffer.allocUnsafe(prefixLength + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, prefixLength);
  stream.respond(answerHeaders, { waitForTrailers: true });
  // Node's own response, of which nothing is used, would send trailers too.
  stream.removeAllListeners('wantTrailers');
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(bytes);
}

function answerError(stream: ServerHttp2Stream, error: ConnectError): void {
  const status = new Headers();
  setTrailerStatus(status, error);
  stream.respond({ ...answerHeaders, ...Object.fromEntries(status) }, { endStream: true });
}

/** What a method may ask of its call; what most do not ask is made when somebody does. */
class UnaryContext implements HandlerContext {
  readonly service: DescService;
  readonly method: DescMethod;
  readonly url: string;
  readonly timeout: number | undefined;
  readonly protocolName = 'grpc';
  readonly requestMethod = 'POST';
  readonly values: ContextValues = createContextValues();
  readonly requestHeader: Headers;
  readonly #began = performance.now();
  #aborting: AbortController | undefined;
  #reason: unknown;

  constructor(
    method: DescMethodUnary,
    url: string,
    headers: Http2ServerRequest['headers'],
    timeoutMs: number | undefined,
  ) {
    this.service = method.parent;
    this.method = method;
    this.url = url;
    this.timeout = timeoutMs;
    this.requestHeader = new Headers();
    for (const name of Object.keys(headers))
      if (name[0] !== ':') this.requestHeader.set(name, textOf(headers[name]) ?? '');
  }

  timeoutMs = (): number | undefined =>
    this.timeout === undefined ? undefined : Math.max(0, this.timeout - (performance.now() - this.#began));

  get signal(): AbortSignal {
    this.#aborting ??= new AbortController();
    if (this.#reason !== undefined) this.#aborting.abort(this.#reason);
    return this.#aborting.signal;
  }

  get responseHeader(): Headers {
    return new Headers();
  }

  get responseTrailer(): Headers {
    return new Headers();
  }

  abort(reason: unknown): void {
    this.#reason ??= reason;
    this.#aborting?.abort(reason);
  }
}

const textOf = (value: string | string[] | undefined): string | null =>
  value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
