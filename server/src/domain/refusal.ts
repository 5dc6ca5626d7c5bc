/**
 * The closed list of reasons to say no. The domain refuses with a code; each door translates every code once, into
 * its own vocabulary. Throwing a refusal rolls the transaction back: nothing is half done.
 */
const texts = {
  'access.denied': 'This needs a permission that you do not have in the organization.',
  'access.beyond_own': 'Nobody can grant, change or take away more than they hold themselves.',
  'organization.last_owner': 'An organization that has an owner keeps one.',
  'organization.not_found': 'The organization does not exist.',
  'organization.disabled': 'The organization is disabled.',
  'organization.external_id_taken': 'This external id belongs to another organization.',
  'organization.slug_taken': 'This slug belongs to another organization.',
  'user.not_found': 'The user does not exist.',
  'user.suspended': 'The user is suspended.',
  'user.email_taken': 'This e-mail address belongs to another user.',
  'user.username_taken': 'This username belongs to another user.',
  'user.external_id_taken': 'This external id belongs to another user.',
  'user.phone_taken': 'This phone number belongs to another user.',
  'user.address_unproven': 'The user has not proven this mailbox.',
  'password.wrong': 'This is not the password.',
  'password.unfit': 'The password is too short or too long.',
  'password.too_many': 'Too many tries; try again later.',
  'passkey.refused': 'This passkey proves nothing here.',
  'passkey.not_found': 'The passkey does not exist.',
  'role.not_found': 'The organization role does not exist.',
  'role.names_not_found': 'There are no organization roles of these names.',
  'role.wrong_type': 'The organization role is of the wrong type for this holder.',
  'role.name_taken': 'There already is an organization role of this name.',
  'role.type_in_use': 'The type of a role cannot change while somebody holds it.',
  'role.in_use':
    'Somebody holds this role, was offered it, or gets it by default; say which one replaces it.',
  'role.replaces_itself': 'A role is not replaced by itself.',
  'role.extends_unknown': 'The organization role to be extended does not exist.',
  'role.extends_itself': 'A role cannot extend itself, directly or through others.',
  'scope.not_found': 'The organization scope does not exist.',
  'scope.name_taken': 'There already is an organization scope of this name.',
  'relation.not_found': 'There is no such assignment.',
  'member.not_found': 'The user is not a member of the organization.',
  'member.suspended': 'The membership is suspended.',
  'member.expiry_past': 'A membership ends in the future, and not before the invitation to it does.',
  'transfer.not_found': 'The offer of ownership does not exist.',
  'transfer.ended': 'The offer of ownership is over, or whoever made it is an owner no more.',
  'transfer.not_owner': 'Only an owner can offer ownership.',
  'transfer.unfit':
    'Ownership can be offered to another member only, who is neither suspended nor one for a time.',
  'bot.not_found': 'The application is not a member of the organization.',
  'application.not_found': 'The application does not exist.',
  'application.wrong_type': 'Only machine-to-machine applications can do this.',
  'application.has_no_secrets': 'Applications of this type have no secrets.',
  'application.secret_not_found': 'The application has no secret of this name.',
  'application.secret_name_taken': 'The application already has a secret of this name.',
  'api_token.not_found': 'The API token does not exist.',
  'api_token.invalidated': 'The API token was invalidated.',
  'api_token.expired': 'The API token has expired.',
  'api_token.expiry_past': 'An API token expires in the future.',
  'resource.not_found': 'The API resource does not exist.',
  'resource.indicator_taken': 'There already is an API resource with this indicator.',
  'resource.is_management': 'The API resource of the Management API cannot be changed.',
  'resource_scope.not_found': 'The scope does not exist.',
  'resource_scope.name_taken': 'The API resource already has a scope of this name.',
  'global_role.not_found': 'The role does not exist.',
  'global_role.name_taken': 'There already is a role of this name.',
  'global_role.wrong_type': 'The role is of the wrong type for this holder.',
  'global_role.scope_taken': 'The role already has this scope.',
  'global_role.management_scope': 'A role for users cannot hold scopes of the Management API.',
  'domain.exists': 'The organization already has this e-mail domain.',
  'domain.public': 'Anybody can have a mailbox of this e-mail domain.',
  'domain.unproven': 'The DNS of the domain does not have the record that proves it.',
  'domain.not_found': 'The organization does not have this e-mail domain.',
  'invitation.not_found': 'The invitation does not exist.',
  'invitation.already_member': 'A member of the organization has this address.',
  'invitation.duplicate': 'There already is a pending invitation for this address.',
  'invitation.ended': 'The invitation has ended.',
  'invitation.wrong_address': 'The invitation is for another address.',
  'invitation.waiting': 'Somebody who may give these roles has to approve the invitation first.',
  'invitation.not_waiting': 'The invitation does not wait for an approval.',
  'invitation.own_approval': 'Somebody else than who made the invitation has to approve it.',
  'invitation.passkey_first': 'The organization asks for a second factor: sign in with the passkey first.',
  'invitation.expiry_past': 'The invitation must expire in the future.',
  'invitation.redirect_not_registered': 'The application is not registered at this address.',
  'invitation.already_asked': 'The inviter was asked less than a day ago.',
  'invitation.nobody_to_ask': 'There is no inviter who could be asked by mail.',
  'policy.not_yours': 'Only the management of the tenant may change this.',
  'policy.default_above_longest': 'The default life of an invitation is longer than the longest.',
  'policy.domain_not_allowed': 'The organization does not let addresses of this domain in.',
  'policy.role_not_allowed': 'The organization does not let you put this role on an invitation.',
  'policy.life_too_long': 'The organization does not let invitations live that long.',
  'policy.too_many_today': 'The organization has made all invitations that it may make within a day.',
  'join_link.not_found': 'The link does not exist.',
  'join_link.ended': 'The link lets nobody in any more.',
  'join_link.not_for_you': 'You cannot join by this link.',
  'join_link.asks_first': 'Who follows this link asks to join first.',
  'join_link.expiry_past': 'The link must expire in the future.',
  'join_link.below_use': 'The link was used more often than this already.',
  'join_request.not_found': 'The request does not exist.',
  'join_request.ended': 'The request was answered already.',
  'join_request.duplicate': 'You have asked already.',
  'join_request.already_member': 'You are a member already.',
  'join_request.not_possible': 'You cannot ask to join this organization.',
  'proof.wrong_code': 'The code is not the right one.',
  'proof.ended': 'The code or link was used already, has expired, or was never valid here.',
  'proof.too_many_tries':
    'Too many wrong codes were typed for this address; only the link in the mail works now.',
  'seats.full': 'The organization has no seat left.',
  'seats.below_use': 'The organization already uses more seats than this.',
  'mail.too_many': 'Too many mails; try again later.',
  'mail.no_connector': 'There is no e-mail connector.',
  'webhook.not_found': 'The webhook does not exist.',
  'webhook.paused': 'The webhook is paused; resume it first.',
  'webhook_delivery.not_found': 'The webhook was not sent this message.',
  'connector.not_found': 'The connector does not exist.',
  'template.not_found': 'The e-mail template does not exist.',
  'template.no_filter': 'Say which templates to delete.',
} as const;

export type RefusalCode = keyof typeof texts;

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** Public facts about this refusal: ids, a status, a time. Never a secret. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: RefusalCode, facts: Record<string, unknown> = {}, cause?: unknown) {
    super(texts[code], { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** Refuses. An expression, so that it can stand where a value is missing: `row ?? refuse('…')`. */
export function refuse(code: RefusalCode, facts?: Record<string, unknown>, cause?: unknown): never {
  throw new Refusal(code, facts, cause);
}
