/**
 * What Notes needs in Usher, made through the Management API: the application, two permissions, what roles give, and
 * a first organization. Doing it again changes nothing.
 */
import { createManagementApi } from '@logto/api/management';

export type Credentials = { readonly clientId: string; readonly clientSecret: string };

type Api = ReturnType<typeof createManagementApi>['apiClient'];

/** Returns the id of the application. `here`: where Notes is served, without a trailing slash. */
export async function setUp(usher: string, credentials: Credentials, here: string): Promise<string> {
  const { apiClient } = createManagementApi('default', { ...credentials, baseUrl: usher });
  await permission(apiClient, 'read:notes', ['owner', 'admin', 'member']);
  await permission(apiClient, 'write:notes', ['owner', 'admin']);
  return application(apiClient, here);
}

async function application(api: Api, here: string): Promise<string> {
  // The types of @logto/api say that these are lists of objects; they are lists of texts.
  const metadata = {
    redirectUris: [`${here}/callback`],
    postLogoutRedirectUris: [here],
    // Where people come who accepted an invitation: Notes signs them in, and Usher knows them already.
    initiateLoginUri: `${here}/login`,
  } as never;
  const { data: all } = await api.GET('/api/applications', { params: { query: {} } });
  const known = all?.find(({ name, type }) => name === 'Notes' && type === 'SPA');
  if (known) {
    await api.PATCH('/api/applications/{id}', {
      params: { path: { id: known.id } },
      body: { oidcClientMetadata: metadata },
    });
    return known.id;
  }
  const { data } = await api.POST('/api/applications', {
    body: { name: 'Notes', type: 'SPA', oidcClientMetadata: metadata },
  });
  return data!.id;
}

/** Makes the permission and gives it to the roles. */
async function permission(api: Api, name: string, roles: readonly string[]): Promise<void> {
  const { data: scopes } = await api.GET('/api/organization-scopes', { params: { query: {} } });
  const id =
    scopes?.find((scope) => scope.name === name)?.id ??
    (await api.POST('/api/organization-scopes', { body: { name } })).data!.id;
  const { data: known } = await api.GET('/api/organization-roles', { params: { query: {} } });
  for (const role of known?.filter((each) => roles.includes(each.name)) ?? []) {
    await api.POST('/api/organization-roles/{id}/scopes', {
      params: { path: { id: role.id } },
      body: { organizationScopeIds: [id] },
    });
  }
}

/** An organization to begin with, and an invitation to it by mail. */
export async function inviteFirst(usher: string, credentials: Credentials, invitee: string): Promise<void> {
  const { apiClient } = createManagementApi('default', { ...credentials, baseUrl: usher });
  const { data: all } = await apiClient.GET('/api/organizations', { params: { query: {} } });
  const organization =
    all?.find(({ name }) => name === 'Acme') ??
    (await apiClient.POST('/api/organizations', { body: { name: 'Acme' } })).data!;
  const { data: roles } = await apiClient.GET('/api/organization-roles', { params: { query: {} } });
  await apiClient.POST('/api/organization-invitations', {
    body: {
      organizationId: organization.id,
      invitee,
      expiresAt: Date.now() + 7 * 86_400_000,
      organizationRoleIds: roles!.filter(({ name }) => name === 'admin').map(({ id }) => id),
      messagePayload: {},
    },
  });
}
