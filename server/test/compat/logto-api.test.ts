/** The field's own client, @logto/api, unmodified and over a socket: only the addresses in its options are ours. */
import { createManagementApi } from '@logto/api/management';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testCredentials } from '../fixtures.ts';
import { type TestApp, testApp } from '../harness.ts';

let t: TestApp;
let api: ReturnType<typeof createManagementApi>['apiClient'];
beforeAll(async () => {
  t = await testApp();
  api = client().apiClient;
});
afterAll(() => t.close());

const client = (options: { apiIndicator?: string; clientSecret?: string } = {}) =>
  createManagementApi('default', { ...testCredentials, baseUrl: t.url, ...options });
const inADay = () => t.now() + 86_400_000;

/** What a call that must succeed returned. */
function good<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  expect(error, JSON.stringify(error)).toBeUndefined();
  expect(response.ok).toBe(true);
  return data as T;
}

test.for(['the indicator of the field', 'our own address'] as const)(
  'it gets its token by %s, with exactly the scope all',
  async (which) => {
    const warned = vi.spyOn(console, 'warn');
    const { apiClient, clientCredentials } = client(
      which === 'our own address' ? { apiIndicator: `${t.url}/api` } : {},
    );
    const { value, scope, expiresAt } = await clientCredentials.getAccessToken();
    expect(value.split('.')).toHaveLength(3);
    expect(scope).toBe('all');
    expect(expiresAt).toBeGreaterThan(Date.now() / 1000);
    good(await apiClient.GET('/api/organizations'));
    expect((await clientCredentials.getAccessToken()).value).toBe(value);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  },
);

test('a wrong secret surfaces as the client’s own error', async () => {
  await expect(client({ clientSecret: 'wrong' }).apiClient.GET('/api/organizations')).rejects.toThrow(
    /Failed to fetch access token: 401/,
  );
});

test('organizations: made, read, changed, listed, deleted', async () => {
  const made = good(
    await api.POST('/api/organizations', { body: { name: 'Acme', description: 'd', customData: { a: 1 } } }),
  );
  const params = { path: { id: made.id } };
  expect(good(await api.GET('/api/organizations/{id}', { params }))).toEqual(made);
  expect(good(await api.PATCH('/api/organizations/{id}', { params, body: { name: 'New' } }))).toEqual({
    ...made,
    name: 'New',
  });
  const listed = await api.GET('/api/organizations', {
    params: { query: { q: made.id, page: 1, page_size: 10 } },
  });
  expect(good(listed)).toMatchObject([{ id: made.id, name: 'New' }]);
  expect(listed.response.headers.get('total-number')).toBe('1');
  expect((await api.DELETE('/api/organizations/{id}', { params })).response.status).toBe(204);
  const gone = await api.GET('/api/organizations/{id}', { params });
  expect(gone.response.status).toBe(404);
  expect(gone.error).toMatchObject({ code: 'entity.not_exists_with_id', message: expect.any(String) });
});

test('the template: scopes and roles, and what a role gives', async () => {
  const scope = good(
    await api.POST('/api/organization-scopes', { body: { name: 'read:report', description: 'Reads' } }),
  );
  const role = good(
    await api.POST('/api/organization-roles', {
      body: { name: 'reporter', organizationScopeIds: [], resourceScopeIds: [] },
    }),
  );
  const params = { path: { id: role.id } };
  // A 201 without a body: this client parses every answer that does not say that it has none.
  const added = await api.POST('/api/organization-roles/{id}/scopes', {
    params,
    body: { organizationScopeIds: [scope.id] },
  });
  expect(added.response.status).toBe(201);
  expect(good(await api.GET('/api/organization-roles/{id}/scopes', { params }))).toEqual([scope]);
  expect(
    (await api.PUT('/api/organization-roles/{id}/scopes', { params, body: { organizationScopeIds: [] } }))
      .response.status,
  ).toBe(204);
  const roles = good(await api.GET('/api/organization-roles', { params: { query: { page_size: 100 } } }));
  expect(roles.find((one) => one.id === role.id)).toMatchObject({ scopes: [], resourceScopes: [] });
  good(await api.PATCH('/api/organization-roles/{id}', { params, body: { description: 'x' } }));
  const taken = await api.POST('/api/organization-roles', {
    body: { name: 'reporter', organizationScopeIds: [], resourceScopeIds: [] },
  });
  expect(taken.response.status).toBe(422);
  expect(taken.error).toMatchObject({ code: 'entity.unique_integrity_violation' });
  expect((await api.DELETE('/api/organization-roles/{id}', { params })).response.status).toBe(204);
  expect(
    (await api.DELETE('/api/organization-scopes/{id}', { params: { path: { id: scope.id } } })).response
      .status,
  ).toBe(204);
});

