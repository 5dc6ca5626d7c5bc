/**
 * The composition root: builds every part once, joins them, and takes them down in the order in which nothing is
 * lost. Tests build the same app with a clock, a database and a mail sender of their own.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { type DestinationStream, type Logger, pino } from 'pino';
import { type Acting, acting, type Clock, type Queued } from './act.ts';
import type { Config, ForeignDoor, Secrets } from './config.ts';
import { type Db, type DbOptions, openDb, sql } from './db/db.ts';
import { migrate } from './db/migrate.ts';
import { forgetSalts } from './domain/applications/secrets.ts';
import { announceExpired } from './domain/invitations/expiries.ts';
import type { Keys } from './domain/keys.ts';
import { forgetChallenges } from './domain/passkeys/challenges.ts';
import { forgetProofs } from './domain/proofs/proofs.ts';
import { forgetSessions } from './domain/sessions/sessions.ts';
import { type Credentials, seedTenant } from './domain/tenants/seed.ts';
import { forgetTries } from './domain/users/check-password.ts';
import { forgetDeliveries } from './domain/webhooks/forget.ts';
import { proxiesIn } from './doors/client.ts';
import { grantDoor, unreadable as unreadableGrant } from './doors/grant/index.ts';
import { type Certificate, openPort, type Port } from './doors/listen.ts';
import { documentOf } from './doors/management/documentation.ts';
import { hookFormat } from './doors/management/hook-form.ts';
import { forgetAnswers } from './doors/management/idempotency.ts';
import {
  type ManagementDoor,
  managementDoor,
  routes,
  unreadable as unreadableCall,
} from './doors/management/index.ts';
import { type Oidc, openOidc } from './doors/oidc/oidc.ts';
import { experienceDoor } from './doors/pages/experience.ts';
import { type PagesDoor, pagesDoor, unreadable as unreadablePage } from './doors/pages/index.ts';
import { renderNotice } from './doors/pages/notice.ts';
import { eventFormat } from './doors/scalekit/event-form.ts';
import { openScalekit, type Scalekit } from './doors/scalekit/index.ts';
import { openMailbox, trimMailbox } from './outbox/mail/mailbox.ts';
import { type OpenSender, openSenders, openSmtpUrl } from './outbox/mail/senders.ts';
import { sendTestMail } from './outbox/mail/test-mail.ts';
import type { Resolve } from './outbox/webhook/addresses.ts';
import type { WebhookFormat } from './outbox/webhook/format.ts';
import { ownFormat } from './outbox/webhook/own-format.ts';
import { openWebhooks, type Webhooks } from './outbox/webhook/work.ts';
import { type Outbox, openOutbox } from './outbox/work.ts';

export type AppOptions = {
  readonly config: Config;
  readonly secrets: Pick<Secrets, 'smtpUrl' | 'clientId' | 'clientSecret'>;
  readonly keys: Keys;
  readonly database: DbOptions;
  readonly clock?: Clock;
  /** The database is this process's own, as the embedded one is. */
  readonly isAlone?: boolean;
  /** Where log lines go; absent: the standard output. */
  readonly logTo?: DestinationStream;
  /** Sends mail where no connector is stored, instead of what the configuration says; null: nothing does. */
  readonly sender?: OpenSender | null;
  /** Finds the addresses of a name that webhooks go to; absent: DNS. */
  readonly resolve?: Resolve;
};

export type App = {
  readonly tenantId: string;
  readonly db: Db;
  readonly act: Acting;
  readonly outbox: Outbox;
  readonly webhooks: Webhooks;
  readonly oidc: Oidc;
  readonly http: FastifyInstance;
  /** Of the first application; only when the tenant was made by this very start. */
  readonly credentials: Credentials | undefined;
  readonly hasMailbox: boolean;
  listen(): Promise<void>;
  /** Lets running requests finish, finishes or gives back leased mail, closes everything. */
  close(patienceMs?: number): Promise<void>;
};

/** In whose words webhooks can be told. */
const formats: readonly WebhookFormat[] = [ownFormat, hookFormat, eventFormat];
const tenantId = 'default';
const slowMs = 1000;
const tidyEveryMs = 60_000;
const announceEveryMs = 10_000;

