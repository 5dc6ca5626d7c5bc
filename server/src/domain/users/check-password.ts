/**
 * Somebody says who they are and gives a password. Tries are bounded for the account that is named and for the
 * client that asks, by leaky buckets whose bound is a check constraint: no number of parallel guesses gets past it.
 * A try that succeeds costs nothing. Who is unknown, has no password, or has one that cannot be checked here is
 * answered like a wrong password, after the same work.
 */
import type { Act } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { normalAddress } from '../address.ts';
import { refuse } from '../refusal.ts';
import { deservesBetter, digestPassword, isPassword, type KnownPassword } from './password.ts';

const windowMs = 15 * 60_000;
const costs = { account: windowMs / 10, client: windowMs / 100, inside: windowMs / 2000 };

export type PasswordTry = {
  /** An e-mail address or a username. */
  readonly identifier: string;
  readonly password: string;
  /** Who asks: an IPv4 address or an IPv6 network. Undefined for whoever comes from inside: all of them share one bound. */
  readonly client: string | undefined;
};

type Row = KnownPassword & {
  id: string;
  address: string | null;
  username: string | null;
  suspendedAt: number | null;
};

/** The id of the person. Refuses: password.too_many (facts: retryAt), password.wrong, user.suspended. */
export async function checkPassword(
  act: Act,
  { identifier, password, client }: PasswordTry,
): Promise<string> {
  const name = identifier.trim().toLowerCase().slice(0, 256);
  const address = normalAddress(identifier);
  const person = await act.db.first<Row>(sql`
    select ${columns} from users where tenant_id = ${act.tenantId}
       and (primary_email = ${address ?? null} or (${address ?? null}::text is null and lower(username) = ${name}))`);
  await tryPassword(act, person, person ? nameOf(person) : (address ?? name), password, client);
  if (!person) refuse('password.wrong');
  if (person.suspendedAt !== null) refuse('user.suspended', { id: person.id });
  if (deservesBetter(person)) await keepBetter(act, person, password);
  return person.id;
}

/** The same of somebody who is signed in. Refuses: password.too_many (facts: retryAt), password.wrong. */
export async function checkOwnPassword(
  act: Act,
  userId: string,
  { password, client }: Omit<PasswordTry, 'identifier'>,
): Promise<void> {
  const person = await act.db.first<Row>(
    sql`select ${columns} from users where tenant_id = ${act.tenantId} and id = ${userId}`,
  );
  await tryPassword(act, person, person ? nameOf(person) : userId, password, client);
}

const columns = sql`id, primary_email as address, username, password_digest as digest, password_algorithm as algorithm,
  suspended_at as "suspendedAt"`;

/** One bucket an account, by whichever of its names it is tried. */
const nameOf = ({ id, address, username }: Row): string => address ?? username?.toLowerCase() ?? id;

async function tryPassword(
  act: Act,
  person: Row | undefined,
  name: string,
  password: string,
  client: string | undefined,
): Promise<void> {
  const account = { subject: `account:${name}`, cost: costs.account };
  const from = client
    ? { subject: `client:${client}`, cost: costs.client }
    : { subject: 'client:inside', cost: costs.inside };
  await takeTry(act, account, from);
  if (!(await isPassword(password, person ?? { digest: null, algorithm: null }))) refuse('password.wrong');
  await giveBack(act, account, from);
}

type Bucket = { readonly subject: string; readonly cost: number };

async function takeTry(act: Act, account: Bucket, client: Bucket): Promise<void> {
  try {
    await act.db.run(sql`
      insert into password_allowances as a (tenant_id, subject, empty_at, full_at)
      select ${act.tenantId}, subject, ${act.at}::bigint + cost, ${act.at}::bigint + ${windowMs}::bigint
        from (values (${account.subject}::text, ${account.cost}::bigint), (${client.subject}, ${client.cost}::bigint)) v(subject, cost) order by subject
      on conflict (tenant_id, subject) do update
        set empty_at = greatest(a.empty_at, ${act.at}) + excluded.empty_at - ${act.at}, full_at = excluded.full_at`);
  } catch (error) {
    if (violation(error)?.constraint !== 'password_allowances_bound') throw error;
    refuse('password.too_many', { retryAt: act.at + costs.account }, error);
  }
}

async function giveBack(act: Act, account: Bucket, client: Bucket): Promise<void> {
  await act.db.run(sql`
    with proven as (delete from password_allowances where tenant_id = ${act.tenantId} and subject = ${account.subject})
    update password_allowances set empty_at = empty_at - ${client.cost}::bigint
     where tenant_id = ${act.tenantId} and subject = ${client.subject}`);
}

/** Unless it was changed meanwhile. */
async function keepBetter(act: Act, person: Row, password: string): Promise<void> {
  const { passwordDigest, passwordAlgorithm } = await digestPassword(password);
  await act.db.run(sql`
    update users set password_digest = ${passwordDigest}, password_algorithm = ${passwordAlgorithm}
     where tenant_id = ${act.tenantId} and id = ${person.id} and password_digest = ${person.digest}`);
}

/** Removes what bounds nothing any more. */
export async function forgetTries(db: Act['db'], at: number): Promise<void> {
  await db.run(sql`delete from password_allowances where empty_at <= ${at}`);
}
