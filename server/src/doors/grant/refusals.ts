/** Every refusal of the domain in this door's words. */
import type { RefusalCode } from '../../domain/refusal.ts';

export const statuses = {
  VALIDATION_ERROR: 400,
  SCOPE_REQUIRED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  EMAIL_VERIFICATION_REQUIRED: 403,
  NO_MATCHING_PERMISSION_FOUND: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;
export type Code = keyof typeof statuses;

export type Said = {
  readonly code: Code;
  /** The field of the request that it is about. */
  readonly field?: string;
  readonly extensions?: Readonly<Record<string, string>>;
};

const invalid = (field?: string): Said => ({ code: 'VALIDATION_ERROR', ...(field ? { field } : {}) });
const missing = (resource: string): Said => ({ code: 'NOT_FOUND', extensions: { resource } });
const conflict = (resource: string, field: string): Said => ({
  code: 'CONFLICT',
  extensions: { resource, field },
});
const forbidden: Said = { code: 'FORBIDDEN' };
const tooMany: Said = { code: 'TOO_MANY_REQUESTS' };

export const refusals = {
  'access.denied': { code: 'NO_MATCHING_PERMISSION_FOUND' },
  'access.beyond_own': forbidden,
  'organization.last_owner': forbidden,
  'organization.not_found': missing('Organization'),
  'organization.disabled': forbidden,
  'user.not_found': missing('User'),
  'user.suspended': forbidden,
  'user.email_taken': conflict('User', 'email'),
  'user.username_taken': conflict('User', 'username'),
  'user.phone_taken': conflict('User', 'phone'),
  'user.address_unproven': { code: 'EMAIL_VERIFICATION_REQUIRED' },
  'password.wrong': { code: 'UNAUTHENTICATED' },
  'password.unfit': invalid('password'),
  'password.too_many': tooMany,
  'passkey.refused': forbidden,
  'passkey.not_found': missing('Passkey'),
  'role.not_found': missing('Role'),
  'role.names_not_found': missing('Role'),
  'role.wrong_type': invalid('roleId'),
  'role.name_taken': conflict('Role', 'name'),
  'role.type_in_use': conflict('Role', 'type'),
  'role.extends_unknown': missing('Role'),
  'role.extends_itself': invalid('extendsId'),
  'scope.not_found': missing('Permission'),
  'scope.name_taken': conflict('Permission', 'name'),
  'relation.not_found': missing('Role'),
  // The same for whoever is none, known or not.
  'member.not_found': forbidden,
  'member.suspended': forbidden,
  'member.expiry_past': invalid('expiresAt'),
  'transfer.not_found': missing('OwnershipTransfer'),
  'transfer.ended': invalid(),
  'transfer.not_owner': forbidden,
  'transfer.unfit': invalid('userId'),
  'bot.not_found': forbidden,
  'application.not_found': missing('Application'),
  'application.wrong_type': invalid(),
  'application.has_no_secrets': invalid(),
  'application.secret_not_found': missing('ApplicationSecret'),
  'application.secret_name_taken': conflict('ApplicationSecret', 'name'),
  'resource.not_found': missing('Resource'),
  'resource.indicator_taken': conflict('Resource', 'indicator'),
  'resource.is_management': forbidden,
  'resource_scope.not_found': missing('Permission'),
  'resource_scope.name_taken': conflict('Permission', 'name'),
  'global_role.not_found': missing('Role'),
  'global_role.name_taken': conflict('Role', 'name'),
  'global_role.wrong_type': invalid(),
  'global_role.scope_taken': conflict('Permission', 'id'),
  'global_role.management_scope': invalid(),
  'domain.exists': conflict('EmailDomain', 'domain'),
  'domain.not_found': missing('EmailDomain'),
  'invitation.not_found': missing('Invitation'),
  'invitation.already_member': conflict('OrganizationUser', 'userId'),
  'invitation.duplicate': conflict('Invitation', 'email'),
  'invitation.ended': invalid(),
  'invitation.wrong_address': forbidden,
  'invitation.waiting': forbidden,
  'invitation.not_waiting': invalid(),
  'invitation.passkey_first': forbidden,
  'invitation.own_approval': forbidden,
  'policy.not_yours': forbidden,
  'policy.default_above_longest': invalid('defaultLifeMs'),
  'policy.domain_not_allowed': invalid('email'),
  'policy.role_not_allowed': forbidden,
  'policy.life_too_long': invalid('expiresAt'),
  'policy.too_many_today': tooMany,
  'invitation.expiry_past': invalid('expiresAt'),
  'invitation.redirect_not_registered': invalid('redirect'),
  'invitation.already_asked': tooMany,
  'invitation.nobody_to_ask': missing('User'),
  'proof.wrong_code': invalid('token'),
  'proof.ended': invalid('token'),
  'proof.too_many_tries': tooMany,
  'seats.full': conflict('Organization', 'seats'),
  'seats.below_use': conflict('Organization', 'seats'),
  'mail.too_many': tooMany,
  'mail.no_connector': { code: 'SERVICE_UNAVAILABLE' },
  'connector.not_found': missing('Connector'),
  'template.not_found': missing('Template'),
  'template.no_filter': invalid(),
} as const satisfies Record<RefusalCode, Said>;
