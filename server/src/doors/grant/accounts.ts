/**
 * Accounts as Grant has them: everybody has a personal one, which is the person, and at most one organization account,
 * from which organizations are made. It is there once it is asked for or an invitation is accepted.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { newId } from '../../domain/ids.ts';
import type { Person } from './caller.ts';
import { GrantError } from './errors.ts';
import { type Account, presentAccount } from './vocabulary.ts';

type Row = { id: string; name: string; createdAt: number };

const columns = sql`id, name, created_at as "createdAt"`;

export const personalAccount = ({
  id,
  name,
  email,
  createdAt,
}: Pick<Person, 'id' | 'name' | 'email' | 'createdAt'>): Account =>
  presentAccount({ id, type: 'personal', name: name ?? email ?? '', ownerId: id, createdAt });

export async function accountsOf(db: Queries, tenantId: string, person: Person): Promise<Account[]> {
  const organization = await organizationAccount(db, tenantId, person.id);
  return [personalAccount(person), ...(organization ? [organization] : [])];
}

export async function organizationAccount(
  db: Queries,
  tenantId: string,
  userId: string,
): Promise<Account | undefined> {
  const row = await db.first<Row>(
    sql`select ${columns} from grant_accounts where tenant_id = ${tenantId} and user_id = ${userId}`,
  );
  return row && presented(row, userId);
}

/** Undefined when there is one already. */
async function opened(act: Act, userId: string, name: string): Promise<Account | undefined> {
  const row = await act.db.first<Row>(sql`
    insert into grant_accounts (tenant_id, id, user_id, name, created_at)
    values (${act.tenantId}, ${newId(act.at)}, ${userId}, ${name}, ${act.at}) on conflict do nothing returning ${columns}`);
  return row && presented(row, userId);
}

/** Refuses with CONFLICT the second one. */
export async function addAccount(act: Act, person: Person, name: string | undefined): Promise<Account> {
  const account = await opened(act, person.id, name ?? person.name ?? person.email ?? '');
  if (account) return account;
  throw new GrantError('CONFLICT', 'There already is an organization account.', {
    extensions: { resource: 'Account', field: 'type' },
  });
}

export const ensureAccount = (act: Act, userId: string, name: string): Promise<unknown> =>
  opened(act, userId, name);

const presented = ({ id, name, createdAt }: Row, ownerId: string): Account =>
  presentAccount({ id, type: 'organization', name, ownerId, createdAt });
