/** Somebody declines an invitation on its page: who could accept it may, and needs no second factor for that. */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { type Look, look, type Visitor } from './look.ts';
import { reject } from './reject.ts';

/** What there is to see instead, where the visitor may not. Refuses as reject does. */
export function declineInPerson(act: Act, id: string, visitor: Visitor): Promise<Look | undefined> {
  return act.atomically(async (tx) => {
    await tx.db.run(
      sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
    );
    const { look: seen } = await look(tx.db, act.tenantId, id, visitor, act.at);
    const may = seen.state === 'open' && (seen.needs === undefined || seen.needs === 'passkey');
    if (!may) return seen;
    await reject(tx, id);
    return undefined;
  });
}
