/**
 * Links that many may use to join an organization: with roles, for some domains or all, a number of uses, a time. They
 * stand with the authority of whoever made or last changed them (rule 6), and never sign anybody in.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { isInsider, mustCover } from '../access.ts';
import { type EventType, recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { type Page, paged } from '../page.ts';
import { mustKeepPolicy } from '../policies/judge.ts';
import { refuse } from '../refusal.ts';
import { holdableIn } from '../roles/bound.ts';
import { type Named, namedRoles, templateOf } from '../roles/template.ts';

export type JoinLinkSettings = {
  readonly name: string | null;
  readonly roleIds: readonly string[];
  /** Null: any. */
  readonly allowedDomains: readonly string[] | null;
  readonly asksFirst: boolean;
  readonly mostUses: number | null;
  readonly expiresAt: number | null;
  readonly isDisabled: boolean;
};

type Row = Omit<JoinLinkSettings, 'isDisabled'> & {
  readonly id: string;
  readonly organizationId: string;
  readonly uses: number;
  readonly generation: number;
  readonly disabledAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
};
export type JoinLink = Row & { readonly organizationRoles: readonly Named[] };

const columns = sql`l.id, l.organization_id as "organizationId", l.name, l.role_ids as "roleIds", l.allowed_domains as "allowedDomains",
  l.asks_first as "asksFirst", l.most_uses as "mostUses", l.uses, l.generation, l.expires_at as "expiresAt",
  l.disabled_at as "disabledAt", l.created_at as "createdAt", l.updated_at as "updatedAt",
  (select template_version from tenants where id = l.tenant_id) as version`;

async function present(db: Queries, tenantId: string, row: Row): Promise<JoinLink> {
  const template = await templateOf(db, tenantId, row.version);
  return { ...row, organizationRoles: namedRoles(template, row.roleIds) };
}

/** Refuses: organization.not_found. */
export async function findJoinLinks(db: Queries, tenantId: string, organizationId: string, page: Page) {
  const found = await db.first(
    sql`select id from organizations where tenant_id = ${tenantId} and id = ${organizationId}`,
  );
  if (!found) refuse('organization.not_found', { id: organizationId });
  const { items, total } = await paged<Row>(
    db,
    page,
    (limits) => sql`
    select ${columns}, count(*) over () as total from join_links l where l.tenant_id = ${tenantId} and l.organization_id = ${organizationId}
     order by l.created_at desc, l.id desc ${limits}`,
  );
  return { items: await Promise.all(items.map((row) => present(db, tenantId, row))), total };
}

/** Refuses: join_link.not_found. */
export async function getJoinLink(
  db: Queries,
  tenantId: string,
  organizationId: string,
  id: string,
): Promise<JoinLink> {
  const row = await db.first<Row>(sql`
    select ${columns} from join_links l where l.tenant_id = ${tenantId} and l.organization_id = ${organizationId} and l.id = ${id}`);
  return present(db, tenantId, row ?? refuse('join_link.not_found', { id }));
}

/**
 * Refuses: organization.not_found, role.not_found, role.wrong_type, access.beyond_own, policy.role_not_allowed,
 * join_link.expiry_past.
 */
export function createJoinLink(act: Act, organizationId: string, given: JoinLinkSettings): Promise<JoinLink> {
  return act.atomically(async (tx) => {
    await mustFit(tx, organizationId, given.roleIds, given.expiresAt);
    const id = newId(act.at);
    await tx.db
      .run(sql`
      with l as (
        insert into join_links (tenant_id, id, organization_id, name, role_ids, allowed_domains, asks_first, most_uses, expires_at,
               disabled_at, authority_id, created_at, updated_at)
        values (${act.tenantId}, ${id}, ${organizationId}, ${given.name}, ${[...new Set(given.roleIds)]}::text[],
               ${given.allowedDomains}::text[], ${given.asksFirst}, ${given.mostUses}::int, ${given.expiresAt}::bigint,
               ${given.isDisabled ? act.at : null}::bigint, ${authorityOf(act)}, ${act.at}, ${act.at}) returning *
      ), ${told(act, 'join_link.created')} select 1`)
      .catch((error: unknown) => {
        if (violation(error)?.kind === 'foreign')
          refuse('organization.not_found', { id: organizationId }, error);
        throw error;
      });
    return getJoinLink(tx.db, act.tenantId, organizationId, id);
  });
}

