/**
 * Authorization requests that wait for a person, as these pages need them. The OpenID Connect door offers them; the
 * composition root puts the two together. A flow belongs to the browser that began it, by a cookie.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Method } from '../domain/sessions/sessions.ts';

export type FlowApplication = {
  readonly id: string;
  readonly name: string;
  readonly logoUrl: string | undefined;
  readonly isThirdParty: boolean;
  readonly mayRegister: boolean;
};

export type Flow = {
  readonly uid: string;
  readonly wants: 'login' | 'organization' | 'consent';
  readonly application: FlowApplication;
  /** As the application wrote it: not yet an address. */
  readonly loginHint: string | undefined;
  readonly firstScreen: string | undefined;
  /** Chooses the branding, grants nothing. */
  readonly organizationId: string | undefined;
  /** Languages that the application asks for, best first, space-separated. */
  readonly uiLocales: string | undefined;
  /** Being signed in already is not enough: `prompt=login`, `max_age`. */
  readonly mustProveAgain: boolean;
  /** Where the browser goes in the end: an origin, or `scheme:` for native applications. */
  readonly target: string;
  /** Who has to choose an organization, and from which of them the application wants one; only when that is wanted. */
  readonly choice: { readonly userId: string; readonly organizationId: string | undefined } | undefined;
  /** What there is to agree to; only when consent is wanted. */
  readonly consent: FlowConsent | undefined;
};

export type FlowConsent = {
  readonly userId: string;
  /** OpenID Connect scopes that were not agreed to yet. */
  readonly scopes: readonly string[];
  readonly resources: readonly {
    readonly name: string;
    readonly scopes: readonly { readonly name: string; readonly description: string | null }[];
  }[];
  /** The person's organizations, where the application asks to know them. */
  readonly organizations: readonly {
    readonly id: string;
    readonly name: string;
    readonly isGranted: boolean;
  }[];
};

export type Flows = {
  /** The flow that this browser began; of several the one with this uid. */
  find(
    request: IncomingMessage,
    response: ServerResponse,
    uid: string | undefined,
  ): Promise<Flow | undefined>;
  /** The person has signed in. Returns the address to go on to. */
  signedIn(
    uid: string,
    who: { readonly userId: string; readonly signedInAt: number; readonly methods: readonly Method[] },
  ): Promise<string>;
  /** The person agrees; to an application of somebody else's, for these organizations. Returns the address to go on to. */
  consented(uid: string, organizationIds: readonly string[]): Promise<string>;
  /** The person chose this organization. Returns the address to go on to, where it is judged. */
  chose(uid: string, userId: string, organizationId: string): Promise<string>;
  /** The person does not want to. Returns the address to go on to. */
  declined(uid: string): Promise<string>;
};
