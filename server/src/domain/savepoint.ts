import type { Act } from '../act.ts';
import { sql } from '../db/db.ts';

/** Inside a transaction a failed statement would spoil it all: a savepoint keeps the rest. */
export async function savepointed<T>(act: Act, take: (act: Act) => Promise<T>): Promise<T> {
  if (!('transaction' in act.db)) return take(act);
  await act.db.run(sql`savepoint kept`);
  try {
    const result = await take(act);
    await act.db.run(sql`release savepoint kept`);
    return result;
  } catch (error) {
    await act.db.run(sql`rollback to savepoint kept`);
    throw error;
  }
}
