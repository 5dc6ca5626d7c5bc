/**
 * Signing people in for an issuer beside that of OpenID Connect: another door, with tokens of its own form. Sessions,
 * pages, codes and refresh tokens are the same ones; what was given under one issuer is worth nothing under the other.
 * The OpenID Connect door offers this; the composition root puts the two together.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An authorization request whose application and redirect URI are known to be good. */
export type AuthorizationRequest = {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state?: string | undefined;
  readonly nonce?: string | undefined;
  readonly codeChallenge?: string | undefined;
  readonly loginHint?: string | undefined;
  readonly uiLocales?: string | undefined;
  /** `login`: whoever is signed in proves again who it is; `none`: nobody is asked anything. */
  readonly prompt?: 'login' | 'none' | undefined;
  /** The page for people who are new comes first. */
  readonly registers?: boolean;
  /** The organization that the tokens are to be for; without one it is found or chosen. */
  readonly organizationId?: string | undefined;
  /** Taken when the person belongs to it. */
  readonly preferredOrganizationId?: string | undefined;
  /** The person chooses, even where there is little to choose from. */
  readonly choosesOrganization?: boolean;
};

/** What an application shows to get tokens. */
export type Redemption = {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string | undefined;
  /** Of the page that asks, where a browser does. */
  readonly origin: string | undefined;
} & (
  | {
      readonly code: string;
      readonly redirectUri: string | undefined;
      readonly verifier: string | undefined;
    }
  | { readonly refreshToken: string; readonly scope: string | undefined }
);

/** What it gets: everything as it is at this moment. */
export type Redeemed = {
  readonly clientId: string;
  readonly userId: string;
  readonly sessionUid: string | undefined;
  readonly organizationId: string | undefined;
  readonly scopes: readonly string[];
  /** Names, of what the person holds in the organization. */
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** Of the person, by the scopes, as OpenID Connect names them. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly nonce: string | undefined;
  /** Seconds. */
  readonly authTime: number | undefined;
  readonly methods: readonly string[];
  readonly refreshToken: string | undefined;
};

export type Authorizations = {
  /** Answers the request: with the way back to the application, or to a page of ours. */
  begin(req: IncomingMessage, res: ServerResponse, request: AuthorizationRequest): void;
  /** Exchanges a code or a refresh token. Throws AuthorizationRefused. */
  redeem(redemption: Redemption): Promise<Redeemed>;
};

/** The issuer under which applications for machines sign people in, and what it calls an organization. */
export type OtherIssuer = { readonly url: string; organizationName(id: string): string };

/** As OAuth says it. */
export class AuthorizationRefused extends Error {
  override readonly name = 'AuthorizationRefused';
  readonly status: number;
  readonly error: string;

  constructor(status: number, error: string, description: string) {
    super(description);
    this.status = status;
    this.error = error;
  }
}
