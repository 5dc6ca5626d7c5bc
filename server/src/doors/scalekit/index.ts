/**
 * Scalekit's door: its services over gRPC, gRPC-Web, Connect and plain HTTP, and OAuth's endpoints beside them. It answers at the
 * root of the server, for that is the one address that its clients are given.
 */
import type { FastifyInstance } from 'fastify';
import { rememberingAuthority } from '../../domain/applications/authority.ts';
import type { OtherIssuer } from '../authorizations.ts';
import type { ScalekitDoor, ScalekitParts } from './door.ts';
import { openIds } from './ids.ts';
import { openRing } from './oauth/keys.ts';
import { oauthRoutes } from './oauth/routes.ts';
import type { Serving } from './serving.ts';

export type Scalekit = {
  readonly issuer: OtherIssuer;
  /** True for the paths of its services. */
  answers(url: string): boolean;
  /** True for its routes under the prefix of another door. */
  isRoute(url: string): boolean;
  readonly handle: Serving;
  /** Gets ready for the first call, which would wait for it otherwise. */
  warm(): Promise<void>;
  /** A Fastify plugin with the other routes. */
  routes(app: FastifyInstance): Promise<void>;
  close(): void;
};

export async function openScalekit(parts: ScalekitParts): Promise<Scalekit> {
  const { db, tenantId, clock } = parts;
  const door: ScalekitDoor = {
    ...parts,
    ids: openIds(db, tenantId),
    ring: await openRing(parts),
    mayManage: rememberingAuthority(db, tenantId, clock),
  };
  let serving: Serving | undefined;
  let opening: Promise<Serving> | undefined;
  // The descriptors take a third of a second to read: a server whose start waits for them starts late for everybody.
  const open = () => {
    opening ??= import('./serving.ts').then(({ openServing }) => {
      serving = openServing(door);
      return serving;
    });
    return opening;
  };
  return {
    issuer: { url: parts.publicUrl, organizationName: door.ids.organizationName },
    isRoute: (url) => /^\/oidc\/logout(?:\?|$)/.test(url),
    answers: (url) => url.startsWith('/scalekit.v1.') || url.startsWith('/api/v1/'),
    handle(request, response) {
      if (serving) serving(request, response);
      else open().then((serve) => serve(request, response), parts.log);
    },
    async warm() {
      await open();
    },
    routes: (app) => oauthRoutes(app, door),
    close: () => door.ring.close(),
  };
}
