/**
 * Secrets of applications. A value is derived from a random salt and the server's key; stored is its SHA-256, which
 * is all that checking needs (190 random bits cannot be guessed, so a slow hash would buy nothing). The salt stays for
 * ten minutes, so that a script which creates an application can read the secret in a second call; then it is
 * forgotten, and with it the value.
 */
import { createHash, hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import type { Keys } from '../keys.ts';
import { refuse } from '../refusal.ts';
import type { ApplicationType } from './applications.ts';

export type SecretKeys = Pick<Keys, 'mac'>;
export type Secret = {
  tenantId: string;
  applicationId: string;
  name: string;
  /** In clear for ten minutes after it was made, masked later. */
  value: string;
  createdAt: number;
  expiresAt: number | null;
};
type Row = Omit<Secret, 'value'> & { salt: Buffer | null };

const readableForMs = 10 * 60_000;
const maskedSecret = '•'.repeat(32);
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const columns = sql`tenant_id as "tenantId", application_id as "applicationId", name, salt, created_at as "createdAt", expires_at as "expiresAt"`;

/** Public clients (SPA, native) keep no secret: there is none to steal. */
export const hasSecrets = (type: ApplicationType): boolean =>
  type === 'Traditional' || type === 'MachineToMachine' || type === 'Protected';

export const digestOf = (value: string): Buffer => createHash('sha256').update(value).digest();

/** Of the application `a`: "{SHA-256 in hexadecimal}:{when it expires in milliseconds, or nothing}" for each. */
export const secretsOfApplication = sql`array(select encode(digest, 'hex') || ':' || coalesce(expires_at::text, '')
  from application_secrets s where s.tenant_id = a.tenant_id and s.application_id = a.id)`;

/** Compares with every secret, in the same time whichever it is. */
export function judgeSecret(
  { secrets }: { readonly secrets: readonly string[] },
  given: string,
  at: number,
): 'right' | 'expired' | 'wrong' {
  const digest = hash('sha256', given, 'buffer');
  let verdict: 'right' | 'expired' | 'wrong' = 'wrong';
  for (const secret of secrets) {
    const expiresAt = secret.length > 65 ? Number(secret.slice(65)) : Infinity;
    if (!timingSafeEqual(Buffer.from(secret.slice(0, 64), 'hex'), digest) || verdict === 'right') continue;
    verdict = expiresAt > at ? 'right' : 'expired';
  }
  return verdict;
}

/** Four of 32 characters: enough to tell secrets apart, far too little to guess one. Of a short one chosen by hand: none. */
const suffixOf = (value: string): string | null => (value.length >= 32 ? value.slice(-4) : null);

/** Refuses: application.not_found, application.has_no_secrets, application.secret_name_taken. */
export async function createSecret(
  act: Act,
  keys: SecretKeys,
  applicationId: string,
  input: { name: string; expiresAt?: number | null | undefined; value?: string },
): Promise<Secret> {
  const application = await act.db.first<{ type: ApplicationType }>(
    sql`select type from applications where tenant_id = ${act.tenantId} and id = ${applicationId}`,
  );
  if (!application) refuse('application.not_found', { id: applicationId });
  if (!hasSecrets(application.type)) refuse('application.has_no_secrets', { id: applicationId });
  const salt = input.value === undefined ? randomBytes(32) : null;
  const value = input.value ?? derive(keys, salt!);
  const row = await act.db
    .first<Row>(sql`
      with made as (
        insert into application_secrets (tenant_id, application_id, name, digest, suffix, salt, created_at, expires_at)
        values (${act.tenantId}, ${applicationId}, ${input.name}, ${digestOf(value)}, ${suffixOf(value)}, ${salt}, ${act.at}, ${input.expiresAt ?? null}) returning *
      ), happened as (
        select null as organization_id, application_id as subject_id,
               jsonb_build_object('applicationId', application_id, 'name', name) as data from made
      ), ${recorded(act, 'application.secret_created')}
      select ${columns} from made`)
    .catch(nameTaken);
  const { salt: _, ...secret } = row!;
  return { ...secret, value };
}

/** The secrets by age. Refuses: application.not_found. */
export async function findSecrets(
  db: Queries,
  keys: SecretKeys,
  tenantId: string,
  applicationId: string,
  at: number,
): Promise<Secret[]> {
  const application = await db.first(
    sql`select id from applications where tenant_id = ${tenantId} and id = ${applicationId}`,
  );
  if (!application) refuse('application.not_found', { id: applicationId });
  const rows = await db.rows<Row>(sql`
    select ${columns} from application_secrets where tenant_id = ${tenantId} and application_id = ${applicationId} order by created_at, name`);
  return rows.map((row) => present(row, keys, at));
}

/** Refuses: application.secret_not_found, application.secret_name_taken. */
export async function renameSecret(
  act: Act,
  keys: SecretKeys,
  applicationId: string,
  name: string,
  to: string,
): Promise<Secret> {
  const row = await act.db
    .first<Row>(sql`
      update application_secrets set name = ${to}
       where tenant_id = ${act.tenantId} and application_id = ${applicationId} and name = ${name} returning ${columns}`)
    .catch(nameTaken);
  return row ? present(row, keys, act.at) : refuse('application.secret_not_found', { name });
}

/** Refuses: application.secret_not_found. */
export async function deleteSecret(act: Act, applicationId: string, name: string): Promise<void> {
  const gone = await act.db.first(sql`
    with gone as (
      delete from application_secrets where tenant_id = ${act.tenantId} and application_id = ${applicationId} and name = ${name} returning *
    ), happened as (
      select null as organization_id, application_id as subject_id,
             jsonb_build_object('applicationId', application_id, 'name', name) as data from gone
    ), ${recorded(act, 'application.secret_deleted')}
    select name from gone`);
  if (!gone) refuse('application.secret_not_found', { name });
}

/** Forgets what values could be derived from, once they have been readable long enough. */
export const forgetSalts = (db: Queries, at: number): Promise<number> =>
  db.run(
    sql`update application_secrets set salt = null where salt is not null and created_at <= ${at - readableForMs}`,
  );

/** A new value of the kind that secrets have: 32 letters and digits. */
export const newSecretValue = (): string =>
  Array.from({ length: 32 }, () => alphabet[randomInt(62)]).join('');

function present({ salt, ...row }: Row, keys: SecretKeys, at: number): Secret {
  const isReadable = salt !== null && at < row.createdAt + readableForMs;
  return { ...row, value: isReadable ? derive(keys, salt) : maskedSecret };
}

function derive(keys: SecretKeys, salt: Buffer): string {
  const mac = keys.mac('application-secret', salt.toString('base64'))!;
  let number = BigInt(`0x${mac.toString('hex')}`);
  let value = '';
  for (let i = 0; i < 32; i++, number /= 62n) value += alphabet[Number(number % 62n)];
  return value;
}

function nameTaken(error: unknown): never {
  if (violation(error)?.kind === 'unique') refuse('application.secret_name_taken', {}, error);
  throw error;
}
