/** Rules that hold for this door as a whole (DESIGN §4), and incidents elsewhere that must not happen here. */
import { expect, test } from 'vitest';
import { day, nobody, openDoor, unique, uniqueAddress } from './fixture.ts';
import { routes } from './index.ts';

const door = openDoor();

test('rule 18: what belongs to another organization is not there, whatever the path', async () => {
  const [mine, theirs] = [await door.organization(), await door.organization()];
  const [myMember, theirMember] = [await door.member(mine.id), await door.member(theirs.id)];
  const [role, theirRole] = [await door.role(), await door.role()];
  const [machineRole, theirMachineRole] = [await door.machineRole(), await door.machineRole()];
  const [myBot, theirBot] = [await door.bot(), await door.bot()];
  for (const [at, member, bot, one, machine, domain] of [
    [mine, myMember, myBot, role, machineRole, 'mine.example'],
    [theirs, theirMember, theirBot, theirRole, theirMachineRole, 'theirs.example'],
  ] as const) {
    const base = `/organizations/${at.id}`;
    await door.done(201, 'POST', `${base}/users/${member.id}/roles`, { organizationRoleIds: [one.id] });
    await door.done(201, 'POST', `${base}/applications`, { applicationIds: [bot.id] });
    await door.done(201, 'POST', `${base}/applications/${bot.id}/roles`, {
      organizationRoleIds: [machine.id],
    });
    await door.done(201, 'POST', `${base}/jit/email-domains`, { emailDomain: domain });
    await door.done(201, 'POST', `${base}/jit/roles`, { organizationRoleIds: [one.id] });
  }
  const base = `/organizations/${mine.id}`;
  const notFound = [404, 'entity.not_found'] as const;
  const noMember = [422, 'organization.require_membership'] as const;
  const foreign = [422, 'entity.relation_foreign_key_not_found'] as const;
  await door.refused(...notFound, 'DELETE', `${base}/users/${theirMember.id}`);
  await door.refused(...notFound, 'DELETE', `${base}/applications/${theirBot.id}`);
  await door.refused(...notFound, 'DELETE', `${base}/jit/email-domains/theirs.example`);
  await door.refused(...notFound, 'DELETE', `${base}/jit/roles/${theirRole.id}`);
  await door.refused(...notFound, 'DELETE', `${base}/users/${myMember.id}/roles/${theirRole.id}`);
  await door.refused(...notFound, 'DELETE', `${base}/applications/${myBot.id}/roles/${theirMachineRole.id}`);
  await door.refused(...foreign, 'POST', `${base}/users/roles`, {
    userIds: [theirMember.id],
    organizationRoleIds: [role.id],
  });
  await door.refused(...foreign, 'POST', `${base}/applications/roles`, {
    applicationIds: [theirBot.id],
    organizationRoleIds: [machineRole.id],
  });
  for (const [path, roleId] of [
    [`${base}/users/${theirMember.id}/roles`, role.id],
    [`${base}/applications/${theirBot.id}/roles`, machineRole.id],
  ] as const) {
    await door.refused(...noMember, 'GET', path);
    await door.refused(...noMember, 'POST', path, { organizationRoleIds: [roleId] });
    await door.refused(...noMember, 'PUT', path, { organizationRoleIds: [roleId] });
    await door.refused(...noMember, 'DELETE', `${path}/${roleId}`);
  }
  expect(await door.done(200, 'GET', `${base}/users/${theirMember.id}/scopes`)).toEqual([]);

  const [a, b] = [await resource(), await resource()];
  const missing = [404, 'entity.not_exists_with_id'] as const;
  await door.refused(...missing, 'PATCH', `/resources/${a.id}/scopes/${b.scope.id}`, { name: 'mine' });
  await door.refused(...missing, 'DELETE', `/resources/${a.id}/scopes/${b.scope.id}`);
  await door.done(201, 'POST', `/applications/${theirBot.id}/secrets`, { name: 'theirs' });
  await door.refused(...notFound, 'PATCH', `/applications/${myBot.id}/secrets/theirs`, { name: 'mine' });
  await door.refused(...notFound, 'DELETE', `/applications/${myBot.id}/secrets/theirs`);
});

