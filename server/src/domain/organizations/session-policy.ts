/**
 * How long a sign-in counts for an organization: a session that is older, or was idle for longer, gets nothing for it any
 * more. It can only be less than what holds everywhere.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';

/** Null: nothing beyond what holds everywhere. */
export type SessionPolicy = { readonly mostMs: number | null; readonly idleMs: number | null };

/** When somebody signed in, and when the session last got something for the organization: looking at pages is no use of it. */
export type SessionTimes = { readonly signedInAt: number; readonly usedAt: number | null };

/** True when the session gets nothing for the organization any more. */
export const isSessionOver = (
  { mostMs, idleMs }: SessionPolicy,
  { signedInAt, usedAt }: SessionTimes,
  at: number,
): boolean => at >= signedInAt + (mostMs ?? Infinity) || at >= (usedAt ?? signedInAt) + (idleMs ?? Infinity);

/** The policy of the organization and the times of the session; undefined where one of the two is gone. */
export const findSessionUnderPolicy = (
  db: Queries,
  tenantId: string,
  organizationId: string,
  sessionUid: string,
): Promise<(SessionPolicy & SessionTimes) | undefined> =>
  db.first(sql`
    select o.session_most_ms as "mostMs", o.session_idle_ms as "idleMs", s.signed_in_at as "signedInAt",
           (select max((e->>'at')::bigint) from jsonb_array_elements(s.entered) e where e->>'organizationId' = o.id) as "usedAt"
      from organizations o join sessions s on s.tenant_id = o.tenant_id and s.uid = ${sessionUid}
     where o.tenant_id = ${tenantId} and o.id = ${organizationId}`);

const columns = sql`session_most_ms as "mostMs", session_idle_ms as "idleMs"`;

/** Refuses: organization.not_found. */
export async function getSessionPolicy(db: Queries, tenantId: string, id: string): Promise<SessionPolicy> {
  const policy = await db.first<SessionPolicy>(
    sql`select ${columns} from organizations where tenant_id = ${tenantId} and id = ${id}`,
  );
  return policy ?? refuse('organization.not_found', { id });
}

/** Refuses: organization.not_found. */
export async function setSessionPolicy(
  act: Act,
  id: string,
  { mostMs, idleMs }: SessionPolicy,
): Promise<SessionPolicy> {
  const policy = await act.db.first<SessionPolicy>(sql`
    with o as (
      update organizations set session_most_ms = ${mostMs}, session_idle_ms = ${idleMs}, updated_at = ${act.at}
       where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select id as organization_id, id as subject_id, jsonb_build_object('changed', array['sessionPolicy']) as data from o
    ), ${recorded(act, 'organization.updated')}
    select ${columns} from o`);
  return policy ?? refuse('organization.not_found', { id });
}
