/** The operations that GraphQL knows. Each is a route of REST: what it asks, checks, does and refuses is the same. */
import { buildSchema } from 'graphql';

const text = /* GraphQL */ `
  type Query {
    "By the token of its link, or by its id for a member who may read it."
    invitation(token: String!): Invitation
    organizationInvitations(
      scope: ScopeInput!
      organizationId: ID
      status: InvitationStatus
      search: String
      ids: [ID!]
      sortField: String
      sortOrder: SortOrder
      page: Int
      limit: Int
    ): InvitationPage!
    organizationMembers(
      scope: ScopeInput!
      organizationId: ID
      status: String
      search: String
      sortField: String
      sortOrder: SortOrder
      page: Int
      limit: Int
    ): MemberPage!
  }

  type Mutation {
    inviteMember(input: InviteMemberInput!): Invitation!
    acceptInvitation(input: AcceptInvitationInput!): AcceptInvitationResult!
    resendInvitationEmail(id: ID!, scope: ScopeInput!): Invitation!
    renewInvitation(id: ID!, scope: ScopeInput!): Invitation!
    revokeInvitation(id: ID!, scope: ScopeInput!): Invitation!
    updateOrganizationMember(userId: ID!, input: UpdateOrganizationMemberInput!): Member!
    removeOrganizationMember(userId: ID!, scope: ScopeInput!): Member!
  }

  enum Tenant {
    organization
    account
  }
  input ScopeInput {
    id: ID!
    tenant: Tenant!
  }
  enum SortOrder {
    asc
    desc
    ASC
    DESC
  }
  enum InvitationStatus {
    pending
    accepted
    expired
    revoked
  }
  input InviteMemberInput {
    scope: ScopeInput!
    email: String!
    roleId: ID!
  }
  input UserDataInput {
    name: String!
    username: String!
    password: String!
  }
  input AcceptInvitationInput {
    token: String!
    userData: UserDataInput
  }
  input UpdateOrganizationMemberInput {
    scope: ScopeInput!
    roleId: ID!
  }

  type Invitation {
    id: ID!
    organizationId: ID!
    email: String!
    roleId: ID
    status: InvitationStatus!
    expiresAt: String!
    invitedBy: ID
    invitedAt: String!
    acceptedAt: String
    createdAt: String!
    updatedAt: String!
    deletedAt: String
    organization: Named
    role: Named
    inviter: Inviter
  }
  type Named {
    id: ID!
    name: String!
  }
  type Inviter {
    id: ID!
    name: String
    email: String
  }
  type InvitationPage {
    items: [Invitation!]!
    totalCount: Int!
    hasNextPage: Boolean!
  }
  type User {
    id: ID!
    name: String
    email: String
    username: String
    emailVerified: Boolean!
    createdAt: String!
  }
  type Account {
    id: ID!
    type: String!
    name: String!
    ownerId: ID!
    createdAt: String!
  }
  type AcceptInvitationResult {
    requiresRegistration: Boolean!
    user: User
    accounts: [Account!]!
    isNewUser: Boolean!
    invitation: Invitation!
  }
  type Member {
    id: ID!
    name: String
    email: String
    type: String!
    role: Named
    user: User
    invitation: Invitation
    status: String!
    createdAt: String!
  }
  type MemberPage {
    items: [Member!]!
    totalCount: Int!
    hasNextPage: Boolean!
  }
`;

export const schema = buildSchema(text);

export type Parts = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
};
type Arguments = Readonly<Record<string, unknown>>;

const listOf = ({ scope, ...query }: Arguments): Parts => ({ query: given(query), body: { scope } });
const byId = ({ id, scope }: Arguments): Parts => ({ params: { id }, body: { scope } });
const input = ({ input: body }: Arguments): Parts => ({ body: given(body as Arguments) });

/** Null is not given. */
const given = (all: Arguments): Arguments =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));

/** The route of each operation, and how its arguments are said there. */
export const operations: Readonly<
  Record<string, readonly [route: string, parts: (given: Arguments) => Parts]>
> = {
  invitation: ['GET /organization-invitations/:token', ({ token }) => ({ params: { token }, query: {} })],
  organizationInvitations: ['GET /organization-invitations', listOf],
  organizationMembers: ['GET /organization-members', listOf],
  inviteMember: ['POST /organization-invitations/invite', input],
  acceptInvitation: ['POST /organization-invitations/accept', input],
  resendInvitationEmail: ['POST /organization-invitations/:id/resend-email', byId],
  renewInvitation: ['POST /organization-invitations/:id/renew', byId],
  revokeInvitation: ['DELETE /organization-invitations/:id', byId],
  updateOrganizationMember: [
    'PATCH /organization-members/:userId',
    ({ userId, input: body }) => ({ params: { userId }, body: body as Arguments }),
  ],
  removeOrganizationMember: [
    'DELETE /organization-members/:userId',
    ({ userId, scope }) => ({ params: { userId }, body: { scope } }),
  ],
};
