/**
 * The OpenAPI document of this door, made from the table of routes: the schemas that validate are the ones that are
 * shown. It names no host, so that it is the same for every deployment.
 */
import type { FastifyInstance } from 'fastify';
import manifest from '../../../package.json' with { type: 'json' };
import { sharedHeaders, sharedParameters, sharedResponses } from './documentation/components.ts';
import { type Operation, operationOf } from './documentation/operation.ts';
import { type JsonSchema, namedSchemas } from './documentation/schemas.ts';
import { introduction, tagTexts } from './documentation/texts.ts';
import { type WebhookOperation, webhookOperations, webhookSchemas } from './documentation/webhook-events.ts';
import type { Route } from './route.ts';

export type ApiDocument = {
  openapi: '3.1.0';
  info: { title: string; version: string; summary: string; description: string };
  servers: { url: string; description: string }[];
  security: Record<string, string[]>[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, WebhookOperation>;
  components: Record<string, Record<string, unknown>> & { schemas: Record<string, JsonSchema> };
};

export function documentOf(routes: readonly Route[]): ApiDocument {
  const { schemas, refer } = namedSchemas(routes);
  const paths: ApiDocument['paths'] = {};
  for (const route of routes) {
    const path = `/api${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route, refer);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Usher Management API',
      version: manifest.version,
      summary: 'Organizations, their members, and invitations to them',
      description: introduction,
    },
    servers: [{ url: '/', description: 'This server' }],
    security: [{ clientCredentials: ['all'] }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({
      name,
      description: tagTexts[name] ?? '',
    })),
    paths,
    webhooks: webhookOperations,
    components: {
      securitySchemes: { clientCredentials },
      schemas: { ...schemas, ...webhookSchemas },
      parameters: sharedParameters,
      headers: sharedHeaders,
      responses: sharedResponses,
    },
  };
}

const clientCredentials = {
  type: 'oauth2',
  description:
    'A bearer token by client credentials. Ask for it with `resource` = `https://default.logto.app/api` (the ' +
    'tenant’s id in the place of `default`) and `scope` = `all`.',
  flows: { clientCredentials: { tokenUrl: '/oidc/token', scopes: { all: 'Everything in the tenant' } } },
};

/** Anybody may read it, from any site. */
export function serveDocument(app: FastifyInstance, routes: readonly Route[]): void {
  let text: string | undefined;
  app.get('/openapi.json', { config: { isPublic: true } }, (_request, reply) => {
    text ??= JSON.stringify(documentOf(routes));
    return reply
      .header('access-control-allow-origin', '*')
      .type('application/json; charset=utf-8')
      .serializer(String)
      .send(text);
  });
}
