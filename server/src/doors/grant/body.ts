/** Reads bodies: JSON only, nothing counts as `{}`. What PostgreSQL could not store is refused by name. */
import type { FastifyInstance } from 'fastify';
import { invalidField } from './errors.ts';

/** Deeper than any call of this door. */
const deepest = 16;

export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => {
      const value = parsed(text);
      mustBeStorable(value, '', 0);
      return value;
    },
  );
  app.addHook('preValidation', async (request) => {
    request.body ??= {};
    mustBeStorable(request.query, '', 0);
    mustBeStorable(request.params, '', 0);
  });
}

/** What the parser says of a body may repeat it: it is not told. */
function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw invalidField('body', 'Not JSON');
  }
}

function mustBeStorable(value: unknown, field: string, depth: number): void {
  if (depth > deepest) throw invalidField(field || 'body', `Nested deeper than ${deepest}`);
  // Half a surrogate pair has no UTF-8 form.
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    throw invalidField(field || 'body', 'Has characters that cannot be stored');
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    mustBeStorable(inner, field ? `${field}.${key}` : key, depth + 1);
}
