/** A person sets a password of their own. Every other browser is signed out: whoever knew the old one is gone. */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { endSessions } from '../sessions/sessions.ts';
import { digestPassword, isPassword, type KnownPassword } from './password.ts';
import { changeUser } from './users.ts';

const shortestPassword = 8;
export const longestPassword = 256;

/**
 * `current` is the password until now; undefined where the person has just proved otherwise who it is. Refuses:
 * password.wrong, password.unfit, user.not_found.
 */
export async function changePassword(
  act: Act,
  userId: string,
  { current, next, sessionUid }: { current: string | undefined; next: string; sessionUid: string },
): Promise<void> {
  const length = [...next].length;
  if (length < shortestPassword || next.length > longestPassword || next.trim() === '')
    refuse('password.unfit');
  if (current !== undefined) {
    const known = await act.db.first<KnownPassword>(sql`
      select password_digest as digest, password_algorithm as algorithm from users
       where tenant_id = ${act.tenantId} and id = ${userId}`);
    if (!known || !(await isPassword(current, known))) refuse('password.wrong');
  }
  const digest = await digestPassword(next);
  await act.atomically(async (tx) => {
    await changeUser(tx, userId, digest);
    await endSessions(tx, userId, { except: sessionUid });
  });
}
