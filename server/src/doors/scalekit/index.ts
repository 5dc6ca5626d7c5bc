/**
 * Scalekit's door: its services over gRPC, gRPC-Web, Connect and plain HTTP, and OAuth's endpoints beside them. It answers at the
 * root of the server, for that is the one address that its clients are given.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { FastifyInstance } from 'fastify';
import { rememberingAuthority } from '../../domain/applications/authority.ts';
import type { OtherIssuer } from '../authorizations.ts';
import { guarded } from './calls.ts';
import type { ScalekitDoor, ScalekitParts } from './door.ts';
import { answersRest, gateway } from './gateway/index.ts';
import { openIds } from './ids.ts';
import { openRing } from './oauth/keys.ts';
import { oauthRoutes } from './oauth/routes.ts';
import { servicesOf } from './services.ts';
import { unaryCalls } from './unary.ts';

export type Scalekit = {
  readonly issuer: OtherIssuer;
  /** True for the paths of its services. */
  answers(url: string): boolean;
  /** True for its routes under the prefix of another door. */
  isRoute(url: string): boolean;
  handle(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void;
  /** A Fastify plugin with the other routes. */
  routes(app: FastifyInstance): Promise<void>;
  close(): void;
};

const largest = 1024 * 1024;
/** A caller's deadline counts up to this; a longer one is refused. */
const longestMs = 120_000;

export async function openScalekit(parts: ScalekitParts): Promise<Scalekit> {
  const { db, tenantId, clock } = parts;
  const door: ScalekitDoor = {
    ...parts,
    ids: openIds(db, tenantId),
    ring: await openRing(parts),
    mayManage: rememberingAuthority(db, tenantId, clock),
  };
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
  return {
    issuer: { url: parts.publicUrl, organizationName: door.ids.organizationName },
    isRoute: (url) => /^\/oidc\/logout(?:\?|$)/.test(url),
    answers: (url) => url.startsWith('/scalekit.v1.') || answersRest(url),
    handle(request, response) {
      if ('stream' in request && takeUnary(request)) return;
      if (!answersRest(request.url ?? '')) return answerCall(request, response);
      answerRest(request).then(({ status, headers, body }) => {
        if (response.destroyed) return;
        (response as ServerResponse).writeHead(status, headers).end(body);
      }, door.log);
    },
    routes: (app) => oauthRoutes(app, door),
    close: () => door.ring.close(),
  };
}