async function resource() {
  const made = await door.done(201, 'POST', '/resources', {
    name: 'r',
    indicator: `https://${unique('api')}.example`,
  });
  return { ...made, scope: await door.done(201, 'POST', `/resources/${made.id}/scopes`, { name: 'read' }) };
}

type Ids = typeof theirIds;
const theirIds = {
  organization: 'their-organization',
  user: 'their-user',
  role: 'their-role',
  machineRole: 'their-machine-role',
  scope: 'their-scope',
  application: 'their-application',
  resource: 'their-resource',
  resourceScope: 'their-resource-scope',
  globalRole: 'their-global-role',
  invitation: 'their-invitation',
  template: 'their-template',
};

/** A second tenant with one of everything under the ids given, all of it joined. */
async function otherTenant(ids: Ids, tag: string): Promise<void> {
  const t = `'other'`;
  const id = Object.fromEntries(Object.entries(ids).map(([key, value]) => [key, `'${value}'`])) as Ids;
  await door.sql(`
    insert into tenants (id, created_at) values (${t}, 0) on conflict do nothing;
    insert into organizations (tenant_id, id, name, created_at) values (${t}, ${id.organization}, 'Theirs', 0);
    insert into users (tenant_id, id, primary_email, created_at, updated_at) values (${t}, ${id.user}, 'member${tag}@theirs.example', 0, 0);
    insert into organization_roles (tenant_id, id, name, type, created_at)
      values (${t}, ${id.role}, 'r${tag}', 'User', 0), (${t}, ${id.machineRole}, 'm${tag}', 'MachineToMachine', 0);
    insert into organization_scopes (tenant_id, id, name, created_at) values (${t}, ${id.scope}, 's${tag}', 0);
    insert into organization_role_scopes values (${t}, ${id.role}, ${id.scope});
    insert into applications (tenant_id, id, name, type, created_at) values (${t}, ${id.application}, 'a', 'MachineToMachine', 0);
    insert into application_secrets (tenant_id, application_id, name, digest, created_at)
      values (${t}, ${id.application}, 'Default secret', sha256('x'), 0);
    insert into resources (tenant_id, id, name, indicator, created_at) values (${t}, ${id.resource}, 'api', 'https://theirs${tag}.example', 0);
    insert into resource_scopes (tenant_id, id, resource_id, name, created_at) values (${t}, ${id.resourceScope}, ${id.resource}, 'rs', 0);
    insert into organization_role_resource_scopes values (${t}, ${id.role}, ${id.resourceScope});
    insert into roles (tenant_id, id, name, type, created_at) values (${t}, ${id.globalRole}, 'g${tag}', 'MachineToMachine', 0);
    insert into role_scopes values (${t}, ${id.globalRole}, ${id.resourceScope});
    insert into application_roles values (${t}, ${id.application}, ${id.globalRole});
    insert into members (tenant_id, organization_id, user_id, joined_at, role_ids)
      values (${t}, ${id.organization}, ${id.user}, 0, array[${id.role}]);
    insert into bots (tenant_id, organization_id, application_id, joined_at, role_ids)
      values (${t}, ${id.organization}, ${id.application}, 0, array[${id.machineRole}]);
    insert into email_domains values (${t}, ${id.organization}, 'theirs.example', 0, false, 0);
    insert into jit_roles values (${t}, ${id.organization}, ${id.role});
    insert into invitations (tenant_id, id, organization_id, invitee, role_ids, created_at, updated_at, expires_at)
      values (${t}, ${id.invitation}, ${id.organization}, 'invited${tag}@theirs.example', array[${id.role}], 0, 0, 99999999999999);
    insert into signing_keys (tenant_id, id, algorithm, public_jwk, private_jwk, created_at, active_at)
      values (${t}, 'their-key', 'ES256', '{}', '', 0, 0) on conflict do nothing;
    insert into email_templates (tenant_id, id, language_tag, template_type, details, created_at)
      values (${t}, ${id.template}, 'x${tag}', 'Generic', '{"subject": "s", "content": "c"}', 0);
    insert into connectors (tenant_id, id, connector_id, type, config, created_at)
      values (${t}, 'their-mail', 'http-email', 'Email', '', 0) on conflict do nothing;
    insert into webhook_endpoints (tenant_id, id, url, format, events, types, secret, created_at, updated_at)
      values (${t}, 'their-webhook', 'https://theirs.example', 'usher', '{*}', '{}', '', 0, 0) on conflict do nothing;`);
}

