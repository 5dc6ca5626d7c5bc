/**
 * From a leased delivery to a mail handed over. The mail says what is true at the moment it leaves: what it is about is
 * read with the lease, and what has ended meanwhile is not announced any more.
 */
import type { Keys } from '../../domain/keys.ts';
import type { Template } from '../../domain/roles/template.ts';
import type { Leased } from '../lease.ts';
import { askMail, whyNotApprove, whyNotAsk } from './ask-mail.ts';
import { composeMail, type MailToCompose } from './compose.ts';
import { invitationMail, whyNotInvite } from './invitation-mail.ts';
import { joinRequestMail, whyNotJoinRequest } from './join-request-mail.ts';
import { DeliveryFailure, type MailMessage, plainAnswer } from './message.ts';
import { ownershipMail, whyNotOwnership } from './ownership-mail.ts';
import { proofMail, whyNotProve } from './proof-mail.ts';
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

type Kind = {
  /** Undefined: nothing stands against sending it. */
  readonly whyNot: (delivery: Leased, now: number) => string | undefined;
  /** What it says; the secrets in it are struck out of whatever is written down about it. */
  readonly say: (
    delivery: Leased,
    means: Means,
  ) => Pick<MailToCompose, 'payload' | 'context'> & { readonly secrets: readonly string[] };
};

const kinds: Readonly<Record<string, Kind>> = {
  OrganizationInvitation: { whyNot: whyNotInvite, say: invitationMail },
  SignIn: { whyNot: whyNotProve, say: proofMail },
  Register: { whyNot: whyNotProve, say: proofMail },
  InvitationRenewalRequest: { whyNot: whyNotAsk, say: askMail },
  InvitationAddressRequest: { whyNot: whyNotAsk, say: askMail },
  InvitationApprovalRequest: { whyNot: whyNotApprove, say: askMail },
  JoinRequestMade: { whyNot: whyNotJoinRequest, say: joinRequestMail },
  JoinRequestApproved: { whyNot: whyNotJoinRequest, say: joinRequestMail },
  JoinRequestDeclined: { whyNot: whyNotJoinRequest, say: joinRequestMail },
  OwnershipOffered: { whyNot: whyNotOwnership, say: ownershipMail },
};

/** Longer than any mail server takes, shorter than the lease. */
const patienceMs = 45_000;

/** Never throws: what goes wrong is an outcome. */
export async function deliver(delivery: Leased, means: Means): Promise<Outcome> {
  const kind = kinds[delivery.usageType];
  if (!kind) return { kind: 'permanent', answer: 'There is no mail of this type' };
  const ended = kind.whyNot(delivery, means.now);
  if (ended) return { kind: 'canceled', answer: ended };
  if (!means.sender) return { kind: 'temporary', answer: 'There is no e-mail connector' };
  let message: MailMessage;
  let secrets: readonly string[];
  try {
    const said = kind.say(delivery, means);
    secrets = said.secrets;
    message = compose(delivery, said, means, means.sender);
  } catch (error) {
    return {
      kind: 'permanent',
      answer: `The mail could not be made: ${(error as Error).message}`.slice(0, 500),
    };
  }
  try {
    const signal = AbortSignal.any([means.signal, AbortSignal.timeout(patienceMs)]);
    const { answer } = await means.sender.sender.send(message, signal);
    return { kind: 'sent', answer: plainAnswer(answer, secrets) };
  } catch (error) {
    if (error instanceof DeliveryFailure)
      return {
        kind: error.kind,
        answer: plainAnswer(error.answer, secrets),
        retryAfterMs: error.retryAfterMs,
      };
    return { kind: 'temporary', answer: 'The mail could not be handed over' };
  }
}

const compose = (
  { usageType, recipient, messageId, tenant }: Leased,
  { payload, context }: Pick<MailToCompose, 'payload' | 'context'>,
  { publicUrl, mailFrom, stored }: Means,
  sender: OpenSender,
): MailMessage =>
  composeMail({
    usageType,
    payload,
    context,
    templates: { stored, configured: sender.templates, fallbackLanguage: tenant.fallbackLanguage },
    sender: sender.configured,
    defaultFrom: mailFrom,
    to: recipient,
    messageId: `<${messageId}@${hostOf(publicUrl)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
  });

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '').replaceAll(':', '-');
