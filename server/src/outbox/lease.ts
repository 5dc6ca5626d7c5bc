/**
 * The statements of the outbox: leasing what is due, settling what became of it. A lease is the delivery's due time
 * moved ahead; a worker that dies simply lets it pass. Whoever settles must still hold the lease.
 */
import { type Queries, sql } from '../db/db.ts';
import { columnsOf, gathered } from '../db/gather.ts';
import { type EventType, eachRecorded } from '../domain/audit/record.ts';
import { newId } from '../domain/ids.ts';
import type { Invitation } from '../domain/invitations/invitation.ts';
import type { Carried } from '../domain/proofs/for-application.ts';
import type { Purpose } from '../domain/proofs/proofs.ts';

export type Leased = {
  tenantId: string;
  id: string;
  usageType: string;
  recipient: string;
  messageId: string;
  payload: Record<string, unknown> | null;
  attempts: number;
  createdAt: number;
  /** The end of this lease; also its proof. */
  dueAt: number;
  templateVersion: number;
  tenant: {
    name: string | null;
    branding: Record<string, unknown>;
    color: Record<string, unknown>;
    fallbackLanguage: string;
  };
  invitation: Pick<
    Invitation,
    | 'id'
    | 'invitee'
    | 'generation'
    | 'expiresAt'
    | 'roleIds'
    | 'acceptedAt'
    | 'rejectedAt'
    | 'revokedAt'
    | 'lapsedAt'
    | 'awaitsApproval'
  > | null;
  organization: {
    id: string;
    name: string;
    branding: Record<string, unknown>;
    color: Record<string, unknown>;
    disabledAt: number | null;
  } | null;
  inviter: {
    id: string;
    name: string | null;
    username: string | null;
    primaryEmail: string | null;
    primaryPhone: string | null;
    avatar: string | null;
    profile: Readonly<Record<string, unknown>>;
    suspendedAt: number | null;
  } | null;
  /** What a mail with a code is about. */
  proof: {
    id: string;
    purpose: Purpose;
    keyId: string;
    maySignUp: boolean;
    expiresAt: number;
    usedAt: number | null;
    /** What it has in it and where its link leads, where an application chose that. */
    carried: Carried | null;
    linkTo: string | null;
    /** The same browser asked for the same again. */
    isSuperseded: boolean;
  } | null;
  /** What a mail about a request to join is about. */
  joinRequest: { address: string | null; isOpen: boolean } | null;
  /** What a mail about an offer of ownership is about. */
  transfer: {
    isOpen: boolean;
    expiresAt: number;
    offeredBy: NonNullable<Leased['inviter']>;
  } | null;
  /** Who has the address that is to be proved. */
  account: { suspendedAt: number | null } | null;
  /** Through which application it was asked for. */
  application: { id: string; name: string } | null;
};

/** A crash delays a mail by this long at most. */
const leaseMs = 60_000;
const isOpen = sql`sent_at is null and failed_at is null and canceled_at is null`;

