/** Members and bots with tokens of their organization. */
import { SignJWT } from 'jose';
import { findSigningKeys } from '../src/domain/signing-keys/signing-keys.ts';
import { makeUser } from './builders.ts';
import { testKeys } from './fixtures.ts';
import type { Answer, TestApp } from './harness.ts';

export type Insider = {
  id: string;
  token: string;
  api(method: string, path: string, body?: unknown): Promise<Answer>;
};

const every = [
  'invite:member',
  'manage:member',
  'delete:member',
  'read:member',
  'manage:organization',
  'delete:organization',
];

/** A new member with these roles; the token allows these scopes. */
export async function insiderOf(
  t: TestApp,
  organizationId: string,
  roleIds: readonly string[],
  scopes: readonly string[] = every,
): Promise<Insider> {
  const id = await makeUser(t, `m${Math.random().toString(36).slice(2)}@insider.example`);
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [id] });
  if (roleIds.length > 0)
    await t.api('PUT', `/organizations/${organizationId}/users/${id}/roles`, {
      organizationRoleIds: roleIds,
    });
  return bearing(t, id, await memberToken(t, id, organizationId, scopes));
}

/** A token as the token endpoint makes it, without the way through a browser. */
export async function memberToken(
  t: TestApp,
  userId: string,
  organizationId: string,
  scopes: readonly string[] = every,
  claims: object = {},
): Promise<string> {
  const [key] = await findSigningKeys(t.app.db, testKeys, 'default', t.now());
  const iat = Math.floor(t.now() / 1000);
  return new SignJWT({
    scope: scopes.join(' '),
    client_id: 'an-application',
    jti: `test-${Math.random()}`,
    ...claims,
  })
    .setProtectedHeader({ alg: key!.algorithm, typ: 'at+jwt', kid: key!.id })
    .setIssuer(`${t.url}/oidc`)
    .setAudience(`urn:logto:organization:${organizationId}`)
    .setSubject(userId)
    .setIssuedAt(iat)
    .setExpirationTime(iat + 3600)
    .sign(key!.privateJwk() as never);
}

/** A new bot of the organization with a role for these scopes, and its token from the token endpoint. */
export async function botOf(t: TestApp, organizationId: string, scopes: readonly string[]): Promise<Insider> {
  const { body: all } = await t.api('GET', '/organization-scopes');
  const { body: role } = await t.api('POST', '/organization-roles', {
    name: `bot ${Math.random()}`,
    type: 'MachineToMachine',
    organizationScopeIds: all
      .filter(({ name }: { name: string }) => scopes.includes(name))
      .map(({ id }: { id: string }) => id),
  });
  const { body: bot } = await t.api('POST', '/applications', { name: 'Bot', type: 'MachineToMachine' });
  const { body: secrets } = await t.api('GET', `/applications/${bot.id}/secrets`);
  await t.api('POST', `/organizations/${organizationId}/applications`, { applicationIds: [bot.id] });
  await t.api('POST', `/organizations/${organizationId}/applications/${bot.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  const response = await fetch(`${t.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: bot.id,
      client_secret: secrets[0].value,
      organization_id: organizationId,
      scope: scopes.join(' '),
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return bearing(t, bot.id, token);
}

const bearing = (t: TestApp, id: string, token: string): Insider => ({
  id,
  token,
  api: (method, path, body) => t.api(method, path, body, { authorization: `Bearer ${token}` }),
});
