/** How an account is called on a page: by its address, otherwise its username or name. */
import { sql } from '../../../db/db.ts';
import type { PagesDoor } from '../index.ts';

export async function accountName({ db, tenantId }: PagesDoor, userId: string): Promise<string> {
  const person = await db.first<{ account: string | null }>(sql`
    select coalesce(primary_email, username, name) as account from users where tenant_id = ${tenantId} and id = ${userId}`);
  return person?.account ?? userId;
}

/** Who proves again who they are, need not write it again. */
export async function addressOf({ db, tenantId }: PagesDoor, userId: string): Promise<string | undefined> {
  const person = await db.first<{ address: string | null }>(sql`
    select primary_email as address from users where tenant_id = ${tenantId} and id = ${userId}`);
  return person?.address ?? undefined;
}
