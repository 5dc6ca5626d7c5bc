/**
 * Who belongs to an organization and which roles they hold there: people (members) and applications (bots). Both are
 * the same matter with other tables, so the verbs are written once and take the kind.
 *
 * Lock order: organization, roles that are given, memberships.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, type Statement, sql, violation } from '../../db/db.ts';
import { mustCover, mustCoverHolders } from '../access.ts';
import { type EventType, recorded } from '../audit/record.ts';
import { lockOrganization } from '../organizations/organizations.ts';
import { takingSeats } from '../organizations/seats.ts';
import { type Page, paged } from '../page.ts';
import { type RefusalCode, refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { type Role, roleColumns } from '../roles/roles.ts';
import type { HolderType } from '../roles/template.ts';
import { removeEnded } from './ended.ts';

export type HolderKind = {
  readonly type: HolderType;
  readonly table: Statement;
  /** The column that names the holder. */
  readonly id: Statement;
  /** The table of those who may become holders, and the condition on a row `h` of it. */
  readonly source: Statement;
  readonly fit: Statement;
  readonly missing: RefusalCode;
  readonly unknown: RefusalCode;
  readonly unfit: RefusalCode;
  readonly joined: EventType;
  readonly changed: EventType;
  readonly left: EventType;
  /** How events name holders. */
  readonly field: string;
  /** The kind of actor that one of them is. */
  readonly actor: 'member' | 'bot';
};

export const people: HolderKind = {
  type: 'User',
  table: sql`members`,
  id: sql`user_id`,
  source: sql`users`,
  fit: sql`h.suspended_at is null`,
  missing: 'member.not_found',
  unknown: 'user.not_found',
  unfit: 'user.suspended',
  joined: 'membership.created',
  changed: 'membership.updated',
  left: 'membership.deleted',
  field: 'userIds',
  actor: 'member',
};

export const bots: HolderKind = {
  type: 'MachineToMachine',
  table: sql`bots`,
  id: sql`application_id`,
  source: sql`applications`,
  fit: sql`h.type = 'MachineToMachine'`,
  missing: 'bot.not_found',
  unknown: 'application.not_found',
  unfit: 'application.wrong_type',
  joined: 'bot.added',
  changed: 'bot.updated',
  left: 'bot.removed',
  field: 'applicationIds',
  actor: 'bot',
};

/**
 * Makes them members; those who are stay as they are (rule 8): the suspended suspended, who is one for a time for that
 * time. Whose time is over begins anew. Returns who is new. Refuses: organization.not_found,
 * organization.disabled, user.not_found, user.suspended, application.not_found, application.wrong_type, seats.full.
 */
export async function addHolders(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
): Promise<string[]> {
  await refuseUnfit(act, kind, organizationId, holderIds);
  return joinAnew(act, kind, organizationId, holderIds, (inner) =>
    takingSeats(inner, organizationId, ({ db }) => join(db, act, kind, organizationId, holderIds)),
  );
}

/** Makes the members exactly these: who stays keeps the roles, who leaves loses them. Refuses as adding does. */
export function setHolders(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
): Promise<void> {
  return act.atomically(async (tx) => {
    await lockOrganization(tx, organizationId);
    await refuseUnfit(tx, kind, organizationId, holderIds);
    await tx.db
      .run(sql`
      with gone as (
        delete from ${kind.table} where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
           and ${kind.id} <> all(${holderIds}::text[]) returning ${kind.id} as id
      ), happened as (
        select ${organizationId} as organization_id, ${organizationId} as subject_id,
               jsonb_build_object(${kind.field}::text, jsonb_agg(id order by id)) as data from gone having count(*) > 0
      ), ${recorded(act, kind.left)} select 1`)
      .catch(ownerRefused);
    await joinAnew(tx, kind, organizationId, holderIds, (inner) =>
      takingSeats(inner, organizationId, ({ db }) => join(db, act, kind, organizationId, holderIds)),
    );
  });
}

/** Ends the membership with its roles. Refuses: member.not_found, bot.not_found. */
export async function removeHolder(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
): Promise<void> {
  await mustCoverHolders(act, organizationId, kind.actor, [holderId]);
  const gone = await act.db
    .first(sql`
    with gone as (
      delete from ${kind.table} where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
         and ${kind.id} = ${holderId} returning ${kind.id} as id
    ), happened as (
      select ${organizationId} as organization_id, id as subject_id,
             jsonb_build_object(${kind.field}::text, jsonb_build_array(id)) as data from gone
    ), ${recorded(act, kind.left)}
    select id from gone`)
    .catch(ownerRefused);
  if (!gone) refuse(kind.missing, { organizationId, id: holderId });
}

