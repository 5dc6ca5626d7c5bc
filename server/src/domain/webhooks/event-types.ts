/**
 * What happens here and others may hear of, by our own names. Their families can be asked for whole: `invitation.*`, or `*`
 * for all. The database says which entry of the journal means which of them.
 */
export const eventTypes = [
  'organization.created',
  'organization.updated',
  'organization.deleted',
  'organization.disabled',
  'organization.enabled',
  'organization.seats_set',
  'organization.policy_set',
  'invitation.created',
  'invitation.sent',
  'invitation.delivery_failed',
  'invitation.accepted',
  'invitation.rejected',
  'invitation.revoked',
  'invitation.expired',
  'invitation.resent',
  'invitation.renewed',
  'invitation.deleted',
  'invitation.approval_requested',
  'invitation.approved',
  'membership.created',
  'membership.updated',
  'membership.suspended',
  'membership.reinstated',
  'membership.deleted',
  'user.created',
  'user.updated',
  'user.suspended',
  'user.reinstated',
  'user.deleted',
  'role.created',
  'role.updated',
  'role.deleted',
  'bot.added',
  'bot.updated',
  'bot.removed',
  'join_request.made',
  'join_request.approved',
  'join_request.declined',
  'email_domain.added',
  'email_domain.removed',
  'email_domain.claimed',
  'email_domain.verified',
] as const;

export const eventFamilies = [...new Set(eventTypes.map((type) => `${type.split('.')[0]}.*`))];

/** What one asks for once to see that it arrives. It is of no family: nobody gets it who did not ask. */
export const testEventType = 'webhook.test';
