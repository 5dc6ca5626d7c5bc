/**
 * With whose authority an invitation stands (rule 6). No `authority_id`: the tenant's, which always holds. Otherwise
 * that of a member or bot, who must hold everything that the invited roles give; as long as nobody does, it waits.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { isInsider, mustCover } from '../access.ts';
import { standingOfBot, standingOfUser } from '../members/effective.ts';
import { refuse } from '../refusal.ts';
import { covers } from '../roles/covers.ts';

export type Backing = {
  readonly organizationId: string;
  readonly authorityId: string | null;
  readonly roleIds: readonly string[];
};

/** Refuses: invitation.not_found. */
export async function getBacking(db: Queries, tenantId: string, id: string): Promise<Backing> {
  const backing = await db.first<Backing>(sql`
    select organization_id as "organizationId", authority_id as "authorityId", role_ids as "roleIds" from invitations
     where tenant_id = ${tenantId} and id = ${id}`);
  return backing ?? refuse('invitation.not_found', { id });
}

/** Who takes an invitation away could also have given what it offers; or gave it. Refuses: access.beyond_own. */
export async function mustCoverInvitation(act: Act, id: string): Promise<void> {
  if (!isInsider(act.by)) return;
  const { organizationId, authorityId, roleIds } = await getBacking(act.db, act.tenantId, id);
  if (authorityId !== act.by.id) await mustCover(act, organizationId, roleIds);
}

/** Whether nothing is left to approve: neither by the policy of the organization, nor because an authority lapsed. */
export async function isSettled(
  db: Queries,
  tenantId: string,
  id: string,
  backing: Backing,
  at: number,
): Promise<boolean> {
  const held = await db.first(
    sql`select id from invitations where tenant_id = ${tenantId} and id = ${id} and awaits_approval`,
  );
  return !held && isBacked(db, tenantId, backing, at);
}

export async function isBacked(
  db: Queries,
  tenantId: string,
  { organizationId, authorityId, roleIds }: Backing,
  at: number,
): Promise<boolean> {
  if (authorityId === null) return true;
  const person = await standingOfUser(db, tenantId, organizationId, authorityId, at);
  const standing = person.isMember ? person : await standingOfBot(db, tenantId, organizationId, authorityId);
  return standing.isMember && covers(standing.template, standing.roleIds, roleIds);
}

/**
 * Holds what the judgement rests on until the end of the transaction: the template, the member and the person. Every
 * change of their roles, every suspension and removal locks one of these rows, so it is seen or it waits.
 */
export async function holdAuthority(act: TxAct, { organizationId, authorityId }: Backing): Promise<void> {
  await act.db.run(sql`select id from tenants where id = ${act.tenantId} for share`);
  await act.db.run(
    sql`select id from users where tenant_id = ${act.tenantId} and id = ${authorityId} for share`,
  );
  await act.db.run(sql`
    select user_id from members where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and user_id = ${authorityId} for share`);
  await act.db.run(sql`
    select application_id from bots where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and application_id = ${authorityId} for share`);
}
