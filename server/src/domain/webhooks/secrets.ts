/**
 * The secret that messages are signed with. After a change the one before signs beside it for a day, so that receivers
 * can take over the new one without losing anything between.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import type { Keys } from '../keys.ts';
import { refuse } from '../refusal.ts';
import { newSecret } from './endpoints.ts';
import { notedDown } from './noted-down.ts';

const overlapMs = 24 * 60 * 60_000;

export type Secret = { secret: string; formerSecretUntil: number | null };

/** `isAtOnce`: the one before ends now. Refuses: webhook.not_found. */
export async function changeSecret(
  act: Act,
  id: string,
  {
    secret = newSecret(),
    isAtOnce = false,
  }: { secret?: string | undefined; isAtOnce?: boolean | undefined } = {},
): Promise<Secret> {
  const until = isAtOnce ? null : act.at + overlapMs;
  const changed = await act.db.first(sql`
    with e as (
      update webhook_endpoints set secret = ${act.keys.seal(secret, `webhook:${id}`)}, former_secret = case when ${isAtOnce} then null else secret end,
             former_until = ${until}::bigint, updated_at = greatest(${act.at}, updated_at + 1)
       where tenant_id = ${act.tenantId} and id = ${id} and closed_at is null returning *
    ), ${notedDown(act, 'webhook.secret_changed')} select id from e`);
  if (!changed) refuse('webhook.not_found', { id });
  return { secret, formerSecretUntil: until };
}

/** Refuses: webhook.not_found. */
export async function getSecret(
  db: Queries,
  keys: Keys,
  tenantId: string,
  id: string,
  at: number,
): Promise<Secret> {
  const row = await db.first<{ secret: Buffer; until: number | null }>(sql`
    select secret, former_until as until from webhook_endpoints
     where tenant_id = ${tenantId} and id = ${id} and closed_at is null`);
  if (!row) refuse('webhook.not_found', { id });
  const formerSecretUntil = row.until !== null && row.until > at ? row.until : null;
  return { secret: keys.open(row.secret, `webhook:${id}`), formerSecretUntil };
}
