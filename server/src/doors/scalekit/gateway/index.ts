/**
 * The same services over plain HTTP and JSON, under /api/v1. Paths and bodies are as the descriptors say, the methods
 * those that the other protocols call; texts are in snake_case, enums by name, and what is empty is said.
 */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { create, type DescService, type Message, toJson } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  createContextValues,
  createHandlerContext,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import { ErrorInfoSchema } from '../descriptors.ts';
import type { ScalekitDoor } from '../door.ts';
import { failed, invalid, translated } from '../errors.ts';
import { authenticate } from '../oauth/verify.ts';
import { messageOf } from './request.ts';
import { type Found, tableOf } from './table.ts';

type Request = IncomingMessage | Http2ServerRequest;
export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
};
type Methods = Readonly<Record<string, (request: Message, context: HandlerContext) => Promise<Message>>>;
export type Served = readonly {
  readonly descriptor: DescService;
  readonly methods: ServiceImpl<DescService>;
}[];

const prefix = '/api/v1/';
const largest = 1024 * 1024;

export const answersRest = (url: string): boolean => url.startsWith(prefix);

export function gateway(door: ScalekitDoor, services: Served): (request: Request) => Promise<Answer> {
  const table = tableOf(services.flatMap(({ descriptor }) => descriptor.methods));
  const methods = new Map(
    services.map(({ descriptor, methods }) => [descriptor, methods as unknown as Methods]),
  );

  async function run(found: Found, query: URLSearchParams, request: Request): Promise<string> {
    const { method } = found;
    const requestHeader = new Headers();
    const { authorization } = request.headers;
    if (authorization) requestHeader.set('authorization', authorization);
    // Before anything of the request is looked at; the method asks again, and is answered from memory.
    await authenticate(door, requestHeader.get('authorization'));
    const message = messageOf(found, query, await textOf(request));
    const context = createHandlerContext({
      service: method.parent,
      method,
      protocolName: 'rest',
      requestMethod: request.method!,
      url: request.url!,
      requestHeader,
      contextValues: createContextValues(),
    });
    const answer = await methods.get(method.parent)![method.localName]!(message, context);
    const json = toJson(method.output, create(method.output, answer), {
      alwaysEmitImplicit: true,
      useProtoFieldName: true,
    });
    return JSON.stringify(json);
  }

  return async (request) => {
    const [path, query] = (request.url ?? '').split('?', 2);
    const found = table.find(request.method ?? '', path!);
    try {
      if (found === undefined) throw failed(Code.NotFound, 'NOT_FOUND', 'There is nothing at this address.');
      if (found === 'other verbs')
        return refusal(
          failed(Code.Unimplemented, 'METHOD_NOT_ALLOWED', 'This address does not answer that.'),
          405,
        );
      return answer(200, await run(found, new URLSearchParams(query), request));
    } catch (error) {
      return refusal(translated(error, door.log));
    }
  };
}

function textOf(request: Request): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= largest) chunks.push(chunk);
    });
    request.on('end', () =>
      length > largest
        ? reject(invalid('body', 'must not be longer than 1 MiB'))
        : resolve(Buffer.concat(chunks).toString()),
    );
    request.on('error', reject);
    request.on('close', () => reject(new ConnectError('The request was taken back', Code.Canceled)));
  });
}

const statuses: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** What a client can read of an error: the code, the message, and the details with their type. */
function refusal(error: ConnectError, status = statuses[error.code]): Answer {
  const details = error.findDetails(ErrorInfoSchema).map((info) => ({
    '@type': `type.googleapis.com/${ErrorInfoSchema.typeName}`,
    ...(toJson(ErrorInfoSchema, info, { useProtoFieldName: true }) as object),
  }));
  return answer(status, JSON.stringify({ code: error.code, message: error.rawMessage, details }));
}

const answer = (status: number, body: string): Answer => ({
  status,
  body,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
  },
});