test('an invitation from first to last: made with a mail, found, accepted; the member and what they may do', async () => {
  const organization = good(await api.POST('/api/organizations', { body: { name: 'Acme' } }));
  const inviter = good(
    await api.POST('/api/users', { body: { primaryEmail: 'rita@example.com', name: 'Rita' } }),
  );
  const roles = good(await api.GET('/api/organization-roles'));
  const member = roles.find((role) => role.name === 'member')!;
  const invitation = good(
    await api.POST('/api/organization-invitations', {
      body: {
        organizationId: organization.id,
        invitee: 'ann@example.com',
        inviterId: inviter.id,
        expiresAt: inADay(),
        organizationRoleIds: [member.id],
        messagePayload: { link: 'https://app.example/join' },
      },
    }),
  );
  expect(invitation).toMatchObject({
    status: 'Pending',
    inviterId: inviter.id,
    organizationRoles: [{ id: member.id, name: 'member' }],
  });
  const params = { path: { id: invitation.id } };
  expect(
    (
      await api.POST('/api/organization-invitations/{id}/message', {
        params,
        body: { link: 'https://app.example/join' },
      })
    ).response.status,
  ).toBe(204);
  await t.drain();
  expect(t.mails.filter((mail) => mail.to === 'ann@example.com')).toHaveLength(2);
  expect(
    good(
      await api.GET('/api/organization-invitations', {
        params: { query: { organizationId: organization.id } },
      }),
    ),
  ).toEqual([invitation]);
  expect(good(await api.GET('/api/organization-invitations/{id}', { params }))).toEqual(invitation);

  const ann = good(await api.POST('/api/users', { body: { primaryEmail: 'ann@example.com' } }));
  const accepted = good(
    await api.PUT('/api/organization-invitations/{id}/status', {
      params,
      body: { status: 'Accepted', acceptedUserId: ann.id },
    }),
  );
  expect(accepted).toMatchObject({ status: 'Accepted', acceptedUserId: ann.id });
  const again = await api.PUT('/api/organization-invitations/{id}/status', {
    params,
    body: { status: 'Revoked' },
  });
  expect(again.response.status).toBe(422);
  const of = { params: { path: { id: organization.id, userId: ann.id } } };
  expect(
    good(await api.GET('/api/organizations/{id}/users/{userId}/scopes', of)).map((scope) => scope.name),
  ).toEqual(['read:member']);
  expect(
    good(await api.GET('/api/organizations/{id}/users/{userId}/roles', of)).map((role) => role.name),
  ).toEqual(['member']);
  expect(
    good(await api.GET('/api/users/{userId}/organizations', { params: { path: { userId: ann.id } } })),
  ).toMatchObject([{ id: organization.id }]);
  expect((await api.DELETE('/api/organization-invitations/{id}', { params })).response.status).toBe(204);
});

test('members: added, given roles, replaced, removed', async () => {
  const { id } = good(await api.POST('/api/organizations', { body: { name: 'Acme' } }));
  const [a, b] = [
    good(await api.POST('/api/users', { body: { primaryEmail: 'a@members.example' } })),
    good(await api.POST('/api/users', { body: { primaryEmail: 'b@members.example' } })),
  ];
  const role = good(await api.GET('/api/organization-roles')).find(({ name }) => name === 'member');
  const params = { path: { id } };
  const added = await api.POST('/api/organizations/{id}/users', { params, body: { userIds: [a.id, b.id] } });
  expect(added.response.status).toBe(201);
  const given = await api.POST('/api/organizations/{id}/users/roles', {
    params,
    body: { userIds: [a.id, b.id], organizationRoleIds: [role!.id] },
  });
  expect(given.response.status).toBe(201);
  const more = await api.POST('/api/organizations/{id}/users/{userId}/roles', {
    params: { path: { id, userId: a.id } },
    body: { organizationRoleNames: ['admin'] },
  });
  expect(more.response.status).toBe(201);
  expect(good(await api.GET('/api/organizations/{id}/users', { params }))).toHaveLength(2);
  expect(
    (await api.PUT('/api/organizations/{id}/users', { params, body: { userIds: [a.id] } })).response.status,
  ).toBe(204);
  expect(
    (await api.DELETE('/api/organizations/{id}/users/{userId}', { params: { path: { id, userId: a.id } } }))
      .response.status,
  ).toBe(204);
  const none = await api.DELETE('/api/organizations/{id}/users/{userId}', {
    params: { path: { id, userId: a.id } },
  });
  expect(none.error).toMatchObject({ code: 'entity.not_found' });
});

