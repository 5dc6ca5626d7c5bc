/** OAuth's errors at this door: `{ error, error_description }`. */
import type { FastifyReply } from 'fastify';

export class OAuthError extends Error {
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}

export const invalidRequest = (description: string) => new OAuthError(400, 'invalid_request', description);
export const invalidClient = () =>
  new OAuthError(401, 'invalid_client', 'The client does not exist, or its secret is not this one.');

/** Clients of the field look the reason phrase up among names of one word: these are the ones that they know. */
const phrases: Readonly<Record<number, string>> = {
  400: 'Bad_Request',
  404: 'Not_Found',
  429: 'Too_Many_Requests',
  500: 'Internal_Server_Error',
  503: 'Service_Unavailable',
};

export function sendOAuthError(reply: FastifyReply, { status, error, message }: OAuthError): FastifyReply {
  const phrase = phrases[status];
  if (phrase && reply.raw.req.httpVersionMajor === 1) reply.raw.statusMessage = phrase;
  return reply.code(status).send({ error, error_description: message });
}
