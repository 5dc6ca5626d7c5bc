/**
 * May this actor do that in this organization? The one place that answers. The tenant's management and the system may
 * do everything. A member or bot may do what the roles held there give at this moment, by the database and not by what
 * a token says, and nothing in any other organization; a token made for less allows less.
 *
 * Beyond permissions, nobody grants or takes away what they do not hold themselves (rule 6): roles can be given, and
 * members changed, only by somebody whose own roles cover theirs.
 */
import type { Act, Actor } from '../act.ts';
import { type Queries, sql } from '../db/db.ts';
import { type Standing, standingIn } from './members/effective.ts';
import { guessOf, rememberStanding } from './members/guess.ts';
import { bots, type HolderKind, people } from './members/holders.ts';
import { refuse } from './refusal.ts';
import { covers } from './roles/covers.ts';
import { effectiveScopes } from './roles/template.ts';

/** What the organization template of a fresh tenant has, with what each is for. */
export const permissions = {
  'invite:member': 'Create, resend, renew and revoke invitations',
  'manage:member': "Change members' roles, suspend and reinstate them",
  'delete:member': 'Remove members',
  'read:member': 'See members and invitations',
  'manage:organization': "Change the organization's settings",
  'delete:organization': 'Delete the organization',
} as const;
export type Permission = keyof typeof permissions;

/** Somebody who acts in one organization, by a token of it. */
export type Insider = Extract<Actor, { kind: 'member' | 'bot' }>;

export const isInsider = (actor: Actor): actor is Insider => actor.kind === 'member' || actor.kind === 'bot';

/**
 * Whether the actor may; `membership` asks for no more than belonging. Refuses organization.not_found for another
 * organization than the actor's own (rule 18).
 */
export async function may(
  db: Queries,
  tenantId: string,
  actor: Actor,
  permission: Permission | 'membership',
  organizationId: string,
  at: number,
): Promise<boolean> {
  if (!isInsider(actor)) return actor.kind === 'management' || actor.kind === 'system';
  if (permission !== 'membership' && !actor.scopes.has(permission)) return false;
  const standing = await standingOf(db, tenantId, actor, organizationId, at);
  if (holds(standing)) rememberStanding(tenantId, actor, standing, at);
  return holds(standing) && (permission === 'membership' || permissionsOf(standing).has(permission));
}

/** Whether the actor was allowed seconds ago: for what the verb's own statement judges once more. */
export const wasAllowed = (
  tenantId: string,
  actor: Insider,
  permission: Permission | 'membership',
  at: number,
): boolean =>
  permission !== 'membership' &&
  actor.scopes.has(permission) &&
  guessOf(tenantId, actor, at)?.permissions.has(permission) === true;

/**
 * Refuses access.denied (facts: permission) where the actor may not. Inside a transaction the standing is held until its
 * end: a demotion is seen before it, or waits.
 */
export async function mustBeAllowed(
  act: Act,
  permission: Permission | 'membership',
  organizationId: string,
): Promise<void> {
  if (isInsider(act.by)) await hold(act, act.by);
  if (!(await may(act.db, act.tenantId, act.by, permission, organizationId, act.at)))
    refuse('access.denied', { permission });
}

/** The same for permissions that an application defines itself: one of these, built in or not. */
export async function mustHoldOne(act: Act, names: readonly string[], organizationId: string): Promise<void> {
  if (!isInsider(act.by)) return;
  await hold(act, act.by);
  const standing = await standingOf(act.db, act.tenantId, act.by, organizationId, act.at);
  const own = permissionsOf(standing);
  const { scopes } = act.by;
  if (!holds(standing) || !names.some((name) => own.has(name) && scopes.has(name)))
    refuse('access.denied', { permission: names[0] });
}

/** Refuses access.beyond_own (facts: roleIds) where one of the roles gives more than the actor holds. */
export async function mustCover(act: Act, organizationId: string, roleIds: readonly string[]): Promise<void> {
  if (!isInsider(act.by) || roleIds.length === 0) return;
  const standing = await standingOf(act.db, act.tenantId, act.by, organizationId, act.at);
  // A role of another organization does not exist here, which is for the verb to say.
  const isElsewhere = (id: string) =>
    (standing.template.roles.get(id)?.organizationId ?? organizationId) !== organizationId;
  const beyond = roleIds.filter(
    (id) => !isElsewhere(id) && !covers(standing.template, standing.roleIds, [id]),
  );
  if (beyond.length > 0) refuse('access.beyond_own', { roleIds: beyond });
}

/** The same for what these members or bots hold already: nobody changes or removes who holds more than they do. */
export async function mustCoverHolders(
  act: Act,
  organizationId: string,
  kind: 'member' | 'bot',
  holderIds: readonly string[],
): Promise<void> {
  if (!isInsider(act.by)) return;
  const { table, id } = kindOf(kind);
  await holdMembers(act, organizationId, kind, holderIds);
  const theirs = await act.db.rows<{ roleId: string }>(sql`
    select distinct unnest(role_ids) as "roleId" from ${table}
     where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and ${id} = any(${holderIds}::text[])`);
  await mustCover(
    act,
    organizationId,
    theirs.map(({ roleId }) => roleId),
  );
}

const kindOf = (kind: 'member' | 'bot'): HolderKind => (kind === 'member' ? people : bots);

/** What they hold is judged and then changed: until the end of the transaction nobody gives them more. */
async function holdMembers(
  act: Act,
  organizationId: string,
  kind: 'member' | 'bot',
  holderIds: readonly string[],
): Promise<void> {
  if (!('transaction' in act.db)) return;
  const { table, id } = kindOf(kind);
  await act.db.run(sql`
    select joined_at from ${table} where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and ${id} = any(${holderIds}::text[]) order by ${id} for update`);
}

async function standingOf(
  db: Queries,
  tenantId: string,
  actor: Insider,
  organizationId: string,
  at: number,
): Promise<Standing> {
  if (actor.organizationId !== organizationId) refuse('organization.not_found', { id: organizationId });
  const known = held.get(db);
  if (known?.actor === actor) return known.standing;
  return standingIn(db, tenantId, kindOf(actor.kind), organizationId, actor.id, at);
}

const holds = ({ isMember, organizationEnabled }: Standing): boolean => isMember && organizationEnabled;

const permissionsOf = ({ template, roleIds }: Standing): ReadonlySet<string> =>
  new Set(effectiveScopes(template, roleIds).map(({ name }) => name));

/** Standings that are held until the end of their transaction: read once, and judged by to its end. */
const held = new WeakMap<Queries, { readonly actor: Insider; readonly standing: Standing }>();

/**
 * Every change of somebody's roles, suspension and removal locks the membership: until the end of this transaction it
 * waits. The organization comes first, so that members who change each other at once stand in line and not in a ring.
 */
async function hold(act: Act, actor: Insider): Promise<void> {
  if (!('transaction' in act.db) || held.get(act.db)?.actor === actor) return;
  const { kind, id, organizationId } = actor;
  await act.db.run(sql`
    select id from organizations where tenant_id = ${act.tenantId} and id = ${organizationId} for no key update`);
  const { table, id: column } = kindOf(kind);
  await act.db.run(sql`
    select joined_at from ${table} where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and ${column} = ${id} for share`);
  const standing = await standingOf(act.db, act.tenantId, actor, organizationId, act.at);
  held.set(act.db, { actor, standing });
}
