/**
 * Makes invitations that were seen to be possible a moment ago, all that come at once in one statement. A row is made only
 * where it is so now: the organization lets people in and has neither a policy nor a limit of seats, the template is the one
 * whose roles were looked at, the inviter is there, and a member or bot holds what it held then. Rules 1 and 3 are kept by
 * the index and the trigger, as always. What orders a mail goes by itself: its bounds are of rows that many share.
 */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { columnsOf, gathered } from '../../db/gather.ts';
import { isInsider } from '../access.ts';
import { actorName, type EventType, eachRecorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { areAsGuessed, type Guess } from '../members/guess.ts';
import { hasNoPolicy, joinPolicy } from '../policies/judge.ts';
import type { InviteInput } from './invite.ts';

/** True where the row was made. `version` is that of the template, `guess` what the member or bot that invites held. */
export function makeAsSeen(
  { db, tenantId, by, at }: Act,
  id: string,
  input: InviteInput,
  { version, guess }: { version: number; guess: Guess | undefined },
): Promise<boolean> {
  const holder = isInsider(by) ? by : undefined;
  const inviterId = input.inviterId ?? null;
  return makeTogether(db, tenantId, {
    id,
    at,
    inviterId,
    version,
    entryId: newId(at),
    actor: actorName(by),
    organizationId: input.organizationId,
    invitee: input.invitee,
    roleIds: literal(input.roleIds),
    expiresAt: input.expiresAt,
    redirect: input.redirect || null,
    applicationId: input.applicationId || null,
    membershipExpiresAt: input.membershipExpiresAt ?? null,
    namedId: inviterId === holder?.id ? null : inviterId,
    holder: holder?.kind ?? null,
    holderId: holder?.id ?? null,
    held: guess ? literal(guess.roleIds) : null,
  });
}

type Making = {
  readonly id: string;
  readonly at: number;
  /** The entry in the journal. */
  readonly entryId: string;
  readonly actor: string;
  readonly version: number;
  readonly organizationId: string;
  readonly invitee: string;
  readonly inviterId: string | null;
  readonly roleIds: string;
  readonly expiresAt: number;
  readonly redirect: string | null;
  readonly applicationId: string | null;
  readonly membershipExpiresAt: number | null;
  /** Who has to exist. */
  readonly namedId: string | null;
  /** With whose authority: 'member' or 'bot', who, and the roles that they have to hold. */
  readonly holder: string | null;
  readonly holderId: string | null;
  readonly held: string | null;
};

/** A list of ids as the text of an array: there are no arrays of arrays of different lengths. */
const literal = (ids: readonly string[]): string => `{${ids.map((id) => JSON.stringify(id)).join()}}`;

const makeTogether = gathered(async (db, tenantId, all: readonly Making[]) => {
  const each = columnsOf(all);
  const rows = await db.rows<{ id: string }>(sql`
    with a as materialized (
      select * from unnest(${each('id')}::text[], ${each('at')}::bigint[], ${each('entryId')}::text[], ${each('actor')}::text[],
                           ${each('version')}::bigint[], ${each('organizationId')}::text[], ${each('invitee')}::text[],
                           ${each('inviterId')}::text[], ${each('roleIds')}::text[], ${each('expiresAt')}::bigint[],
                           ${each('redirect')}::text[], ${each('applicationId')}::text[], ${each('membershipExpiresAt')}::bigint[],
                           ${each('namedId')}::text[], ${each('holder')}::text[], ${each('holderId')}::text[], ${each('held')}::text[])
        as a(id, at, entry_id, actor, version, organization_id, invitee, inviter_id, role_ids, expires_at, redirect_uri,
             application_id, membership_expires_at, named_id, holder, holder_id, held)
    ), i as (
      insert into invitations (tenant_id, id, organization_id, invitee, inviter_id, role_ids, created_at, updated_at, expires_at,
                               redirect_uri, application_id, authority_id, membership_expires_at)
      select o.tenant_id, a.id, o.id, a.invitee, a.inviter_id, a.role_ids::text[], a.at, a.at, a.expires_at,
             a.redirect_uri, a.application_id, a.holder_id, a.membership_expires_at
        from a join organizations o on o.tenant_id = ${tenantId} and o.id = a.organization_id and o.disabled_at is null
                                   and o.seat_limit is null ${joinPolicy}
        join tenants t on t.id = o.tenant_id and t.template_version = a.version
       where ${hasNoPolicy} and ${areAsGuessed}
         and (a.named_id is null or exists (select from users u where u.tenant_id = o.tenant_id and u.id = a.named_id))
       -- Statements that meet the same people lock them in one order; see also accept.ts.
       order by a.invitee, a.organization_id
      on conflict (tenant_id, organization_id, invitee)
        where accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null do nothing
      returning id, organization_id, invitee, role_ids, expires_at
    ), happened as (
      select a.entry_id as id, a.at, a.actor, ${'invitation.created' satisfies EventType}::text as type, i.organization_id, i.id as subject_id,
             jsonb_build_object('invitationId', i.id, 'invitee', i.invitee, 'roleIds', i.role_ids, 'expiresAt', i.expires_at) as data
        from i join a on a.id = i.id
    ), ${eachRecorded(tenantId)}
    select id from i`);
  const made = new Set(rows.map(({ id }) => id));
  return all.map(({ id }) => made.has(id));
});
