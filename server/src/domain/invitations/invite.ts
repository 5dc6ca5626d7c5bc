/**
 * Invites an address into an organization, and queues the mail in the same transaction.
 *
 * One statement decides and writes: the row is made only where the organization lets people in, the inviter and all
 * roles exist and fit, no open invitation holds the slot (rule 1, the partial unique index), and nobody with this
 * address is a member (rule 3, a trigger). When no row was made the facts are read and the reason is told; an expired
 * invitation that held the slot is closed first, in the transaction that opens the new one.
 *
 * What the organization's policy says is judged in the same statement. Where it wants somebody else to approve, the
 * invitation is made and has its seat, but its mail is kept until then.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, type Statement, sql, violation } from '../../db/db.ts';
import { announceDelivery, deliveryOf, type MailOrder } from '../../outbox/put.ts';
import { isInsider, mustCover } from '../access.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { type Guess, guessOf, isAsGuessed, mayHavePolicy, rememberPolicy } from '../members/guess.ts';
import { takingSeats } from '../organizations/seats.ts';
import {
  admitsDomain,
  admitsLife,
  admitsRoles,
  asksApproval,
  countedToday,
  hasNoPolicy,
  joinPolicy,
  mustKeepPolicy,
  refuseTooMany,
  tooManyToday,
} from '../policies/judge.ts';
import { Refusal, refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { covers } from '../roles/covers.ts';
import { lastTemplateOf, type Template } from '../roles/template.ts';
import { mustBeRegistered } from './destination.ts';
import { statusAt } from './invitation.ts';
import { makeAsSeen } from './invite-together.ts';
import { lapse } from './lapse.ts';
import {
  type InvitationRow,
  invitationColumns,
  isOpen,
  memberRefused,
  type PresentedInvitation,
  present,
  templateVersion,
} from './rows.ts';

export type InviteInput = {
  organizationId: string;
  /** An address in normal form. */
  invitee: string;
  inviterId?: string | null | undefined;
  roleIds: readonly string[];
  /** Milliseconds since the epoch, in the future. */
  expiresAt: number;
  /** When the membership that it gives ends, in milliseconds since the epoch; absent: never. */
  membershipExpiresAt?: number | null | undefined;
  /** Where the person goes after accepting: a place of this application, or of any of the tenant's own. */
  redirect?: string | null | undefined;
  applicationId?: string | null | undefined;
  /** The mail to send; absent: none. */
  mail?: MailOrder | undefined;
};

/**
 * Refuses: invitation.expiry_past, member.expiry_past, organization.not_found, organization.disabled, invitation.already_member,
 * invitation.duplicate, user.not_found (the inviter), role.not_found, role.wrong_type, seats.full, application.not_found,
 * invitation.redirect_not_registered, access.beyond_own, policy.domain_not_allowed, policy.role_not_allowed,
 * policy.life_too_long, policy.too_many_today (facts: retryAt), mail.no_connector, mail.too_many.
 */
export async function invite(act: Act, input: InviteInput): Promise<PresentedInvitation> {
  mustEndInTime(act, input);
  await mustBeRegistered(act, input);
  await mustCover(act, input.organizationId, input.roleIds);
  const wanted = asActor(act, input);
  const seen = seenOf(act, wanted);
  const row = (seen && (await attempt(act, wanted, seen))) ?? (await insertWithCare(act, wanted, seen));
  if (input.mail) act.queued();
  return present(act.db, row);
}

/**
 * The same for a member or bot in one statement, where what they held seconds ago covers it: the statement makes the row
 * only where they hold exactly that now. Undefined: the careful way has to say.
 */
