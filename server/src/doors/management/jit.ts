import { Type } from 'typebox';
import { normalDomain } from '../../domain/address.ts';
import {
  addEmailDomain,
  findEmailDomains,
  findJitRoles,
  removeEmailDomain,
  removeJitRole,
  setEmailDomains,
  setJitRoles,
} from '../../domain/domains/email-domains.ts';
import { invalidField } from './errors.ts';
import { OrganizationRole, presentRole } from './organization-roles.ts';
import { ById } from './organizations.ts';
import { foreignKey, notFound } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, Ids, SomeIds } from './schema.ts';

const EmailDomain = Type.Object({
  tenantId: Type.String(),
  organizationId: Type.String(),
  emailDomain: Type.String(),
});
const DomainText = Type.String({ minLength: 1, maxLength: 128 });
const unknownReference = { 'organization.not_found': foreignKey, 'role.not_found': foreignKey } as const;
const route = routesOf('Just-in-time joining');

function mustDomain(text: string, path: string): string {
  const domain = normalDomain(text);
  if (!domain || domain.length > 128) throw invalidField(path, 'Not a domain name');
  return domain;
}

export const jitRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/jit/email-domains',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the e-mail domains whose people may join',
    params: ById,
    paging: 'optional',
    success: [200, Type.Array(EmailDomain)],
    handle: ({ db, tenantId, params, page }) => findEmailDomains(db, tenantId, params.id, page),
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/jit/email-domains',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Add an e-mail domain',
    params: ById,
    body: Type.Object({ emailDomain: DomainText }),
    success: [201, EmailDomain],
    refusals: unknownReference,
    handle: ({ act, params, body }) => {
      const domain = mustDomain(body.emailDomain, 'body.emailDomain');
      return act((a) => addEmailDomain(a, params.id, domain));
    },
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/jit/email-domains',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Make the e-mail domains exactly these',
    params: ById,
    body: Type.Object({ emailDomains: Type.Array(DomainText, { maxItems: 1000 }) }),
    success: [204, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) => {
      const domains = body.emailDomains.map((text, index) => mustDomain(text, `body.emailDomains.${index}`));
      return act((a) => setEmailDomains(a, params.id, domains));
    },
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/jit/email-domains/:emailDomain',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Remove an e-mail domain',
    params: Type.Object({ id: Id, emailDomain: Type.String({ minLength: 1, maxLength: 256 }) }),
    success: [204, null],
    handle: ({ act, params }) =>
      act((a) => removeEmailDomain(a, params.id, normalDomain(params.emailDomain) ?? params.emailDomain)),
  }),
  route({
    method: 'GET',
    path: '/organizations/:id/jit/roles',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'List the roles that people who join by e-mail domain get',
    params: ById,
    paging: 'optional',
    success: [200, Type.Array(OrganizationRole)],
    async handle({ db, tenantId, params, page }) {
      const { items, total } = await findJitRoles(db, tenantId, params.id, page);
      return { items: items.map(presentRole), total };
    },
  }),
  route({
    method: 'POST',
    path: '/organizations/:id/jit/roles',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Add roles for people who join by e-mail domain',
    params: ById,
    body: Type.Object({ organizationRoleIds: SomeIds }),
    success: [201, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) => act((a) => setJitRoles(a, params.id, body.organizationRoleIds, 'add')),
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/jit/roles',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Make the roles for people who join by e-mail domain exactly these',
    params: ById,
    body: Type.Object({ organizationRoleIds: Ids }),
    success: [204, null],
    refusals: unknownReference,
    handle: ({ act, params, body }) =>
      act((a) => setJitRoles(a, params.id, body.organizationRoleIds, 'replace')),
  }),
  route({
    method: 'DELETE',
    path: '/organizations/:id/jit/roles/:organizationRoleId',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Remove a role for people who join by e-mail domain',
    params: Type.Object({ id: Id, organizationRoleId: Id }),
    success: [204, null],
    refusals: { 'relation.not_found': notFound },
    handle: ({ act, params }) => act((a) => removeJitRole(a, params.id, params.organizationRoleId)),
  }),
];
