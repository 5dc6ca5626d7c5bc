/** What must be true after a group of commands, whatever their order was. */
import { expect } from 'vitest';
import type { World } from './members-world.ts';

type Standing = { rank: number; isActive: boolean };
type Policy = {
  allowedDomains: string[] | null;
  blockedDomains: string[];
  invitableRoles: { roleId: string; byRoleIds: string[] | null }[] | null;
  approvalRequired: 'never' | 'always' | { roleIds: string[]; domains: string[] };
};
type Link = { id: string; roleIds: string[]; authority: string; isDisabled: boolean };
export type Snapshot = {
  members: Map<string, Standing>;
  links: Map<string, Link>;
  /** Who was a member and is none. */
  departed: Set<string>;
  policy: Policy;
};
type Entry = {
  id: string;
  type: string;
  actor: string;
  data: any;
  authority: string | null;
  isHeld: boolean | null;
};

export const rankOf = ({ house }: World, held: readonly string[]): number =>
  Math.max(-1, ...held.map((id) => house.roles.indexOf(id)));

export async function look(world: World): Promise<Snapshot> {
  const { t } = world.house;
  const of = [world.own];
  const members = await t.sql<{ id: string; out: string | null; held: string[] }>(
    `select user_id as id, suspended_at as out, array(select role_id from member_roles k where k.organization_id = m.organization_id
        and k.user_id = m.user_id) as held from members m where organization_id = $1`,
    of,
  );
  const links = await t.sql<Link>(
    `select id, role_ids as "roleIds", authority_id as authority, disabled_at is not null as "isDisabled"
       from join_links where organization_id = $1`,
    of,
  );
  const departed = await t.sql<{ id: string }>(
    'select user_id as id from departures where organization_id = $1',
    of,
  );
  return {
    members: new Map(
      members.map(({ id, out, held }) => [id, { rank: rankOf(world, held), isActive: out === null }]),
    ),
    links: new Map(links.map((link) => [link.id, link])),
    departed: new Set(departed.map(({ id }) => id)),
    policy: (await t.api('GET', `/organizations/${world.own}/policy`)).body,
  };
}

/** What was recorded after the entry with this id. */
export const since = (world: World, last: string): Promise<Entry[]> =>
  world.house.t.sql<Entry>(
    `select j.id, j.type, j.actor, j.data, i.authority_id as authority, i.approval_needed_at is not null as "isHeld" from journal j
       left join invitations i on i.id = j.data->>'invitationId'
      where j.organization_id = $1 and j.id > $2 order by j.id`,
    [world.own, last],
  );

const idOf = (actor: string) => actor.slice(actor.indexOf(':') + 1);

/** `from`: one of these must have been able to; at least of rank `least` in any case. */
type Grant = { from: string[]; to: string; rank: number; least: number };

/**
 * Every grant of the group is explained: by somebody who could give that much before it, or came to in it by a grant that
 * is explained itself; nobody acted who had no access before the group and got none in it; and everybody who came in was
 * let in by a policy that was in force during the group.
 */
export function explain(world: World, before: Snapshot, entries: readonly Entry[]): void {
  const could = new Map(
    [...before.members].filter(([, { isActive }]) => isActive).map(([id, { rank }]) => [id, rank]),
  );
  const links = linksDuring(before, entries);
  let left = entries.flatMap((entry) => grantsOf(world, before, links, entry));
  for (let found = true; found; ) {
    const open = left.filter(
      ({ from, rank, least }) => !from.some((id) => (could.get(id) ?? -2) >= Math.max(rank, least)),
    );
    for (const { to, rank } of left.filter((grant) => !open.includes(grant)))
      could.set(to, Math.max(could.get(to) ?? -1, rank));
    found = open.length < left.length;
    left = open;
  }
  expect(left, 'grants that nobody could have made').toEqual([]);
  for (const { type, actor } of entries)
    if (actor.startsWith('member:')) expect(could.has(idOf(actor)), `${type} by ${actor}`).toBe(true);
  explainWaysIn(world, before, links, entries, could);
}

function grantsOf(
  world: World,
  before: Snapshot,
  links: Links,
  { type, actor, data, authority }: Entry,
): Grant[] {
  const rank = (roleIds: string[]) => rankOf(world, roleIds);
  if (type === 'membership.updated' && data.addedRoleIds)
    return data.userIds.map((to: string) => ({
      from: [idOf(actor)],
      to,
      rank: rank(data.addedRoleIds),
      least: 1,
    }));
  if (type === 'invitation.accepted')
    return [{ from: [authority!], to: data.userId, rank: rank(data.roleIds), least: -1 }];
  if (type === 'ownership_transfer.accepted')
    return [{ from: [data.offeredBy], to: data.offeredTo, rank: 2, least: 2 }];
  if (type === 'membership.created' && data.path === 'link') {
    const { authorities, roleIds } = links.get(data.joinLinkId)!;
    return [{ from: [...authorities], to: data.userIds[0], rank: rank(roleIds), least: -1 }];
  }
  if (type === 'join_request.approved')
    return [{ from: [idOf(actor)], to: data.userId, rank: rank(data.roleIds), least: 1 }];
  // Who is let in again has what was kept.
  if (type === 'membership.reinstated') {
    const [to] = data.userIds as string[];
    return [{ from: [idOf(actor)], to: to!, rank: before.members.get(to!)?.rank ?? -1, least: 1 }];
  }
  return [];
}

