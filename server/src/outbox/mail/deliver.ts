/**
 * From a leased delivery to a mail handed over. The mail says what is true at the moment it leaves: names, roles and
 * expiry are read with the lease, and an invitation that has ended is not announced any more.
 */

import { invitationUrl } from '../../domain/invitations/copy-link.ts';
import { statusAt } from '../../domain/invitations/invitation.ts';
import type { Keys } from '../../domain/keys.ts';
import { signLink } from '../../domain/link.ts';
import { namedRoles, type Template } from '../../domain/roles/template.ts';
import type { Leased } from '../lease.ts';
import { composeMail } from './compose.ts';
import { DeliveryFailure, type MailMessage } from './message.ts';
import type { StoredTemplate } from './select-template.ts';
import type { OpenSender } from './senders.ts';

export type Outcome =
  | { kind: 'sent'; answer: string }
  | { kind: 'canceled'; answer: string }
  | { kind: 'temporary' | 'permanent'; answer: string; retryAfterMs?: number | undefined };

export type Means = {
  readonly keys: Keys;
  readonly publicUrl: string;
  readonly mailFrom: string;
  readonly now: number;
  readonly sender: OpenSender | undefined;
  readonly stored: readonly StoredTemplate[];
  readonly template: Template;
  readonly signal: AbortSignal;
};

/** Longer than any mail server takes, shorter than the lease. */
const patienceMs = 45_000;

/** Never throws: what goes wrong is an outcome. */
export async function deliver(delivery: Leased, means: Means): Promise<Outcome> {
  const ended = whyNotSend(delivery, means.now);
  if (ended) return { kind: 'canceled', answer: ended };
  if (!means.sender) return { kind: 'temporary', answer: 'There is no e-mail connector' };
  let message: MailMessage;
  try {
    message = compose(delivery, means, means.sender);
  } catch (error) {
    return {
      kind: 'permanent',
      answer: `The mail could not be made: ${(error as Error).message}`.slice(0, 500),
    };
  }
  try {
    const signal = AbortSignal.any([means.signal, AbortSignal.timeout(patienceMs)]);
    const { answer } = await means.sender.sender.send(message, signal);
    return { kind: 'sent', answer };
  } catch (error) {
    if (error instanceof DeliveryFailure)
      return { kind: error.kind, answer: error.answer, retryAfterMs: error.retryAfterMs };
    return { kind: 'temporary', answer: 'The mail could not be handed over' };
  }
}

function whyNotSend({ invitation, organization }: Leased, now: number): string | undefined {
  if (!invitation || !organization) return 'The invitation was deleted';
  const status = statusAt(invitation, now);
  if (status !== 'Pending') return `The invitation is ${status.toLowerCase()}`;
  return organization.disabledAt === null ? undefined : 'The organization is disabled';
}

function compose(delivery: Leased, means: Means, sender: OpenSender): MailMessage {
  const invitation = delivery.invitation!;
  const { id, name, branding, color } = delivery.organization!;
  const token = signLink(means.keys, delivery.tenantId, {
    invitationId: invitation.id,
    generation: invitation.generation,
    channel: 'mail',
  });
  return composeMail({
    usageType: delivery.usageType,
    payload: delivery.payload ?? {},
    context: {
      organization: { id, name, branding, color },
      inviter: delivery.inviter,
      link: invitationUrl(means.publicUrl, token),
      expiresAt: invitation.expiresAt,
      roles: namedRoles(means.template, invitation.roleIds).map((role) => role.name),
    },
    templates: { stored: means.stored, configured: sender.templates, fallbackLanguage: 'en' },
    sender: sender.configured,
    defaultFrom: means.mailFrom,
    to: delivery.recipient,
    messageId: `<${delivery.messageId}@${hostOf(means.publicUrl)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  });
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '').replaceAll(':', '-');
