/**
 * What members and bots were seen to hold within the last seconds, in memory. It is a guess and never an answer: the
 * statement that acts on it says that they hold exactly this at that moment, and makes no row where they do not. Then
 * the act takes the careful way. So a verb that is called often needs no question before its statement.
 */
import type { Act, Actor } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { effectiveScopes, type Template } from '../roles/template.ts';
import type { Standing } from './effective.ts';

type Insider = Extract<Actor, { kind: 'member' | 'bot' }>;

export type Guess = {
  readonly roleIds: readonly string[];
  readonly template: Template;
  readonly permissions: ReadonlySet<string>;
  readonly until: number;
};

const guesses = new Map<string, Guess>();
const most = 10_000;
const goodForMs = 5_000;
const keyOf = (tenantId: string, { kind, id, organizationId }: Insider) =>
  `${tenantId}\n${organizationId}\n${kind}\n${id}`;

/** Only of somebody whose membership holds. */
export function rememberStanding(tenantId: string, actor: Insider, standing: Standing, at: number): void {
  const { template, roleIds } = standing;
  const permissions = new Set(effectiveScopes(template, roleIds).map(({ name }) => name));
  if (guesses.size >= most) guesses.delete(guesses.keys().next().value!);
  guesses.set(keyOf(tenantId, actor), { roleIds, template, permissions, until: at + goodForMs });
}

export function guessOf(tenantId: string, actor: Insider, at: number): Guess | undefined {
  const known = guesses.get(keyOf(tenantId, actor));
  return known && known.until > at ? known : undefined;
}

type Held = Readonly<Record<'tenantId' | 'organizationId' | 'id' | 'at' | 'roleIds', Statement>>;

/** The membership holds at this time, with exactly these roles. Of which template is for the statement to say. */
const memberHolds = ({ tenantId, organizationId, id, at, roleIds }: Held): Statement => sql`exists (
  select from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id and u.suspended_at is null
   where m.tenant_id = ${tenantId} and m.organization_id = ${organizationId} and m.user_id = ${id} and m.suspended_at is null
     and coalesce(m.expires_at > ${at}, true) and m.role_ids = ${roleIds})`;

const botHolds = ({ tenantId, organizationId, id, roleIds }: Held): Statement => sql`exists (
  select from bots b where b.tenant_id = ${tenantId} and b.organization_id = ${organizationId} and b.application_id = ${id}
                       and b.role_ids = ${roleIds})`;

/** That it is so at this moment. */
export function isAsGuessed({ tenantId, at }: Act, actor: Insider, { roleIds }: Guess): Statement {
  const held = {
    tenantId: sql`${tenantId}`,
    organizationId: sql`${actor.organizationId}`,
    id: sql`${actor.id}`,
    at: sql`${at}`,
    roleIds: sql`${roleIds}::text[]`,
  };
  return actor.kind === 'member' ? memberHolds(held) : botHolds(held);
}

const heldByEach = {
  tenantId: sql`o.tenant_id`,
  organizationId: sql`o.id`,
  id: sql`a.holder_id`,
  at: sql`a.at`,
  roleIds: sql`a.held::text[]`,
};

/**
 * The same for each of many, `a`: its `holder` is a 'member' or 'bot' of the organization `o` and holds what is `held`; null is
 * nobody of whom something was seen.
 */
export const areAsGuessed = sql`case a.holder when 'member' then ${memberHolds(heldByEach)}
  when 'bot' then ${botHolds(heldByEach)} else true end`;

/** Organizations that were seen to have a policy or a limit of seats, and until when that is worth remembering. */
const bound = new Map<string, number>();
const boundForMs = 60_000;

export function mayHavePolicy(tenantId: string, organizationId: string, at: number): boolean {
  return (bound.get(`${tenantId}\n${organizationId}`) ?? 0) > at;
}

export function rememberPolicy(tenantId: string, organizationId: string, at: number): void {
  if (bound.size >= most) bound.delete(bound.keys().next().value!);
  bound.set(`${tenantId}\n${organizationId}`, at + boundForMs);
}
