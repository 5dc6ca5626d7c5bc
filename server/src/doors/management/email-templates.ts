import { Type } from 'typebox';
import {
  changeTemplateDetails,
  deleteTemplate,
  deleteTemplates,
  findTemplates,
  getTemplate,
  setTemplates,
} from '../../domain/mail/email-templates.ts';
import { routesOf } from './route.ts';
import { Id, Part, Text } from './schema.ts';

const usageTypes = [
  'SignIn',
  'Register',
  'ForgotPassword',
  'OrganizationInvitation',
  'Generic',
  'UserPermissionValidation',
  'BindNewIdentifier',
  'MfaVerification',
  'BindMfa',
  'InvitationRenewalRequest',
  'InvitationAddressRequest',
  'InvitationApprovalRequest',
  'JoinRequestMade',
  'JoinRequestApproved',
  'JoinRequestDeclined',
  'OwnershipOffered',
] as const;
const UsageType = Type.Union(usageTypes.map((name) => Type.Literal(name)));

const Details = Part({
  subject: Text(1, 512),
  content: Text(1, 262_144),
  contentType: Type.Optional(Type.Union([Type.Literal('text/html'), Type.Literal('text/plain')])),
  replyTo: Type.Optional(Type.String({ maxLength: 320 })),
  sendFrom: Type.Optional(Type.String({ maxLength: 320 })),
});
const EmailTemplate = Type.Object({
  tenantId: Type.String(),
  id: Type.String(),
  languageTag: Type.String(),
  templateType: Type.String({ enum: [...usageTypes] }),
  details: Details,
  createdAt: Type.Integer(),
});
const Filter = Type.Object({
  languageTag: Type.Optional(Text(1, 16)),
  templateType: Type.Optional(UsageType),
});
const TemplatePath = Type.Object({ id: Id });
const route = routesOf('E-mail templates');

export const emailTemplateRoutes = [
  route({
    method: 'PUT',
    path: '/email-templates',
    summary: 'Set e-mail templates, each in place of the one of its language and type',
    body: Type.Object({
      templates: Type.Array(
        Type.Object({ languageTag: Text(1, 16), templateType: UsageType, details: Details }),
        {
          minItems: 1,
          maxItems: 200,
        },
      ),
    }),
    success: [200, Type.Array(EmailTemplate)],
    handle: ({ act, body }) => act((a) => setTemplates(a, body.templates)),
  }),
  route({
    method: 'GET',
    path: '/email-templates',
    summary: 'List e-mail templates by language and type',
    query: Filter,
    success: [200, Type.Array(EmailTemplate)],
    handle: ({ db, tenantId, query }) => findTemplates(db, tenantId, query),
  }),
  route({
    method: 'DELETE',
    path: '/email-templates',
    summary: 'Delete the e-mail templates of a language, a type, or both',
    query: Filter,
    success: [200, Type.Object({ rowCount: Type.Integer() })],
    handle: async ({ act, query }) => ({ rowCount: await act((a) => deleteTemplates(a, query)) }),
  }),
  route({
    method: 'GET',
    path: '/email-templates/:id',
    summary: 'Get an e-mail template',
    params: TemplatePath,
    success: [200, EmailTemplate],
    handle: ({ db, tenantId, params }) => getTemplate(db, tenantId, params.id),
  }),
  route({
    method: 'PATCH',
    path: '/email-templates/:id/details',
    summary: 'Change parts of an e-mail template',
    params: TemplatePath,
    body: Type.Partial(Details),
    success: [200, EmailTemplate],
    handle: ({ act, params, body: { subject, content, contentType, replyTo, sendFrom } }) =>
      act((a) => changeTemplateDetails(a, params.id, { subject, content, contentType, replyTo, sendFrom })),
  }),
  route({
    method: 'DELETE',
    path: '/email-templates/:id',
    summary: 'Delete an e-mail template',
    params: TemplatePath,
    success: [204, null],
    handle: ({ act, params }) => act((a) => deleteTemplate(a, params.id)),
  }),
];