export async function inviteAtOnce(act: Act, input: InviteInput): Promise<PresentedInvitation | undefined> {
  const { by } = act;
  const { organizationId, roleIds } = input;
  if (!isInsider(by) || by.organizationId !== organizationId || !by.scopes.has('invite:member')) return;
  const guess = guessOf(act.tenantId, by, act.at);
  if (!guess?.permissions.has('invite:member') || !covers(guess.template, guess.roleIds, roleIds)) return;
  if (input.redirect || input.applicationId) return;
  mustEndInTime(act, input);
  const wanted = asActor(act, input);
  const { template } = guess;
  if (!canHold(template, wanted)) return;
  const isBound = mayHavePolicy(act.tenantId, organizationId, act.at);
  let row = isBound ? undefined : await attempt(act, wanted, { template, guess, isFree: true });
  if (!row) {
    row = await attempt(act, wanted, { template, guess, isFree: false });
    if (row && !isBound) rememberPolicy(act.tenantId, organizationId, act.at);
  }
  if (row && input.mail) act.queued();
  return row && present(act.db, row);
}

/** What was seen a moment ago. The statement says it again, and makes no row where something of it is no more so. */
type Seen = {
  /** All roles are its, and can be held in the organization. */
  readonly template: Template;
  /** Nothing bounds inviting there: no policy, nor a limit of seats where several go together. */
  readonly isFree: boolean;
  /** What the member or bot holds. */
  readonly guess?: Guess;
};

/** Of the tenant's management; undefined: it has to go the careful way. */
function seenOf(act: Act, wanted: InviteInput): Seen | undefined {
  const { tenantId, at } = act;
  const template = lastTemplateOf(tenantId);
  // Inside a transaction, what is refused here would cost a savepoint.
  if (!template || isInsider(act.by) || 'transaction' in act.db) return;
  if (mayHavePolicy(tenantId, wanted.organizationId, at) || !canHold(template, wanted)) return;
  return { template, isFree: true };
}

const attempt = (act: Act, wanted: InviteInput, seen: Seen): Promise<InvitationRow | undefined> =>
  takingSeats(act, wanted.organizationId, (inner) => insert(inner, wanted, seen)).catch((error: unknown) => {
    if (error instanceof Refusal || violation(error)) return undefined;
    throw error;
  });

const canHold = ({ roles }: Template, { organizationId, roleIds }: InviteInput): boolean =>
  roleIds.every((id) => {
    const role = roles.get(id);
    return role?.type === 'User' && (role.organizationId ?? organizationId) === organizationId;
  });

/** `seen`: with what it was tried before, in vain. */
async function insertWithCare(act: Act, wanted: InviteInput, seen: Seen | undefined): Promise<InvitationRow> {
  const row = await takingSeats(act, wanted.organizationId, (inner) => insert(inner, wanted))
    .catch(memberRefused)
    .catch((error: unknown) => connectorLast(act, wanted, error))
    .catch((error: unknown) => countRefused(act, wanted, error));
  if (!row) return afterExplaining(act, wanted);
  // What was tried would have done, but for a policy or a limit of seats.
  if (seen?.template.version === row.version) rememberPolicy(act.tenantId, wanted.organizationId, act.at);
  return row;
}

function mustEndInTime({ at }: Act, { expiresAt, membershipExpiresAt }: InviteInput): void {
  if (expiresAt <= at) refuse('invitation.expiry_past', { expiresAt });
  if (typeof membershipExpiresAt === 'number' && membershipExpiresAt < expiresAt)
    refuse('member.expiry_past', { membershipExpiresAt });
}

const asActor = ({ by }: Act, input: InviteInput): InviteInput => ({
  ...input,
  inviterId: isInsider(by) ? inviterOf(by) : input.inviterId,
  roleIds: [...new Set(input.roleIds)],
});

/** Members invite in their own name; bots have none. */
const inviterOf = ({ kind, id }: { kind: 'member' | 'bot'; id: string }) => (kind === 'member' ? id : null);

async function insert(act: Act, input: InviteInput, seen?: Seen): Promise<InvitationRow | undefined> {
  const id = newId(act.at);
  if (seen?.isFree && !input.mail) {
    const { template, guess } = seen;
    const isMade = await makeAsSeen(act, id, input, { version: template.version, guess });
    return isMade ? newRow(act, input, id, template.version) : undefined;
  }
  const made = making(act, input, id, seen);
  // Of what was made as it was seen everything is known.
  const answer = seen?.isFree
    ? sql`select 1 as made from i`
    : sql`select ${invitationColumns}, ${templateVersion(act.tenantId)} from i`;
  const row = input.mail
    ? await announceDelivery(act, input.mail, input.invitee, () =>
        act.db.first<InvitationRow>(sql`with ${made}, ${deliveryOf(act, input.mail!)} ${answer}`),
      )
    : await act.db.first<InvitationRow>(sql`with ${made} ${answer}`);
  return row && seen?.isFree ? newRow(act, input, id, seen.template.version) : row;
}

