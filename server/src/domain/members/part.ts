/**
 * Ends what ties a person to an organization: the membership, or the invitation to it. Who came in only to be a member
 * somewhere is deleted with the last of these. The person is locked meanwhile: of two last memberships that end at once
 * the second sees that the first has gone, and nobody is deleted who joins elsewhere.
 *
 * Lock order: organization, person, membership or invitation.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { lapse } from '../invitations/lapse.ts';
import { revoke } from '../invitations/revoke.ts';
import { isOpen } from '../invitations/rows.ts';
import { lockOrganization } from '../organizations/organizations.ts';
import { refuse } from '../refusal.ts';
import { deleteUser } from '../users/users.ts';
import { people, removeHolder } from './holders.ts';

/** Refuses: organization.not_found, user.not_found, member.not_found, organization.last_owner, access.beyond_own. */
export function part(act: Act, organizationId: string, userId: string): Promise<void> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, organizationId);
    await lockPerson(tx, userId);
    const tie = await tx.db.first<{ isMember: boolean; invitationId: string | null; expiresAt: number }>(sql`
      select m.user_id is not null as "isMember", i.id as "invitationId", i.expires_at as "expiresAt"
        from users u
        left join members m on m.tenant_id = u.tenant_id and m.organization_id = ${organizationId} and m.user_id = u.id
        left join invitations i on i.tenant_id = u.tenant_id and i.organization_id = ${organizationId}
              and i.invitee = u.primary_email and ${isOpen}
       where u.tenant_id = ${act.tenantId} and u.id = ${userId}`);
    if (!tie?.isMember && !tie?.invitationId) refuse('member.not_found', { organizationId, id: userId });
    if (tie.isMember) await removeHolder(tx, people, organizationId, userId);
    if (tie.invitationId && tie.expiresAt > act.at) await revoke(tx, tie.invitationId);
    else if (tie.invitationId) await lapse(tx, tie.invitationId);
    await deleteWhoIsLeft(tx, [userId]);
  });
}

/**
 * Deletes the person with all memberships, and closes the open invitations to their address: they were for nobody else.
 * Refuses: user.not_found.
 */
export function deletePerson(act: Act, userId: string): Promise<void> {
  return act.atomically(async (tx) => {
    await lockPerson(tx, userId);
    const open = await tx.db.rows<{ id: string; expiresAt: number }>(sql`
      select i.id, i.expires_at as "expiresAt"
        from users u join invitations i on i.tenant_id = u.tenant_id and i.invitee = u.primary_email
       where u.tenant_id = ${act.tenantId} and u.id = ${userId} and ${isOpen} order by i.id for update of i`);
    for (const { id, expiresAt } of open) await (expiresAt > act.at ? revoke(tx, id) : lapse(tx, id));
    await deleteUser(tx, userId);
  });
}

async function lockPerson(act: TxAct, userId: string): Promise<void> {
  const found = await act.db.first(
    sql`select id from users where tenant_id = ${act.tenantId} and id = ${userId} for update`,
  );
  if (!found) refuse('user.not_found', { id: userId });
}

/**
 * Those of them who came in only to be members somewhere, and are nowhere any more: neither a member nor invited. For
 * whatever ends memberships of these people in the same transaction, with them locked before.
 */
export async function deleteWhoIsLeft(act: TxAct, userIds: readonly string[]): Promise<void> {
  const left = await act.db.rows<{ id: string }>(sql`
    select u.id from users u
     where u.tenant_id = ${act.tenantId} and u.id = any(${userIds}::text[]) and u.leaves_with_last_membership
       and not exists (select from members m where m.tenant_id = u.tenant_id and m.user_id = u.id)
       and not exists (select from invitations i where i.tenant_id = u.tenant_id and i.invitee = u.primary_email and ${isOpen})`);
  for (const { id } of left) await deleteUser(act, id);
}

/** Of an organization, whom its end may leave with nothing: members and invited people, locked in the order of ids. */
export async function lockWhoMayLeave(act: TxAct, organizationId: string): Promise<string[]> {
  const rows = await act.db.rows<{ id: string }>(sql`
    select u.id from users u
     where u.tenant_id = ${act.tenantId} and u.leaves_with_last_membership
       and (exists (select from members m where m.tenant_id = u.tenant_id and m.organization_id = ${organizationId} and m.user_id = u.id)
            or exists (select from invitations i where i.tenant_id = u.tenant_id and i.organization_id = ${organizationId}
                          and i.invitee = u.primary_email and ${isOpen}))
     order by u.id for update of u`);
  return rows.map(({ id }) => id);
}
