/** What is known of a person before an organization is chosen: the memberships, and what this session was in. */
import { type Queries, sql } from '../../db/db.ts';
import type { SessionPolicy, SessionTimes } from '../../domain/organizations/session-policy.ts';
import { holds } from './person-standing.ts';

export type ChoiceOptions = {
  readonly db: Queries;
  readonly tenantId: string;
  readonly clock: () => number;
};

export type Membership = {
  readonly id: string;
  readonly holds: boolean;
  readonly lacksSecondFactor: boolean;
  readonly joinedAt: number;
} & SessionPolicy;

export type SessionHere = {
  readonly signedInAt: number;
  readonly entered: readonly { readonly organizationId: string | null; readonly at: number }[];
};

/** Of this organization. */
export function timesFor({ signedInAt, entered }: SessionHere, id: string): SessionTimes {
  const uses = entered.filter(({ organizationId }) => organizationId === id).map(({ at }) => at);
  return { signedInAt, usedAt: uses.length > 0 ? Math.max(...uses) : null };
}

export const findSessionHere = (
  { db, tenantId }: ChoiceOptions,
  uid: string,
): Promise<SessionHere | undefined> =>
  db.first(sql`
    select entered, signed_in_at as "signedInAt" from sessions
     where tenant_id = ${tenantId} and uid = ${uid} and user_id is not null`);

export const findMemberships = (
  { db, tenantId, clock }: ChoiceOptions,
  userId: string,
): Promise<Membership[]> =>
  db.rows(sql`
    select o.id, ${holds(clock())} and o.disabled_at is null as holds, m.joined_at as "joinedAt", o.session_most_ms as "mostMs",
           o.session_idle_ms as "idleMs",
           o.is_mfa_required and not exists (select from passkeys p where p.tenant_id = m.tenant_id and p.user_id = m.user_id) as "lacksSecondFactor"
      from members m join organizations o on o.tenant_id = m.tenant_id and o.id = m.organization_id
     where m.tenant_id = ${tenantId} and m.user_id = ${userId}`);