const tenantState = async (tenant: string) => {
  const tables = await door.sql<{ t: string }>(
    "select table_name t from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id' and table_name not in ('oidc_records', 'idempotency_keys') order by 1",
  );
  const digests = [];
  for (const { t } of tables)
    digests.push(
      (
        await door.sql(
          `select coalesce(json_agg(r order by r::text)::text, '') as d from ${t} r where tenant_id = $1`,
          [tenant],
        )
      )[0].d,
    );
  return digests.join('\n');
};

/** A body that fits the route, made of these ids. */
function bodyFor(
  path: string,
  method: string,
  ids: Record<string, string>,
): Record<string, unknown> | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  const all = {
    name: unique('n'),
    description: 'd',
    userIds: [ids.user],
    applicationIds: [ids.application],
    organizationRoleIds: [path.includes('applications') ? ids.machineRole : ids.role],
    organizationScopeIds: [ids.scope],
    scopeIds: [ids.resourceScope],
    roleIds: [ids.globalRole],
    emailDomain: 'new.example',
    emailDomains: ['new.example'],
    customData: {},
    profile: {},
    isSuspended: true,
    isDisabled: true,
    isDefault: true,
    limit: 5,
    password: 'x',
    status: 'Revoked',
    subject: 's',
    config: { endpoint: 'https://x.example', url: 'https://x.example' },
    email: 'a@example.com',
    userId: ids.user,
    fromUserId: ids.user,
    act: 'removeMember',
  };
  return all;
}

const idsOfPath = (path: string, ids: Record<string, string>) =>
  path
    .replace('/organizations/:id', `/organizations/${ids.organization}`)
    .replace('/organization-roles/:id', `/organization-roles/${ids.role}`)
    .replace('/organization-scopes/:id', `/organization-scopes/${ids.scope}`)
    .replace('/organization-invitations/:id', `/organization-invitations/${ids.invitation}`)
    .replace('/users/:id', `/users/${ids.user}`)
    .replace('/applications/:id', `/applications/${ids.application}`)
    .replace('/resources/:id', `/resources/${ids.resource}`)
    .replace('/roles/:id', `/roles/${ids.globalRole}`)
    .replace('/connectors/:id', '/connectors/their-mail')
    .replace(/^\/(web)?hooks\/:id/, (all) => all.replace(':id', ids.webhook ?? 'their-webhook'))
    .replace(':deliveryId', 'nothing')
    .replace('/private-keys/:id', '/private-keys/their-key')
    .replace('/email-templates/:id', `/email-templates/${ids.template}`)
    .replace(':userId', ids.user!)
    .replace(':applicationId', ids.application!)
    .replace(':organizationRoleId', path.includes('applications') ? ids.machineRole! : ids.role!)
    .replace(':organizationScopeId', ids.scope!)
    .replace(':scopeId', ids.resourceScope!)
    .replace(':roleId', ids.globalRole!)
    .replace(/:(transfer|link|joinLink|request|joinRequest)Id/, 'nothing')
    .replace(':emailDomain', 'theirs.example')
    .replace(':name', 'Default secret'.replace(' ', '%20'));