/** Takes up to `most` due deliveries; no two workers get the same. */
export function lease(db: Queries, worker: string, most: number, now: number): Promise<Leased[]> {
  return db.rows<Leased>(sql`
    with due as (
      select tenant_id, id from deliveries where due_at <= ${now} and ${isOpen} order by due_at limit ${most}::int for update skip locked
    ), leased as (
      update deliveries d set due_at = ${now + leaseMs}, leased_by = ${worker}, attempts = attempts + 1
        from due where d.tenant_id = due.tenant_id and d.id = due.id returning d.*
    )
    select d.tenant_id as "tenantId", d.id, d.usage_type as "usageType", d.recipient, d.message_id as "messageId", d.payload, d.attempts,
           d.created_at as "createdAt", d.due_at as "dueAt", t.template_version as "templateVersion",
           json_build_object('name', t.name, 'branding', t.branding, 'color', t.color, 'fallbackLanguage', t.fallback_language) as tenant,
           case when i.id is not null then json_build_object('id', i.id, 'invitee', i.invitee, 'generation', i.generation, 'expiresAt', i.expires_at,
             'roleIds', i.role_ids, 'acceptedAt', i.accepted_at, 'rejectedAt', i.rejected_at, 'revokedAt', i.revoked_at,
             'lapsedAt', i.lapsed_at, 'awaitsApproval', i.awaits_approval) end as invitation,
           case when o.id is not null then json_build_object('id', o.id, 'name', o.name, 'branding', o.branding, 'color', o.color,
             'disabledAt', o.disabled_at) end as organization,
           case when u.id is not null then json_build_object('id', u.id, 'name', u.name, 'username', u.username,
             'primaryEmail', u.primary_email, 'primaryPhone', u.primary_phone, 'avatar', u.avatar, 'profile', u.profile,
             'suspendedAt', u.suspended_at) end as inviter,
           case when p.id is not null then json_build_object('id', p.id, 'purpose', p.purpose, 'keyId', p.key_id,
             'maySignUp', p.may_sign_up, 'expiresAt', p.expires_at, 'usedAt', p.used_at, 'carried', p.context->>'carried',
             'linkTo', p.context->>'linkTo', 'isSuperseded',
             exists (select from proofs n where n.tenant_id = p.tenant_id and n.address = p.address and n.purpose = p.purpose
                        and n.browser = p.browser and (n.created_at, n.id) > (p.created_at, p.id))) end as proof,
           case when r.id is not null then json_build_object('address', q.primary_email, 'isOpen',
             num_nonnulls(r.approved_at, r.declined_at, r.withdrawn_at) = 0) end as "joinRequest",
           (select json_build_object('expiresAt', x.expires_at, 'isOpen', num_nonnulls(x.accepted_at, x.declined_at, x.withdrawn_at) = 0,
              'offeredBy', json_build_object('id', y.id, 'name', y.name, 'username', y.username, 'primaryEmail', y.primary_email,
                'primaryPhone', y.primary_phone, 'avatar', y.avatar, 'profile', y.profile, 'suspendedAt', y.suspended_at))
              from ownership_transfers x join users y on y.tenant_id = x.tenant_id and y.id = x.offered_by
             where x.tenant_id = d.tenant_id and x.id = d.payload->>'transferId') as transfer,
           case when h.id is not null then json_build_object('suspendedAt', h.suspended_at) end as account,
           case when a.id is not null then json_build_object('id', a.id, 'name', a.name) end as application
      from leased d join tenants t on t.id = d.tenant_id
      left join invitations i on i.tenant_id = d.tenant_id and i.id = d.invitation_id
      left join organizations o on o.tenant_id = d.tenant_id and o.id = d.organization_id
      left join users u on u.tenant_id = d.tenant_id and u.id = i.inviter_id
      left join proofs p on p.tenant_id = d.tenant_id and p.id = d.proof_id
      left join join_requests r on r.tenant_id = d.tenant_id and r.id = d.join_request_id
      left join users q on q.tenant_id = r.tenant_id and q.id = r.user_id
      left join users h on h.tenant_id = p.tenant_id and h.primary_email = p.address
      left join applications a on a.tenant_id = p.tenant_id and a.id = d.payload->>'applicationId'`);
}

export type Settled = {
  at: number;
  outcome: 'sent' | 'failed' | 'canceled' | 'retrying';
  answer: string;
  /** The next attempt, when retrying. */
  dueAt?: number | undefined;
};

/**
 * Writes down what became of an attempt, in the journal too where it ends the mail of an invitation. A delivery that has ended
 * forgets its payload; one that failed gives back what it took of the recipient's allowance, for failed mails bother nobody.
 * Not so a proof: that a mail was not sent would tell whoever asked that the address has no account. Several that end at
 * once are written down together. Returns whether the lease was still held.
 */
export function settle(
  db: Queries,
  worker: string,
  { tenantId, id, usageType, recipient, invitation, organization, ...delivery }: Leased,
  { at, outcome, answer, dueAt }: Settled,
): Promise<boolean> {
  const isNews = usageType === 'OrganizationInvitation' && invitation && organization;
  return settleTogether(db, tenantId, {
    id,
    worker,
    leasedUntil: delivery.dueAt,
    at,
    outcome,
    answer,
    entry: JSON.stringify([{ at, outcome, answer }]),
    dueAt: dueAt ?? delivery.dueAt,
    entryId: newId(at),
    news: (isNews && news[outcome]) || null,
    subjectId: invitation?.id ?? null,
  });
}

