/**
 * Authorization requests that another door of this server enters for an issuer of its own. They run through the same
 * provider; a mark in their parameters tells them apart, which no request from outside can carry. Their codes say for
 * which issuer and organization they are, and the token endpoint of the other issuer takes them for nothing.
 */
import type { IncomingMessage } from 'node:http';
import { type Adapter, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { AuthorizationRequest } from '../authorizations.ts';
import { chosenOrganization } from './organization-choice.ts';

const mark = 'as_issuer';
const marks = [mark, 'stays', 'organization_hint', 'chooses_organization'];

const entered = new WeakSet<IncomingMessage>();

/** Parameters that are taken from the other door only, however else a request brings them. */
export const fromOtherDoor = Object.fromEntries(
  marks.map((name) => [
    name,
    (ctx: KoaContextWithOIDC, value: unknown) => {
      if (value !== undefined && !entered.has(ctx.req))
        throw new errors.InvalidRequest(`unknown parameter '${name}'`);
    },
  ]),
);

/** The request as one to the provider. Its applications need no leave for offline access: it ends with the session. */
export function asProviderRequest(req: IncomingMessage, asked: AuthorizationRequest): string {
  const scopes = asked.scopes.filter((name) => name !== 'offline_access');
  const query = new URLSearchParams({
    client_id: asked.clientId,
    redirect_uri: asked.redirectUri,
    response_type: 'code',
    scope: [...new Set(['openid', ...scopes])].join(' '),
    [mark]: asked.issuer,
  });
  const optional = {
    stays: asked.scopes.includes('offline_access') ? 'true' : undefined,
    state: asked.state,
    nonce: asked.nonce,
    code_challenge: asked.codeChallenge,
    code_challenge_method: asked.codeChallenge && 'S256',
    login_hint: asked.loginHint,
    ui_locales: asked.uiLocales,
    prompt: asked.prompt,
    first_screen: asked.registers ? 'register' : undefined,
    organization_id: asked.organizationId,
    organization_hint: asked.preferredOrganizationId,
    chooses_organization: asked.choosesOrganization ? 'true' : undefined,
  };
  for (const [name, value] of Object.entries(optional)) if (value) query.set(name, value);
  entered.add(req);
  return `/auth?${query}`;
}

/** Takes the marks off a request that came from outside. */
export function withoutMarks(ctx: KoaContextWithOIDC): void {
  if (entered.has(ctx.req) || !marks.some((name) => name in ctx.query)) return;
  const query = { ...ctx.query };
  for (const name of marks) delete query[name];
  ctx.query = query;
}

/** For whom the request is, where it is not for the issuer of this door. */
export const otherIssuerOf = (ctx: KoaContextWithOIDC | undefined): string | undefined => {
  const issuer = ctx?.oidc?.params?.[mark];
  return typeof issuer === 'string' ? issuer : undefined;
};

/** Who answers is the issuer for which it was asked (RFC 9207). */
export function nameIssuer(ctx: KoaContextWithOIDC): void {
  const issuer = otherIssuerOf(ctx);
  const redirectUri = ctx.oidc?.params?.redirect_uri;
  const location: string | undefined = ctx.response.get('location');
  if (issuer === undefined || typeof redirectUri !== 'string' || !location?.startsWith(redirectUri)) return;
  const url = new URL(location);
  if (!url.searchParams.has('iss')) return;
  url.searchParams.set('iss', issuer);
  ctx.set('location', url.href);
}

/** Codes for another issuer say so, and for which organization they are. */
export const codesOf = (records: Adapter): Adapter => ({
  ...records,
  upsert(id, payload, expiresIn) {
    const { ctx } = Provider;
    const issuer = otherIssuerOf(ctx);
    if (!ctx || issuer === undefined) return records.upsert(id, payload, expiresIn);
    const scope = ctx.oidc.params!.stays ? `${payload.scope} offline_access` : payload.scope;
    const organizationId = chosenOrganization(ctx);
    return records.upsert(id, { ...payload, scope, issuer, organizationId } as never, expiresIn);
  },
});
