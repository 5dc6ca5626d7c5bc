/** The mail to a member to whom an owner offers to hand the organization over. */
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';
import type { Means } from './deliver.ts';

export function whyNotOwnership({ transfer, organization }: Leased, now: number): string | undefined {
  if (!transfer || !organization) return 'The offer is gone';
  if (organization.disabledAt !== null) return 'The organization is disabled';
  return transfer.isOpen && transfer.expiresAt > now ? undefined : 'The offer is over';
}

export function ownershipMail(
  { payload, organization, transfer }: Leased,
  { publicUrl }: Means,
): Pick<MailToCompose, 'payload' | 'context'> & { secrets: string[] } {
  const { id, name, branding, color } = organization!;
  const { offeredBy, expiresAt } = transfer!;
  return {
    payload: { locale: payload?.locale },
    context: {
      organization: { id, name, branding, color },
      inviter: offeredBy,
      expiresAt,
      link: `${publicUrl}/account`,
    },
    secrets: [],
  };
}
