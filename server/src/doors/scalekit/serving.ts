/** The services of this door behind their protocols: gRPC, gRPC-Web, Connect, and plain HTTP under /api/v1. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { guarded } from './calls.ts';
import type { ScalekitDoor } from './door.ts';
import { answersRest, gateway } from './gateway/index.ts';
import { servicesOf } from './services.ts';
import { unaryCalls } from './unary.ts';

export type Serving = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

const largest = 1024 * 1024;
/** A caller's deadline counts up to this; a longer one is refused. */
const longestMs = 120_000;

export function openServing(door: ScalekitDoor): Serving {
  const services = servicesOf(door).map((service) => ({
    descriptor: service.descriptor,
    methods: guarded(door, service),
  }));
  const takeUnary = unaryCalls(services, { largest, longestMs });
  const answerCall = connectNodeAdapter({
    routes: (router) => {
      for (const { descriptor, methods } of services) router.service(descriptor, methods);
    },
    readMaxBytes: largest,
    maxTimeoutMs: longestMs,
  });
  const answerRest = gateway(door, services);
  return (request, response) => {
    if ('stream' in request && takeUnary(request)) return;
    if (!answersRest(request.url ?? '')) return answerCall(request, response);
    answerRest(request).then(({ status, headers, body }) => {
      if (response.destroyed) return;
      (response as ServerResponse).writeHead(status, headers).end(body);
    }, door.log);
  };
}
