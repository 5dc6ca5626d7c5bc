/**
 * The facts of an invitation and the rules over them: pure. The status is derived from the facts at the moment of
 * the question; no clock but the act's decides (rule 4).
 */
import { Refusal, type RefusalCode } from '../refusal.ts';

export type Status = 'Pending' | 'Accepted' | 'Expired' | 'Revoked' | 'Rejected';

export type Invitation = {
  readonly tenantId: string;
  readonly id: string;
  readonly organizationId: string;
  /** An address in normal form. */
  readonly invitee: string;
  readonly inviterId: string | null;
  readonly roleIds: readonly string[];
  readonly generation: number;
  readonly acceptedUserId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
  readonly resentCount: number;
  readonly acceptedAt: number | null;
  readonly rejectedAt: number | null;
  readonly revokedAt: number | null;
  readonly lapsedAt: number | null;
  /** By the organization's policy somebody has to approve it first. */
  readonly awaitsApproval: boolean;
};

type Ends = Pick<Invitation, 'acceptedAt' | 'rejectedAt' | 'revokedAt' | 'lapsedAt' | 'expiresAt'>;

export function statusAt(invitation: Ends, now: number): Status {
  if (invitation.acceptedAt !== null) return 'Accepted';
  if (invitation.rejectedAt !== null) return 'Rejected';
  if (invitation.revokedAt !== null) return 'Revoked';
  if (invitation.lapsedAt !== null || invitation.expiresAt <= now) return 'Expired';
  return 'Pending';
}

export type Person = {
  readonly id: string;
  readonly primaryEmail: string | null;
  readonly suspendedAt: number | null;
};

/**
 * Why this person may not accept now; undefined when nothing stands against it. Rules 4, 5 and 17: it is pending,
 * the person owns the invited address, nobody suspended them, the organization lets people in.
 */
export function whyNotAccept(
  invitation: Invitation,
  person: Person | undefined,
  organization: { disabledAt: number | null },
  now: number,
): Refusal | undefined {
  const no = (code: RefusalCode, facts?: Record<string, unknown>) => new Refusal(code, facts);
  if (!person) return no('user.not_found');
  const status = statusAt(invitation, now);
  if (status !== 'Pending') return no('invitation.ended', { status });
  if (person.primaryEmail !== invitation.invitee) return no('invitation.wrong_address');
  if (person.suspendedAt !== null) return no('user.suspended');
  if (organization.disabledAt !== null) return no('organization.disabled', { id: invitation.organizationId });
  if (invitation.awaitsApproval) return no('invitation.waiting', { id: invitation.id });
  return undefined;
}
