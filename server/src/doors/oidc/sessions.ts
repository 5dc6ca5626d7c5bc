/**
 * The sessions of browsers as oidc-provider knows them. The rows are those that signing in makes (domain/sessions): who
 * is signed in, since when and how is read from them and never written here. Only browsers without anybody signed in
 * get a row of their own, for as long as a form of ours is open.
 */
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider';
import type { Clock } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { digestOfCookie, endSession, sessionLifeMs } from '../../domain/sessions/sessions.ts';

type Row = {
  uid: string;
  userId: string | null;
  signedInAt: number | null;
  methods: string[];
  expiresAt: number;
  payload: Record<string, unknown>;
};

export const sessionLifeS = sessionLifeMs / 1000;
export const anonymousLifeS = 600;

export function sessionsOf(db: Queries, tenantId: string, clock: Clock): Adapter {
  const found = async (where: Statement, value?: string): Promise<AdapterPayload | undefined> => {
    const row = await db.first<Row>(sql`
      select s.uid, s.user_id as "userId", s.signed_in_at as "signedInAt", s.methods, s.expires_at as "expiresAt", s.payload
        from sessions s left join users u on u.tenant_id = s.tenant_id and u.id = s.user_id
       where s.tenant_id = ${tenantId} and ${where} and s.expires_at > ${clock()} and u.suspended_at is null`);
    return (
      row && {
        ...row.payload,
        kind: 'Session',
        jti: value,
        uid: row.uid,
        exp: Math.floor(row.expiresAt / 1000),
        ...(row.userId === null
          ? {}
          : {
              accountId: row.userId,
              loginTs: Math.floor(row.signedInAt! / 1000),
              amr: row.methods,
            }),
      }
    );
  };
  const isHere = (value: string) => sql`digest = ${digestOfCookie(value)}`;

  return {
    async upsert(value, payload, expiresIn) {
      const { authorizations, state, accountId, uid } = payload;
      const at = clock();
      const expiresAt = at + expiresIn! * 1000;
      // Two requests of one browser at once both keep what they were allowed.
      const kept = sql`jsonb_strip_nulls(jsonb_build_object('state', ${state ? JSON.stringify(state) : null}::jsonb, 'authorizations',
        coalesce(sessions.payload->'authorizations', '{}') || ${JSON.stringify(authorizations ?? {})}::jsonb))`;
      if (accountId !== undefined) {
        // One that ended meanwhile does not come back.
        await db.run(sql`update sessions set payload = ${kept}, seen_at = ${at}, expires_at = ${expiresAt}
                          where tenant_id = ${tenantId} and ${isHere(value)} and user_id = ${accountId}`);
        return;
      }
      await db.run(sql`
        insert into sessions (tenant_id, digest, uid, user_agent, seen_at, expires_at, payload)
        values (${tenantId}, ${digestOfCookie(value)}, ${uid}, ${userAgent()}, ${at}, ${expiresAt},
                jsonb_strip_nulls(jsonb_build_object('state', ${state ? JSON.stringify(state) : null}::jsonb)))
        on conflict (tenant_id, digest) do update set payload = ${kept}, seen_at = ${at}, expires_at = ${expiresAt}
         where sessions.user_id is null`);
    },
    find: (value) => found(sql`s.${isHere(value)}`, value),
    findByUid: (uid) => found(sql`s.uid = ${uid}`),
    findByUserCode: async () => undefined,
    consume: async () => undefined,
    async destroy(value) {
      await endSession(db, tenantId, value, clock());
    },
    revokeByGrantId: async () => undefined,
  };
}

const userAgent = (): string | null => Provider.ctx?.get('user-agent').slice(0, 400) || null;
