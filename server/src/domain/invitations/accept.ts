/**
 * Accepts an invitation: membership, roles, seat, closing, audit and event are one statement (rule 7). It changes
 * rows only where the invitation is still pending at the act's time and the person owns its address; of several that
 * come at once the row lock lets one through, and the others find it ended (rule 4). Acceptances of several invitations
 * that come at once share the statement, each with its own time and actor.
 *
 * One that stands with a member's authority is accepted in a transaction that holds this authority still (rule 6).
 *
 * Who is a member already keeps every role held before and gets the invited ones besides (rule 8); when the membership
 * ends stays as it was. Whoever is suspended accepts nothing: the invitation is older than that, since members are not
 * invited (rules 3 and 11). Whose time is over begins anew, with the roles and the time of the invitation.
 */
import type { Act } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { columnsOf, gathered } from '../../db/gather.ts';
import { actorName, type EventType, eachRecorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { removeEnded } from '../members/ended.ts';
import { keepingRoles } from '../members/keeping-roles.ts';
import { refuse } from '../refusal.ts';
import { holdAuthority, isBacked } from './authority.ts';
import { type Person, whyNotAccept } from './invitation.ts';
import {
  getRow,
  type InvitationRow,
  invitationColumns,
  isOpen,
  type PresentedInvitation,
  present,
  templateVersion,
} from './rows.ts';

/**
 * Refuses: invitation.not_found, user.not_found, invitation.ended (facts: status), invitation.wrong_address,
 * user.suspended, member.suspended, organization.disabled, role.wrong_type, invitation.waiting, seats.full.
 */
export async function accept(act: Act, id: string, userId: string): Promise<PresentedInvitation> {
  const row = (await close(act, id, userId, null)) ?? (await closeUnderAuthority(act, id, userId));
  return present(act.db, row);
}

/** Where the invitation stands with this authority; null is the tenant's. */
const close = (
  { db, tenantId, by, at }: Act,
  id: string,
  userId: string,
  authorityId: string | null,
): Promise<InvitationRow | undefined> =>
  closeTogether(db, tenantId, {
    entryId: newId(at),
    id,
    userId,
    at,
    actor: actorName(by),
    authorityId,
  }).catch((error: unknown) => {
    if (violation(error)?.constraint === 'organizations_seats') refuse('seats.full', {}, error);
    throw error;
  });

type Acceptance = {
  /** Of the entry in the journal. One invitation may be asked for twice: it tells whose acceptance it was. */
  readonly entryId: string;
  readonly id: string;
  readonly userId: string;
  readonly at: number;
  readonly actor: string;
  readonly authorityId: string | null;
};

const closeTogether = gathered(async (db, tenantId, all: readonly Acceptance[]) => {
  // Statements that meet the same invitations or people lock them in one order, of people that of their addresses.
  const each = columnsOf(all.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  const rows = await db.rows<InvitationRow & { entryId: string }>(sql`
    with i as (
      update invitations i set accepted_at = a.at, accepted_user_id = u.id, updated_at = a.at
        from unnest(${each('entryId')}::text[], ${each('id')}::text[], ${each('userId')}::text[], ${each('at')}::bigint[],
                    ${each('actor')}::text[], ${each('authorityId')}::text[])
               as a(entry_id, id, user_id, at, actor, authority_id),
             users u, organizations o
       where i.tenant_id = ${tenantId} and i.id = a.id and ${isOpen} and i.expires_at > a.at and not i.awaits_approval
         and i.authority_id is not distinct from a.authority_id
         and u.tenant_id = i.tenant_id and u.id = a.user_id and u.primary_email = i.invitee and u.suspended_at is null
         and o.tenant_id = i.tenant_id and o.id = i.organization_id and o.disabled_at is null
         and not exists (select from members m where m.tenant_id = i.tenant_id and m.organization_id = i.organization_id
                            and m.user_id = u.id and (m.suspended_at is not null or m.expires_at <= a.at))
      returning i.*, a.entry_id, a.actor
    ), joined as (
      insert into members (tenant_id, organization_id, user_id, joined_at, expires_at, metadata, invitation_id, role_ids)
      select tenant_id, organization_id, accepted_user_id, accepted_at, membership_expires_at, membership_metadata, id, role_ids from i
       order by invitee
      ${keepingRoles}
    ), happened as (
      select entry_id as id, accepted_at as at, actor, ${'invitation.accepted' satisfies EventType}::text as type, organization_id, id as subject_id,
             jsonb_build_object('invitationId', id, 'userId', accepted_user_id, 'roleIds', role_ids) as data from i
    ), ${eachRecorded(tenantId)}
    select ${invitationColumns}, ${templateVersion(tenantId)}, i.entry_id as "entryId" from i`);
  const closed = new Map(rows.map((row) => [row.entryId, row]));
  return all.map(({ entryId }) => closed.get(entryId));
});

/**
 * Nothing was changed: says why, or takes away what is over, and judges the member with whose authority the invitation
 * stands (rule 6).
 */
async function closeUnderAuthority(act: Act, id: string, userId: string): Promise<InvitationRow> {
  const invitation = await refuseByFacts(act, id, userId);
  // Everything is in order now: what stood in the way went while we asked.
  const before = () => refuse('invitation.ended', { status: 'Pending' });
  if (invitation.authorityId === null && !invitation.isOver) return before();
  return act.atomically(async (tx) => {
    if (invitation.authorityId !== null) {
      await holdAuthority(tx, invitation);
      if (!(await isBacked(tx.db, act.tenantId, invitation, act.at))) refuse('invitation.waiting', { id });
    }
    if (invitation.isOver) await removeEnded(tx, invitation.organizationId, [userId]);
    return (await close(tx, id, userId, invitation.authorityId)) ?? before();
  });
}

type Facts = {
  disabledAt: number | null;
  authorityId: string | null;
  isSuspended: boolean;
  /** The person was a member for a time that is over. */
  isOver: boolean;
};

async function refuseByFacts(act: Act, id: string, userId: string) {
  const invitation = await getRow(act.db, act.tenantId, id);
  const person = await act.db.first<Person>(sql`
    select id, primary_email as "primaryEmail", suspended_at as "suspendedAt" from users
     where tenant_id = ${act.tenantId} and id = ${userId}`);
  const facts = await act.db.first<Facts>(sql`
    select o.disabled_at as "disabledAt", i.authority_id as "authorityId",
           m.suspended_at is not null as "isSuspended", coalesce(m.expires_at <= ${act.at}, false) as "isOver"
      from invitations i join organizations o on o.tenant_id = i.tenant_id and o.id = i.organization_id
      left join members m on m.tenant_id = i.tenant_id and m.organization_id = i.organization_id and m.user_id = ${userId}
     where i.tenant_id = ${act.tenantId} and i.id = ${id}`);
  const { disabledAt = null, authorityId = null, isOver = false, isSuspended } = facts ?? {};
  const why = whyNotAccept(invitation, person, { disabledAt }, act.at);
  if (why) throw why;
  if (isSuspended) refuse('member.suspended', { organizationId: invitation.organizationId });
  return { ...invitation, authorityId, isOver };
}
