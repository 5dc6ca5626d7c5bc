/** Tokens of signed-in people, as the token endpoint keeps them, without the way through a browser. */
import { digestOfToken } from '../src/doors/oidc/adapter.ts';
import type { TestApp } from './harness.ts';
import type { Insider } from './insiders.ts';
import { memberToken } from './insiders.ts';

export const ownOrigin = 'https://app.example';

/** An application that people sign in to. */
export async function makeApplication(t: TestApp, more: object = {}): Promise<string> {
  const answer = await t.api('POST', '/applications', {
    name: 'App',
    type: 'SPA',
    oidcClientMetadata: { redirectUris: [`${ownOrigin}/callback`], postLogoutRedirectUris: [] },
    ...more,
  });
  return answer.body.id;
}

export async function grantTo(t: TestApp, userId: string, clientId: string): Promise<string> {
  const grantId = `grant${Math.random().toString(36).slice(2)}`;
  await t.sql(
    `insert into oidc_records (tenant_id, model, id, payload, account_id, expires_at)
     values ('default', 'Grant', $1, $2, $3, $4)`,
    [grantId, { kind: 'Grant', clientId, accountId: userId }, userId, t.now() + 3_600_000],
  );
  return grantId;
}

/** An opaque access token of the person. */
export async function ownToken(
  t: TestApp,
  userId: string,
  clientId: string,
  { scope = 'openid', ...more }: { scope?: string; sessionUid?: string; expiresWithSession?: boolean } = {},
): Promise<string> {
  const grantId = await grantTo(t, userId, clientId);
  const value = `opaque${Math.random().toString(36).slice(2)}`;
  await t.sql(
    `insert into oidc_records (tenant_id, model, id, payload, grant_id, account_id, expires_at)
     values ('default', 'AccessToken', $1, $2, $3, $4, $5)`,
    [
      digestOfToken(value),
      { kind: 'AccessToken', clientId, accountId: userId, grantId, scope, ...more },
      grantId,
      userId,
      t.now() + 3_600_000,
    ],
  );
  return value;
}

export async function organizationToken(
  t: TestApp,
  userId: string,
  organizationId: string,
  clientId: string,
): Promise<string> {
  const grantId = await grantTo(t, userId, clientId);
  return memberToken(t, userId, organizationId, [], { client_id: clientId, jti: `x${grantId}.${grantId}` });
}

/** The person, calling with a token. */
export const personWith = (t: TestApp, id: string, token: string): Insider => ({
  id,
  token,
  api: (method, path, body) => t.api(method, path, body, { authorization: `Bearer ${token}` }),
});
