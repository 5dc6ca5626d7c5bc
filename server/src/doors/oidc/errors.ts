/**
 * How errors of this door look: the OAuth body, with the `code` and `message` that the field's clients insist on. With
 * `?parse_error=false` the OAuth body alone.
 */
import type { ServerResponse } from 'node:http';

type OAuthError = { error: string; error_description?: string; scope?: string };

export const withCode = <B extends OAuthError>(body: B, code = `oidc.${body.error}`) => ({
  code,
  message: body.error_description ?? body.error,
  ...body,
});

export const isOAuthError = (body: unknown): body is OAuthError =>
  typeof body === 'object' && body !== null && typeof (body as { error?: unknown }).error === 'string';

export const wantsPlainErrors = (url: string): boolean => {
  const query = url.indexOf('?');
  return query !== -1 && new URLSearchParams(url.slice(query)).get('parse_error') === 'false';
};

export function sendJson(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  res.end(text);
}

export function sendError(res: ServerResponse, status: number, body: OAuthError, plain: boolean): void {
  if (res.headersSent || res.destroyed) return void res.destroy();
  sendJson(res, status, plain ? body : withCode(body));
}

export const unavailable: OAuthError = {
  error: 'temporarily_unavailable',
  error_description: 'the database cannot be reached',
};
export const serverError: OAuthError = {
  error: 'server_error',
  error_description: 'oops! something went wrong',
};
