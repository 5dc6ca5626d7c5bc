/**
 * Codes, refresh tokens and opaque access tokens as they are written. Whoever marks the old one as used writes the new
 * one, in one statement: of any number of uses at once, one does.
 */
import { randomBytes } from 'node:crypto';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { digestOfToken } from './adapter.ts';
import type { Source } from './person-standing.ts';

export const newTokenValue = (): string => randomBytes(32).toString('base64url');

export type NewToken = { readonly value: string; readonly payload: Omit<Source, 'kind'> };

type Place = { readonly db: Queries; readonly tenantId: string; readonly at: number };

/**
 * Marks the code or refresh token as used and writes the refresh token that comes of it, if one does. False when it was
 * used before: then nothing is written.
 */
export async function useUp(
  { db, tenantId, at }: Place,
  { kind, value }: { kind: Source['kind']; value: string },
  successor: NewToken | undefined,
): Promise<boolean> {
  const used = sql`with used as (
      update oidc_records set consumed_at = ${at}
       where tenant_id = ${tenantId} and model = ${kind} and id = ${digestOfToken(value)} and consumed_at is null returning 1 as one
    )`;
  const made: Statement = successor
    ? sql`, made as (${inserting(tenantId, 'RefreshToken', successor, sql`from used`)} on conflict do nothing)`
    : sql``;
  return (await db.first(sql`${used} ${made} select one from used`)) !== undefined;
}

export async function keepAccessToken({ db, tenantId }: Place, token: NewToken): Promise<void> {
  await db.run(inserting(tenantId, 'AccessToken', token, sql``));
}

const inserting = (
  tenantId: string,
  model: string,
  { value, payload }: NewToken,
  from: Statement,
): Statement => sql`
  insert into oidc_records (tenant_id, model, id, payload, grant_id, account_id, expires_at)
  select ${tenantId}, ${model}, ${digestOfToken(value)}, ${JSON.stringify({ kind: model, ...payload })}::jsonb,
         ${payload.grantId}, ${payload.accountId}, ${payload.exp * 1000}::bigint ${from}`;

/** Ends a grant with everything that came of it. */
export async function revokeGrant({ db, tenantId }: Place, grantId: string): Promise<void> {
  await db.run(sql`
    with gone as (delete from oidc_records where tenant_id = ${tenantId} and model = 'Grant' and id = ${grantId})
    delete from oidc_records where tenant_id = ${tenantId} and grant_id = ${grantId}`);
}
