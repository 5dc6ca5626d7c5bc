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
export type MailBounds = {
  readonly recipient: Bound;
  readonly organization: Bound;
  readonly inviter: Bound;
  /** Of mails that somebody asks for who is not signed in, by where the request comes from. */
  readonly client: Bound;
};

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
 * what it uses up of the allowances of the recipient, the organization and the inviter. Nothing goes out while the
 * invitation waits to be approved.
 */
export function deliveryOf(act: Act, order: MailOrder): Statement {
  const { organization, inviter } = order.bounds;
  const senders = sql`values ('organization:' || organization_id, ${costOf(organization)}::bigint, ${organization.windowMs}::bigint),
                             ('inviter:' || inviter_id, ${costOf(inviter)}::bigint, ${inviter.windowMs}::bigint)`;
  const rows = sql`select tenant_id, invitee as recipient, organization_id, id as invitation_id, null as proof_id from i where not awaits_approval`;
  const live = sql`(select * from i where not awaits_approval) i`;
  return sql`${queued(act, order, rows)}, ${senderAllowanceOf(act, live, senders)}`;
}

/**
 * The same for the mail about the proof that `p` yields. It is bounded by its recipient and by who asks: that is nobody
 * yet, and must not use up what an organization may send.
 */
export function deliveryOfProof(
  act: Act,
  order: Order & { readonly organizationId?: string | undefined; readonly client?: string | undefined },
): Statement {
  const { client } = order.bounds;
  const mail = queued(
    act,
    order,
    sql`select tenant_id, address as recipient, ${order.organizationId ?? null}::text as organization_id,
               null as invitation_id, id as proof_id from p`,
  );
  if (order.client === undefined) return mail;
  const sender = sql`values (${`client:${order.client}`}, ${costOf(client)}::bigint, ${client.windowMs}::bigint)`;
  return sql`${mail}, ${senderAllowanceOf(act, sql`p`, sender)}`;
}

/** The same for a mail to the inviter of the invitation that `i` yields, with the inviter's address as `recipient`. */
export const deliveryToInviter = (act: Act, order: Order): Statement =>
  queued(
    act,
    order,
    sql`select tenant_id, recipient, organization_id, id as invitation_id, null as proof_id from i`,
  );

/** The same for a mail about the request to join that `r` yields, to the one that it names as `recipient`. */
export const deliveryOfJoinRequest = (act: Act, { usageType, bounds, payload }: Order): Statement =>
  sql`delivery as (
    insert into deliveries (tenant_id, id, kind, usage_type, recipient, organization_id, join_request_id, message_id, payload,
                            created_at, due_at)
    select r.tenant_id, ${newId(act.at)}, 'mail', ${usageType}, r.recipient, r.organization_id, r.id, ${randomUUID()},
           ${payload}, ${act.at}::bigint, ${act.at}::bigint from r
  ), ${allowanceOf(act, bounds.recipient, sql`select tenant_id, ${usageType} || ':' || recipient as recipient from r`)}`;

/** The same for a mail to the member of an organization that `r` yields, with their address as `recipient`. */
export const deliveryToMember = (act: Act, order: Order): Statement =>
  queued(
    act,
    order,
    sql`select tenant_id, recipient, organization_id, null as invitation_id, null as proof_id from r`,
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
export const allowanceOf = (
  act: Act,
  { most, windowMs }: Bound,
  subjects: Statement,
  name = sql`recipient_allowance`,
): Statement =>
  sql`${name} as (
    insert into recipient_allowances as a (tenant_id, recipient, sent_at, allowed)
    select s.tenant_id, s.recipient, array[${act.at}::bigint], ${most}::int from (${subjects}) s
    on conflict (tenant_id, recipient) do update set allowed = excluded.allowed, sent_at = excluded.sent_at ||
      array(select t from unnest(a.sent_at) t where t > ${act.at - windowMs}::bigint order by t desc)
  )`;

/** The same for the senders of what a common table expression yields: a leaky bucket, whose bound is a check. */
const senderAllowanceOf = (act: Act, from: Statement, senders: Statement): Statement =>
  sql`sender_allowance as (
    insert into sender_allowances as a (tenant_id, sender, empty_at, full_at)
    select tenant_id, sender, ${act.at}::bigint + cost, ${act.at}::bigint + window_ms from ${from} cross join lateral (${senders})
      v(sender, cost, window_ms) where sender is not null
    on conflict (tenant_id, sender) do update
      set empty_at = greatest(a.empty_at, ${act.at}) + excluded.empty_at - ${act.at}, full_at = excluded.full_at
  )`;

const costOf = ({ windowMs, most }: Bound): number => Math.floor(windowMs / most);

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
    // Which of the senders was full, the slowest one to empty answers for all.
    const { organization, inviter, client } = mail.bounds;
    const costs = (
      mail.usageType === 'SignIn' || mail.usageType === 'Register' ? [client] : [organization, inviter]
    ).map(costOf);
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
