/**
 * That an invitation expired is derived from its time, and nobody needs the fact written down; but others want to hear
 * of it. It is told once, by whoever notices it first: somebody who wants its place, or this, which looks every few
 * seconds. Any number of servers may look; what expired before the first look is no news.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { actorName } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { isOpen } from './rows.ts';

export type Expired = { id: string; organizationId: string; invitee: string; expiresAt: number };

/** Clocks of servers differ, and an invitation may be committed after its time. */
const overlapMs = 60_000;

/** Returns how many were told. */
export function announceExpired(act: Act): Promise<number> {
  return act.atomically(async (tx) => {
    const { tenantId, at, db } = tx;
    await db.run(
      sql`insert into expiry_watches (tenant_id, told_until) values (${tenantId}, ${at}) on conflict do nothing`,
    );
    const watch = await db.first<{ toldUntil: number }>(sql`
      select told_until as "toldUntil" from expiry_watches where tenant_id = ${tenantId} for update skip locked`);
    if (!watch || watch.toldUntil >= at) return 0;
    const expired = await db.rows<Expired>(sql`
      select i.id, i.organization_id as "organizationId", i.invitee, i.expires_at as "expiresAt" from invitations i
       where i.tenant_id = ${tenantId} and i.expires_at > ${watch.toldUntil - overlapMs} and i.expires_at <= ${at} and ${isOpen}
         and not exists (select from told_expiries t where t.tenant_id = i.tenant_id and t.invitation_id = i.id and t.expires_at = i.expires_at)`);
    await db.run(sql`update expiry_watches set told_until = ${at} where tenant_id = ${tenantId}`);
    return recordExpired(tx, expired);
  });
}

/** Writes an entry for each that was not told before. Returns how many. */
export async function recordExpired(act: TxAct, expired: readonly Expired[]): Promise<number> {
  if (expired.length === 0) return 0;
  const column = <K extends keyof Expired>(name: K) => expired.map((one) => one[name]);
  return act.db.run(sql`
    with e as (
      select * from unnest(${expired.map(() => newId(act.at))}::text[], ${column('id')}::text[], ${column('organizationId')}::text[],
                           ${column('invitee')}::text[], ${column('expiresAt')}::bigint[]) as e(entry, id, organization_id, invitee, expires_at)
    ), told as (
      insert into told_expiries (tenant_id, invitation_id, expires_at) select ${act.tenantId}, id, expires_at from e
      on conflict do nothing returning invitation_id
    )
    insert into journal (tenant_id, id, at, actor, type, organization_id, subject_id, data)
    select ${act.tenantId}, e.entry, ${act.at}::bigint, ${actorName(act.by)}, 'invitation.expired', e.organization_id, e.id,
           jsonb_build_object('invitationId', e.id, 'invitee', e.invitee, 'expiredAt', e.expires_at)
      from e join told on told.invitation_id = e.id`);
}
