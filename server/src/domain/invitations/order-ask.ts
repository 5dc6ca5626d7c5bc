/**
 * What the holder of an invitation's link asks of the inviter, by mail: another invitation, or one for another address.
 * At most once a day for each invitation, whoever holds the link.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { announceDelivery, deliveryToInviter, type MailBounds } from '../../outbox/put.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

/** `address`: the one in use, in normal form. */
export type Ask = { readonly kind: 'renewal' } | { readonly kind: 'address'; readonly address: string };

const restMs = 24 * 60 * 60_000;

/**
 * Queues the mail to the inviter. Refuses: invitation.not_found, invitation.already_asked (facts: retryAt),
 * invitation.nobody_to_ask, mail.no_connector, mail.too_many.
 */
export async function orderAsk(
  act: Act,
  invitationId: string,
  ask: Ask,
  mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean },
): Promise<void> {
  const { address: recipient, locale } = await whomToAsk(act, invitationId);
  const usageType = ask.kind === 'address' ? 'InvitationAddressRequest' : 'InvitationRenewalRequest';
  const payload = { locale: locale ?? undefined, address: ask.kind === 'address' ? ask.address : undefined };
  const order = { ...mail, usageType, payload };
  const asked = await announceDelivery(act, order, recipient, () =>
    act.db.first(sql`
      with i as (
        update invitations i set asked_at = ${act.at} from users u
         where i.tenant_id = ${act.tenantId} and i.id = ${invitationId}
           and (i.asked_at is null or i.asked_at <= ${act.at - restMs})
           and u.tenant_id = i.tenant_id and u.id = i.inviter_id and u.suspended_at is null and u.primary_email is not null
        returning i.tenant_id, i.id, i.organization_id, u.primary_email as recipient
      ), ${deliveryToInviter(act, order)}, happened as (
        select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'kind', ${ask.kind}::text) as data from i
      ), ${recorded(act, 'invitation.asked')}
      select id from i`),
  );
  if (asked) return act.queued();
  // Somebody else asked in between, or the inviter went.
  await whomToAsk(act, invitationId);
  refuse('invitation.already_asked', { retryAt: act.at + restMs });
}

/** The inviter's address and the language of their profile, when there is somebody and it is time. */
async function whomToAsk(act: Act, id: string): Promise<{ address: string; locale: string | null }> {
  const found = await act.db.first<{
    askedAt: number | null;
    address: string | null;
    locale: string | null;
  }>(sql`
    select i.asked_at as "askedAt", u.primary_email as address, u.profile->>'locale' as locale
      from invitations i
      left join users u on u.tenant_id = i.tenant_id and u.id = i.inviter_id and u.suspended_at is null
     where i.tenant_id = ${act.tenantId} and i.id = ${id}`);
  if (!found) refuse('invitation.not_found', { id });
  if (!found.address) refuse('invitation.nobody_to_ask');
  if (found.askedAt !== null && found.askedAt > act.at - restMs)
    refuse('invitation.already_asked', { retryAt: found.askedAt + restMs });
  return { address: found.address, locale: found.locale };
}
