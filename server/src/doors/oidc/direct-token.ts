/**
 * The short way for the plain case of a machine's token request: one form, one statement, one signature. It only ever
 * says yes: whatever is unusual, wrong or refused goes on to oidc-provider, which answers as for every other request.
 * Who the caller is, what it is granted and what the token says is decided by the same functions on both ways.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import { parseForm } from './body.ts';
import { type Ask, judgeSecret } from './credentials.ts';
import type { KeyRing } from './key-ring.ts';
import { findMachine, grantTo, mint, requestedScopes, type TokenResponse } from './machine-token.ts';
import type { ProviderOptions } from './provider.ts';

type Plain = { ask: Ask; secret: string; scope: string | undefined };

const usual = new Set(['grant_type', 'client_id', 'client_secret', 'scope', 'resource', 'organization_id']);
const scopeSyntax = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/** The request's parts, when it is a plain one; empty parameters count as absent. */
export function plainRequest(req: IncomingMessage, form: string): Plain | undefined {
  if (req.headers.origin !== undefined) return undefined;
  const fields: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(parseForm(form))) {
    if (!usual.has(name) || typeof value !== 'string') return undefined;
    if (value !== '') fields[name] = value;
  }
  if (fields.grant_type !== 'client_credentials') return undefined;
  if (fields.scope !== undefined && !scopeSyntax.test(fields.scope)) return undefined;
  const [clientId, secret] = credentialsOf(req.headers.authorization, fields) ?? [];
  if (!clientId || !secret) return undefined;
  return {
    ask: { clientId, organizationId: fields.organization_id, resource: fields.resource },
    secret,
    scope: fields.scope,
  };
}

/** By Basic only where nothing in it is encoded. */
function credentialsOf(
  header: string | undefined,
  fields: Record<string, string | undefined>,
): (string | undefined)[] | undefined {
  if (header === undefined) return [fields.client_id, fields.client_secret];
  const basic = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header);
  if (!basic || fields.client_secret !== undefined) return undefined;
  const parts = /^([\w.~-]+):([\w.~-]+)$/.exec(Buffer.from(basic[1]!, 'base64').toString('latin1'));
  if (!parts || basic[1]!.length % 4 !== 0) return undefined;
  return fields.client_id === undefined || fields.client_id === parts[1] ? [parts[1], parts[2]] : undefined;
}

/** The answer, when it is a yes. */
export async function directToken(
  options: ProviderOptions,
  ring: KeyRing,
  plain: Plain,
): Promise<TokenResponse | undefined> {
  const { db, tenantId, indicators, clock, issuer } = options;
  const machine = await findMachine(db, tenantId, plain.ask, indicators);
  if (machine?.type !== 'MachineToMachine' || judgeSecret(machine, plain.secret, clock()) !== 'right')
    return undefined;
  try {
    const grant = await grantTo(db, tenantId, machine, plain.ask, requestedScopes(plain.scope));
    return await mint(grant, plain.ask.clientId, issuer, ring.hand().signer, clock());
  } catch (error) {
    if (error instanceof errors.OIDCProviderError) return undefined;
    throw error;
  }
}

export function sendToken(res: ServerResponse, token: TokenResponse): void {
  const text = JSON.stringify(token);
  res.writeHead(200, {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'WWW-Authenticate',
    'cache-control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  res.end(text);
}