type Links = Map<string, { roleIds: string[]; authorities: Set<string>; wasEnabled: boolean }>;

/** The links there were, with everybody with whose authority each stood at some time of the group. */
function linksDuring(before: Snapshot, entries: readonly Entry[]): Links {
  const links: Links = new Map();
  for (const { id, roleIds, authority, isDisabled } of before.links.values())
    links.set(id, { roleIds, authorities: new Set([authority]), wasEnabled: !isDisabled });
  for (const { type, actor, data } of entries) {
    if (!type.startsWith('join_link.')) continue;
    const { roleIds, authorities, wasEnabled } = links.get(data.joinLinkId) ?? {
      roleIds: data.roleIds,
      authorities: new Set(),
      wasEnabled: false,
    };
    links.set(data.joinLinkId, {
      roleIds,
      authorities: new Set([...authorities, idOf(actor)]),
      wasEnabled: wasEnabled || !data.isDisabled,
    });
  }
  return links;
}

function explainWaysIn(
  world: World,
  before: Snapshot,
  links: Links,
  entries: readonly Entry[],
  could: ReadonlyMap<string, number>,
): void {
  const inForce: Policy[] = [
    before.policy,
    ...entries.filter(({ type }) => type === 'organization.policy_set').map(({ data }) => data),
  ];
  const addressOf = (id: string) => world.all.find((person) => person.id === id)!.email;
  for (const { type, actor, data, isHeld } of entries) {
    if (type === 'invitation.created') {
      const { invitee, roleIds } = data;
      const fitting = inForce.filter(
        (policy) => admits(policy, invitee) && lets(world, policy, could.get(idOf(actor)) ?? -2, roleIds),
      );
      expect(fitting, 'policies that let this be invited').not.toEqual([]);
      if (fitting.every((policy) => asks(policy, invitee, roleIds))) expect(isHeld).toBe(true);
    }
    if (type === 'membership.created' && data.path === 'link') {
      const [userId] = data.userIds as [string];
      const { roleIds, wasEnabled } = links.get(data.joinLinkId)!;
      const fits = (policy: Policy) =>
        admits(policy, addressOf(userId)) && !asks(policy, addressOf(userId), roleIds);
      expect(inForce.filter(fits), 'policies that let anybody in by this link').not.toEqual([]);
      expect(wasEnabled, 'a disabled link let somebody in').toBe(true);
      expect(before.departed.has(userId), 'a link let back in who was gone').toBe(false);
    }
    if (type === 'join_request.approved') {
      const fits = (policy: Policy) =>
        admits(policy, addressOf(data.userId)) &&
        lets(world, policy, could.get(idOf(actor)) ?? -2, data.roleIds);
      expect(inForce.filter(fits), 'policies that let this be approved').not.toEqual([]);
    }
  }
}

const domainOf = (address: string) => address.split('@')[1]!;

const admits = ({ allowedDomains, blockedDomains }: Policy, address: string): boolean =>
  !blockedDomains.includes(domainOf(address)) && (allowedDomains?.includes(domainOf(address)) ?? true);

/** Whether somebody who was of this rank at some time may give these roles. */
const lets = ({ house }: World, { invitableRoles }: Policy, rank: number, roleIds: readonly string[]) =>
  invitableRoles === null ||
  roleIds.every((id) =>
    invitableRoles.some(
      ({ roleId, byRoleIds }) =>
        roleId === id && (byRoleIds === null || byRoleIds.some((by) => house.roles.indexOf(by) <= rank)),
    ),
  );

const asks = ({ approvalRequired: asked }: Policy, address: string, roleIds: readonly string[]): boolean =>
  typeof asked === 'string'
    ? asked === 'always'
    : asked.domains.includes(domainOf(address)) || asked.roleIds.some((id) => roleIds.includes(id));

export async function checkRows({ house, own }: World): Promise<void> {
  const [row] = await house.t.sql(
    `select (select count(*) from member_roles k join members m using (tenant_id, organization_id, user_id)
              where k.organization_id = o.id and k.role_id = $2 and m.suspended_at is null)::int as owners,
            seats_used::int as used, seat_limit::int as seats, (select count(*) from members m where m.organization_id = o.id)::int
              + (select count(*) from invitations i where i.organization_id = o.id
                    and num_nonnulls(accepted_at, rejected_at, revoked_at, lapsed_at) = 0)::int as rows,
            (select count(*) from invitations i where i.organization_id = o.id and accepted_at is not null and awaits_approval)::int as unapproved,
            (select coalesce(array_agg(l.id), '{}') from join_links l where l.organization_id = o.id and l.uses <> (
               select count(*) from journal j where j.organization_id = o.id and j.data->>'joinLinkId' = l.id
                  and j.type in ('membership.created', 'join_request.made'))) as miscounted
       from organizations o where id = $1`,
    [own, house.roles[2]],
  );
  expect(row.owners).toBeGreaterThan(0);
  expect(row.used).toBe(row.rows);
  expect(row.used).toBeLessThanOrEqual(row.seats);
  expect(row.unapproved).toBe(0);
  expect(row.miscounted).toEqual([]);
}
