/**
 * What it means, here and elsewhere, that somebody was taken out, suspended or demoted, or an organization disabled.
 * This server judges every use anew: refresh tokens give no token of the organization from that moment on, or one with
 * less. Sign-ins are not of one organization, so they stay. A token that was given out before is refused here and by
 * introspection; who only checks its signature may believe it until it would end by itself.
 */
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { defaultTokenLifeS } from '../signing-keys/signing-key.ts';

export type Receipt = {
  readonly organizationId: string;
  readonly effectiveAt: number;
  readonly refreshTokensAffected: number;
  readonly sessionsKept: number;
  readonly accessTokensBelievedUntil: number;
};

/** Of one person, or of all members; null: of a bot, which has no sign-ins and no refresh tokens. */
export async function receiptOf(
  db: Queries,
  tenantId: string,
  organizationId: string,
  at: number,
  userId?: string | null,
): Promise<Receipt> {
  const whose: Statement =
    userId === undefined
      ? sql`in (select user_id from members where tenant_id = ${tenantId} and organization_id = ${organizationId})`
      : sql`= ${userId}`;
  const row = await db.first<{ tokens: number; sessions: number; ttl: number | null }>(sql`
    select (select count(*) from oidc_records where tenant_id = ${tenantId} and model = 'RefreshToken' and consumed_at is null
               and expires_at > ${at} and account_id ${whose}) as tokens,
           (select count(*) from sessions where tenant_id = ${tenantId} and expires_at > ${at} and user_id ${whose}) as sessions,
           (select max(access_token_ttl) from resources where tenant_id = ${tenantId}) as ttl`);
  const { tokens, sessions, ttl } = row!;
  return {
    organizationId,
    effectiveAt: at,
    refreshTokensAffected: tokens,
    sessionsKept: sessions,
    accessTokensBelievedUntil: at + Math.max(defaultTokenLifeS, ttl ?? 0) * 1000,
  };
}
