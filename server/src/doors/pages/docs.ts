/** /docs: made once, when somebody first asks, and sent packed to who can unpack it. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { canUnpack } from './assets.ts';
import type { Documented } from './docs/openapi.ts';
import { docsPage } from './docs/page.ts';
import { pageHeaders, renderPage } from './frame.ts';
import type { PagesDoor } from './index.ts';

export type { Documented };

type Made = { readonly plain: string; readonly packed: Buffer; readonly etag: string };

export function docsRoutes(app: FastifyInstance, { document, publicUrl, tenantId }: PagesDoor): void {
  let made: Made | undefined;
  app.get('/docs', (request, reply) => {
    made ??= make(renderPage(docsPage(document(), publicUrl, tenantId)).text);
    reply.headers({
      ...pageHeaders(),
      etag: made.etag,
      vary: 'Accept-Encoding',
      'cache-control': 'no-cache',
    });
    if (request.headers['if-none-match'] === made.etag) return reply.code(304).send();
    reply.type('text/html; charset=utf-8');
    return canUnpack(request.headers['accept-encoding'])
      ? reply.header('content-encoding', 'gzip').send(made.packed)
      : reply.send(made.plain);
  });
}

function make(plain: string): Made {
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  return { plain, packed: gzipSync(plain, { level: 9 }), etag: `W/"${hash}"` };
}