const news: Partial<Record<Settled['outcome'], EventType>> = {
  sent: 'invitation.sent',
  failed: 'invitation.delivery_failed',
};

type Settling = {
  readonly id: string;
  readonly worker: string;
  readonly leasedUntil: number;
  readonly at: number;
  readonly outcome: Settled['outcome'];
  readonly answer: string;
  readonly entry: string;
  readonly dueAt: number;
  /** Of the journal, where there is something to tell. */
  readonly entryId: string;
  readonly news: EventType | null;
  readonly subjectId: string | null;
};

const settleTogether = gathered(async (db, tenantId, all: readonly Settling[]) => {
  // In no order: no two such statements meet the same deliveries.
  const each = columnsOf(all);
  const rows = await db.rows<{ id: string }>(sql`
    with d as (
      update deliveries d set answer = a.answer, history = history || a.entry::jsonb, leased_by = null, due_at = a.due_at,
             payload = case when a.outcome = 'retrying' then payload end,
             sent_at = case when a.outcome = 'sent' then a.at end,
             failed_at = case when a.outcome = 'failed' then a.at end,
             canceled_at = case when a.outcome = 'canceled' then a.at end
        from unnest(${each('id')}::text[], ${each('worker')}::text[], ${each('leasedUntil')}::bigint[], ${each('at')}::bigint[],
                    ${each('outcome')}::text[], ${each('answer')}::text[], ${each('entry')}::text[], ${each('dueAt')}::bigint[],
                    ${each('entryId')}::text[], ${each('news')}::text[], ${each('subjectId')}::text[])
          as a(id, worker, leased_until, at, outcome, answer, entry, due_at, entry_id, news, subject_id)
       where d.tenant_id = ${tenantId} and d.id = a.id and d.leased_by = a.worker and d.due_at = a.leased_until and ${isOpen}
      returning d.tenant_id, d.id, d.usage_type || ':' || d.recipient as allowance, d.recipient, d.organization_id, d.created_at,
                d.sent_at is null and d.proof_id is null and a.outcome <> 'retrying' as unsent, a.at, a.entry_id, a.news, a.subject_id
    ), given_back as (
      update recipient_allowances a set sent_at = array(select t from unnest(a.sent_at) t where t <> all(g.times))
        from (select tenant_id, allowance, array_agg(created_at) as times from d where unsent group by 1, 2) g
       where a.tenant_id = g.tenant_id and a.recipient = g.allowance
    ), happened as (
      select entry_id as id, at, 'system:outbox' as actor, news as type, organization_id, subject_id,
             jsonb_build_object('invitationId', subject_id, 'invitee', recipient, 'deliveryId', id) as data from d where news is not null
    ), ${eachRecorded(tenantId)} select id from d`);
  const settled = new Set(rows.map(({ id }) => id));
  return all.map(({ id }) => settled.has(id));
});

/** Gives back what this worker holds and has not settled, as if it had never taken it. */
export const release = (db: Queries, worker: string, now: number): Promise<number> =>
  db.run(sql`
    update deliveries set leased_by = null, due_at = ${now}, attempts = greatest(attempts - 1, 0) where leased_by = ${worker} and ${isOpen}`);

/** Gives back what any worker holds: for a server that knows it is the only one, after a crash. */
export const releaseAll = (db: Queries, now: number): Promise<number> =>
  db.run(
    sql`update deliveries set leased_by = null, due_at = ${now} where leased_by is not null and ${isOpen}`,
  );

/** When the next delivery is due; undefined when none waits. */
export async function nextDueAt(db: Queries): Promise<number | undefined> {
  const row = await db.first<{ at: number | null }>(
    sql`select min(due_at) as at from deliveries where ${isOpen}`,
  );
  return row?.at ?? undefined;
}
