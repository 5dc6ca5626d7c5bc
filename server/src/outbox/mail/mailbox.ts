/**
 * The development mailbox: where mails go while no connector is set. It keeps them in the database for a page to
 * show, and nobody else ever gets them.
 */
import { type Db, type Queries, sql } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import type { Sender } from './connector.ts';
import { type MailMessage, mustBeSendable } from './message.ts';

export type ReceivedMail = { id: string; receivedAt: number; message: MailMessage };

const keeps = 1000;

export function openMailbox(db: Db, tenantId: string, clock: () => number): Sender {
  return {
    async send(message) {
      const { fromBox, replyToBox, ...mail } = mustBeSendable(message);
      const id = newId(clock());
      await db.run(
        sql`insert into mailbox (tenant_id, id, received_at, message) values (${tenantId}, ${id}, ${clock()}, ${mail})`,
      );
      return { answer: 'Kept in the development mailbox', providerId: id };
    },
    close: async () => undefined,
  };
}

/** Newest first, a hundred at most. */
export const findReceived = (db: Queries, tenantId: string): Promise<ReceivedMail[]> =>
  db.rows<ReceivedMail>(sql`
    select id, received_at as "receivedAt", message from mailbox where tenant_id = ${tenantId} order by id desc limit 100`);

export const getReceived = (db: Queries, tenantId: string, id: string): Promise<ReceivedMail | undefined> =>
  db.first<ReceivedMail>(sql`
    select id, received_at as "receivedAt", message from mailbox where tenant_id = ${tenantId} and id = ${id}`);

/** Keeps the newest thousand. */
export const trimMailbox = (db: Queries, tenantId: string): Promise<number> =>
  db.run(sql`delete from mailbox where tenant_id = ${tenantId} and id < (
    select id from mailbox where tenant_id = ${tenantId} order by id desc limit 1 offset ${keeps - 1}::int)`);
