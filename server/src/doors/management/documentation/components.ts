/** What many operations share: paging, the idempotency key, and the refusals that any of them may give. */
import type { JsonSchema } from './schemas.ts';

const ErrorRef: JsonSchema = { $ref: '#/components/schemas/Error' };

export type Refused = { readonly code: string; readonly text: string };

/** A refusal with its codes, told to people and to programs. */
export const refusedWith = (description: string, refused: readonly Refused[]) => ({
  description:
    refused.length === 0
      ? description
      : [description, '', ...refused.map(({ code, text }) => `- \`${code}\`: ${text}`)].join('\n'),
  content: {
    'application/json': {
      schema: ErrorRef,
      ...(refused[0] && { example: { code: refused[0].code, message: refused[0].text } }),
    },
  },
  'x-error-codes': [...new Set(refused.map(({ code }) => code))],
});

export const badInput: readonly Refused[] = [
  { code: 'guard.invalid_input', text: 'The request is not valid.' },
  { code: 'request.malformed_json', text: 'The body is not JSON.' },
];
export const badPage: Refused = {
  code: 'guard.invalid_pagination',
  text: 'page or page_size is no whole number in range.',
};
export const reusedKey: Refused = {
  code: 'request.idempotency_key_reused',
  text: 'This Idempotency-Key was used for another request.',
};

export const sharedResponses = {
  BadRequest: refusedWith('The request is not valid; the fields are named.', badInput),
  Unauthorized: refusedWith('No token, or one that is not valid here.', [
    { code: 'auth.authorization_header_missing', text: 'The Authorization header is missing.' },
    { code: 'auth.authorization_token_type_not_supported', text: 'Only bearer tokens are accepted.' },
    { code: 'auth.unauthorized', text: 'The token is not valid here.' },
    { code: 'auth.jwt_sub_missing', text: 'The token names no subject.' },
  ]),
  Forbidden: refusedWith('The token lacks the scope `all`.', [
    { code: 'auth.forbidden', text: 'The token lacks the scope "all".' },
  ]),
  Other: refusedWith(
    'Anything else, such as a body that is too large or a database that cannot be reached.',
    [
      { code: 'server.database_unavailable', text: 'The database cannot be reached. Try again later.' },
      { code: 'request.malformed', text: 'The request cannot be read (status 413, 415 or 400).' },
      { code: 'server.unexpected', text: 'Something went wrong on our side.' },
    ],
  ),
};

export const sharedParameters = {
  Page: {
    name: 'page',
    in: 'query',
    description: 'Which page, from 1',
    schema: { type: 'integer', minimum: 1, maximum: 10_000_000, default: 1 },
  },
  PageSize: {
    name: 'page_size',
    in: 'query',
    description: 'How many on a page',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes the request safe to repeat: the same key with the same request gets the same answer for a day and acts once; with another request it is refused.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    example: 'invite-ann-2026-07-31',
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: '`return=representation` asks for 200 with a receipt instead of an empty answer (Usher).',
    schema: { type: 'string' },
    example: 'return=representation',
  },
};

export const sharedHeaders = {
  TotalNumber: {
    description: 'How many there are on all pages together',
    schema: { type: 'integer', minimum: 0 },
  },
  Link: {
    description: 'Where the `first`, `prev`, `next` and `last` page are (RFC 8288)',
    schema: { type: 'string' },
    example: '</api/organizations?page=2>; rel="next"',
  },
};
