/**
 * The token endpoint, from the socket to the answer: one statement, the signatures, nothing else. It is the one
 * endpoint that every application calls all the time; oidc-provider serves the others.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import { judgeSecret } from '../../domain/applications/secrets.ts';
import type { RingKey } from '../../domain/signing-keys/key-ring.ts';
import { corsOriginsOf, redirectUrisOf } from './clients.ts';
import { mayCallFrom } from './cors.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { sendError, sendJson, wantsPlainErrors } from './errors.ts';
import { type ExchangeOptions, exchangeCode, refresh } from './exchange.ts';
import type { Indicators } from './indicators.ts';
import { findMachine, grantTo, mint, requestedScopes } from './machine-token.ts';
import { findPersonStanding, type Source } from './person-standing.ts';
import { type Caller, callerOf, one, type Parameters, readParameters } from './token-request.ts';

export type TokenEndpointOptions = ExchangeOptions & {
  readonly publicUrl: string;
  readonly indicators: Indicators;
};

type Request = { readonly caller: Caller; readonly parameters: Parameters; readonly req: IncomingMessage };

/** What is found in one statement, and what follows once the caller is found to be who it says. */
type Grant = {
  find(): Promise<Credentials | undefined>;
  isFor(application: Credentials): boolean;
  answer(): Promise<object>;
};

export const isTokenRequest = (req: IncomingMessage): boolean =>
  req.method === 'POST' && /^\/token\/?(?:\?|$)/i.test(req.url!);

export async function answerTokenRequest(
  options: TokenEndpointOptions,
  key: RingKey,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { origin } = req.headers;
  res.setHeader('vary', 'Origin');
  if (origin !== undefined) {
    res.setHeader('access-control-allow-origin', origin);
    res.setHeader('access-control-expose-headers', 'WWW-Authenticate');
  }
  try {
    const parameters = await readParameters(req);
    const caller = callerOf(req, parameters);
    const body = await tokensFor(options, key, { caller, parameters, req }, res);
    sendJson(res, 200, body);
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError) || !error.expose) throw error;
    const { statusCode, error: name, error_description, scope } = error as OAuthFailure;
    if (statusCode === 401 && req.headers.authorization !== undefined)
      res.setHeader(
        'www-authenticate',
        `Basic realm="${options.issuer}", error="${name}", error_description="${error_description}"`,
      );
    sendError(
      res,
      statusCode,
      { error: name, error_description, ...(scope ? { scope } : {}) },
      wantsPlainErrors(req.url!),
    );
  }
}

type OAuthFailure = errors.OIDCProviderError & { error_description: string; scope?: string };

async function tokensFor(
  options: TokenEndpointOptions,
  key: RingKey,
  request: Request,
  res: ServerResponse,
): Promise<object> {
  const { caller, parameters, req } = request;
  const grantType = one(parameters, 'grant_type');
  const grant = grantOf(options, key, request, grantType);
  const application = await (grant?.find() ?? findCredentials(options.db, options.tenantId, caller.clientId));
  if (!application) throw new errors.InvalidClient(`invalid client ${caller.clientId}`);
  const { origin } = req.headers;
  if (origin !== undefined && !mayCallFrom(origin, placesOf(application), options.publicUrl)) {
    res.removeHeader('access-control-allow-origin');
    throw new errors.InvalidRequest(`origin ${origin} not allowed for client: ${application.id}`);
  }
  mustBeProven(application, caller, options.clock());
  if (grantType === undefined) throw new errors.InvalidRequest("missing required parameter 'grant_type'");
  if (!grant) throw new errors.UnsupportedGrantType();
  if (!grant.isFor(application))
    throw new errors.InvalidRequest('requested grant type is not allowed for this client');
  const scope = one(parameters, 'scope');
  if (scope !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope))
    throw new errors.InvalidScope('scope contains invalid characters', '');
  if (typeof parameters.resource === 'object')
    throw new errors.InvalidTarget('only one resource can be asked for');
  return grant.answer();
}

export const placesOf = (application: Credentials) => ({
  redirectUris: redirectUrisOf(application),
  origins: corsOriginsOf(application),
});

/** Public applications have nothing to prove, and must not pretend. */
export function mustBeProven(application: Credentials, { secret }: Pick<Caller, 'secret'>, at: number): void {
  const isPublic = application.type === 'SPA' || application.type === 'Native';
  if (isPublic && secret === undefined) return;
  const verdict = isPublic || secret === undefined ? 'wrong' : judgeSecret(application, secret, at);
  if (verdict === 'expired') throw new errors.InvalidRequest('client secret has expired');
  if (verdict === 'wrong') throw new errors.InvalidClientAuth('invalid secret provided');
}

function grantOf(
  options: TokenEndpointOptions,
  key: RingKey,
  request: Request,
  grantType: string | undefined,
): Grant | undefined {
  switch (grantType) {
    case 'client_credentials':
      return clientCredentials(options, key, request);
    case 'authorization_code':
      return personGrant(options, key, request, 'AuthorizationCode');
    case 'refresh_token':
      return personGrant(options, key, request, 'RefreshToken');
    default:
      return undefined;
  }
}

const isMachine = ({ type }: Credentials): boolean => type === 'MachineToMachine';

/** A resource said more than once is looked for by no name; it is refused once the caller is known. */
const resourceOf = ({ resource }: Parameters): string | undefined =>
  typeof resource === 'string' && resource !== '' ? resource : undefined;

function clientCredentials(
  { db, tenantId, indicators, issuer, clock }: TokenEndpointOptions,
  key: RingKey,
  { caller: { clientId }, parameters }: Request,
): Grant {
  const ask = {
    clientId,
    organizationId: one(parameters, 'organization_id'),
    resource: resourceOf(parameters),
  };
  let standing: Awaited<ReturnType<typeof findMachine>>;
  return {
    find: async () => {
      standing = await findMachine(db, tenantId, ask, indicators);
      return standing;
    },
    isFor: isMachine,
    async answer() {
      const grant = await grantTo(db, tenantId, standing!, ask, requestedScopes(one(parameters, 'scope')));
      return mint(grant, clientId, issuer, key, clock());
    },
  };
}

function personGrant(
  options: TokenEndpointOptions,
  key: RingKey,
  { caller: { clientId }, parameters }: Request,
  kind: Source['kind'],
): Grant {
  const { db, tenantId, indicators, clock } = options;
  const isCode = kind === 'AuthorizationCode';
  const name = isCode ? 'code' : 'refresh_token';
  const exchange = {
    clientId,
    kind,
    value: one(parameters, name) ?? '',
    organizationId: isCode ? undefined : one(parameters, 'organization_id'),
    resource: resourceOf(parameters),
  };
  let standing: Awaited<ReturnType<typeof findPersonStanding>>;
  return {
    find: async () => {
      standing = await findPersonStanding(db, tenantId, exchange, indicators, clock());
      return standing;
    },
    isFor: (application) => !isMachine(application),
    async answer() {
      if (exchange.value === '') throw new errors.InvalidRequest(`missing required parameter '${name}'`);
      if (!isCode) return refresh(options, key, standing, exchange, one(parameters, 'scope'));
      const proof = {
        verifier: one(parameters, 'code_verifier'),
        redirectUri: one(parameters, 'redirect_uri'),
      };
      return exchangeCode(options, key, standing, exchange, proof);
    },
  };
}