/** Common table expressions: the invitation `i`, where nothing is in the way, and what is written because of it. */
function making(act: Act, input: InviteInput, id: string, seen: Seen | undefined): Statement {
  const authority = isInsider(act.by) ? act.by : undefined;
  // Said only where there is an inviter, and not where it is who acts: every part of a plan costs, asked for or not.
  const isNamed = input.inviterId && input.inviterId !== authority?.id;
  const inviter = isNamed
    ? sql`and exists (select from users where tenant_id = ${act.tenantId} and id = ${input.inviterId})`
    : sql``;
  const standing = seen?.guess && authority ? sql`and ${isAsGuessed(act, authority, seen.guess)}` : sql``;
  const roles = seen ? sql`` : sql`and ${rolesAreThere(act, input)}`;
  const policy = seen?.isFree ? hasNoPolicy : admits(act, input);
  const template = seen
    ? sql`join tenants t on t.id = o.tenant_id and t.template_version = ${seen.template.version}`
    : sql``;
  const isHeld = seen?.isFree ? undefined : asksApproval(input.invitee, input.roleIds);
  const approval =
    authority && isHeld ? sql`case when ${isHeld} then ${act.at}::bigint end` : sql`null::bigint`;
  const heldMail =
    authority && isHeld && input.mail
      ? sql`case when ${isHeld} then ${input.mail.payload}::jsonb end`
      : sql`null::jsonb`;
  return sql`i as (
    insert into invitations (tenant_id, id, organization_id, invitee, inviter_id, role_ids, created_at, updated_at, expires_at,
                             redirect_uri, application_id, authority_id, membership_expires_at, approval_needed_at, held_mail)
    select o.tenant_id, ${id}, o.id, ${input.invitee}, ${input.inviterId ?? null}, ${input.roleIds}::text[],
           ${act.at}::bigint, ${act.at}::bigint, ${input.expiresAt}::bigint, ${input.redirect || null}, ${input.applicationId || null},
           ${authority?.id ?? null}, ${input.membershipExpiresAt ?? null}::bigint, ${approval}, ${heldMail}
      from organizations o ${joinPolicy} ${template}
     where o.tenant_id = ${act.tenantId} and o.id = ${input.organizationId} and o.disabled_at is null
       and ${policy} ${inviter} ${standing} ${roles}
    on conflict (tenant_id, organization_id, invitee)
      where accepted_at is null and rejected_at is null and revoked_at is null and lapsed_at is null do nothing
    returning ${seen?.isFree ? sql`tenant_id, id, organization_id, invitee, inviter_id, role_ids, expires_at, awaits_approval` : sql`*`}
  ), happened as (
    select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'invitee', invitee,
           'roleIds', role_ids, 'expiresAt', expires_at) as data from i
  ), ${recorded(act, 'invitation.created')} ${seen?.isFree ? sql`` : sql`, ${countedToday(act)}`}`;
}

const rolesAreThere = ({ tenantId }: Act, { organizationId, roleIds }: InviteInput): Statement => sql`
  (select count(*) from organization_roles where tenant_id = ${tenantId} and id = any(${roleIds}::text[]) and type = 'User'
      and ${holdableIn(organizationId)}) = ${roleIds.length}`;

const newRow = (act: Act, input: InviteInput, id: string, version: number): InvitationRow => ({
  tenantId: act.tenantId,
  id,
  organizationId: input.organizationId,
  invitee: input.invitee,
  inviterId: input.inviterId ?? null,
  roleIds: [...input.roleIds],
  generation: 1,
  acceptedUserId: null,
  createdAt: act.at,
  updatedAt: act.at,
  expiresAt: input.expiresAt,
  resentCount: 0,
  acceptedAt: null,
  rejectedAt: null,
  revokedAt: null,
  lapsedAt: null,
  awaitsApproval: false,
  version,
});