/** Every holder gets every role; what they have already stays. Refuses: member/bot.not_found, role.not_found, role.wrong_type. */
export async function assignRoles(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
  roleIds: readonly string[],
): Promise<void> {
  const holders = [...new Set(holderIds)];
  const roles = [...new Set(roleIds)];
  await mustCoverHolders(act, organizationId, kind.actor, holders);
  await mustCover(act, organizationId, roles);
  const found = await act.db.first<{ holders: number; roles: number; fit: number }>(sql`
    with role as (
      select id, type from organization_roles
       where tenant_id = ${act.tenantId} and id = any(${roles}::text[]) and ${holdableIn(organizationId)} for key share
    ), holder as (
      select ${kind.id} as id, role_ids from ${kind.table}
       where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and ${kind.id} = any(${holders}::text[])
       order by ${kind.id} for no key update
    ), granted as (
      update ${kind.table} m set role_ids = m.role_ids || added.role_ids
        from (select holder.id, array(select id from role where id <> all(holder.role_ids)) as role_ids from holder) added
       where m.tenant_id = ${act.tenantId} and m.organization_id = ${organizationId} and m.${kind.id} = added.id
         and cardinality(added.role_ids) > 0 and (select count(*) from holder) = ${holders.length}
         and (select count(*) from role where type = ${kind.type}) = ${roles.length}
      returning added.id, added.role_ids
    ), happened as (
      select ${organizationId} as organization_id, min(g.id) as subject_id,
             jsonb_build_object(${kind.field}::text, jsonb_agg(distinct g.id), 'addedRoleIds', jsonb_agg(distinct role_id)) as data
        from granted g cross join unnest(g.role_ids) role_id having count(*) > 0
    ), ${recorded(act, kind.changed)}
    select (select count(*) from holder) as holders, (select count(*) from role) as roles,
           (select count(*) from role where type = ${kind.type}) as fit`);
  if (found!.holders < holders.length) refuse(kind.missing, { organizationId });
  if (found!.roles < roles.length) refuse('role.not_found', { ids: roles });
  if (found!.fit < roles.length) refuse('role.wrong_type', { type: kind.type });
}

/** Makes the roles of one holder exactly these. Refuses as assigning does. */
export function setRoles(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
  roleIds: readonly string[],
): Promise<void> {
  return act.atomically(async (tx) => {
    await lockHolder(tx, kind, organizationId, holderId);
    await mustCoverHolders(tx, organizationId, kind.actor, [holderId]);
    // Given before taken: an owner who stays one is never none in between.
    await assignRoles(tx, kind, organizationId, [holderId], roleIds);
    await tx.db
      .run(sql`
      with held as (
        select unnest(role_ids) as role_id from ${kind.table}
         where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and ${kind.id} = ${holderId}
      ), gone as (
        select role_id from held where role_id <> all(${roleIds}::text[])
      ), kept as (
        update ${kind.table} set role_ids = array(select role_id from held where role_id = any(${roleIds}::text[]))
         where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and ${kind.id} = ${holderId}
           and exists (select from gone)
      ), happened as (
        select ${organizationId} as organization_id, ${holderId} as subject_id, jsonb_build_object(${kind.field}::text,
               jsonb_build_array(${holderId}::text), 'removedRoleIds', jsonb_agg(role_id)) as data from gone having count(*) > 0
      ), ${recorded(act, kind.changed)} select 1`)
      .catch(ownerRefused);
  });
}

/** Refuses: member/bot.not_found, relation.not_found. */
export function removeRole(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
  roleId: string,
): Promise<void> {
  return act.atomically(async (tx) => {
    await lockHolder(tx, kind, organizationId, holderId);
    await mustCoverHolders(tx, organizationId, kind.actor, [holderId]);
    const gone = await tx.db
      .first(sql`
      with gone as (
        update ${kind.table} set role_ids = array_remove(role_ids, ${roleId})
         where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and ${kind.id} = ${holderId}
           and ${roleId} = any(role_ids) returning ${kind.id} as id
      ), happened as (
        select ${organizationId} as organization_id, ${holderId} as subject_id, jsonb_build_object(${kind.field}::text,
               jsonb_build_array(${holderId}::text), 'removedRoleIds', jsonb_build_array(${roleId}::text)) as data from gone
      ), ${recorded(act, kind.changed)}
      select id from gone`)
      .catch(ownerRefused);
    if (!gone) refuse('relation.not_found', { roleId });
  });
}

