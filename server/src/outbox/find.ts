/** Reading what became of deliveries. */
import { type Queries, sql } from '../db/db.ts';
import { getRow } from '../domain/invitations/rows.ts';

type DeliveryStatus = 'queued' | 'sending' | 'sent' | 'retrying' | 'failed' | 'canceled';
type Attempt = { at: number; outcome: string; answer: string };

type Row = {
  id: string;
  /** What the mail is for: an invitation has also those to its inviter. */
  usageType: string;
  recipient: string;
  attempts: number;
  answer: string | null;
  messageId: string;
  createdAt: number;
  dueAt: number;
  leasedBy: string | null;
  sentAt: number | null;
  failedAt: number | null;
  canceledAt: number | null;
  history: Attempt[];
};

export type DeliveryView = Omit<Row, 'dueAt' | 'leasedBy' | 'sentAt' | 'failedAt' | 'canceledAt'> & {
  status: DeliveryStatus;
  nextAttemptAt: number | null;
  endedAt: number | null;
};

/** Oldest first. Refuses: invitation.not_found. */
export async function findDeliveries(
  db: Queries,
  tenantId: string,
  invitationId: string,
  at: number,
): Promise<DeliveryView[]> {
  const [rows] = await Promise.all([
    db.rows<Row>(sql`
      select id, usage_type as "usageType", recipient, attempts, answer, message_id as "messageId", created_at as "createdAt", due_at as "dueAt",
             leased_by as "leasedBy", sent_at as "sentAt", failed_at as "failedAt", canceled_at as "canceledAt", history
        from deliveries where tenant_id = ${tenantId} and invitation_id = ${invitationId} order by created_at, id`),
    getRow(db, tenantId, invitationId),
  ]);
  return rows.map((row) => view(row, at));
}

function view({ dueAt, leasedBy, sentAt, failedAt, canceledAt, ...row }: Row, at: number): DeliveryView {
  const endedAt = sentAt ?? failedAt ?? canceledAt;
  return { ...row, status: statusOf(), nextAttemptAt: endedAt === null ? dueAt : null, endedAt };

  function statusOf(): DeliveryStatus {
    if (sentAt !== null) return 'sent';
    if (failedAt !== null) return 'failed';
    if (canceledAt !== null) return 'canceled';
    if (leasedBy !== null && dueAt > at) return 'sending';
    return row.attempts === 0 ? 'queued' : 'retrying';
  }
}
