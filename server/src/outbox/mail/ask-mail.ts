/** The mail to an inviter whom the holder of the invitation's link asks for something. */
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';

export function whyNotAsk({ invitation, organization, inviter }: Leased): string | undefined {
  if (!invitation || !organization) return 'The invitation was deleted';
  if (invitation.acceptedAt !== null) return 'The invitation is accepted';
  if (organization.disabledAt !== null) return 'The organization is disabled';
  if (!inviter) return 'The inviter was deleted';
  return inviter.suspendedAt === null ? undefined : 'The inviter is suspended';
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
