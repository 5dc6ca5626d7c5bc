/** The passkeys of a person: seen, named, removed. Their public keys are all that is known of them. */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

export type Passkey = {
  readonly id: string;
  readonly name: string;
  readonly transports: readonly string[];
  readonly isBackedUp: boolean;
  readonly createdAt: number;
  readonly usedAt: number | null;
};

export const findPasskeys = (db: Queries, tenantId: string, userId: string): Promise<Passkey[]> =>
  db.rows<Passkey>(sql`
    select id, name, transports, is_backed_up as "isBackedUp", created_at as "createdAt", used_at as "usedAt"
      from passkeys where tenant_id = ${tenantId} and user_id = ${userId} order by created_at, id`);

/** Refuses: passkey.not_found. */
export async function namePasskey(act: Act, userId: string, id: string, name: string): Promise<void> {
  const named = await act.db.run(sql`
    update passkeys set name = ${name} where tenant_id = ${act.tenantId} and id = ${id} and user_id = ${userId}`);
  if (named === 0) refuse('passkey.not_found');
}

/** Refuses: passkey.not_found. */
export async function removePasskey(act: Act, userId: string, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from passkeys where tenant_id = ${act.tenantId} and id = ${id} and user_id = ${userId} returning name
    ), happened as (
      select null as organization_id, ${userId} as subject_id,
             jsonb_build_object('userId', ${userId}::text, 'name', name) as data from gone
    ), ${recorded(act, 'passkey.removed')}
    select name from gone`);
  if (!gone) refuse('passkey.not_found');
}