test('rule 18: no route reaches into another tenant: every by-id route answers as for what does not exist', async () => {
  await otherTenant(theirIds, '1');
  const before = await tenantState('other');
  const byId = routes.filter(
    (route) => route.path.includes('/:') && !route.isOwn && !/factor|test$/.test(route.path),
  );
  expect(byId.length).toBeGreaterThan(70);
  for (const route of byId) {
    const path = idsOfPath(route.path, theirIds);
    expect(path, route.path).not.toContain(':');
    const answer = await door.api(route.method, path, bodyFor(route.path, route.method, theirIds));
    const what = `${route.method} ${route.path} ${JSON.stringify(answer.body)}`;
    // Membership and references are told as 422 in the field's words; nothing is ever found.
    expect([404, 422], what).toContain(answer.status);
    if (answer.status === 422)
      expect(['organization.require_membership', 'entity.relation_foreign_key_not_found'], what).toContain(
        answer.body.code,
      );
    expect(JSON.stringify(answer.body), what).not.toContain('Theirs');
  }
  expect(await tenantState('other')).toBe(before);
});

test('rule 18: no list shows anything of another tenant', async () => {
  for (const route of routes.filter(
    (one) => one.method === 'GET' && !one.isOwn && !one.path.includes('/:'),
  )) {
    const answer = await door.api('GET', `${route.path}${route.paging ? '?page_size=100' : ''}`);
    expect(answer.status, route.path).toBe(200);
    for (const id of Object.values(theirIds))
      expect(JSON.stringify(answer.body), route.path).not.toContain(`"${id}"`);
  }
});

test('rule 18: of twins with one id in two tenants, only one’s own is ever read or changed', async () => {
  const { id } = await door.organization({ name: 'Mine' });
  const member = await door.member(id);
  const invitation = await door.invitation(id);
  const role = await door.role();
  const bot = await door.bot();
  const twins = Object.fromEntries(
    Object.entries(theirIds).map(([key, value]) => [key, `${value}-2`]),
  ) as typeof theirIds;
  await otherTenant(
    {
      ...twins,
      organization: id,
      user: member.id,
      invitation: invitation.id,
      role: role.id,
      application: bot.id,
    },
    '2',
  );
  const before = await tenantState('other');
  expect(await door.done(200, 'GET', `/organizations/${id}`)).toMatchObject({ name: 'Mine' });
  expect(await door.done(200, 'GET', `/organization-invitations/${invitation.id}`)).toEqual(invitation);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${member.id}/roles`)).toEqual([]);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${member.id}/scopes`)).toEqual([]);
  await door.done(200, 'PATCH', `/organizations/${id}`, { name: 'Still mine' });
  await door.done(200, 'PATCH', `/organizations/${id}/is-disabled`, { isDisabled: true });
  await door.done(200, 'PATCH', `/organizations/${id}/is-disabled`, { isDisabled: false });
  await door.done(200, 'PUT', `/organizations/${id}/seats`, { limit: 3 });
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  await door.done(200, 'PATCH', `/users/${member.id}/is-suspended`, { isSuspended: true });
  await door.done(204, 'PUT', `/organizations/${id}/users`, { userIds: [] });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, { status: 'Revoked' });
  await door.done(204, 'DELETE', `/organization-invitations/${invitation.id}`);
  await door.done(204, 'DELETE', `/organization-roles/${role.id}`);
  await door.done(204, 'DELETE', `/applications/${bot.id}`);
  await door.done(204, 'DELETE', `/users/${member.id}`);
  await door.done(204, 'DELETE', `/organizations/${id}`);
  // The version of the template is the tenant's own as well.
  expect(await tenantState('other')).toBe(before);
});

