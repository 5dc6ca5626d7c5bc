/**
 * Orders a mail in the statement of the act that wants it sent: both are committed or neither is. The bounds of rule 12
 * are check constraints in the same statement, so that no number of parallel callers gets past them.
 */
import { randomUUID } from 'node:crypto';
import type { Act } from '../act.ts';
import { type Statement, sql, violation } from '../db/db.ts';
import { newId } from '../domain/ids.ts';
import { refuse } from '../domain/refusal.ts';

type Bound = { readonly most: number; readonly windowMs: number };
export type MailBounds = { readonly recipient: Bound; readonly organization: Bound; readonly inviter: Bound };

/** Under which bounds mail of which type goes out. */
type MailTerms = {
  readonly usageType: string;
  readonly bounds: MailBounds;
  /** Whether mail can go out without a connector in the database. */
  readonly hasDefaultConnector: boolean;
};

/** What to send. The recipient and the subject come from the invitation. */
export type MailOrder = MailTerms & {
  readonly usageType: 'OrganizationInvitation';
  /** The message payload of the caller: template variables, `locale`, perhaps a `link`. */
  readonly payload: Readonly<Record<string, unknown>>;
};

type Order = MailTerms & { readonly payload: Readonly<Record<string, unknown>> };

/**
 * Common table expressions that queue the mail for the invitation that another one named `i` yields: the delivery, and
 * what it uses up of the allowances of the recipient, the organization and the inviter.
 */
export function deliveryOf(act: Act, order: MailOrder): Statement {
  const { organization, inviter } = order.bounds;
  const rows = sql`select tenant_id, invitee as recipient, organization_id, id as invitation_id, null as proof_id from i`;
  return sql`${queued(act, order, rows)}, sender_allowance as (
    insert into sender_allowances as a (tenant_id, sender, empty_at, full_at)
    select tenant_id, sender, ${act.at}::bigint + cost, ${act.at}::bigint + window_ms from i cross join lateral (values
        ('organization:' || organization_id, ${Math.floor(organization.windowMs / organization.most)}::bigint, ${organization.windowMs}::bigint),
        ('inviter:' || inviter_id, ${Math.floor(inviter.windowMs / inviter.most)}::bigint, ${inviter.windowMs}::bigint)
      ) v(sender, cost, window_ms) where sender is not null
    on conflict (tenant_id, sender) do update
      set empty_at = greatest(a.empty_at, ${act.at}) + excluded.empty_at - ${act.at}, full_at = excluded.full_at
  )`;
}

/**
 * The same for the mail about the proof that `p` yields. It is bounded by its recipient alone: whoever asks is nobody
 * yet, and must not use up what an organization may send.
 */
export const deliveryOfProof = (
  act: Act,
  order: Order & { readonly organizationId?: string | undefined },
): Statement =>
  queued(
    act,
    order,
    sql`select tenant_id, address as recipient, ${order.organizationId ?? null}::text as organization_id,
               null as invitation_id, id as proof_id from p`,
  );

/** The same for a mail to the inviter of the invitation that `i` yields, with the inviter's address as `recipient`. */
export const deliveryToInviter = (act: Act, order: Order): Statement =>
  queued(
    act,
    order,
    sql`select tenant_id, recipient, organization_id, id as invitation_id, null as proof_id from i`,
  );

const queued = (act: Act, { usageType, bounds, payload }: Order, rows: Statement): Statement =>
  sql`delivery as (
    insert into deliveries (tenant_id, id, kind, usage_type, recipient, organization_id, invitation_id, proof_id, message_id,
                            payload, created_at, due_at)
    select r.tenant_id, ${newId(act.at)}, 'mail', ${usageType}, r.recipient, r.organization_id, r.invitation_id, r.proof_id,
           ${randomUUID()}, ${payload}, ${act.at}::bigint, ${act.at}::bigint from (${rows}) r
  ), ${allowanceOf(act, bounds.recipient, sql`select tenant_id, ${usageType} || ':' || recipient as recipient from (${rows}) r`)}`;

/**
 * A common table expression that takes one from the allowance of each (tenant_id, recipient) of the subjects: an exact
 * sliding window, whose bound is a check.
 */
export const allowanceOf = (act: Act, { most, windowMs }: Bound, subjects: Statement): Statement =>
  sql`recipient_allowance as (
    insert into recipient_allowances as a (tenant_id, recipient, sent_at, allowed)
    select s.tenant_id, s.recipient, array[${act.at}::bigint], ${most}::int from (${subjects}) s
    on conflict (tenant_id, recipient) do update set allowed = excluded.allowed, sent_at = excluded.sent_at ||
      array(select t from unnest(a.sent_at) t where t > ${act.at - windowMs}::bigint order by t desc)
  )`;

/**
 * Runs the statement that orders the mail. Refuses: mail.no_connector; mail.too_many with facts `retryAt`, the time
 * in milliseconds from which one more is allowed.
 */
export async function announceDelivery<T>(
  act: Act,
  mail: MailTerms,
  recipient: string,
  order: () => Promise<T>,
): Promise<T> {
  if (!mail.hasDefaultConnector) {
    const connector = await act.db.first(
      sql`select id from connectors where tenant_id = ${act.tenantId} and type = 'Email'`,
    );
    if (!connector) refuse('mail.no_connector');
  }
  try {
    return await order();
  } catch (error) {
    const bound = violation(error)?.constraint;
    if (bound === 'recipient_allowances_bound') {
      refuse('mail.too_many', { recipient, retryAt: await recipientFreeAt(act, mail, recipient) }, error);
    }
    // Which of the two senders was full, the slower one to empty answers for both.
    const costs = [mail.bounds.organization, mail.bounds.inviter].map(({ windowMs, most }) =>
      Math.floor(windowMs / most),
    );
    if (bound === 'sender_allowances_bound')
      refuse('mail.too_many', { retryAt: act.at + Math.max(...costs) }, error);
    throw error;
  }
}

/** When the oldest mail of the window leaves it. Inside a transaction that has failed nothing can be asked. */
async function recipientFreeAt(
  act: Act,
  { usageType, bounds }: MailTerms,
  recipient: string,
): Promise<number> {
  const { windowMs } = bounds.recipient;
  if ('transaction' in act.db) return act.at + windowMs;
  const row = await act.db.first<{ oldest: number | null }>(sql`
    select (select min(t) from unnest(sent_at) t where t > ${act.at - windowMs}::bigint) as oldest from recipient_allowances
     where tenant_id = ${act.tenantId} and recipient = ${`${usageType}:${recipient}`}`);
  return (row?.oldest ?? act.at) + windowMs;
}
