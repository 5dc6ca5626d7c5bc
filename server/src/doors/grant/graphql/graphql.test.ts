import { beforeAll, expect, test } from 'vitest';
import { type Caller, newAddress, type Organization, openDoor, unique } from '../fixture.ts';
import { operations } from './schema.ts';

const door = openDoor();
let acme: Organization;
let owner: Caller;
beforeAll(async () => {
  owner = await door.person();
  acme = await door.organization(owner);
});

async function ask(query: string, variables: object = {}, by?: Caller, more: object = {}) {
  const response = await fetch(`${door.url}/grant/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(by ? { authorization: `Bearer ${by.accessToken}` } : {}),
    },
    body: JSON.stringify({ query, variables, ...more }),
  });
  return { status: response.status, ...((await response.json()) as any) };
}
const coded = (code: string, more: object = {}) => ({ errors: [{ extensions: { code, ...more } }] });

const inviting = `mutation ($input: InviteMemberInput!) {
  inviteMember(input: $input) { id email roleId status role { name } organization { name } inviter { email } } }`;
const accepting = `mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { requiresRegistration isNewUser user { email } accounts { type } invitation { status } } }`;
const onInvitation = (name: string) =>
  `mutation ($id: ID!, $scope: ScopeInput!) { ${name}(id: $id, scope: $scope) { id status } }`;
const invite = (email: string, by: Caller = owner, roleId: string = acme.roles.Dev) =>
  ask(inviting, { input: { scope: acme.scope, email, roleId } }, by);

test('an invitation lives its whole life by GraphQL', async () => {
  const email = newAddress();
  const { data } = await invite(email);
  expect(data.inviteMember).toMatchObject({
    email,
    status: 'pending',
    roleId: acme.roles.Dev,
    role: { name: 'Dev' },
    organization: { name: 'Acme' },
    inviter: { email: owner.email },
  });
  const { id } = data.inviteMember;
  const scope = acme.scope;
  expect(await ask(onInvitation('resendInvitationEmail'), { id, scope }, owner)).toMatchObject({
    data: { resendInvitationEmail: { id, status: 'pending' } },
  });
  expect(await ask(onInvitation('renewInvitation'), { id, scope }, owner)).toMatchObject(
    coded('VALIDATION_ERROR', { status: 400 }),
  );
  const token = await door.tokenFor(email);
  const seen = await ask('query ($token: String!) { invitation(token: $token) { id role { name } } }', {
    token,
  });
  expect(seen).toEqual({ status: 200, data: { invitation: { id, role: { name: 'Dev' } } } });
  expect(await ask(accepting, { input: { token } })).toMatchObject({
    data: { acceptInvitation: { requiresRegistration: true, user: null } },
  });
  const userData = { name: 'Zoe', username: unique('zoe'), password: 'a password of her own' };
  expect(await ask(accepting, { input: { token, userData } })).toMatchObject({
    data: {
      acceptInvitation: {
        isNewUser: true,
        user: { email },
        accounts: [{ type: 'personal' }, { type: 'organization' }],
        invitation: { status: 'accepted' },
      },
    },
  });
  expect(await ask(onInvitation('revokeInvitation'), { id, scope }, owner)).toMatchObject(
    coded('VALIDATION_ERROR'),
  );
});

test('an invitation is revoked, and the lists say so', async () => {
  const email = newAddress();
  const { data } = await invite(email);
  const { id } = data.inviteMember;
  expect(await ask(onInvitation('revokeInvitation'), { id, scope: acme.scope }, owner)).toMatchObject({
    data: { revokeInvitation: { id, status: 'revoked' } },
  });
  const listing = `query ($scope: ScopeInput!) {
    organizationInvitations(scope: $scope, status: revoked, search: "${email}", limit: 10, sortField: "email", sortOrder: ASC) {
      totalCount hasNextPage items { id email organization { name } } } }`;
  expect(await ask(listing, { scope: acme.scope }, owner)).toMatchObject({
    data: {
      organizationInvitations: {
        totalCount: 1,
        hasNextPage: false,
        items: [{ id, organization: { name: 'Acme' } }],
      },
    },
  });
});

test('members are listed, changed and removed', async () => {
  const dev = await door.member(acme, 'Dev');
  const listing = `query ($scope: ScopeInput!, $search: String) {
    organizationMembers(scope: $scope, search: $search) { totalCount items { id type status role { name } user { email } invitation { id } } } }`;
  expect(await ask(listing, { scope: acme.scope, search: dev.email }, dev)).toEqual({
    status: 200,
    data: {
      organizationMembers: {
        totalCount: 1,
        items: [
          {
            id: dev.id,
            type: 'member',
            status: 'active',
            role: { name: 'Dev' },
            user: { email: dev.email },
            invitation: null,
          },
        ],
      },
    },
  });
  const changing = `mutation ($userId: ID!, $input: UpdateOrganizationMemberInput!) {
    updateOrganizationMember(userId: $userId, input: $input) { role { name } } }`;
  const input = { scope: acme.scope, roleId: acme.roles.Admin };
  expect(await ask(changing, { userId: dev.id, input }, owner)).toMatchObject({
    data: { updateOrganizationMember: { role: { name: 'Admin' } } },
  });
  expect(await ask(changing, { userId: owner.id, input }, dev)).toMatchObject(
    coded('FORBIDDEN', { status: 403 }),
  );
  const removing =
    'mutation ($userId: ID!, $scope: ScopeInput!) { removeOrganizationMember(userId: $userId, scope: $scope) { id } }';
  expect(await ask(removing, { userId: dev.id, scope: acme.scope }, owner)).toMatchObject({
    data: { removeOrganizationMember: { id: dev.id } },
  });
  expect(await ask(listing, { scope: acme.scope }, dev)).toMatchObject(coded('NOT_FOUND'));
});

test('refusals have the codes of REST', async () => {
  const email = newAddress();
  await invite(email);
  expect(await invite(email)).toMatchObject(
    coded('CONFLICT', { resource: 'Invitation', field: 'email', status: 409 }),
  );
  expect(await ask(inviting, { input: { scope: acme.scope, email, roleId: 'x' } })).toMatchObject(
    coded('UNAUTHENTICATED'),
  );
  expect(await invite(email, await door.registered())).toMatchObject(coded('EMAIL_VERIFICATION_REQUIRED'));
  expect(await invite(newAddress(), await door.person())).toMatchObject(coded('NOT_FOUND'));
  expect(await invite(newAddress(), await door.member(acme, 'Viewer'))).toMatchObject(
    coded('NO_MATCHING_PERMISSION_FOUND'),
  );
  expect(await invite('nobody')).toMatchObject(coded('VALIDATION_ERROR', { details: [{ field: 'email' }] }));
  const listing =
    'query ($scope: ScopeInput!) { organizationMembers(scope: $scope, limit: 101) { totalCount } }';
  expect(await ask(listing, { scope: acme.scope }, owner)).toMatchObject(
    coded('VALIDATION_ERROR', { details: [{ field: 'limit' }] }),
  );
  const wrong = { id: acme.id, tenant: 'account' };
  expect(await ask(inviting, { input: { scope: wrong, email, roleId: 'x' } }, owner)).toMatchObject(
    coded('VALIDATION_ERROR', { details: [{ field: 'scope.tenant' }] }),
  );
});

// What GraphQL itself says about a value would repeat it.
test.each([
  [
    'a variable',
    accepting,
    { input: { token: 'x', userData: { name: 'Z', username: 'z', password: ['hunter2'] } } },
  ],
  [
    'a variable too many',
    accepting,
    {
      input: {
        token: 'x',
        userData: { name: 'Z', username: 'z', password: 'long enough', more: 'hunter2' },
      },
    },
  ],
  [
    'a literal',
    'mutation { acceptInvitation(input: { token: "x", userData: { name: "Z", username: "z", password: [hunter2] } }) { isNewUser } }',
    {},
  ],
  ['a syntax error', 'mutation { acceptInvitation(input: "hunter2 }', {}],
  ['a string that is not closed', 'mutation { acceptInvitation(input: {token: hunter2 hunter2 } ) }', {}],
])('a password is not repeated: %s', async (_, query, variables) => {
  const answer = await ask(query, variables);
  expect(answer).toMatchObject({ status: 400, ...coded('VALIDATION_ERROR') });
  expect(JSON.stringify(answer)).not.toContain('hunter2');
});

test('an operation is bounded in depth, in size and in number', async () => {
  const deep = `query { __schema { types ${'{ fields { type { fields { type '.repeat(6)} { name } ${'} } } }'.repeat(6)} } }`;
  expect((await ask(deep)).status).toBe(400);
  const many = `mutation ($input: InviteMemberInput!) { ${Array.from({ length: 11 }, (_, i) => `a${i}: inviteMember(input: $input) { id }`).join(' ')} }`;
  const before = await door.sql('select count(*) from invitations');
  const input = { scope: acme.scope, email: newAddress(), roleId: acme.roles.Dev };
  expect(await ask(many, { input }, owner)).toMatchObject({
    status: 400,
    ...coded('VALIDATION_ERROR', { details: [{ field: 'query' }] }),
  });
  const hidden = `query ($t: String!) { ${Array.from({ length: 6 }, () => '...F').join(' ')} ...G }
    fragment F on Query { ${Array.from({ length: 6 }, (_, i) => `f${i}: invitation(token: $t) { id }`).join(' ')} }
    fragment G on Query { ${Array.from({ length: 6 }, (_, i) => `g${i}: invitation(token: $t) { id }`).join(' ')} }`;
  expect(await ask(hidden, { t: 'x' }, owner)).toMatchObject({ status: 400 });
  const long = `query { invitation(token: "x") { ${Array.from({ length: 2001 }, () => 'id').join(' ')} } }`;
  // It is not even read: checking that many words is work already.
  expect(await ask(long)).toMatchObject({
    status: 400,
    errors: [{ message: expect.stringContaining('cannot be read') }],
  });
  expect((await ask(`query { __typename } #${'x'.repeat(40_000)}`)).status).toBe(400);
  expect(await door.sql('select count(*) from invitations')).toEqual(before);
});

