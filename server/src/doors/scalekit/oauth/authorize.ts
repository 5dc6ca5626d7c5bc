/**
 * The authorization endpoint of this door. Application and redirect URI come first: while they are not known to be good,
 * whatever is wrong is told on a page here, and nobody is sent anywhere. Everything else goes back to the application.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from '../../../db/db.ts';
import { findPlaces, type Place } from '../../../domain/applications/places.ts';
import { isRegistered } from '../../../domain/applications/redirect-uris.ts';
import type { AuthorizationRequest } from '../../authorizations.ts';
import type { NoticeKind } from '../../notices.ts';
import type { ScalekitDoor } from '../door.ts';
import { UnknownName } from '../ids.ts';
import { invalidRequest, OAuthError } from './errors.ts';
import { one, type Parameters } from './parameters.ts';

export async function authorize(
  door: ScalekitDoor,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parameters = request.query as Parameters;
  const application = await findApplication(door, parameters);
  if (!application) return sendNotice(door, request, reply, 'unknown-application');
  const redirectUri = redirectUriOf(application, parameters);
  if (redirectUri === undefined) return sendNotice(door, request, reply, 'unknown-redirect');
  try {
    const asked = await requestOf(door, application, redirectUri, parameters);
    reply.hijack();
    door.authorizations.begin(request.raw, reply.raw, asked);
    return reply;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return reply.redirect(backTo(redirectUri, door, error, parameters.state), 303);
  }
}

/** A page that says what stands in the way. */
export function sendNotice(
  { renderNotice }: ScalekitDoor,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: NoticeKind,
): FastifyReply {
  const { ui_locales: uiLocales } = request.query as Parameters;
  const { headers, html } = renderNotice({
    kind,
    uiLocales: typeof uiLocales === 'string' ? uiLocales : undefined,
    acceptLanguage: request.headers['accept-language'],
  });
  return reply
    .code(400)
    .headers({ ...headers, 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
    .type('text/html; charset=utf-8')
    .send(html);
}

async function findApplication(
  { db, tenantId }: ScalekitDoor,
  { client_id: id }: Parameters,
): Promise<Place | undefined> {
  if (typeof id !== 'string' || id === '' || id.includes('\0')) return undefined;
  return (await findPlaces(db, tenantId, id))[0];
}

function redirectUriOf({ metadata, type }: Place, { redirect_uri: uri }: Parameters): string | undefined {
  if (typeof uri !== 'string') return undefined;
  return isRegistered(uri, textsOf(metadata.redirectUris), type === 'Native') ? uri : undefined;
}

export const textsOf = (value: unknown): string[] =>
  [value].flat().filter((each): each is string => typeof each === 'string');

function backTo(redirectUri: string, { publicUrl }: ScalekitDoor, error: OAuthError, state: unknown): string {
  const url = new URL(redirectUri);
  url.searchParams.set('error', error.error);
  url.searchParams.set('error_description', error.message);
  if (typeof state === 'string' && state !== '') url.searchParams.set('state', state);
  url.searchParams.set('iss', publicUrl);
  return url.href;
}

/** Refuses what cannot be asked here; by what is named first: a provider, a connection, an organization. */
async function requestOf(
  door: ScalekitDoor,
  application: Place,
  redirectUri: string,
  parameters: Parameters,
): Promise<AuthorizationRequest> {
  const given = (name: string) => one(parameters, name);
  if (application.isThirdParty)
    throw new OAuthError(400, 'invalid_client', 'Applications of somebody else sign people in at /oidc.');
  if (given('response_type') !== 'code')
    throw new OAuthError(400, 'unsupported_response_type', 'response_type must be "code".');
  if (given('provider') !== undefined)
    throw invalidRequest(
      'provider: people sign in here by mail, password or passkey, not by way of a provider.',
    );
  if (given('connection_id') !== undefined) throw invalidRequest('connection_id: there are no connections.');
  const prompts = promptsOf(given('prompt'));
  const organizationId = await organizationOf(door, given('organization_id'));
  return {
    issuer: door.publicUrl,
    clientId: application.id,
    redirectUri,
    scopes: (given('scope') ?? 'openid profile email').split(' ').filter(Boolean),
    state: given('state'),
    nonce: given('nonce'),
    codeChallenge: challengeOf(given('code_challenge'), given('code_challenge_method')),
    loginHint: given('login_hint'),
    uiLocales: given('ui_locales'),
    prompt: prompts.has('none')
      ? 'none'
      : prompts.has('login') || prompts.has('create')
        ? 'login'
        : undefined,
    registers: prompts.has('create'),
    organizationId,
    preferredOrganizationId: organizationId
      ? undefined
      : await ofDomain(door, given('domain') ?? given('domain_hint')),
    choosesOrganization: prompts.has('select_account'),
  };
}

/** Who may see what is not asked here: `consent` is a thing of other people's applications. */
const knownPrompts = new Set(['login', 'create', 'select_account', 'none', 'consent']);

function promptsOf(text: string | undefined): ReadonlySet<string> {
  const prompts = new Set(text?.split(' ').filter(Boolean));
  if ([...prompts].some((prompt) => !knownPrompts.has(prompt)))
    throw invalidRequest('prompt must be login, create, select_account or none.');
  if (prompts.has('none') && prompts.size > 1) throw invalidRequest('prompt: none goes with nothing else.');
  return prompts;
}

function challengeOf(challenge: string | undefined, method: string | undefined): string | undefined {
  if (challenge === undefined && method === undefined) return undefined;
  if (method !== 'S256') throw invalidRequest('code_challenge_method must be "S256".');
  if (!/^[\w-]{43}$/.test(challenge ?? ''))
    throw invalidRequest('code_challenge is not a SHA-256 in base64url.');
  return challenge;
}

async function organizationOf({ ids }: ScalekitDoor, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  try {
    return await ids.organization(name);
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    throw new OAuthError(400, 'invalid_organization_id', 'There is no such organization.');
  }
}

/** The organization that knows people by this domain, if it is one. */
async function ofDomain(
  { db, tenantId }: ScalekitDoor,
  domain: string | undefined,
): Promise<string | undefined> {
  if (domain === undefined) return undefined;
  const rows = await db.rows<{ id: string }>(sql`
    select organization_id as id from email_domains where tenant_id = ${tenantId} and domain = ${domain.toLowerCase()}
       and verified_at is not null limit 2`);
  return rows.length === 1 ? rows[0]!.id : undefined;
}