export async function openApp(options: AppOptions): Promise<App> {
  const { config, secrets, keys, database, clock = Date.now } = options;
  const { publicUrl, mailFrom } = config;
  const log = pino({ level: config.logLevel }, options.logTo);
  const problem = (error: unknown) => log.error({ err: error }, 'background work failed');

  await migrate(database);
  const db = openDb(database);
  let outbox: Outbox | undefined;
  const webhooks = openWebhooks({
    db,
    keys,
    clock,
    formats,
    networks: config.webhookNetworks,
    log: problem,
    isAlone: options.isAlone,
    resolve: options.resolve,
  });
  const wake = (what: Queued) => (what === 'mail' ? outbox?.wake() : webhooks.wake());
  const act = acting(db, keys, clock, tenantId, wake, webhooks.acted);
  const credentials = await act.atomically({ kind: 'system', id: 'seed' }, (seeding) =>
    seedTenant(seeding, keys, secrets),
  );

  const hasMailbox = options.sender === undefined && !secrets.smtpUrl && isLoopback(config.host);
  const mailbox = hasMailbox
    ? { sender: openMailbox(db, tenantId, clock), configured: {}, templates: [] }
    : undefined;
  const smtp =
    options.sender === undefined && secrets.smtpUrl ? openSmtpUrl(secrets.smtpUrl, mailFrom) : undefined;
  const senders = openSenders(db, keys, tenantId, options.sender ?? smtp ?? mailbox);
  outbox = openOutbox({
    db,
    keys,
    tenantId,
    clock,
    publicUrl,
    mailFrom,
    senders,
    log: problem,
    isAlone: options.isAlone,
    recorded: webhooks.acted,
  });
  const oidc = await openOidc({
    db,
    keys,
    clock,
    tenantId,
    issuer: `${publicUrl}/oidc`,
    publicUrl,
    algorithm: config.signingAlgorithm,
    renderNotice,
    log: problem,
  });
  const door: ManagementDoor = {
    tenantId,
    db,
    acting: act,
    clock,
    verify: oidc.verify,
    isManagementAudience: oidc.isManagementAudience,
    ownTokens: oidc,
    services: {
      keys,
      publicUrl,
      orderMail: (payload) => ({
        usageType: 'OrganizationInvitation',
        payload,
        bounds: config.mailBounds,
        hasDefaultConnector: senders.hasDefault,
      }),
      signingAlgorithm: config.signingAlgorithm,
      rotateSigningKeys: () => oidc.rotateKeys(),
      testConnector: (test) => sendTestMail({ ...test, mailFrom, publicUrl }),
      webhooks: { formats, sendNow: webhooks.sendNow },
    },
  };
  const { orderMail } = door.services;
  const mail = { bounds: config.mailBounds, hasDefaultConnector: senders.hasDefault };
  const isOpen = (name: ForeignDoor) => config.doors.includes(name);
  const scalekit = isOpen('scalekit')
    ? await openScalekit({
        tenantId,
        db,
        acting: act,
        clock,
        keys,
        publicUrl,
        orderMail,
        mail,
        invitationLifeMs: config.scalekitInvitationDays * 86_400_000,
        authorizations: oidc.authorizations,
        isKnownOrigin: oidc.isKnownOrigin,
        renderNotice,
        accessTokenLifeS: config.accessTokenLifeS,
        passwordless: config.scalekitPasswordless,
        log: (error) => log.error({ err: error }, 'unexpected failure'),
      })
    : undefined;
  const ports: Port[] = [];
  const certificate = config.certificate && {
    cert: readFileSync(config.certificate.cert),
    key: readFileSync(config.certificate.key),
  };
  const http = openHttp(log, oidc, scalekit, { ports, certificate }, proxiesIn(config.trustedProxies));
  // Whoever came by https once comes by nothing else: no one on the way can talk a browser into clear text.
  if (publicUrl.startsWith('https:'))
    http.addHook('onRequest', async (_request, reply) => {
      reply.header('strict-transport-security', 'max-age=31536000');
    });
  await http.register(managementDoor, { ...door, prefix: '/api' });
  const pages: PagesDoor = {
    db,
    keys,
    acting: act,
    flows: oidc.flows,
    otherIssuer: scalekit?.issuer,
    mail,
    tenantId,
    clock,
    publicUrl,
    hasMailbox,
    document: () => documentOf(routes),
  };
  await http.register(experienceDoor, pages);
  const { signFor } = oidc;
  const { isKnownOrigin } = oidc;
  if (isOpen('grant'))
    await http.register(grantDoor, {
      ...door,
      keys,
      signFor,
      orderMail,
      mail,
      isKnownOrigin,
      prefix: '/grant',
    });
  if (scalekit) await http.register(scalekit.routes);
  await http.register(pagesDoor, pages);
  http.get('/healthz', { logLevel: 'silent' }, async (_request, reply) => {
    const isServing = await db.first(sql`select 1 as one`).then(
      () => true,
      () => false,
    );
    return reply.code(isServing ? 200 : 503).send({ status: isServing ? 'ok' : 'database unavailable' });
  });
  await http.ready();
  let watching: NodeJS.Timeout | undefined;
  const tidying = setInterval(() => tidy(db, clock()).catch(problem), tidyEveryMs).unref();

  return {
    tenantId,
    db,
    act,
    outbox,
    webhooks,
    oidc,
    http,
    credentials,
    hasMailbox,
    async listen() {
      await http.listen({ port: config.port, host: config.host });
      outbox.start();
      webhooks.start();
      setTimeout(() => void scalekit?.warm().catch(problem), 1000).unref();
      const announce = () => act({ kind: 'system', id: 'clock' }, announceExpired).catch(problem);
      watching = setInterval(announce, announceEveryMs).unref();
    },
    async close(patienceMs = 10_000) {
      clearInterval(tidying);
      clearInterval(watching);
      // A connection that is busy now is idle a moment later: it must not be kept alive.
      const sweep = setInterval(() => http.server.closeIdleConnections(), 50);
      await http.close();
      clearInterval(sweep);
      await Promise.all([outbox.stop(patienceMs), webhooks.stop(patienceMs)]);
      oidc.close();
      scalekit?.close();
      await senders.close();
      await db.close();
    },
  };
}

