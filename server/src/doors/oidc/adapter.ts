/** What oidc-provider has to remember (sessions, grants, codes, refresh tokens …), in `oidc_records`. */
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';

/** An expired record is as good as gone, whether or not it has been removed. */
export function recordsOf(model: string, db: Queries, tenantId: string, clock: Clock): Adapter {
  const found = async (where: ReturnType<typeof sql>): Promise<AdapterPayload | undefined> => {
    const row = await db.first<{ payload: AdapterPayload; consumedAt: number | null }>(sql`
      select payload, consumed_at as "consumedAt" from oidc_records
       where tenant_id = ${tenantId} and model = ${model} and ${where} and (expires_at is null or expires_at > ${clock()})`);
    return (
      row &&
      (row.consumedAt === null
        ? row.payload
        : { ...row.payload, consumed: Math.floor(row.consumedAt / 1000) })
    );
  };
  const id = (value: string) => sql`id = ${value.replaceAll('\0', '')}`;

  return {
    async upsert(key, payload, expiresIn) {
      const { grantId, uid, userCode, accountId } = payload;
      await db.run(sql`
        insert into oidc_records (tenant_id, model, id, payload, grant_id, uid, user_code, account_id, expires_at)
        values (${tenantId}, ${model}, ${key}, ${JSON.stringify(payload)}::jsonb, ${grantId ?? null}, ${uid ?? null}, ${userCode ?? null},
                ${accountId ?? null}, ${expiresIn === undefined ? null : clock() + expiresIn * 1000})
        on conflict (tenant_id, model, id) do update
           set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code,
               account_id = excluded.account_id, expires_at = excluded.expires_at`);
    },
    find: (key) => found(id(key)),
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