const admits = (act: Act, { invitee, roleIds, expiresAt }: InviteInput): Statement =>
  sql`${admitsDomain(invitee)} and ${admitsLife(expiresAt - act.at)} and ${isInsider(act.by) ? admitsRoles(act.by, roleIds) : sql`true`}`;

/** That there is no connector is told last: whatever else is wrong comes before it. */
async function connectorLast(act: Act, input: InviteInput, error: unknown): Promise<never> {
  if (error instanceof Refusal && error.code === 'mail.no_connector')
    await act.atomically((tx) => refuseByFacts(tx, input));
  throw error;
}

async function countRefused(act: Act, { organizationId }: InviteInput, error: unknown): Promise<never> {
  if (violation(error)?.constraint === tooManyToday) await refuseTooMany(act, organizationId, error);
  throw error;
}

/**
 * No row was made: says why, or closes the expired invitation that was in the way and tries again. What stood in the
 * way may have gone, and something else come, between two statements: then the facts are read once more.
 */
async function afterExplaining(act: Act, input: InviteInput): Promise<InvitationRow> {
  return act.atomically(async (tx) => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const holder = await refuseByFacts(tx, input);
      if (holder) await lapse(tx, holder.id);
      const row = await takingSeats(tx, input.organizationId, (inner) => insert(inner, input))
        .catch(memberRefused)
        .catch((error: unknown) => countRefused(tx, input, error));
      if (row) return row;
    }
    return refuse('invitation.duplicate');
  });
}

/** Returns the expired invitation that holds the slot, when that is all that stands in the way. */
async function refuseByFacts(act: TxAct, input: InviteInput): Promise<InvitationRow | null> {
  const why = await factsOf(act.db, act, input);
  if (!why) refuse('organization.not_found', { id: input.organizationId });
  if (why.disabled) refuse('organization.disabled', { id: input.organizationId });
  if (why.member) refuse('invitation.already_member');
  if (why.holder && statusAt(why.holder, act.at) === 'Pending') {
    refuse('invitation.duplicate', { id: why.holder.id });
  }
  if (!why.inviter) refuse('user.not_found', { id: input.inviterId });
  if (why.roles < input.roleIds.length) refuse('role.not_found', { ids: input.roleIds });
  if (why.fit < input.roleIds.length) refuse('role.wrong_type');
  await mustKeepPolicy(act, { ...input, address: input.invitee, lifeMs: input.expiresAt - act.at });
  return why.holder;
}

type Facts = {
  disabled: boolean;
  member: boolean;
  inviter: boolean;
  roles: number;
  fit: number;
  holder: InvitationRow | null;
};

async function factsOf(db: Queries, act: Act, input: InviteInput): Promise<Facts | undefined> {
  const [facts, holder] = [
    await db.first<Omit<Facts, 'holder'>>(sql`
      select o.disabled_at is not null as disabled,
             exists (select from users u join members m on m.tenant_id = u.tenant_id and m.user_id = u.id
                      where u.tenant_id = o.tenant_id and u.primary_email = ${input.invitee} and m.organization_id = o.id
                        and coalesce(m.expires_at > ${act.at}, true)) as member,
             ${input.inviterId ?? null}::text is null
               or exists (select from users where tenant_id = o.tenant_id and id = ${input.inviterId ?? null}) as inviter,
             (select count(*) from organization_roles r where r.tenant_id = o.tenant_id and r.id = any(${input.roleIds}::text[])
                and ${holdableIn(input.organizationId)}) as roles,
             (select count(*) from organization_roles r where r.tenant_id = o.tenant_id and r.id = any(${input.roleIds}::text[])
                and r.type = 'User' and ${holdableIn(input.organizationId)}) as fit
        from organizations o where o.tenant_id = ${act.tenantId} and o.id = ${input.organizationId}`),
    await db.first<InvitationRow>(sql`
      select ${invitationColumns} from invitations i where i.tenant_id = ${act.tenantId}
         and i.organization_id = ${input.organizationId} and i.invitee = ${input.invitee} and ${isOpen} for update`),
  ];
  return facts && { ...facts, holder: holder ?? null };
}
