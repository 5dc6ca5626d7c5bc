/** The mails to an inviter, or to who may approve, when the holder of the invitation asks for something. */
import { statusAt } from '../../domain/invitations/invitation.ts';
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';

export function whyNotAsk({ invitation, organization, inviter }: Leased): string | undefined {
  if (!invitation || !organization) return 'The invitation was deleted';
  if (invitation.acceptedAt !== null) return 'The invitation is accepted';
  if (organization.disabledAt !== null) return 'The organization is disabled';
  if (!inviter) return 'The inviter was deleted';
  return inviter.suspendedAt === null ? undefined : 'The inviter is suspended';
}

export function whyNotApprove({ invitation, organization }: Leased, now: number): string | undefined {
  if (!invitation || !organization) return 'The invitation was deleted';
  const status = statusAt(invitation, now);
  if (status !== 'Pending') return `The invitation is ${status.toLowerCase()}`;
  return organization.disabledAt === null ? undefined : 'The organization is disabled';
}

export function askMail({
  payload,
  invitation,
  organization,
}: Leased): Pick<MailToCompose, 'payload' | 'context'> & { secrets: string[] } {
  const { id, name, branding, color } = organization!;
  return {
    payload: { locale: payload?.locale },
    context: {
      organization: { id, name, branding, color },
      invitee: invitation!.invitee,
      address: typeof payload?.address === 'string' ? payload.address : undefined,
    },
    secrets: [],
  };
}
