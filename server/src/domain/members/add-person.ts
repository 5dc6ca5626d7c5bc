/**
 * Makes people members at once, on the word of the tenant's management that the address is theirs: one who is made for
 * it, in the same statement, or one there is.
 */
import type { Act } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { bothRecorded, recorded } from '../audit/record.ts';
import { statusAt } from '../invitations/invitation.ts';
import { lapse } from '../invitations/lapse.ts';
import { getRow, isOpen } from '../invitations/rows.ts';
import { takingSeats } from '../organizations/seats.ts';
import { admitsDomain, joinPolicy, mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { makingPerson, type NewPerson } from '../users/new-person.ts';
import { taken } from '../users/users.ts';
import { removeEnded } from './ended.ts';

export type Addition = {
  readonly organizationId: string;
  readonly roleIds: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
};

/**
 * Returns the person's id. Refuses: user.email_taken, user.external_id_taken, user.phone_taken, organization.not_found,
 * organization.disabled, role.not_found, role.wrong_type, policy.domain_not_allowed, invitation.duplicate, seats.full.
 */
export async function addNewPerson(act: Act, person: NewPerson, addition: Addition): Promise<string> {
  if (act.by.kind !== 'management') refuse('access.denied', { permission: 'invite:member' });
  return act.atomically(async (tx) => {
    await clearTheWay(tx, person.address, addition);
    const row = await takingSeats(tx, addition.organizationId, ({ db }) =>
      db.first<{ id: string }>(sql`
        with ${fitFor(act, person.address, addition)}, ${makingPerson(act, person, true)},
             ${joining(act, addition)}, ${bothRecorded(act, 'user.created', 'membership.created')} select user_id as id from m`),
    ).catch(taken);
    return row?.id ?? explain(tx, person.address, addition);
  });
}

/** Refuses: user.not_found, user.suspended, invitation.already_member, and as adding somebody new does. */
export function addPerson(act: Act, userId: string, addition: Addition): Promise<void> {
  if (act.by.kind !== 'management') refuse('access.denied', { permission: 'invite:member' });
  return act.atomically(async (tx) => {
    const person = await tx.db.first<{ address: string; isSuspended: boolean; isMember: boolean }>(sql`
      select u.primary_email as address, u.suspended_at is not null as "isSuspended",
             exists (select from members m where m.tenant_id = u.tenant_id and m.organization_id = ${addition.organizationId}
                        and m.user_id = u.id and coalesce(m.expires_at > ${act.at}, true)) as "isMember"
        from users u where u.tenant_id = ${act.tenantId} and u.id = ${userId} for update of u`);
    if (!person) refuse('user.not_found', { id: userId });
    if (person.isMember) refuse('invitation.already_member', { id: userId });
    if (person.isSuspended) refuse('user.suspended', { id: userId });
    const address = person.address ?? '';
    await clearTheWay(tx, address, addition);
    await removeEnded(tx, addition.organizationId, [userId]);
    const row = await takingSeats(tx, addition.organizationId, ({ db }) =>
      db.first(sql`
        with ${fitFor(act, address, addition)}, u as (
          update users set email_verified_at = coalesce(email_verified_at, ${act.at}::bigint)
            from fit where users.tenant_id = fit.tenant_id and users.id = ${userId} returning users.*
        ), ${joining(act, addition)}, ${recorded(act, 'membership.created')} select user_id from m`),
    );
    if (!row) await explain(tx, address, addition);
  });
}

const fitFor = (act: Act, address: string, { organizationId, roleIds }: Addition): Statement => sql`fit as (
  select o.tenant_id, o.id from organizations o ${joinPolicy}
   where o.tenant_id = ${act.tenantId} and o.id = ${organizationId} and o.disabled_at is null and ${admitsDomain(address)}
     and (select count(*) from (
           select from organization_roles where tenant_id = ${act.tenantId} and id = any(${roleIds}::text[]) and type = 'User'
              and ${holdableIn(organizationId)} for key share) fit) = ${roleIds.length}
)`;

const joining = (act: Act, { organizationId, roleIds, metadata }: Addition): Statement => sql`m as (
  insert into members (tenant_id, organization_id, user_id, joined_at, metadata, role_ids)
  select u.tenant_id, ${organizationId}, u.id, ${act.at}::bigint, ${metadata ?? {}}::jsonb, ${roleIds}::text[] from u returning *
), happened as (
  select organization_id, user_id as subject_id, jsonb_build_object('userIds', jsonb_build_array(user_id),
         'roleIds', ${roleIds}::text[]) as data from m
)`;

/** An invitation that waits is not made idle; one that expired makes way. */
async function clearTheWay(act: Act, address: string, { organizationId }: Addition): Promise<void> {
  const open = await act.db.first<{ id: string }>(sql`
    select i.id from invitations i where i.tenant_id = ${act.tenantId} and i.organization_id = ${organizationId}
       and i.invitee = ${address} and ${isOpen} for update`);
  if (!open) return;
  const invitation = await getRow(act.db, act.tenantId, open.id);
  if (statusAt(invitation, act.at) === 'Pending') refuse('invitation.duplicate', { id: open.id });
  await lapse(act, open.id);
}

async function explain(act: Act, address: string, { organizationId, roleIds }: Addition): Promise<never> {
  const facts = await act.db.first<{ disabled: boolean; roles: number }>(sql`
    select o.disabled_at is not null as disabled,
           (select count(*) from organization_roles r where r.tenant_id = o.tenant_id and r.id = any(${roleIds}::text[])
               and ${holdableIn(organizationId)}) as roles
      from organizations o where o.tenant_id = ${act.tenantId} and o.id = ${organizationId}`);
  if (!facts) refuse('organization.not_found', { id: organizationId });
  if (facts.disabled) refuse('organization.disabled', { id: organizationId });
  if (facts.roles < roleIds.length) refuse('role.not_found', { ids: roleIds });
  await mustKeepPolicy(act, { organizationId, address });
  return refuse('role.wrong_type');
}
