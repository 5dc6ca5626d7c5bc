/**
 * A route of this door: one value says method, path, schemas and handler. From it come the validation, the types
 * of the handler, the OpenAPI document and the answer. What all routes share happens around the handler: paging
 * headers, idempotency, the translation of refusals.
 */
import type { Static, TObject, TSchema } from 'typebox';
import type { Act, Actor } from '../../act.ts';
import type { Queries } from '../../db/db.ts';
import type { Permission } from '../../domain/access.ts';
import type { Page } from '../../domain/page.ts';
import type { RefusalCode } from '../../domain/refusal.ts';
import type { Intention, Verdict } from './rehearse.ts';
import type { Services } from './services.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type Call<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** What paging the caller asks for; undefined: everything. */
  readonly page: Page;
  readonly tenantId: string;
  readonly by: Actor;
  /** How a person who calls signed in. */
  readonly methods: readonly string[];
  /** For reads. */
  readonly db: Queries;
  /** The time of the call. */
  readonly at: number;
  /** Runs a verb as this caller. */
  act<T>(verb: (act: Act) => Promise<T>): Promise<T>;
  /**
   * The same without the transaction and judgement that go before the verb of a member or bot, for a verb that judges
   * itself in one statement. Undefined where that cannot be.
   */
  atOnce<T>(verb: (act: Act) => Promise<T | undefined>): Promise<T | undefined>;
  readonly services: Services;
  /** The caller asks for what the answer would otherwise leave out (RFC 7240). */
  readonly prefersRepresentation: boolean;
  /** Whether this caller could do something else; see rehearse.ts. */
  rehearse(intention: Intention): Promise<Verdict>;
  /** Sets a header of the answer. */
  header(name: string, value: string): void;
};

type Access = {
  readonly permission: Permission | 'membership';
  /** `template`: about the roles and scopes that all organizations share. */
  readonly organization: 'path' | 'query' | 'body' | 'invitation' | 'template';
  /** The verb judges it once more in its own statement: what was true seconds ago will do before it. */
  readonly isJudgedByVerb?: true;
};

/** A listing whose items are JSON text already. */
export type JsonListing = { json: string; total: number };
export type Listing<T> = { items: readonly T[]; total: number };

export type Route = {
  readonly method: Method;
  /** Fastify's spelling: `/organizations/:id`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string | undefined;
  readonly tag: string;
  readonly params?: TObject | undefined;
  readonly query?: TObject | undefined;
  readonly body?: TSchema | undefined;
  /**
   * For members and bots of an organization: what they need there, and what says which organization it is about. Absent:
   * only the tenant's management may call it.
   */
  readonly access?: Access | undefined;
  /** For a signed-in person with a token of their own, about what is theirs; for nobody else. */
  readonly isOwn?: boolean | undefined;
  /** `always`: pages even when not asked to. */
  readonly paging?: 'always' | 'optional' | undefined;
  /** It asks somebody outside, or only rehearses: an Idempotency-Key does not put it into a transaction. */
  readonly isOutside?: boolean | undefined;
  /** The status of success, and the schema of its body; null: no body. */
  readonly success: readonly [status: number, body: TSchema | null];
  /** What `Prefer: return=representation` gives with 200 in the place of an empty body. */
  readonly representation?: TSchema | undefined;
  /** Refusals that this route says differently from the rest. */
  readonly refusals?: Partial<Record<RefusalCode, readonly [number, string]>> | undefined;
  readonly handle: (call: Call<never, never, never>) => Promise<unknown>;
};

type Parts<P, Q, B> = Omit<Route, 'params' | 'query' | 'body' | 'handle' | 'tag'> & {
  params?: P;
  query?: Q;
  body?: B;
  handle(call: Call<StaticOf<P>, StaticOf<Q>, StaticOf<B>>): Promise<unknown>;
};
type StaticOf<S> = S extends TSchema ? Static<S> : Record<string, never>;

/** Makes the routes of one noun: the types of params, query and body flow into the handler. */
export const routesOf =
  (tag: string) =>
  <
    P extends TObject | undefined = undefined,
    Q extends TObject | undefined = undefined,
    B extends TSchema | undefined = undefined,
  >(
    parts: Parts<P, Q, B>,
  ): Route =>
    ({ ...parts, tag }) as unknown as Route;