/** Changes what is given, and nothing else. Refuses as creating does, and join_link.not_found. */
export function changeJoinLink(
  act: Act,
  organizationId: string,
  id: string,
  given: Partial<JoinLinkSettings>,
): Promise<JoinLink> {
  return act.atomically(async (tx) => {
    const before = await held(tx, organizationId, id);
    const { disabledAt } = before;
    const now = { ...before, isDisabled: disabledAt !== null, ...given };
    await mustCover(tx, organizationId, before.roleIds);
    await mustFit(tx, organizationId, now.roleIds, given.expiresAt ?? null);
    await tx.db
      .run(sql`
      with l as (
        update join_links set name = ${now.name}, role_ids = ${[...new Set(now.roleIds)]}::text[],
               allowed_domains = ${now.allowedDomains}::text[], asks_first = ${now.asksFirst}, most_uses = ${now.mostUses}::int,
               expires_at = ${now.expiresAt}::bigint, disabled_at = ${now.isDisabled ? (disabledAt ?? act.at) : null}::bigint,
               authority_id = ${authorityOf(act)}, updated_at = ${act.at}
         where tenant_id = ${act.tenantId} and id = ${id} returning *
      ), ${told(act, 'join_link.updated')} select 1`)
      .catch((error: unknown) => {
        if (violation(error)?.constraint === 'join_links_uses')
          refuse('join_link.below_use', { uses: before.uses }, error);
        throw error;
      });
    return getJoinLink(tx.db, act.tenantId, organizationId, id);
  });
}

/** A new link in its place: every one given out before is dead. Refuses: join_link.not_found, access.beyond_own, policy.role_not_allowed. */
export function regenerateJoinLink(act: Act, organizationId: string, id: string): Promise<JoinLink> {
  return act.atomically(async (tx) => {
    const { roleIds } = await held(tx, organizationId, id);
    await mustFit(tx, organizationId, roleIds, null);
    await tx.db.run(sql`
      with l as (
        update join_links set generation = generation + 1, authority_id = ${authorityOf(act)}, updated_at = ${act.at}
         where tenant_id = ${act.tenantId} and id = ${id} returning *
      ), ${told(act, 'join_link.regenerated')} select 1`);
    return getJoinLink(tx.db, act.tenantId, organizationId, id);
  });
}

/** Refuses: join_link.not_found. */
export async function deleteJoinLink(act: Act, organizationId: string, id: string): Promise<void> {
  const gone = await act.db.first(sql`
    with l as (
      delete from join_links where tenant_id = ${act.tenantId} and organization_id = ${organizationId} and id = ${id} returning *
    ), ${told(act, 'join_link.deleted')} select id from l`);
  if (!gone) refuse('join_link.not_found', { id });
}

const authorityOf = ({ by }: Act): string | null => (isInsider(by) ? by.id : null);

const told = (act: Act, type: EventType) => sql`happened as (
    select organization_id, id as subject_id, jsonb_build_object('joinLinkId', id, 'roleIds', role_ids, 'asksFirst', asks_first,
           'mostUses', most_uses, 'expiresAt', expires_at, 'isDisabled', disabled_at is not null) as data from l
  ), ${recorded(act, type)}`;

async function held(act: Act, organizationId: string, id: string): Promise<Row> {
  const row = await act.db.first<Row>(sql`
    select ${columns} from join_links l where l.tenant_id = ${act.tenantId} and l.organization_id = ${organizationId}
       and l.id = ${id} for update`);
  return row ?? refuse('join_link.not_found', { id });
}

async function mustFit(
  act: Act,
  organizationId: string,
  roleIds: readonly string[],
  expiresAt: number | null,
): Promise<void> {
  if (expiresAt !== null && expiresAt <= act.at) refuse('join_link.expiry_past', { expiresAt });
  const wanted = [...new Set(roleIds)];
  const found = await act.db.first<{ found: number; fit: number }>(sql`
    select count(*) as found, count(*) filter (where type = 'User') as fit from organization_roles
     where tenant_id = ${act.tenantId} and id = any(${wanted}::text[]) and ${holdableIn(organizationId)}`);
  if (found!.found < wanted.length) refuse('role.not_found', { ids: wanted });
  if (found!.fit < wanted.length) refuse('role.wrong_type');
  await mustCover(act, organizationId, wanted);
  await mustKeepPolicy(act, { organizationId, roleIds: wanted });
}
