/**
 * Signing in without pages, for clients that have their own: the same flow and the same cookies, in JSON. What was
 * proved is kept in a signed cookie of this browser, for this flow, for minutes. A request of another site is refused.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '../../domain/ids.ts';
import { Refusal } from '../../domain/refusal.ts';
import { checkPassword } from '../../domain/users/check-password.ts';
import { signIn } from '../../domain/users/sign-in.ts';
import { strangerOf } from '../client.ts';
import type { Flow } from '../flows.ts';
import type { PagesDoor } from './index.ts';
import { browserOf, isOurOrigin, type Visit, visitOf } from './visit.ts';

const lifeMs = 10 * 60_000;
const cookie = { path: '/api/experience', lifeMs };
const methods = ['pwd'] as const;

/** What was proved so far. */
type Progress = {
  readonly flow: string;
  readonly until: number;
  readonly verificationId?: string;
  readonly userId?: string;
  readonly isIdentified?: boolean;
};

type Scene = {
  readonly door: PagesDoor;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly visit: Visit;
  readonly flow: Flow;
  readonly progress: Progress | undefined;
  keep(progress: Omit<Progress, 'flow' | 'until'> | undefined): void;
};

class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export async function experienceDoor(app: FastifyInstance, door: PagesDoor): Promise<void> {
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const { status, code, message } = problemOf(error);
    if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'unexpected failure');
    return reply.code(status).send({ code, message });
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  const on =
    (handler: (scene: Scene) => Promise<FastifyReply>) =>
    async (request: FastifyRequest, reply: FastifyReply) =>
      handler(await sceneOf(door, request, reply));
  app.put('/api/experience', on(begin));
  app.post('/api/experience/verification/password', on(verifyPassword));
  app.post('/api/experience/identification', on(identify));
  app.post('/api/experience/submit', on(submit));
}

async function begin({ request, reply, keep }: Scene): Promise<FastifyReply> {
  if (bodyOf(request).interactionEvent !== 'SignIn') throw invalid('interactionEvent must be SignIn.');
  keep({});
  return reply.code(204).send();
}

async function verifyPassword({ door, request, reply, progress, keep }: Scene): Promise<FastifyReply> {
  if (!progress) throw notFound('session.interaction_not_found', 'The interaction has not begun.');
  const { identifier, password } = bodyOf(request);
  const { type, value } = (identifier ?? {}) as { type?: unknown; value?: unknown };
  if ((type !== 'email' && type !== 'username') || !isText(value))
    throw invalid('identifier must be an email or username with its value.');
  if (!isText(password)) throw invalid('password must be text.');
  const userId = await door.acting({ kind: 'system', id: 'sign-in' }, (act) =>
    checkPassword(act, { identifier: value, password, client: strangerOf(request.ip) }),
  );
  const verificationId = newId(door.clock());
  keep({ verificationId, userId });
  return reply.send({ verificationId });
}

async function identify({ request, reply, progress, keep }: Scene): Promise<FastifyReply> {
  const { verificationId } = bodyOf(request);
  if (!progress?.userId || progress.verificationId !== verificationId)
    throw notFound('session.verification_session_not_found', 'There is no such verification.');
  keep({ ...progress, isIdentified: true });
  return reply.code(204).send();
}

async function submit({ door, reply, visit, flow, progress, keep }: Scene): Promise<FastifyReply> {
  const { userId, isIdentified } = progress ?? {};
  if (!userId || !isIdentified) throw notFound('session.identifier_not_found', 'Nobody is identified.');
  const { value, session } = await door.acting({ kind: 'user', id: userId }, (act) =>
    signIn(act, userId, methods, browserOf(visit)),
  );
  keep(undefined);
  visit.signedIn(value);
  const redirectTo = await door.flows.signedIn(flow.uid, { userId, signedInAt: session.signedInAt, methods });
  return reply.send({ redirectTo });
}

async function sceneOf(door: PagesDoor, request: FastifyRequest, reply: FastifyReply): Promise<Scene> {
  if (!isOurOrigin(door, request))
    throw new Problem(403, 'auth.forbidden', 'The request is of another site.');
  const flow = await door.flows.find(request.raw, reply.raw, undefined);
  if (!flow) throw new Problem(400, 'session.not_found', 'This browser has begun no authorization request.');
  const visit = await visitOf(door, request, reply);
  const kept = read(visit.cookie('experience'));
  return {
    door,
    request,
    reply,
    visit,
    flow,
    progress: kept && kept.flow === flow.uid && kept.until > door.clock() ? kept : undefined,
    keep(progress) {
      const all = progress && { ...progress, flow: flow.uid, until: door.clock() + lifeMs };
      const text = all && Buffer.from(JSON.stringify(all)).toString('base64url');
      visit.setCookie('experience', text, cookie);
    },
  };
}

/** The cookie is signed: what it says was written here. */
const read = (text: string | undefined): Progress | undefined =>
  text ? (JSON.parse(Buffer.from(text, 'base64url').toString()) as Progress) : undefined;

const bodyOf = ({ body }: FastifyRequest): Record<string, unknown> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};

const isText = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= 1024 &&
  !/\p{Cc}/u.test(value) &&
  value.isWellFormed();

const invalid = (message: string) => new Problem(400, 'guard.invalid_input', message);
const notFound = (code: string, message: string) => new Problem(404, code, message);

const refused: Partial<Record<Refusal['code'], readonly [number, string]>> = {
  'password.wrong': [422, 'session.invalid_credentials'],
  'password.too_many': [429, 'session.verification_blocked_too_many_attempts'],
  'user.suspended': [401, 'user.suspended'],
  'user.not_found': [404, 'user.user_not_exist'],
};

function problemOf(error: Error & { statusCode?: number }): {
  status: number;
  code: string;
  message: string;
} {
  if (error instanceof Problem) return error;
  const answer = error instanceof Refusal ? refused[error.code] : undefined;
  if (answer) return { status: answer[0], code: answer[1], message: error.message };
  const status = error.statusCode ?? 500;
  return status < 500
    ? { status, code: 'request.malformed', message: 'The request cannot be read.' }
    : { status, code: 'server.unexpected', message: 'Something went wrong.' };
}
