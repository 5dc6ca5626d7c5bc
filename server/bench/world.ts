/** What a run needs from the server before it begins: a token, a role for people, a role for bots. */

import { managementIndicator } from '../src/domain/tenants/seed.ts';
import type { World } from './operations.ts';
import { tenantId } from './operations.ts';
import type { Server } from './server.ts';

export async function openWorld({ url, clientId, clientSecret }: Server) {
  const { access_token: token } = await call<{ access_token: string }>(`${url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      resource: managementIndicator(tenantId),
      scope: 'all',
    }),
  });
  const { access_token: scalekitToken } = await call<{ access_token: string }>(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const roles = await call<{ id: string; name: string }[]>(`${url}/api/organization-roles`, { headers });
  const scopes = await call<{ id: string }[]>(`${url}/api/organization-scopes`, { headers });
  const bot = await call<{ id: string }>(`${url}/api/organization-roles`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      name: 'bot',
      type: 'MachineToMachine',
      organizationScopeIds: scopes.map(({ id }) => id),
    }),
  });
  const roleId = roles.find(({ name }) => name === 'member')!.id;
  const world: World = {
    port: Number(new URL(url).port),
    token,
    clientId,
    clientSecret,
    scalekitToken,
    roleId,
    startedAt: Date.now(),
    application: { id: '', secret: '' },
  };
  const adminRoleId = roles.find(({ name }) => name === 'admin')!.id;
  return { world, roleId, adminRoleId, botRoleId: bot.id };
}

async function call<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}
