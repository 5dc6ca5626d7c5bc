/** Why something is refused and what would make it possible, for who asks before trying. */
import type { RefusalCode } from '../../domain/refusal.ts';

/** No rule: what an organization has laid down for itself. */
type Guidance = { readonly rule?: number; readonly remedy: string };

/** The rules are those of docs/access.md. */
export const guidance: Partial<Record<RefusalCode, Guidance>> = {
  'access.denied': { rule: 6, remedy: 'Ask somebody who manages members for a role with this permission.' },
  'access.beyond_own': { rule: 6, remedy: 'Ask a member whose own roles give at least as much.' },
  'organization.last_owner': { rule: 10, remedy: 'Make another member an owner first, or offer ownership.' },
  'organization.not_found': { rule: 18, remedy: 'Name an organization that exists, with a token for it.' },
  'organization.disabled': { rule: 17, remedy: 'Enable the organization first.' },
  'user.not_found': { rule: 18, remedy: 'Name a user who exists.' },
  'user.suspended': { rule: 17, remedy: 'Reinstate the user first.' },
  'member.not_found': { rule: 18, remedy: 'Name a member of the organization.' },
  'member.suspended': { rule: 11, remedy: 'Reinstate the member first.' },
  'member.expiry_past': { rule: 20, remedy: 'Give an end in the future, not before that of the invitation.' },
  'role.not_found': { rule: 20, remedy: 'Name roles that exist.' },
  'role.names_not_found': { rule: 20, remedy: 'Name roles that exist.' },
  'role.wrong_type': { rule: 20, remedy: 'Name roles for people.' },
  'relation.not_found': { rule: 20, remedy: 'Name a role that the member holds.' },
  'transfer.not_owner': { rule: 10, remedy: 'An owner has to offer it.' },
  'transfer.unfit': { rule: 10, remedy: 'Offer it to a member who is neither suspended nor one for a time.' },
  'invitation.not_found': { rule: 18, remedy: 'Name an invitation of this organization.' },
  'invitation.already_member': { rule: 3, remedy: 'Give the member the roles instead.' },
  'invitation.duplicate': { rule: 1, remedy: 'Resend or renew the pending one, or revoke it first.' },
  'invitation.ended': { rule: 4, remedy: 'Invite the address again.' },
  'invitation.not_waiting': { rule: 6, remedy: 'Nothing is needed: it can be accepted.' },
  'invitation.expiry_past': { rule: 20, remedy: 'Give an expiry in the future.' },
  'policy.domain_not_allowed': { remedy: 'Invite an address of another domain, or have the policy changed.' },
  'policy.role_not_allowed': { remedy: 'Leave the role out, or ask somebody whose roles may give it.' },
  'policy.life_too_long': { remedy: 'Give an earlier expiry.' },
  'policy.too_many_today': { remedy: 'Try again at the time that is told.' },
  'seats.full': { rule: 9, remedy: 'Free a seat, or have the limit raised.' },
  'mail.too_many': { rule: 12, remedy: 'Try again at the time that is told.' },
  'mail.no_connector': { rule: 12, remedy: 'Set up an e-mail connector, or send no mail.' },
};

/** For what the door itself refuses, by status. */
export const guidanceOf = (status: number): Guidance | undefined =>
  ({
    400: { rule: 20, remedy: 'Correct the fields that are named.' },
    403: guidance['access.denied']!,
    404: guidance['organization.not_found']!,
  })[status];
