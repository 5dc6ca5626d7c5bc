/** What a passkey is asked to sign: made by us, good for minutes, for one purpose, and answered once. */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';

const lifeMs = 10 * 60_000;

export async function keepChallenge(
  act: Act,
  challenge: string,
  purpose: 'enrol' | 'sign-in',
  userId?: string,
): Promise<void> {
  await act.db.run(sql`
    insert into challenges (tenant_id, challenge, purpose, user_id, expires_at)
    values (${act.tenantId}, ${challenge}, ${purpose}, ${userId ?? null}, ${act.at + lifeMs})`);
}

/** True the first time it is answered. Deleting it decides: of two answers at once one finds it. */
export async function spendChallenge(
  act: Act,
  challenge: string,
  purpose: 'enrol' | 'sign-in',
  userId?: string,
): Promise<boolean> {
  const spent = await act.db.run(sql`
    delete from challenges where tenant_id = ${act.tenantId} and challenge = ${challenge} and purpose = ${purpose}
       and user_id is not distinct from ${userId ?? null}::text and expires_at > ${act.at}`);
  return spent === 1;
}

export async function forgetChallenges(db: Queries, at: number): Promise<void> {
  await db.run(sql`delete from challenges where expires_at <= ${at}`);
}