test('bots: body-less answers do not make the client throw', async () => {
  const { id } = good(await api.POST('/api/organizations', { body: { name: 'Acme' } }));
  const bot = good(await api.POST('/api/applications', { body: { name: 'bot', type: 'MachineToMachine' } }));
  const role = good(
    await api.POST('/api/organization-roles', {
      body: { name: 'robot', type: 'MachineToMachine', organizationScopeIds: [], resourceScopeIds: [] },
    }),
  );
  const params = { path: { id } };
  const answers = [
    await api.POST('/api/organizations/{id}/applications', { params, body: { applicationIds: [bot.id] } }),
    await api.POST('/api/organizations/{id}/applications/roles', {
      params,
      body: { applicationIds: [bot.id], organizationRoleIds: [role.id] },
    }),
    await api.POST('/api/organizations/{id}/applications/{applicationId}/roles', {
      params: { path: { id, applicationId: bot.id } },
      body: { organizationRoleIds: [role.id] },
    }),
    await api.POST('/api/organizations/{id}/jit/roles', { params, body: { organizationRoleIds: [] } }),
  ];
  expect(answers.map((answer) => answer.response.status)).toEqual([201, 201, 201, 400]);
  expect(good(await api.GET('/api/organizations/{id}/applications', { params }))).toMatchObject([
    { id: bot.id, organizationRoles: [{ name: 'robot' }] },
  ]);
});

test('users, applications and their secrets', async () => {
  const user = good(
    await api.POST('/api/users', {
      body: { username: 'karl', primaryEmail: 'karl@example.com', name: 'Karl' },
    }),
  );
  const params = { path: { userId: user.id } };
  expect(good(await api.GET('/api/users/{userId}', { params }))).toEqual(user);
  expect(good(await api.PATCH('/api/users/{userId}', { params, body: { name: 'Carl' } }))).toMatchObject({
    name: 'Carl',
  });
  expect(
    good(await api.PATCH('/api/users/{userId}/is-suspended', { params, body: { isSuspended: true } })),
  ).toMatchObject({ isSuspended: true });
  const found = good(
    await api.GET('/api/users', { params: { query: { 'search.username': 'karl' } as never } }),
  );
  expect(found).toMatchObject([{ id: user.id }]);
  const twin = await api.POST('/api/users', { body: { primaryEmail: 'KARL@example.com' } });
  expect(twin.error).toMatchObject({ code: 'user.email_already_in_use' });
  expect((await api.DELETE('/api/users/{userId}', { params })).response.status).toBe(204);

  const application = good(
    await api.POST('/api/applications', { body: { name: 'Worker', type: 'MachineToMachine' } }),
  );
  const at = { path: { id: application.id } };
  expect(good(await api.GET('/api/applications/{id}/secrets', { params: at }))).toMatchObject([
    { name: 'Default secret' },
  ]);
  const secret = good(
    await api.POST('/api/applications/{id}/secrets', { params: at, body: { name: 'second' } }),
  );
  expect(secret).toMatchObject({ name: 'second', value: expect.stringMatching(/^\w{32}$/) });
  good(await api.PATCH('/api/applications/{id}', { params: at, body: { description: 'd' } }));
  expect((await api.DELETE('/api/applications/{id}', { params: at })).response.status).toBe(204);
});

test('resources and their scopes, tenant-wide roles, e-mail domains, e-mail templates', async () => {
  const resource = good(
    await api.POST('/api/resources', { body: { name: 'Shop', indicator: 'https://shop.example' } }),
  );
  const scope = good(
    await api.POST('/api/resources/{resourceId}/scopes', {
      params: { path: { resourceId: resource.id } },
      body: { name: 'buy' },
    }),
  );
  const role = good(
    await api.POST('/api/roles', { body: { name: 'Buyer', description: 'Buys', scopeIds: [scope.id] } }),
  );
  expect(role).toMatchObject({ name: 'Buyer', type: 'User' });
  const { id } = good(await api.POST('/api/organizations', { body: { name: 'Acme' } }));
  const domain = good(
    await api.POST('/api/organizations/{id}/jit/email-domains', {
      params: { path: { id } },
      body: { emailDomain: 'acme.example' },
    }),
  );
  expect(domain).toMatchObject({ emailDomain: 'acme.example' });
  const templates = good(
    await api.PUT('/api/email-templates', {
      body: {
        templates: [
          {
            languageTag: 'en',
            templateType: 'OrganizationInvitation',
            details: { subject: 's', content: 'c {{link}}' },
          },
        ],
      },
    }),
  );
  expect(templates).toMatchObject([{ languageTag: 'en' }]);
});

test('bad input surfaces as an error with its code and what is wrong', async () => {
  const { error, response } = await api.POST('/api/organization-invitations', {
    body: { organizationId: 'x', invitee: 'nobody', expiresAt: inADay(), messagePayload: false },
  });
  expect(response.status).toBe(400);
  expect(error).toMatchObject({
    code: 'guard.invalid_input',
    data: { issues: [{ path: ['body', 'invitee'] }] },
  });
});
