/** Mails about a request to join: to members who may answer it, and the answer to whoever asked. */
import type { Leased } from '../lease.ts';
import type { MailToCompose } from './compose.ts';
import type { Means } from './deliver.ts';

export function whyNotJoinRequest({ usageType, joinRequest, organization }: Leased): string | undefined {
  if (!joinRequest || !organization) return 'The request was deleted';
  if (organization.disabledAt !== null) return 'The organization is disabled';
  if (usageType === 'JoinRequestMade' && !joinRequest.isOpen) return 'The request was answered';
  return undefined;
}

export function joinRequestMail(
  { usageType, payload, organization, joinRequest }: Leased,
  { publicUrl }: Means,
): Pick<MailToCompose, 'payload' | 'context'> & { secrets: string[] } {
  const { id, name, branding, color } = organization!;
  return {
    payload: { locale: payload?.locale },
    context: {
      organization: { id, name, branding, color },
      address: joinRequest!.address ?? undefined,
      ...(usageType === 'JoinRequestApproved' && { link: `${publicUrl}/account` }),
    },
    secrets: [],
  };
}
