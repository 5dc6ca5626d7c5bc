/**
 * Who calls: a bearer token of our own issuer, for the Management API, with the scope `all`; or one for an organization,
 * whose bearer acts in that organization alone. There is no other way in, and no header that replaces one.
 */
import type { Actor } from '../../act.ts';
import type { MayManage } from '../../domain/applications/authority.ts';
import { DoorError } from './errors.ts';

type TokenClaims = {
  readonly sub: string;
  readonly clientId: string;
  readonly aud: string;
  readonly scope: ReadonlySet<string>;
  readonly organizationId?: string | undefined;
};

/** Checks signature, issuer and times. Rejects with an Error whose `reason` says which one failed. */
export type VerifyToken = (token: string) => TokenClaims | Promise<TokenClaims>;

export type Authorities = {
  readonly verify: VerifyToken;
  readonly isManagementAudience: (audience: string) => boolean;
  readonly mayManage: MayManage;
};

const organizationAudience = (organizationId: string) => `urn:logto:organization:${organizationId}`;

/** Refuses with 401 or 403. Synchronous for a token that was seen before. */
export function authenticate(
  authorization: string | undefined,
  { verify, isManagementAudience, mayManage }: Authorities,
): Actor | Promise<Actor> {
  if (!authorization)
    throw new DoorError(401, 'auth.authorization_header_missing', 'The Authorization header is missing.');
  const space = authorization.indexOf(' ');
  const scheme = space < 0 ? authorization : authorization.slice(0, space);
  if (scheme.toLowerCase() !== 'bearer') {
    throw new DoorError(
      401,
      'auth.authorization_token_type_not_supported',
      'Only bearer tokens are accepted.',
      {
        supportedTypes: ['Bearer'],
      },
    );
  }
  let claims: TokenClaims | Promise<TokenClaims>;
  try {
    claims = verify(space < 0 ? '' : authorization.slice(space + 1).trim());
  } catch (error) {
    throw unauthorized(error);
  }
  const judged = (known: TokenClaims) => {
    const insider = insiderOf(known);
    if (insider) return insider;
    const actor = actorOf(known, isManagementAudience);
    // A person holds the scope by roles that are judged when the token is made.
    const manages = known.clientId === known.sub ? mayManage(actor.id) : true;
    return manages instanceof Promise
      ? manages.then((does) => mustManage(actor, does))
      : mustManage(actor, manages);
  };
  return claims instanceof Promise
    ? claims.then(judged, (error: unknown) => {
        throw unauthorized(error);
      })
    : judged(claims);
}

/** The member or bot that a token of one organization is for. */
function insiderOf({ sub, clientId, aud, scope: scopes, organizationId }: TokenClaims): Actor | undefined {
  if (organizationId === undefined || aud !== organizationAudience(organizationId) || !sub) return undefined;
  return { kind: sub === clientId ? 'bot' : 'member', id: sub, organizationId, scopes };
}

function actorOf(claims: TokenClaims, isManagementAudience: (audience: string) => boolean): Actor {
  if (!isManagementAudience(claims.aud)) throw unauthorized({ reason: 'audience' });
  if (!claims.sub) throw new DoorError(401, 'auth.jwt_sub_missing', 'The token names no subject.');
  if (!claims.scope.has('all')) throw forbidden('The token lacks the scope "all".');
  if (claims.organizationId !== undefined)
    throw forbidden('A token of one organization does not manage the tenant.');
  return { kind: 'management', id: claims.sub };
}

function mustManage(actor: Actor, manages: boolean): Actor {
  if (manages) return actor;
  throw forbidden('The application does not manage the tenant any more.');
}

const forbidden = (why: string) => new DoorError(403, 'auth.forbidden', why);

function unauthorized(error: unknown): unknown {
  const reason = (error as { reason?: unknown }).reason;
  // Not a word about the token, but an outage while looking for keys: that is no 401.
  if (typeof reason !== 'string') return error;
  return new DoorError(401, 'auth.unauthorized', 'The token is not valid here.', { reason });
}
