/** Reading bodies: JSON (nothing counts as `{}`) and forms. What PostgreSQL could not store is refused here, by name. */
import type { FastifyInstance } from 'fastify';
import { DoorError, invalidField } from './errors.ts';

/** Deeper than any real document, shallower than any stack. */
const deepest = 48;

export function readBodies(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined) request.body = {};
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => parseJson(text),
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, text: string) =>
      refuseUnstorable(Object.fromEntries(new URLSearchParams(text)), text),
  );
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DoorError(400, 'request.malformed_json', 'The body is not JSON.');
  }
  return refuseUnstorable(value, text);
}

function refuseUnstorable<T>(value: T, text: string): T {
  // Only a long or escaped text can hide something: the short ones are most of all requests.
  if (text.length > deepest || text.includes('\\u') || text.includes('%00')) visit(value, 'body', 0);
  return value;
}

function visit(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw invalidField(path, 'NUL characters cannot be stored');
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth === deepest) throw invalidField(path, `Nested deeper than ${deepest}`);
  for (const [key, inner] of Object.entries(value)) {
    if (key.includes('\0')) throw invalidField(path, 'NUL characters cannot be stored');
    visit(inner, `${path}.${key}`, depth + 1);
  }
}