/** One server for all doors: OpenID Connect and services answer for themselves, the rest goes through Fastify. */
function openHttp(
  log: Logger,
  oidc: Oidc,
  scalekit: Scalekit | undefined,
  { ports, certificate }: { ports: Port[]; certificate: Certificate | undefined },
  isProxy: ((address: string) => boolean) | false,
): FastifyInstance {
  const boot = Date.now().toString(36);
  let count = 0;
  const http = Fastify({
    loggerInstance: log as never,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024 * 1024,
    trustProxy: isProxy,
    frameworkErrors: (error, request, reply) =>
      request.url.startsWith('/api/')
        ? unreadableCall(error, reply)
        : request.url.startsWith('/grant/')
          ? unreadableGrant(reply)
          : unreadablePage(request, reply),
    clientErrorHandler: unreadableBytes,
    forceCloseConnections: 'idle',
    genReqId: () => `${boot}-${(count++).toString(36)}`,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    serverFactory: (handler) => {
      const port = openPort({ keepAliveTimeout: 72_000 }, certificate, (request, response) => {
        const { url = '/' } = request;
        if (scalekit?.answers(url)) scalekit.handle(request, response);
        else if (/^\/oidc(?:[/?]|$)/.test(url) && !scalekit?.isRoute(url)) oidc.handle(request, response);
        else handler(request, response);
      });
      ports.push(port);
      return port.server;
    },
  });
  http.addHook('preClose', async () => {
    for (const port of ports) port.drain();
  });
  http.addHook('onResponse', (request, reply, done) => {
    // The pattern of the route, never the URL: that may hold a token.
    if (reply.elapsedTime > slowMs) {
      log.warn(
        { method: request.method, route: request.routeOptions.url, ms: Math.round(reply.elapsedTime) },
        'slow request',
      );
    }
    done();
  });
  return http as unknown as FastifyInstance;
}

/**
 * The answer to what is no request, or one with too long an address: in the form of every other refusal. The
 * connection ends with it, and says so, for what follows on it cannot be told apart.
 */
function unreadableBytes(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, reason, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'The address and headers are longer than 16 KiB.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'Request Timeout', 'The request did not arrive in time.']
        : [400, 'Bad Request', 'This is no HTTP request.'];
  const body = JSON.stringify({ code: 'request.malformed', message });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const isLoopback = (host: string): boolean => ['127.0.0.1', '::1', 'localhost'].includes(host);

/** What need not be kept, is not. */
async function tidy(db: Db, now: number): Promise<void> {
  await forgetSalts(db, now);
  await forgetSessions(db, now);
  await forgetProofs(db, now);
  await forgetChallenges(db, now);
  await forgetTries(db, now);
  await forgetAnswers(db, now);
  await forgetDeliveries(db, now);
  await trimMailbox(db, tenantId);
}
