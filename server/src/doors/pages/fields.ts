/** What a form brought: texts only, without the characters that no field of ours may hold. */
import type { FastifyRequest } from 'fastify';

/** The text of a field; empty when it is absent, too long or holds what no keyboard writes. */
export function fieldOf(request: FastifyRequest, name: string, longest = 512): string {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' &&
    value.length <= longest &&
    !/\p{Cc}/u.test(value) &&
    value.isWellFormed()
    ? value
    : '';
}

/** All values of a field that may come several times. */
export function fieldsOf(request: FastifyRequest, name: string): string[] {
  const value = (request.body as Record<string, unknown> | undefined)?.[name];
  return [value].flat().filter((one): one is string => typeof one === 'string');
}

export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' && value !== '' && value.length <= 2048 ? value : undefined;
}

/** A path of this server as it was given; undefined for anything that could lead elsewhere. */
export function localPath(text: string | undefined, publicUrl: string): string | undefined {
  if (!text || text.length > 2048 || !/^\/(?![/\\])[^\\\s\p{C}]*$/u.test(text)) return undefined;
  const url = URL.parse(text, publicUrl);
  return url && url.origin === new URL(publicUrl).origin && !url.pathname.startsWith('//') ? text : undefined;
}