/** The roles of one holder by name. Refuses: member/bot.not_found. */
export async function findRolesOfHolder(
  db: Queries,
  tenantId: string,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
  page: Page,
) {
  const member = await db.first(sql`
    select from ${kind.table} where tenant_id = ${tenantId} and organization_id = ${organizationId} and ${kind.id} = ${holderId}`);
  if (!member) refuse(kind.missing, { organizationId, id: holderId });
  return paged<Role>(
    db,
    page,
    (limits) => sql`
    select ${roleColumns}, count(*) over () as total
      from ${kind.table} h join organization_roles r on r.tenant_id = h.tenant_id and r.id = any(h.role_ids)
     where h.tenant_id = ${tenantId} and h.organization_id = ${organizationId} and h.${kind.id} = ${holderId}
     order by r.name, r.id ${limits}`,
  );
}

/** Where one of them was a member for a time that is over, that membership goes first. */
async function joinAnew<T>(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
  joining: (act: Act) => Promise<T>,
): Promise<T> {
  if (kind.actor === 'bot') return joining(act);
  const over = await act.db.first(sql`
    select user_id from members where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and user_id = any(${holderIds}::text[]) and expires_at <= ${act.at} limit 1`);
  if (!over) return joining(act);
  return act.atomically(async (tx) => {
    await removeEnded(tx, organizationId, holderIds);
    return joining(tx);
  });
}

async function join(
  db: Queries,
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
): Promise<string[]> {
  try {
    const rows = await db.rows<{ id: string }>(sql`
      with joined as (
        insert into ${kind.table} (tenant_id, organization_id, ${kind.id}, joined_at)
        select ${act.tenantId}, ${organizationId}, id, ${act.at}::bigint from (select distinct unnest(${holderIds}::text[])) wanted(id)
        on conflict do nothing returning ${kind.id} as id
      ), happened as (
        select ${organizationId} as organization_id, min(id) as subject_id,
               jsonb_build_object(${kind.field}::text, jsonb_agg(id order by id)) as data from joined having count(*) > 0
      ), ${recorded(act, kind.joined)}
      select id from joined`);
    return rows.map((row) => row.id);
  } catch (error) {
    const found = violation(error);
    if (found?.kind !== 'foreign') throw error;
    return found.constraint.endsWith('_organization')
      ? refuse('organization.not_found', { id: organizationId }, error)
      : refuse(kind.unknown, {}, error);
  }
}

/** Rule 17: nobody joins a disabled organization, and the suspended join nothing. */
async function refuseUnfit(
  act: Act,
  kind: HolderKind,
  organizationId: string,
  holderIds: readonly string[],
): Promise<void> {
  const wanted = [...new Set(holderIds)];
  const found = await act.db.first<{ disabled: boolean | null; known: number; fit: number }>(sql`
    select (select disabled_at is not null from organizations where tenant_id = ${act.tenantId} and id = ${organizationId}) as disabled,
           count(*) as known, count(*) filter (where ${kind.fit}
             or exists (select from ${kind.table} m where m.tenant_id = ${act.tenantId} and m.organization_id = ${organizationId}
                           and m.${kind.id} = h.id)) as fit
      from ${kind.source} h where h.tenant_id = ${act.tenantId} and h.id = any(${wanted}::text[])`);
  if (found!.disabled === null) refuse('organization.not_found', { id: organizationId });
  if (found!.disabled) refuse('organization.disabled', { id: organizationId });
  if (found!.known < wanted.length) refuse(kind.unknown);
  if (found!.fit < wanted.length) refuse(kind.unfit);
}

/** Rule 10, as the database says it. */
export function ownerRefused(error: unknown): never {
  if (violation(error)?.constraint === 'organizations_owner') refuse('organization.last_owner', {}, error);
  throw error;
}

export async function lockHolder(
  act: TxAct,
  kind: HolderKind,
  organizationId: string,
  holderId: string,
): Promise<void> {
  const found = await act.db.first(sql`
    select joined_at from ${kind.table} where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and ${kind.id} = ${holderId} for no key update`);
  if (!found) refuse(kind.missing, { organizationId, id: holderId });
}
