/** For the tests of signing in at this door: an application that asks people in, and a browser that goes along. */
import type { ScalekitClient } from '@scalekit-sdk/node';
import { testCredentials } from '../../../../test/fixtures.ts';
import type { TestApp } from '../../../../test/harness.ts';
import { type Visitor, visitor } from '../../../../test/visitor.ts';
import { clientOf, newAddress, unique } from '../fixture.ts';

export const callback = 'https://app.example/callback';
export const goodbye = 'https://app.example/goodbye';

export type AuthorizationUrlOptions = NonNullable<Parameters<ScalekitClient['getAuthorizationUrl']>[1]>;

/** The application that calls the API signs people in, too: it is told where they come back. */
export async function registerPlaces(
  t: TestApp,
  id: string = testCredentials.clientId,
  more: object = {},
): Promise<void> {
  const { status, body } = await t.api('PATCH', `/applications/${id}`, {
    oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [goodbye], ...more },
  });
  if (status !== 200) throw new Error(`Not registered: ${JSON.stringify(body)}`);
}

/** Another application with a secret, of this type. */
export async function otherApplication(
  t: TestApp,
  type: string,
  more: object = {},
): Promise<{ id: string; client: ScalekitClient }> {
  const { body } = await t.api('POST', '/applications', {
    name: unique('Another '),
    type,
    oidcClientMetadata: { redirectUris: [callback], postLogoutRedirectUris: [goodbye] },
    ...more,
  });
  const secrets = await t.api('GET', `/applications/${body.id}/secrets`);
  const clientSecret = secrets.body?.[0]?.value ?? 'it has no secret';
  return { id: body.id, client: clientOf(t, { clientId: body.id, clientSecret }) };
}

/** Somebody with a proven address who belongs to these organizations, with roles by name. */
export async function makeMember(
  t: TestApp,
  organizationIds: readonly string[],
  roleNames: readonly string[] = [],
): Promise<{ id: string; address: string }> {
  const address = newAddress();
  const { body } = await t.api('POST', '/users', { primaryEmail: address, name: 'Ann Example' });
  await t.sql('update users set email_verified_at = created_at where id = $1', [body.id]);
  const roles = await t.sql<{ id: string }>('select id from organization_roles where name = any($1)', [
    roleNames,
  ]);
  for (const id of organizationIds) {
    await t.api('POST', `/organizations/${id}/users`, { userIds: [body.id] });
    if (roles.length > 0)
      await t.api('PUT', `/organizations/${id}/users/${body.id}/roles`, {
        organizationRoleIds: roles.map((role) => role.id),
      });
  }
  return { id: body.id, address };
}

/** Follows the application's address as this person. The address that the browser arrives at, or the answer that is none. */
export async function asked(
  t: TestApp,
  userId: string,
  options: AuthorizationUrlOptions = {},
  {
    browser = visitor(t),
    client = clientOf(t),
    redirectUri = callback,
  }: { browser?: Visitor; client?: ScalekitClient; redirectUri?: string } = {},
): Promise<URL | Response> {
  return browser.follow(client.getAuthorizationUrl(redirectUri, options), userId);
}

/** The code that comes back. */
export async function codeOf(...ask: Parameters<typeof asked>): Promise<string> {
  const arrived = await asked(...ask);
  const code = arrived instanceof URL ? arrived.searchParams.get('code') : null;
  if (!code) throw new Error(`No code: ${arrived instanceof URL ? arrived : await arrived.text()}`);
  return code;
}

/** The OAuth error that a call of the client failed with. */
export async function oauthError(call: Promise<unknown>): Promise<{ status: number; error: string }> {
  const failure = await call.then(
    () => undefined,
    (error) => error as { response?: { status: number; data: { error: string } } },
  );
  if (!failure?.response) throw failure ?? new Error('It did not fail');
  return { status: failure.response.status, error: failure.response.data.error };
}
