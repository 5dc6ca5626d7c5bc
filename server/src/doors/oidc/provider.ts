/**
 * oidc-provider as it is used here. Made anew when the signing keys change; whatever outlives a request is in the
 * database, so that the next instance, and other processes, carry on.
 */
import type { EventEmitter } from 'node:events';
import { type Adapter, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { isOutage, type Queries } from '../../db/db.ts';
import { isRegistered } from '../../domain/applications/redirect-uris.ts';
import { judgeSecret } from '../../domain/applications/secrets.ts';
import type { Hand } from '../../domain/signing-keys/key-ring.ts';
import type { RenderNotice } from '../notices.ts';
import { clientMetadata } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { isOAuthError, serverError, unavailable, wantsPlainErrors, withCode } from './errors.ts';
import type { Indicators } from './indicators.ts';
import { introspect } from './introspection.ts';
import { showLogout, submitScript, submitScriptPath } from './logout.ts';
import { isForPeople, noticeOf, sendNotice } from './notices.ts';
import { nameIssuer, otherIssuerOf, withoutMarks } from './other-issuer.ts';
import type { Claims } from './verify.ts';

export type ProviderOptions = {
  db: Queries;
  tenantId: string;
  clock: Clock;
  issuer: string;
  publicUrl: string;
  indicators: Indicators;
  cookieKeys: string[];
  verify: (token: string) => Claims | Promise<Claims>;
  renderNotice: RenderNotice;
  log: (problem: unknown) => void;
};

/** The application that a request comes from, with the digests of its secrets. */
const found = new WeakMap<object, Credentials>();

export function createProvider(options: ProviderOptions, hand: Hand): Provider {
  const { clock, issuer, publicUrl, log } = options;
  const provider = new Provider(issuer, configurationOf(options, hand, clientsOf(options)));
  actInPublic(provider, publicUrl);
  judgeClients(provider, clock);
  // Signing in gives the browser a new session; the value does not change on the way through a flow, so that flows in
  // several tabs do not end each other's.
  provider.Session.prototype.resetIdentifier = function () {
    Object.assign(this, { touched: true });
  };

  provider.on('server_error', (ctx, error) => present(ctx, error));
  (provider as EventEmitter).on('error', log);
  provider.use(async (koa, next) => {
    const ctx = koa as KoaContextWithOIDC;
    splitResources(ctx);
    withoutMarks(ctx);
    try {
      if (ctx.path === submitScriptPath && ctx.method === 'GET') return sendSubmitScript(ctx);
      await next();
      await introspectStructured(ctx, options);
    } catch (error) {
      present(ctx, error);
    }
    finish(ctx, options);
  });
  return provider;

  function present(ctx: KoaContextWithOIDC, error: unknown): void {
    log(error);
    ctx.status = isOutage(error) ? 503 : 500;
    ctx.body = isOutage(error) ? unavailable : serverError;
  }
}

/** Endpoints and cookies are those of the public address, whatever the Host header and the socket say. */
function actInPublic(provider: Provider, publicUrl: string): void {
  provider.OIDCContext.prototype.urlFor = (name, parameters) => provider.urlFor(name, parameters);
  const scheme = new URL(publicUrl).protocol.slice(0, -1);
  Object.defineProperty(provider.request, 'protocol', { get: () => scheme });
}

function judgeClients(provider: Provider, clock: Clock): void {
  const { prototype } = provider.Client;
  prototype.compareClientSecret = function (secret) {
    const credentials = found.get(Provider.ctx!);
    if (credentials?.id !== this.clientId) return false;
    const verdict = judgeSecret(credentials, secret, clock());
    if (verdict === 'expired') throw new errors.InvalidRequest('client secret has expired');
    return verdict === 'right';
  };
  prototype.redirectUriAllowed = function (uri) {
    return isRegistered(uri, this.redirectUris ?? [], this.applicationType === 'native');
  };
  prototype.postLogoutRedirectUriAllowed = function (uri) {
    return isRegistered(uri, this.postLogoutRedirectUris ?? [], this.applicationType === 'native');
  };
  // The Management API says which addresses may be registered.
  const { Schema } = provider.Client as unknown as { Schema: { prototype: { redirectUris(): void } } };
  Schema.prototype.redirectUris = () => undefined;
}

/** Applications, as clients. Who is not known as one gets the answer that the field's clients expect. */
function clientsOf({ db, tenantId }: ProviderOptions): Adapter {
  const find: Adapter['find'] = async (id) => {
    const { ctx } = Provider;
    const application = await findCredentials(db, tenantId, id);
    if (ctx && !ctx.oidc.client) {
      if (application) found.set(ctx, application);
      else if (ctx.oidc.route !== 'userinfo') throw new errors.InvalidClient(`invalid client ${id}`);
    }
    return application && clientMetadata(application, otherIssuerOf(ctx as KoaContextWithOIDC) !== undefined);
  };
  return { find } as Adapter;
}

/** Clients of the field may name several resources in one parameter, with commas between. */
function splitResources(ctx: KoaContextWithOIDC): void {
  if (ctx.path !== '/auth' || !ctx.querystring.includes('resource=')) return;
  const { resource } = ctx.query;
  const all = [resource ?? []].flat().flatMap((text) => text.split(',').filter(Boolean));
  if (all.length !== [resource].flat().length) ctx.query = { ...ctx.query, resource: all };
}

/**
 * The library knows what it keeps: opaque tokens. Where it declines a JWT, having found the caller's credentials good and
 * the request complete, the JWT is judged here.
 */
async function introspectStructured(ctx: KoaContextWithOIDC, options: ProviderOptions): Promise<void> {
  if (ctx._matchedRouteName !== 'introspection' || !isOAuthError(ctx.body)) return;
  if (ctx.body.error !== 'unsupported_token_type') return;
  ctx.status = 200;
  ctx.body = await introspect(options, ctx.oidc.client!, ctx.oidc.params!.token as string);
}

function sendSubmitScript(ctx: KoaContextWithOIDC): void {
  ctx.type = 'text/javascript; charset=utf-8';
  ctx.set({ 'cache-control': 'public, max-age=86400', 'x-content-type-options': 'nosniff' });
  ctx.body = submitScript;
}

/** Gives errors their body, people pages, and key sets to every reader anew. */
function finish(ctx: KoaContextWithOIDC, { renderNotice, issuer }: ProviderOptions): void {
  if (ctx.status === 404 && !ctx.body) {
    ctx.status = 404;
    ctx.body = {
      error: 'invalid_request',
      error_description: `unrecognized route or not allowed method (${ctx.method} on ${ctx.path})`,
    };
  }
  const { body, status, _matchedRouteName: route } = ctx;
  nameIssuer(ctx);
  if (isOAuthError(body)) {
    const code = ctx.state.code as string | undefined;
    if (isForPeople(ctx)) sendNotice(ctx, renderNotice, { kind: noticeOf(body.error, code, status) });
    else if (!wantsPlainErrors(ctx.url)) ctx.body = withCode(body, code);
  } else if (status === 200 && route === 'end_session') {
    showLogout(ctx, renderNotice, issuer);
  } else if (status === 200 && route === 'end_session_success') {
    sendNotice(ctx, renderNotice, { kind: 'signed-out' });
  }
  if (route === 'jwks') ctx.set('cache-control', 'no-cache, max-age=0, must-revalidate');
}
