/** A person sets a password of their own. Every other browser is signed out: whoever knew the old one is gone. */
import type { Act } from '../../act.ts';
import { refuse } from '../refusal.ts';
import { endSessions } from '../sessions/sessions.ts';
import { checkOwnPassword } from './check-password.ts';
import { digestPassword } from './password.ts';
import { changeUser } from './users.ts';

const shortestPassword = 8;
export const longestPassword = 256;

/** Refuses: password.unfit. */
export function mustBeFit(password: string): void {
  const length = [...password].length;
  if (length < shortestPassword || password.length > longestPassword || password.trim() === '')
    refuse('password.unfit');
}

/**
 * `current` is the password until now; undefined where the person has just proved otherwise who it is. Refuses:
 * password.wrong, password.too_many (facts: retryAt), password.unfit, user.not_found.
 */
export async function changePassword(
  act: Act,
  userId: string,
  {
    current,
    next,
    sessionUid,
    client,
  }: { current: string | undefined; next: string; sessionUid: string; client: string | undefined },
): Promise<void> {
  mustBeFit(next);
  if (current !== undefined) await checkOwnPassword(act, userId, { password: current, client });
  const digest = await digestPassword(next);
  await act.atomically(async (tx) => {
    await changeUser(tx, userId, digest);
    await endSessions(tx, userId, { except: sessionUid });
  });
}
