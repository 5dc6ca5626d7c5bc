/** What pages load: style sheets and the mark, under names that change with their content and so never go stale. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

type Asset = {
  readonly url: string;
  readonly type: string;
  readonly content: string;
  readonly packed: Buffer;
};

function asset(file: string, type: string): Asset {
  const content = readFileSync(join(import.meta.dirname, 'assets', file), 'utf8');
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const [name, extension] = file.split('.');
  return {
    url: `/assets/${name}-${hash}.${extension}`,
    type,
    content,
    packed: gzipSync(content, { level: 9 }),
  };
}

export const assets = {
  mailbox: asset('mailbox.css', 'text/css; charset=utf-8'),
  docs: asset('docs.css', 'text/css; charset=utf-8'),
  account: asset('account.css', 'text/css; charset=utf-8'),
  passkeys: asset('passkeys.js', 'text/javascript; charset=utf-8'),
  once: asset('once.js', 'text/javascript; charset=utf-8'),
  mark: asset('mark.svg', 'image/svg+xml'),
};

/** The common styles, which stand in the pages themselves. */
export const commonStyles = readFileSync(join(import.meta.dirname, 'assets', 'pages.css'), 'utf8');

export function serveAssets(app: FastifyInstance): void {
  for (const { url, type, content, packed } of Object.values(assets)) {
    app.get(url, ({ headers }, reply) => {
      const packs = canUnpack(headers['accept-encoding']);
      if (packs) reply.header('content-encoding', 'gzip');
      return reply
        .type(type)
        .header('vary', 'Accept-Encoding')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .send(packs ? packed : content);
    });
  }
}

export const canUnpack = (acceptEncoding = ''): boolean =>
  /(^|[\s,])gzip(?!\s*;\s*q=0(\.0+)?\s*(,|$))/i.test(acceptEncoding);
