/** Every refusal of the domain in this door's words: status and code. A route may say some of them differently. */
import type { RefusalCode } from '../../domain/refusal.ts';

export type Answer = readonly [status: number, code: string];

export const refusals = {
  'organization.not_found': [404, 'entity.not_exists_with_id'],
  'organization.disabled': [422, 'organization.disabled'],
  'user.not_found': [404, 'entity.not_found'],
  'user.suspended': [422, 'user.suspended'],
  'user.email_taken': [422, 'user.email_already_in_use'],
  'user.username_taken': [422, 'user.username_already_in_use'],
  'user.phone_taken': [422, 'user.phone_already_in_use'],
  'role.not_found': [404, 'entity.not_found'],
  'role.names_not_found': [422, 'organization.role_names_not_found'],
  'role.wrong_type': [422, 'entity.db_constraint_violated'],
  'role.name_taken': [422, 'entity.unique_integrity_violation'],
  'role.type_in_use': [422, 'organization_role.type_in_use'],
  'role.extends_unknown': [422, 'entity.relation_foreign_key_not_found'],
  'role.extends_itself': [422, 'organization_role.extends_itself'],
  'scope.not_found': [404, 'entity.not_exists_with_id'],
  'scope.name_taken': [422, 'entity.unique_integrity_violation'],
  'relation.not_found': [404, 'entity.not_found'],
  'member.not_found': [422, 'organization.require_membership'],
  'bot.not_found': [422, 'organization.require_membership'],
  'application.not_found': [404, 'entity.not_exists_with_id'],
  'application.wrong_type': [422, 'application.invalid_type'],
  'application.has_no_secrets': [422, 'entity.db_constraint_violated'],
  'application.secret_not_found': [404, 'entity.not_found'],
  'application.secret_name_taken': [422, 'application.secret_name_exists'],
  'resource.not_found': [404, 'entity.not_exists_with_id'],
  'resource.indicator_taken': [422, 'resource.resource_identifier_in_use'],
  'resource.is_management': [400, 'resource.cannot_modify_management_api'],
  'resource_scope.not_found': [404, 'entity.not_exists_with_id'],
  'resource_scope.name_taken': [422, 'scope.name_exists'],
  'global_role.not_found': [404, 'entity.not_exists_with_id'],
  'global_role.name_taken': [422, 'role.name_in_use'],
  'global_role.wrong_type': [422, 'application.invalid_role_type'],
  'global_role.scope_taken': [422, 'role.scope_exists'],
  'global_role.management_scope': [400, 'role.management_api_scopes_not_assignable_to_user_role'],
  'domain.exists': [422, 'entity.unique_integrity_violation'],
  'domain.not_found': [404, 'entity.not_found'],
  'invitation.not_found': [404, 'entity.not_found'],
  'invitation.already_member': [422, 'request.invalid_input'],
  'invitation.duplicate': [422, 'entity.unique_integrity_violation'],
  'invitation.ended': [422, 'request.invalid_input'],
  'invitation.wrong_address': [422, 'request.invalid_input'],
  'invitation.expiry_past': [400, 'request.invalid_input'],
  'proof.wrong_code': [422, 'verification_code.code_mismatch'],
  'proof.ended': [422, 'verification_code.expired'],
  'proof.too_many_tries': [422, 'verification_code.exceed_max_try'],
  'seats.full': [422, 'organization.seats_full'],
  'seats.below_use': [422, 'organization.seats_below_use'],
  'mail.too_many': [429, 'request.message_rate_limited'],
  'mail.no_connector': [501, 'connector.not_found'],
  'connector.not_found': [404, 'entity.not_found'],
  'template.not_found': [404, 'entity.not_exists_with_id'],
  'template.no_filter': [422, 'connector.email_connector.bulk_deletion_no_filter'],
} as const satisfies Record<RefusalCode, Answer>;

/** What the field's clients expect where a referenced row does not exist. */
export const foreignKey: Answer = [422, 'entity.relation_foreign_key_not_found'];
/** A member that is the subject of the call itself, rather than a precondition of it. */
export const notFound: Answer = [404, 'entity.not_found'];
export const notExists: Answer = [404, 'entity.not_exists'];