test('what is no question is refused in GraphQL’s form, and nothing is asked by GET', async () => {
  for (const body of ['', '{', '[]', '{"query": 1}', '{"query": ""}']) {
    const response = await fetch(`${door.url}/grant/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([response.status, await response.json()], body).toEqual([
      400,
      {
        errors: [
          expect.objectContaining({ extensions: expect.objectContaining({ code: 'VALIDATION_ERROR' }) }),
        ],
      },
    ]);
  }
  expect((await fetch(`${door.url}/grant/graphql?query={__typename}`)).status).toBe(404);
  const userData = { name: 'Z', username: 'z', password: 7 };
  expect(await ask(accepting, { input: { token: 'x', userData } })).toMatchObject(
    coded('VALIDATION_ERROR', { details: [{ field: 'input.userData.password' }] }),
  );
  expect(await ask('query A { __typename } query B { __typename }')).toMatchObject({ status: 400 });
});

test('every operation of the contract is there, and tools can read the schema', async () => {
  const { data } = await ask(
    '{ __schema { queryType { fields { name } } mutationType { fields { name } } } }',
  );
  const names = [...data.__schema.queryType.fields, ...data.__schema.mutationType.fields].map(
    ({ name }) => name,
  );
  expect(names.sort()).toEqual(Object.keys(operations).sort());
  const { getIntrospectionQuery } = await import('graphql');
  expect(await ask(getIntrospectionQuery())).toMatchObject({
    status: 200,
    data: { __schema: expect.anything() },
  });
});
