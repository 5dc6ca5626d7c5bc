/** Pages for people: the front page, the documentation, the development mailbox, and where an invitation's link leads. */
import formBody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Acting } from '../../act.ts';
import type { Db } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import type { MailBounds } from '../../outbox/put.ts';
import type { OtherIssuer } from '../authorizations.ts';
import type { Flows } from '../flows.ts';
import { accountRoutes } from './account/routes.ts';
import { serveAssets } from './assets.ts';
import { type Documented, docsRoutes } from './docs.ts';
import { sendPage } from './frame.ts';
import { homeRoutes } from './home.ts';
import { forgedLink, invitationRoutes } from './invitation.ts';
import { joinRoutes } from './join/routes.ts';
import { languageFor } from './languages.ts';
import { mailboxRoutes } from './mailbox.ts';
import { messagePage } from './message.ts';
import { plainSentence } from './sentence.ts';
import { consentRoutes } from './sign-in/consent.ts';
import { signInLinkRoutes } from './sign-in/link.ts';
import { organizationRoutes } from './sign-in/organization.ts';
import { passkeyRoutes } from './sign-in/passkey.ts';
import { passwordRoutes } from './sign-in/password.ts';
import { signInRoutes } from './sign-in/routes.ts';
import { signOutRoutes } from './sign-in/sign-out.ts';
import { isOurForm } from './visit.ts';
import { type ErrorKind, errorsIn } from './wording/errors.ts';

export type PagesDoor = {
  readonly tenantId: string;
  readonly db: Db;
  readonly keys: Keys;
  readonly acting: Acting;
  readonly flows: Flows;
  readonly otherIssuer: OtherIssuer | undefined;
  readonly mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean };
  readonly clock: () => number;
  readonly publicUrl: string;
  readonly hasMailbox: boolean;
  /** The API as an OpenAPI document. */
  readonly document: () => Documented;
};

/** Signing in and out, and what follows from it. */
const people = [
  signInRoutes,
  signInLinkRoutes,
  passwordRoutes,
  passkeyRoutes,
  organizationRoutes,
  consentRoutes,
  signOutRoutes,
  accountRoutes,
];

export async function pagesDoor(app: FastifyInstance, door: PagesDoor): Promise<void> {
  app.setErrorHandler(failed);
  app.setNotFoundHandler(unknown);
  await app.register(formBody, { bodyLimit: 56 * 1024 });
  // Nothing that changes anything is asked for from elsewhere.
  app.addHook('preValidation', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD' || request.is404) return;
    if (!isOurForm(door, request, reply)) {
      return sendError(request, reply, 403, 'form');
    }
  });
  serveAssets(app);
  homeRoutes(app, door);
  docsRoutes(app, door);
  mailboxRoutes(app, door);
  invitationRoutes(app, door);
  joinRoutes(app, door);
  for (const routes of people) routes(app, door);
}

/** The answer to what no route ever sees: an address that is too long, or not written as addresses are. */
export function unreadable(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/invitations/')) return forgedLink(request, reply);
  return sendError(request, reply, 400, 'address');
}

function unknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.url.startsWith('/invitations/')) return forgedLink(request, reply);
  if (request.method === 'GET' && request.headers.accept?.includes('text/html'))
    return sendError(request, reply, 404, 'missing');
  return reply.code(404).send({ code: 'request.route_not_found', message: 'There is nothing here.' });
}

function failed(
  error: Error & { statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const status = error.statusCode ?? 500;
  if (status < 500) return sendError(request, reply, status, 'request');
  request.log.error(
    { err: error, requestId: request.id, route: request.routeOptions.url },
    'unexpected failure',
  );
  return sendError(request, reply, 500, 'failure');
}

/** In the visitor's language, which only the browser tells: the database may be what has failed. */
function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  kind: ErrorKind,
): FastifyReply {
  const language = languageFor(undefined, request.headers['accept-language'], undefined);
  const { title, text } = errorsIn[language][kind];
  const page = messagePage(title, plainSentence(text, { request: request.id }));
  return sendPage(reply.header('vary', 'Accept-Language'), status, { ...page, language });
}
