/** How this door says things: statuses in lower case, times in ISO form, one role where the domain knows several. */
import { type Invitation, type Status, statusAt } from '../../domain/invitations/invitation.ts';
import type { Template } from '../../domain/roles/template.ts';
import type { Person } from './caller.ts';

export const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export type Account = {
  readonly id: string;
  readonly type: 'personal' | 'organization';
  readonly name: string;
  readonly ownerId: string;
  readonly createdAt: string;
};

export const presentAccount = ({
  createdAt,
  ...account
}: Omit<Account, 'createdAt'> & { createdAt: number }) => ({
  ...account,
  createdAt: iso(createdAt),
});

export const presentUser = ({ id, name, email, username, isVerified, createdAt }: Person) => ({
  id,
  name,
  email,
  username,
  emailVerified: isVerified,
  createdAt: iso(createdAt),
});

export const invitationStatuses = ['pending', 'accepted', 'expired', 'revoked'] as const;
export type InvitationStatus = (typeof invitationStatuses)[number];

/** Whoever was invited and declined: for the organization it ended like one that was revoked. */
const said: Record<Status, InvitationStatus> = {
  Pending: 'pending',
  Accepted: 'accepted',
  Expired: 'expired',
  Revoked: 'revoked',
  Rejected: 'revoked',
};

/** The statuses of the domain that this door says so. */
export const meantBy = (status: InvitationStatus): Status[] =>
  (Object.keys(said) as Status[]).filter((each) => said[each] === status);

export const presentInvitation = (invitation: Invitation, at: number) => ({
  id: invitation.id,
  organizationId: invitation.organizationId,
  email: invitation.invitee,
  roleId: invitation.roleIds[0] ?? null,
  status: said[statusAt(invitation, at)],
  expiresAt: iso(invitation.expiresAt),
  invitedBy: invitation.inviterId,
  invitedAt: iso(invitation.createdAt),
  acceptedAt: isoOrNull(invitation.acceptedAt),
  createdAt: iso(invitation.createdAt),
  updatedAt: iso(invitation.updatedAt),
  deletedAt: null,
});

export type PresentedInvitation = ReturnType<typeof presentInvitation>;

export type Role = { readonly id: string; readonly name: string };

/** Of several roles the highest is shown. */
export function highestRole({ roles }: Template, roleIds: readonly string[]): Role | null {
  const held = roleIds.flatMap((id) => roles.get(id) ?? []);
  const [first] = held.sort(
    (a, b) =>
      (b.rank ?? Number.NEGATIVE_INFINITY) - (a.rank ?? Number.NEGATIVE_INFINITY) ||
      (a.name < b.name ? -1 : 1),
  );
  return first ? { id: first.id, name: first.name } : null;
}
