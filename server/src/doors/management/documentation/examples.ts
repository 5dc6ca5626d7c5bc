/** Requests and answers of the main job, as one story: Acme invites Ann. */
type Example = { readonly body?: unknown; readonly answer?: unknown };

const organizationId = '6h1m0k3v9c2ra8t5xq7wd';
const roleId = '6h1m0j8s4f7nb2e9yp3gz';
const userId = '6h1m2r5d8w1kc6v4jt9ab';
const role = { id: roleId, name: 'admin' };

const organization = {
  tenantId: 'default',
  id: organizationId,
  name: 'Acme',
  description: 'Anvils and more',
  customData: { plan: 'pro' },
  isMfaRequired: false,
  color: {},
  branding: { logoUrl: 'https://acme.example/logo.svg' },
  customCss: null,
  createdAt: 1785489600000,
};
const invitation = {
  tenantId: 'default',
  id: '6h1m1p7x3b9qe5n2sv8kf',
  inviterId: null,
  invitee: 'ann@example.com',
  acceptedUserId: null,
  organizationId,
  status: 'Pending',
  createdAt: 1785489660000,
  updatedAt: 1785489660000,
  expiresAt: 1786094460000,
  organizationRoles: [role],
};
const user = {
  id: userId,
  username: null,
  primaryEmail: 'ann@example.com',
  primaryPhone: null,
  name: 'Ann Example',
  avatar: null,
  customData: {},
  identities: {},
  lastSignInAt: null,
  createdAt: 1785489720000,
  updatedAt: 1785489720000,
  profile: {},
  applicationId: null,
  cimdClientId: null,
  isSuspended: false,
  hasPassword: false,
};
const { hasPassword: _, ...member } = user;
const accepted = { ...invitation, status: 'Accepted', acceptedUserId: userId, updatedAt: 1785489780000 };
const inviteMember = {
  tenantId: 'default',
  id: '6h1m0j9a2d5tc7w4rx1hm',
  name: 'invite:member',
  description: 'Invite people',
};

export const examples: Record<string, Example> = {
  'GET /organizations': { answer: [organization] },
  'POST /organizations': {
    body: { name: 'Acme', description: 'Anvils and more', customData: { plan: 'pro' } },
    answer: organization,
  },
  'GET /organizations/:id': { answer: organization },
  'PATCH /organizations/:id': {
    body: { name: 'Acme Corporation' },
    answer: { ...organization, name: 'Acme Corporation' },
  },
  'PUT /organizations/:id/seats': { body: { limit: 25 }, answer: { limit: 25, members: 12, pending: 3 } },
  'GET /organizations/:id/seats': { answer: { limit: 25, members: 12, pending: 3 } },
  'GET /organizations/:id/users': { answer: [{ ...member, organizationRoles: [role] }] },
  'POST /organizations/:id/users': { body: { userIds: [userId] }, answer: { userIds: [userId] } },
  'POST /organizations/:id/users/:userId/roles': {
    body: { organizationRoleNames: ['admin'] },
    answer: { organizationRoleIds: [roleId] },
  },
  'PUT /organizations/:id/users/:userId/roles': { body: { organizationRoleIds: [roleId] } },
  'GET /organizations/:id/users/:userId/scopes': { answer: [inviteMember] },
  'POST /organizations/:id/jit/email-domains': {
    body: { emailDomain: 'acme.example' },
    answer: { tenantId: 'default', organizationId, emailDomain: 'acme.example' },
  },
  'POST /organization-roles': {
    body: { name: 'editor', description: 'Writes and publishes' },
    answer: {
      tenantId: 'default',
      id: '6h1m3c4g7k9ma1x6zb2tn',
      name: 'editor',
      description: 'Writes and publishes',
      type: 'User',
    },
  },
  'POST /organization-scopes': {
    body: { name: 'publish:post', description: 'Publish posts' },
    answer: {
      ...inviteMember,
      id: '6h1m3e8j1n5pc9s3vd7yw',
      name: 'publish:post',
      description: 'Publish posts',
    },
  },
  'GET /organization-invitations': { answer: [invitation] },
  'POST /organization-invitations': {
    body: {
      organizationId,
      invitee: 'ann@example.com',
      expiresAt: invitation.expiresAt,
      organizationRoleIds: [roleId],
      messagePayload: { locale: 'en' },
    },
    answer: invitation,
  },
  'GET /organization-invitations/:id': { answer: invitation },
  'POST /organization-invitations/:id/message': { body: { locale: 'en' } },
  'PUT /organization-invitations/:id/status': {
    body: { status: 'Accepted', acceptedUserId: userId },
    answer: accepted,
  },
  'POST /organization-invitations/:id/renew': {
    body: { expiresAt: 1786699260000, messagePayload: { locale: 'en' } },
    answer: { ...invitation, expiresAt: 1786699260000, updatedAt: 1785490000000 },
  },
  'POST /applications': {
    body: { name: 'Reporting bot', type: 'MachineToMachine' },
    answer: {
      tenantId: 'default',
      id: '6h1m4a7d2f5jb8n1qt6vx',
      name: 'Reporting bot',
      description: null,
      type: 'MachineToMachine',
      oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [] },
      customClientMetadata: {},
      protectedAppMetadata: null,
      customData: {},
      isThirdParty: false,
      appLevelAccessControlEnabled: false,
      createdAt: 1785489900000,
      secret: 'told-this-once-and-never-again-00',
    },
  },
  'POST /resources': {
    body: { name: 'Orders', indicator: 'https://api.acme.example/orders', accessTokenTtl: 3600 },
  },
  'POST /connectors': {
    body: {
      connectorId: 'simple-mail-transfer-protocol',
      config: {
        host: 'smtp.acme.example',
        port: 587,
        auth: { user: 'usher', pass: 'secret' },
        fromEmail: 'Acme <no-reply@acme.example>',
      },
    },
  },
  'PUT /email-templates': {
    body: {
      templates: [
        {
          languageTag: 'en',
          templateType: 'OrganizationInvitation',
          details: {
            subject: 'Join {{organization.name}}',
            content: '<p><a href="{{link}}">Join {{organization.name}}</a></p>',
            contentType: 'text/html',
          },
        },
      ],
    },
  },
  'POST /users': { body: { primaryEmail: 'ann@example.com', name: 'Ann Example' }, answer: user },
  'GET /users/:id': { answer: user },
};
