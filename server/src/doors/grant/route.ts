/**
 * A route of this door, and a call of it. Every operation takes a call, so that REST and GraphQL do the same.
 */
import type { Static, TObject, TSchema } from 'typebox';
import type { Acting } from '../../act.ts';
import type { Db } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';
import type { MailBounds, MailOrder } from '../../outbox/put.ts';
import type { Caller } from './caller.ts';

export type GrantDoor = {
  readonly tenantId: string;
  readonly db: Db;
  readonly keys: Keys;
  readonly acting: Acting;
  readonly clock: () => number;
  /** The claims of a good access token of this server. Rejects with an error that has a `reason`. */
  readonly verify: (token: string) => TokenClaims | Promise<TokenClaims>;
  readonly signFor: (claims: Readonly<Record<string, unknown>>, lifeS: number) => Promise<string>;
  readonly orderMail: (payload: Record<string, unknown>) => MailOrder;
  /** Whether an application of the tenant calls from there. */
  readonly isKnownOrigin: (origin: string) => Promise<boolean>;
  readonly mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean };
};

type TokenClaims = { readonly aud: string; readonly clientId: string };

export type Call = {
  readonly door: GrantDoor;
  /** Who calls; undefined where nobody has to say. */
  readonly caller: Caller | undefined;
  /** For mails: a language tag, when the caller asks for one. */
  readonly locale: string | undefined;
  /** Where the call comes from: the address of the connection. */
  readonly address: string;
};

/**
 * `nobody`: tokens are not looked at. `anybody`: looked at where one is given. `somebody`: a token is needed. `person`:
 * of somebody whose registration is complete. `verified`: whose address is proven besides.
 */
export type Access = 'nobody' | 'anybody' | 'somebody' | 'person' | 'verified';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The organization or account that the call names: in its body, its query or its headers. */
export type ScopeOf = (tenant: 'organization' | 'account') => string;

export type Route = {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  readonly params?: TObject | undefined;
  readonly query?: TObject | undefined;
  readonly body?: TSchema | undefined;
  readonly status: 200 | 201;
  readonly handle: (
    call: Call,
    parts: { params: unknown; query: unknown; body: unknown; scope: ScopeOf },
  ) => Promise<unknown>;
};

type Typed<P extends TObject, Q extends TObject, B extends TSchema> = Omit<
  Route,
  'params' | 'query' | 'body' | 'handle'
> & {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly handle: (
    call: Call,
    parts: { params: Static<P>; query: Static<Q>; body: Static<B>; scope: ScopeOf },
  ) => Promise<unknown>;
};

/** A route whose handler has the types of its schemas. */
export const route = <P extends TObject, Q extends TObject, B extends TSchema>(
  given: Typed<P, Q, B>,
): Route => given as unknown as Route;
