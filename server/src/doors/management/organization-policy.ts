import { Type } from 'typebox';
import { normalDomain } from '../../domain/address.ts';
import { getPolicy, type Policy } from '../../domain/policies/policy.ts';
import { setPolicy } from '../../domain/policies/set-policy.ts';
import { invalidField } from './errors.ts';
import { ById } from './organizations.ts';
import { foreignKey } from './refusals.ts';
import { routesOf } from './route.ts';
import { Id, Part } from './schema.ts';

const DomainText = Type.String({ minLength: 1, maxLength: 253 });
const Domains = Type.Array(DomainText, { maxItems: 1000 });
const RoleIds = Type.Array(Id, { maxItems: 500 });
const nullable = <T>(schema: { type: unknown }, more: object = {}) =>
  Type.Unsafe<T | null>({ ...schema, type: [schema.type, 'null'], ...more });
const life = (description: string) =>
  nullable<number>({ type: 'integer' }, { minimum: 1, maximum: 3_155_760_000_000, description });
const Approval = Type.Union(
  [Type.Literal('never'), Type.Literal('always'), Part({ roleIds: RoleIds, domains: Domains })],
  {
    description: 'What invitations by members and bots wait for until somebody else has approved them',
  },
);
const fields = {
  allowedDomains: nullable<string[]>(Domains, { description: 'Null: any; an empty list: none' }),
  blockedDomains: Domains,
  invitableRoles: nullable<{ roleId: string; byRoleIds: string[] | null }[]>(
    Type.Array(Part({ roleId: Id, byRoleIds: nullable<string[]>(RoleIds) }), { maxItems: 500 }),
    {
      description:
        'The roles that members and bots may put on an invitation, each by holders of one of `byRoleIds`, or (null) by whoever may invite. Null: every role',
    },
  ),
  longestLifeMs: life('How long an invitation lives at most'),
  defaultLifeMs: life('How long an invitation lives that says nothing itself'),
  approvalRequired: Approval,
  invitationsPerDay: nullable<number>({ type: 'integer' }, { minimum: 0, maximum: 100_000 }),
  organizationMayChange: Type.Boolean({
    description:
      'Whether members with `manage:organization` may change the policy; set by the management only',
  }),
};
const PolicyBody = Type.Object(fields);
const route = routesOf('Organization policy');

function normalDomains(texts: readonly string[], path: string): string[] {
  return [...new Set(texts.map((text, at) => normalDomain(text) ?? notDomain(`${path}.${at}`)))];
}

function notDomain(path: string): never {
  throw invalidField(path, 'Not a domain name');
}

export const policyRoutes = [
  route({
    method: 'GET',
    path: '/organizations/:id/policy',
    access: { permission: 'read:member', organization: 'path' },
    summary: 'Get what the organization says about invitations (Usher)',
    params: ById,
    success: [200, PolicyBody],
    handle: ({ db, tenantId, params }) => getPolicy(db, tenantId, params.id),
  }),
  route({
    method: 'PUT',
    path: '/organizations/:id/policy',
    access: { permission: 'manage:organization', organization: 'path' },
    summary: 'Say what the organization’s policy about invitations is (Usher)',
    description:
      'As a whole: what is left out is not bounded. Domains, lives and the number a day bind everybody, the management too; ' +
      'the list of roles and the approval bind members and bots. Members may call this where `organizationMayChange` is set.',
    params: ById,
    body: Type.Partial(PolicyBody),
    success: [200, PolicyBody],
    refusals: { 'role.not_found': foreignKey },
    handle: ({ act, params, body }) => {
      const approval = body.approvalRequired ?? 'never';
      const policy = {
        allowedDomains: body.allowedDomains
          ? normalDomains(body.allowedDomains, 'body.allowedDomains')
          : null,
        blockedDomains: normalDomains(body.blockedDomains ?? [], 'body.blockedDomains'),
        invitableRoles: (body.invitableRoles ?? null) as Policy['invitableRoles'],
        longestLifeMs: body.longestLifeMs ?? null,
        defaultLifeMs: body.defaultLifeMs ?? null,
        approvalRequired:
          typeof approval === 'object'
            ? { ...approval, domains: normalDomains(approval.domains, 'body.approvalRequired.domains') }
            : approval,
        invitationsPerDay: body.invitationsPerDay ?? null,
        organizationMayChange: body.organizationMayChange,
      };
      return act((a) => setPolicy(a, params.id, policy));
    },
  }),
];