test('rule 19: every call that changes membership or an invitation writes one audit entry and one event, with who did it', async () => {
  const { id } = await door.organization();
  const base = `/organizations/${id}`;
  const [a, b, c] = [await door.user(), await door.user(), await door.user()];
  const [role, other, machineRole] = [await door.role(), await door.role(), await door.machineRole()];
  const bot = await door.bot();
  const invite = (fields: object = {}) => ({
    organizationId: id,
    invitee: uniqueAddress(),
    expiresAt: door.now() + day,
    ...fields,
  });
  const made = async (fields?: Record<string, unknown>) => (await door.invitation(id, fields)).id;
  const ofA = await made({ invitee: a.primaryEmail });
  const by = (invitationId: string, rest = '') => `/organization-invitations/${invitationId}${rest}`;
  const [revoked, rejected, renewed, resent, deleted] = [
    await made(),
    await made(),
    await made(),
    await made(),
    await made(),
  ];
  const calls: [string[], string, string, unknown?][] = [
    [['invitation.created'], 'POST', '/organization-invitations', invite()],
    [['invitation.created'], 'POST', '/organization-invitations', invite({ messagePayload: {} })],
    [['invitation.accepted'], 'PUT', by(ofA, '/status'), { status: 'Accepted', acceptedUserId: a.id }],
    [['invitation.revoked'], 'PUT', by(revoked, '/status'), { status: 'Revoked' }],
    [['invitation.rejected'], 'PUT', by(rejected, '/status'), { status: 'Rejected' }],
    [['invitation.renewed'], 'POST', by(renewed, '/renew'), {}],
    [['invitation.renewed'], 'POST', by(renewed, '/renew'), { messagePayload: {} }],
    [['invitation.resent'], 'POST', by(resent, '/message'), {}],
    [['invitation.deleted'], 'DELETE', by(deleted)],
    [['membership.created'], 'POST', `${base}/users`, { userIds: [b.id, c.id] }],
    [[], 'POST', `${base}/users`, { userIds: [b.id, c.id] }],
    [['membership.updated'], 'POST', `${base}/users/${b.id}/roles`, { organizationRoleIds: [role.id] }],
    [[], 'POST', `${base}/users/${b.id}/roles`, { organizationRoleIds: [role.id] }],
    [
      ['membership.updated'],
      'POST',
      `${base}/users/roles`,
      { userIds: [b.id, c.id], organizationRoleIds: [role.id, other.id] },
    ],
    [['membership.updated'], 'PUT', `${base}/users/${b.id}/roles`, { organizationRoleIds: [other.id] }],
    [[], 'PUT', `${base}/users/${b.id}/roles`, { organizationRoleIds: [other.id] }],
    [['membership.updated'], 'DELETE', `${base}/users/${b.id}/roles/${other.id}`],
    [['membership.deleted'], 'DELETE', `${base}/users/${b.id}`],
    [['membership.deleted'], 'PUT', `${base}/users`, { userIds: [a.id] }],
    [['membership.created', 'membership.deleted'], 'PUT', `${base}/users`, { userIds: [b.id] }],
    [['bot.added'], 'POST', `${base}/applications`, { applicationIds: [bot.id] }],
    [
      ['bot.updated'],
      'POST',
      `${base}/applications/${bot.id}/roles`,
      { organizationRoleIds: [machineRole.id] },
    ],
    [['bot.updated'], 'PUT', `${base}/applications/${bot.id}/roles`, { organizationRoleIds: [] }],
    [['bot.removed'], 'DELETE', `${base}/applications/${bot.id}`],
    [['email_domain.added'], 'POST', `${base}/jit/email-domains`, { emailDomain: 'a.example' }],
    [['email_domain.removed'], 'DELETE', `${base}/jit/email-domains/a.example`],
    [['organization.seats_set'], 'PUT', `${base}/seats`, { limit: 50 }],
    [['organization.disabled'], 'PATCH', `${base}/is-disabled`, { isDisabled: true }],
    [['organization.enabled'], 'PATCH', `${base}/is-disabled`, { isDisabled: false }],
    [['organization.updated'], 'PATCH', base, { description: 'x' }],
    [['user.suspended'], 'PATCH', `/users/${c.id}/is-suspended`, { isSuspended: true }],
    [['user.reinstated'], 'PATCH', `/users/${c.id}/is-suspended`, { isSuspended: false }],
    [['user.updated'], 'PATCH', `/users/${c.id}`, { name: 'x' }],
    [['user.deleted'], 'DELETE', `/users/${c.id}`],
    [['role.updated'], 'PATCH', `/organization-roles/${role.id}`, { description: 'x' }],
    [['role.deleted'], 'DELETE', `/organization-roles/${role.id}`],
    [['application.deleted'], 'DELETE', `/applications/${bot.id}`],
    [['organization.deleted'], 'DELETE', base],
  ];
  for (const [actions, method, path, body] of calls) {
    const found = await door.records(async () => {
      const answer = await door.api(method, path, body);
      expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    });
    expect(found.map((entry) => entry.action).sort(), `${method} ${path}`).toEqual(actions);
    for (const entry of found)
      expect(entry).toMatchObject({ actor: 'management:test-management', tenant_id: 'default' });
  }
});

