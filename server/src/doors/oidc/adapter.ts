/**
 * What oidc-provider has to remember (grants, codes, refresh tokens …), in `oidc_records`. Where the id is a secret that
 * somebody holds, the row is known by its SHA-256, and the value is in no row.
 */
import { hash } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';

/** The models whose ids open something. */
const secretModels = new Set([
  'AuthorizationCode',
  'RefreshToken',
  'AccessToken',
  'PushedAuthorizationRequest',
]);

/** What a row knows the value of a code or token by. */
export const digestOfToken = (value: string): string => hash('sha256', value, 'base64url');

/** An expired record is as good as gone, whether or not it has been removed, and so is one for another issuer. */
export function recordsOf(model: string, db: Queries, tenantId: string, clock: Clock): Adapter {
  const isSecret = secretModels.has(model);
  const found = async (where: Statement): Promise<AdapterPayload | undefined> => {
    const row = await db.first<{ payload: AdapterPayload; consumedAt: number | null }>(sql`
      select payload, consumed_at as "consumedAt" from oidc_records
       where tenant_id = ${tenantId} and model = ${model} and ${where} and (expires_at is null or expires_at > ${clock()})
         ${isSecret ? sql`and not payload ? 'issuer'` : sql``}`);
    return (
      row &&
      (row.consumedAt === null
        ? row.payload
        : { ...row.payload, consumed: Math.floor(row.consumedAt / 1000) })
    );
  };
  const storedId = (value: string) => (isSecret ? digestOfToken(value) : value.replaceAll('\0', ''));
  const id = (value: string) => sql`id = ${storedId(value)}`;

  return {
    async upsert(key, payload, expiresIn) {
      const { grantId, uid, userCode, accountId } = payload;
      const { jti, ...withoutValue } = payload;
      await db.run(sql`
        insert into oidc_records (tenant_id, model, id, payload, grant_id, uid, user_code, account_id, expires_at)
        values (${tenantId}, ${model}, ${storedId(key)}, ${JSON.stringify(isSecret ? withoutValue : payload)}::jsonb, ${grantId ?? null}, ${uid ?? null}, ${userCode ?? null},
                ${accountId ?? null}, ${expiresIn === undefined ? null : clock() + expiresIn * 1000})
        on conflict (tenant_id, model, id) do update
           set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code,
               account_id = excluded.account_id, expires_at = excluded.expires_at`);
    },
    async find(key) {
      const payload = await found(id(key));
      return payload && isSecret ? { ...payload, jti: key } : payload;
    },
    findByUid: (uid) => found(sql`uid = ${uid}`),
    findByUserCode: (userCode) => found(sql`user_code = ${userCode}`),
    async consume(key) {
      await db.run(sql`
        update oidc_records set consumed_at = ${clock()}
         where tenant_id = ${tenantId} and model = ${model} and ${id(key)} and consumed_at is null`);
    },
    async destroy(key) {
      await db.run(
        sql`delete from oidc_records where tenant_id = ${tenantId} and model = ${model} and ${id(key)}`,
      );
    },
    async revokeByGrantId(grantId) {
      await db.run(
        sql`delete from oidc_records where tenant_id = ${tenantId} and model = ${model} and grant_id = ${grantId}`,
      );
    },
  };
}

/** Removes records that have expired. Returns how many. */
export async function forgetExpiredRecords(db: Queries, at: number): Promise<number> {
  const atOnce = 5000;
  for (let gone = 0; ; ) {
    const count = await db.run(sql`
      delete from oidc_records where ctid = any(array(
        select ctid from oidc_records where expires_at <= ${at} order by expires_at limit ${atOnce} for update skip locked))`);
    gone += count;
    if (count < atOnce) return gone;
  }
}
