/**
 * A person moves to another mailbox, which they have just proven: it becomes theirs, and verified, and lets them in where its
 * domain does.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { joinByDomain } from '../domains/join-by-domain.ts';
import { changeUser } from './users.ts';

/** Refuses: user.email_taken, user.not_found. */
export async function changeAddress(act: Act, userId: string, address: string): Promise<void> {
  await act.atomically(async (tx) => {
    await changeUser(tx, userId, { primaryEmail: address });
    // A statement of its own: changing the address forgets that the one before was verified.
    await tx.db.run(sql`update users set email_verified_at = ${tx.at}
                         where tenant_id = ${tx.tenantId} and id = ${userId} and primary_email = ${address}`);
  });
  await joinByDomain(act, userId);
}