test('rule 19: an expired invitation that makes way is recorded as expired, beside what took its place', async () => {
  const { id } = await door.organization();
  const invitee = uniqueAddress();
  await door.invitation(id, { invitee, expiresAt: door.now() + 60_000 });
  door.advance(60_001);
  const found = await door.records(() => door.invitation(id, { invitee }));
  expect(found.map((entry) => entry.action).sort()).toEqual(['invitation.created', 'invitation.expired']);
});

test('rule 15: GET and HEAD change nothing, on any route', async () => {
  const { id } = await door.organization();
  const member = await door.member(id);
  const bot = await door.bot();
  const [role, machineRole, scope] = [await door.role(), await door.machineRole(), await door.scope()];
  const made = await resource();
  const globalRole = await door.done(200, 'POST', '/roles', { name: unique('r'), description: '' });
  await door.done(201, 'POST', `/organizations/${id}/applications`, { applicationIds: [bot.id] });
  const invitation = await door.invitation(id, { messagePayload: {} });
  const joinLink = await door.done<{ id: string }>(201, 'POST', `/organizations/${id}/join-links`, {});
  const webhook = await door.done(201, 'POST', '/webhooks', {
    url: 'https://x.example',
    format: 'logto',
    events: ['User.Deleted'],
  });
  const [template] = await door.done<{ id: string }[]>(200, 'PUT', '/email-templates', {
    templates: [{ languageTag: 'xx', templateType: 'Generic', details: { subject: 's', content: 'c' } }],
  });
  const ids = {
    organization: id,
    user: member.id,
    role: role.id,
    machineRole: machineRole.id,
    scope: scope.id,
    application: bot.id,
    resource: made.id,
    resourceScope: made.scope.id,
    globalRole: globalRole.id,
    invitation: invitation.id,
    template: template!.id,
    webhook: webhook.id,
  };
  const before = await door.state();
  for (const route of routes.filter((one) => one.method === 'GET' && !one.isOwn)) {
    const path = idsOfPath(route.path.replace(':linkId', joinLink.id), ids).replace(
      '/connector-factories/:id',
      '/connector-factories/http-email',
    );
    for (const method of ['GET', 'HEAD']) {
      const answer = await door.api(method, path);
      expect(answer.status, `${method} ${path}`).toBe(path.includes('/connectors/') ? 404 : 200);
    }
  }
  expect(await door.state()).toBe(before);
  await door.drain();
});

