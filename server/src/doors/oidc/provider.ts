/**
 * oidc-provider as it is used here. Made anew when the signing keys change; whatever outlives a request is in the
 * database, so that the next instance, and other processes, carry on.
 */
import type { EventEmitter } from 'node:events';
import { type Adapter, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { isOutage, type Queries } from '../../db/db.ts';
import { clientMetadata } from './clients.ts';
import { configurationOf } from './configuration.ts';
import { type Ask, type Credentials, findCredentials, judgeSecret } from './credentials.ts';
import { isOAuthError, serverError, unavailable, wantsPlainErrors, withCode } from './errors.ts';
import type { Indicators } from './indicators.ts';
import type { Hand } from './key-ring.ts';
import { findMachine, grantTo, type MachineStanding, mint, requestedScopes } from './machine-token.ts';

export type ProviderOptions = {
  db: Queries;
  tenantId: string;
  clock: Clock;
  issuer: string;
  publicUrl: string;
  indicators: Indicators;
  cookieKeys: string[];
  log: (problem: unknown) => void;
};

/** What the statement that found the client also found, for the rest of the same request. */
const found = new WeakMap<object, Credentials | MachineStanding>();

export function createProvider(options: ProviderOptions, hand: Hand): Provider {
  const { db, tenantId, clock, issuer, log } = options;
  const provider = new Provider(issuer, configurationOf(options, hand, clientsOf(options)));

  // Endpoints are named by the public address, whatever the Host header says.
  provider.OIDCContext.prototype.urlFor = (name, parameters) => provider.urlFor(name, parameters);

  provider.Client.prototype.compareClientSecret = function (secret) {
    const credentials = found.get(Provider.ctx!);
    if (credentials?.id !== this.clientId) return false;
    const verdict = judgeSecret(credentials, secret, clock());
    if (verdict === 'expired') throw new errors.InvalidRequest('client secret has expired');
    return verdict === 'right';
  };

  async function clientCredentials(ctx: KoaContextWithOIDC): Promise<void> {
    const { scope, resource } = ctx.oidc.params as { scope?: string; resource?: string | string[] };
    if (Array.isArray(resource)) throw new errors.InvalidTarget('only one resource can be asked for');
    const ask = askOf(ctx, ctx.oidc.client!.clientId);
    const grant = await grantTo(db, tenantId, found.get(ctx) as MachineStanding, ask, requestedScopes(scope));
    ctx.body = await mint(grant, ask.clientId, issuer, hand.signer, clock());
  }
  provider.registerGrantType(
    'client_credentials',
    clientCredentials,
    ['scope', 'resource', 'organization_id'],
    ['resource'],
  );

  provider.on('server_error', (ctx, error) => present(ctx, error));
  (provider as EventEmitter).on('error', log);
  provider.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      present(ctx as KoaContextWithOIDC, error);
    }
    finish(ctx as KoaContextWithOIDC);
  });
  return provider;

  function present(ctx: KoaContextWithOIDC, error: unknown): void {
    log(error);
    ctx.status = isOutage(error) ? 503 : 500;
    ctx.body = isOutage(error) ? unavailable : serverError;
  }
}

/** Applications, as clients. Who is not known as one gets the answer that the field's clients expect. */
function clientsOf({ db, tenantId, indicators }: ProviderOptions): Adapter {
  const find: Adapter['find'] = async (id) => {
    const ctx = Provider.ctx;
    const isMachine = ctx?.oidc.route === 'token' && ctx.oidc.params?.grant_type === 'client_credentials';
    const application = isMachine
      ? await findMachine(db, tenantId, askOf(ctx, id), indicators)
      : await findCredentials(db, tenantId, id);
    if (ctx && !ctx.oidc.client) {
      if (!application) throw new errors.InvalidClient(`invalid client ${id}`);
      found.set(ctx, application);
    }
    return application && clientMetadata(application);
  };
  return { find } as Adapter;
}

function askOf(ctx: KoaContextWithOIDC, clientId: string): Ask {
  const { organization_id: organizationId, resource } = ctx.oidc.params ?? {};
  return {
    clientId,
    organizationId: typeof organizationId === 'string' ? organizationId : undefined,
    resource: typeof resource === 'string' ? resource : undefined,
  };
}

/** Gives errors their body, and key sets to every reader anew. */
function finish(ctx: KoaContextWithOIDC): void {
  if (ctx.status === 404 && !ctx.body) {
    ctx.status = 404;
    ctx.body = {
      error: 'invalid_request',
      error_description: `unrecognized route or not allowed method (${ctx.method} on ${ctx.path})`,
    };
  }
  if (isOAuthError(ctx.body) && !wantsPlainErrors(ctx.url)) ctx.body = withCode(ctx.body);
  if (ctx._matchedRouteName === 'jwks') ctx.set('cache-control', 'no-cache, max-age=0, must-revalidate');
}
