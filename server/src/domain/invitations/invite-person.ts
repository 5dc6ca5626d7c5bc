/**
 * Invites people who have an account: one who is made for it, in the same statement, or one there is. Their membership
 * is the invitation until they accept it. For whom a statement makes nothing, the careful way makes the person, invites,
 * and says what stands in the way; then there is no person either.
 */
import type { Act } from '../../act.ts';
import { type Statement, sql, violation } from '../../db/db.ts';
import { announceDelivery, deliveryOf, type MailOrder } from '../../outbox/put.ts';
import { bothRecorded, recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { type Belonging, type Person, personColumns } from '../members/roster.ts';
import { takingSeats } from '../organizations/seats.ts';
import { admitsDomain, countedToday, joinPolicy, refuseTooMany, tooManyToday } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { defaultRolesOf } from '../roles/default-roles.ts';
import { makingPerson, type NewPerson } from '../users/new-person.ts';
import { taken } from '../users/users.ts';
import { invite } from './invite.ts';

export type PersonalInvitation = {
  readonly organizationId: string;
  /** Absent: the organization's default for its members. */
  readonly roleIds?: readonly string[] | undefined;
  /** How long it lives where the organization does not say; never longer than the organization allows. */
  readonly usualLifeMs: number;
  readonly inviterAddress?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** To whose sign-in accepting leads. */
  readonly applicationId?: string | undefined;
  readonly mail: MailOrder;
};

export type Invited = Person & Belonging & { readonly organization: string; readonly version: number };

/**
 * The person, the invitation and its mail, or nothing. Only for the tenant's own authority. Refuses: user.email_taken,
 * user.external_id_taken, user.phone_taken, and as inviting does.
 */
export async function inviteNewPerson(
  act: Act,
  person: NewPerson,
  wanted: PersonalInvitation,
): Promise<{ userId: string; invited?: Invited }> {
  if (act.by.kind !== 'management') refuse('access.denied', { permission: 'invite:member' });
  const invited = await takingSeats(act, wanted.organizationId, (inner) =>
    insertBoth(inner, person, wanted),
  ).catch((error: unknown) => {
    const what = violation(error)?.constraint;
    if (what === 'invitations_open') return undefined;
    if (what === tooManyToday) return refuseTooMany(act, wanted.organizationId, error);
    return taken(error);
  });
  if (!invited) return { userId: await carefully(act, person, wanted) };
  act.queued();
  return { userId: invited.id, invited };
}

/** Somebody there is already. Refuses: user.not_found, user.suspended, and as inviting does. */
export function invitePerson(act: Act, userId: string, wanted: PersonalInvitation): Promise<void> {
  return act.atomically(async (tx) => {
    const person = await tx.db.first<{ address: string | null; isSuspended: boolean }>(sql`
      select primary_email as address, suspended_at is not null as "isSuspended" from users
       where tenant_id = ${act.tenantId} and id = ${userId} for update`);
    if (!person?.address) refuse('user.not_found', { id: userId });
    if (person.isSuspended) refuse('user.suspended', { id: userId });
    await inviteAddress(tx, person.address, wanted);
  });
}

function insertBoth(act: Act, person: NewPerson, wanted: PersonalInvitation): Promise<Invited | undefined> {
  const { organizationId, roleIds, usualLifeMs, applicationId, mail } = wanted;
  const roles = roleIds
    ? sql`${roleIds}::text[]`
    : sql`array_remove(array[coalesce(o.default_member_role_id, t.default_member_role_id)]::text[], null)`;
  const known = roleIds
    ? sql`and (select count(*) from organization_roles where tenant_id = ${act.tenantId} and id = any(${roleIds}::text[]) and type = 'User'
                and ${holdableIn(organizationId)}) = ${roleIds.length}`
    : sql``;
  const made = sql`fit as (
    select o.tenant_id, o.id, o.name, ${lifeOf(usualLifeMs)} as life, ${roles} as role_ids, t.template_version as version
      from organizations o join tenants t on t.id = o.tenant_id ${joinPolicy}
     where o.tenant_id = ${act.tenantId} and o.id = ${organizationId} and o.disabled_at is null and ${admitsDomain(person.address)} ${known}
  ), ${makingPerson(act, person, false)}, i as (
    insert into invitations (tenant_id, id, organization_id, invitee, role_ids, created_at, updated_at, expires_at, application_id,
                             inviter_email, membership_metadata)
    select fit.tenant_id, ${newId(act.at)}, fit.id, u.primary_email, fit.role_ids, ${act.at}::bigint, ${act.at}::bigint,
           ${act.at}::bigint + fit.life, ${applicationId ?? null}, ${wanted.inviterAddress ?? null}, ${wanted.metadata ?? {}}::jsonb
      from fit, u returning *
  ), happened as (
    select i.organization_id, i.id as subject_id, jsonb_build_object('invitationId', i.id, 'invitee', i.invitee, 'userId', u.id,
           'roleIds', i.role_ids, 'expiresAt', i.expires_at) as data from i, u
  ), ${bothRecorded(act, 'user.created', 'invitation.created')}, ${countedToday(act)}, ${deliveryOf(act, mail)}`;
  return announceDelivery(act, mail, person.address, () =>
    act.db.first<Invited>(sql`
      with ${made} select ${personColumns}, i.organization_id as "organizationId", 'invited' as standing, i.role_ids as "roleIds",
             i.membership_metadata as metadata, null as "joinedAt", i.created_at as "belongsSince", i.expires_at as "expiresAt",
             i.inviter_email as inviter, 'invitation' as "cameBy", fit.name as organization, fit.version
        from i, u, fit`),
  );
}

const lifeOf = (usualMs: number): Statement =>
  sql`coalesce(y.default_life_ms, least(${usualMs}::bigint, y.longest_life_ms))`;

function carefully(act: Act, person: NewPerson, wanted: PersonalInvitation): Promise<string> {
  return act.atomically(async (tx) => {
    const made = await tx.db
      .first<{ id: string }>(sql`
        with fit as (select id as tenant_id from tenants where id = ${act.tenantId}), ${makingPerson(tx, person, false)},
             happened as (select * from happened_before), ${recorded(tx, 'user.created')} select id from u`)
      .catch(taken);
    await inviteAddress(tx, person.address, wanted);
    return made!.id;
  });
}

async function inviteAddress(act: Act, address: string, wanted: PersonalInvitation): Promise<void> {
  const { organizationId, usualLifeMs, applicationId, mail, metadata, inviterAddress } = wanted;
  const roleIds = wanted.roleIds ?? (await defaultsOf(act, organizationId));
  const policy = await act.db.first<{ life: number }>(sql`
    select ${lifeOf(usualLifeMs)} as life from organizations o ${joinPolicy}
     where o.tenant_id = ${act.tenantId} and o.id = ${organizationId}`);
  const expiresAt = act.at + (policy?.life ?? usualLifeMs);
  const { id } = await invite(act, {
    organizationId,
    invitee: address,
    roleIds,
    expiresAt,
    applicationId,
    mail,
  });
  if (!metadata && !inviterAddress) return;
  await act.db.run(sql`
    update invitations set membership_metadata = ${metadata ?? {}}::jsonb, inviter_email = ${inviterAddress ?? null}
     where tenant_id = ${act.tenantId} and id = ${id}`);
}

async function defaultsOf(act: Act, organizationId: string): Promise<string[]> {
  const { memberRoleId } = await defaultRolesOf(act, organizationId);
  return memberRoleId === undefined ? [] : [memberRoleId];
}