test('a link’s secret is in no answer, event, audit entry, stored answer or delivery once it has been sent', async () => {
  const { id } = await door.organization();
  const inviter = await door.user();
  const answers: unknown[] = [];
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await door.api(
      method,
      path,
      body,
      method === 'POST' ? { 'idempotency-key': unique('key') } : {},
    );
    answers.push([answer.body, [...answer.headers]]);
    return answer.body;
  };
  const invitation = await call('POST', '/organization-invitations', {
    organizationId: id,
    invitee: uniqueAddress(),
    inviterId: inviter.id,
    expiresAt: door.now() + day,
    messagePayload: { code: 'CODE-314159', link: undefined },
  });
  const path = `/organization-invitations/${invitation.id}`;
  await door.drain();
  await call('POST', `${path}/message`, { link: 'https://app.example/join?token=CALLERS-OWN-SECRET' });
  await door.drain();
  await call('POST', `${path}/renew`, { messagePayload: {} });
  await door.drain();
  await call('GET', path);
  await call('GET', `${path}/deliveries`);
  await call('GET', `/organization-invitations?organizationId=${id}`);
  const copied = (await door.api('GET', `${path}/link`)).body.link as string;
  await call('PUT', `${path}/status`, { status: 'Revoked' });

  const texts = door.mails.filter((mail) => mail.to === invitation.invitee).map((mail) => mail.text!);
  expect(texts).toHaveLength(3);
  const secrets = [copied, ...texts.map((text) => /https?:\S+\/invitations\/\S+/.exec(text)?.[0] ?? '')]
    .filter(Boolean)
    .map((link) => link.split('.').at(-1)!);
  expect(new Set(secrets).size).toBe(3);
  secrets.push('CODE-314159', 'CALLERS-OWN-SECRET');
  const tables = await door.sql<{ t: string }>(
    "select table_name t from information_schema.tables where table_schema = 'public'",
  );
  let stored = '';
  for (const { t } of tables) {
    const rows = await door.sql(`select * from ${t}`);
    stored += JSON.stringify(rows, (_key, value) =>
      value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
    );
  }
  expect(stored).toContain(invitation.id);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10);
    expect(stored).not.toContain(secret);
    expect(JSON.stringify(answers)).not.toContain(secret);
  }
});

test('what the caller wanted said is forgotten when the mail is not sent either', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: { code: 'CODE-271828' } });
  await door.done(200, 'PUT', `/organization-invitations/${invitation.id}/status`, { status: 'Revoked' });
  await door.drain();
  expect(
    JSON.stringify(await door.sql('select * from deliveries where invitation_id = $1', [invitation.id])),
  ).not.toContain('CODE-271828');
});

test('what is deleted and made again is another: nothing of the old one lands in it', async () => {
  const role = await door.role({ name: unique('same') });
  const { id } = await door.organization();
  const member = await door.member(id);
  await door.done(201, 'POST', `/organizations/${id}/users/${member.id}/roles`, {
    organizationRoleIds: [role.id],
  });
  await door.done(204, 'DELETE', `/organization-roles/${role.id}`);
  const again = await door.role({ name: role.name });
  expect(again.id).not.toBe(role.id);
  expect(await door.done(200, 'GET', `/organizations/${id}/users/${member.id}/roles`)).toEqual([]);
  await door.done(204, 'DELETE', `/organizations/${id}`);
  const organization = await door.organization({ id });
  expect(organization.id).not.toBe(id);
  expect(await door.done(200, 'GET', `/organizations/${organization.id}/users`)).toEqual([]);
});

test('rule 20: nonsense in any field of any body is a 4xx that changes nothing', async () => {
  const ids = Object.fromEntries(Object.keys(theirIds).map((key) => [key, nobody])) as typeof theirIds;
  const before = await door.state();
  for (const route of routes.filter((one) => one.body && one.path.includes('/:'))) {
    const path = idsOfPath(route.path, ids).replace(':factoryId', 'http-email');
    for (const property of Object.keys((route.body as { properties: object }).properties)) {
      for (const value of [null, 5, '', [], {}, [[]], 'x'.repeat(70_000), -1, 1e308, true]) {
        const body = { ...bodyFor(route.path, route.method, ids), [property]: value };
        const answer = await door.api(route.method, path, body);
        const what = `${route.method} ${route.path} ${property}=${JSON.stringify(value).slice(0, 40)}`;
        expect(answer.status, what).toBeGreaterThanOrEqual(400);
        expect(answer.status, what).toBeLessThan(500);
        expect(answer.body, what).toMatchObject({ code: expect.any(String), message: expect.any(String) });
      }
    }
  }
  expect(await door.state()).toBe(before);
});
