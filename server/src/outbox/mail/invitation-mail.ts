/** The mail that brings an invitation: one that has ended is not announced any more. */
import { invitationUrl } from '../../domain/invitations/copy-link.ts';
import { statusAt } from '../../domain/invitations/invitation.ts';
import { signLink } from '../../domain/link.ts';
import { namedRoles } from '../../domain/roles/template.ts';
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';
import type { Means } from './deliver.ts';

export function whyNotInvite({ invitation, organization }: Leased, now: number): string | undefined {
  if (!invitation || !organization) return 'The invitation was deleted';
  const status = statusAt(invitation, now);
  if (status !== 'Pending') return `The invitation is ${status.toLowerCase()}`;
  if (invitation.awaitsApproval) return 'The invitation waits to be approved';
  return organization.disabledAt === null ? undefined : 'The organization is disabled';
}

/** What the mail says, and its secrets. */
export function invitationMail(
  { tenantId, payload, invitation, organization, inviter }: Leased,
  { keys, publicUrl, template }: Means,
): Pick<MailToCompose, 'payload' | 'context'> & { secrets: string[] } {
  const { id: invitationId, generation, expiresAt, roleIds } = invitation!;
  const { id, name, branding, color } = organization!;
  const token = signLink(keys, tenantId, { invitationId, generation, channel: 'mail' });
  return {
    payload: payload ?? {},
    context: {
      organization: { id, name, branding, color },
      inviter: inviter && withoutState(inviter),
      link: invitationUrl(publicUrl, token),
      expiresAt,
      roles: namedRoles(template, roleIds).map((role) => role.name),
    },
    secrets: [token],
  };
}

/** What of the inviter a template may show. */
const withoutState = ({ suspendedAt: _, ...shown }: NonNullable<Leased['inviter']>) => shown;
