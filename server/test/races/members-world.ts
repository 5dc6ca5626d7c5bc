/** One organization with people in it and around it, who do everything over HTTP with tokens and browsers of their own. */
import { signJoinToken } from '../../src/domain/join-links/token.ts';
import { day, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { testKeys } from '../fixtures.ts';
import type { TestApp } from '../harness.ts';
import { memberToken } from '../insiders.ts';
import { joiner } from '../joining.ts';
import { makeApplication, ownToken } from '../own-tokens.ts';
import { type Command, domains, founders, type PolicyDraft, people } from './members-commands.ts';

export type House = {
  readonly t: TestApp;
  readonly application: string;
  /** By rank: what covers what is the order of this list. */
  readonly roles: readonly string[];
};

export async function newHouse(t: TestApp): Promise<House> {
  const roles = [await roleNamed(t, 'member'), await roleNamed(t, 'admin'), await roleNamed(t, 'owner')];
  return { t, application: await makeApplication(t), roles };
}

type Person = {
  id: string;
  email: string;
  token: string;
  own: string;
  browser: Awaited<ReturnType<typeof joiner>>;
};
/** What was made, for whom. */
type Made = { id: string; whom: number };

export class World {
  readonly house: House;
  readonly own: string;
  readonly all: readonly Person[];
  readonly invitations: Made[] = [];
  readonly offers: Made[] = [];
  readonly links: string[] = [];

  constructor(house: House, own: string, all: readonly Person[]) {
    this.house = house;
    this.own = own;
    this.all = all;
  }

  async run(c: Command): Promise<number> {
    const { t, roles } = this.house;
    const { own } = this;
    if (c.kind === 'set seats')
      return (await t.api('PUT', `/organizations/${own}/seats`, { limit: c.limit })).status;
    const by = this.all[c.by]!;
    const inside = { authorization: `Bearer ${by.token}` };
    const mine = { authorization: `Bearer ${by.own}` };
    const member = 'whom' in c ? `/organizations/${own}/users/${this.all[c.whom]!.id}` : '';
    const of = (list: Made[]) =>
      ('handle' in c && list[c.handle % Math.max(list.length, 1)]) || { id: 'none', whom: c.by };
    const ofInvitee = ({ whom }: Made) => ({ authorization: `Bearer ${this.all[whom]!.own}` });
    const link = () => ('handle' in c && this.links[c.handle % Math.max(this.links.length, 1)]) || 'none';
    switch (c.kind) {
      case 'set roles': {
        const organizationRoleIds = c.roles.map((index) => roles[index]!);
        return (await t.api('PUT', `${member}/roles`, { organizationRoleIds }, inside)).status;
      }
      case 'remove':
        return (await t.api('DELETE', member, undefined, inside)).status;
      case 'suspend':
      case 'reinstate': {
        const isSuspended = c.kind === 'suspend';
        return (await t.api('PATCH', `${member}/is-suspended`, { isSuspended }, inside)).status;
      }
      case 'offer': {
        const body = { userId: this.all[c.whom]!.id };
        const made = await t.api('POST', `/organizations/${own}/ownership-transfers`, body, inside);
        if (made.status === 201) this.offers.push({ id: made.body.id, whom: c.whom });
        return made.status;
      }
      case 'invite': {
        const body = {
          organizationId: own,
          invitee: this.all[c.whom]!.email,
          expiresAt: t.now() + day,
          organizationRoleIds: [roles[c.role]],
        };
        const made = await t.api('POST', '/organization-invitations', body, inside);
        if (made.status === 201) this.invitations.push({ id: made.body.id, whom: c.whom });
        return made.status;
      }
      case 'accept':
      case 'accept offer': {
        const made = of(c.kind === 'accept' ? this.invitations : this.offers);
        const noun = c.kind === 'accept' ? 'invitations' : 'ownership-transfers';
        return (await t.api('POST', `/my/${noun}/${made.id}/accept`, undefined, ofInvitee(made))).status;
      }
      case 'approve': {
        const { id } = of(this.invitations);
        return (await t.api('POST', `/organization-invitations/${id}/approve`, undefined, inside)).status;
      }
      case 'leave':
        return (await t.api('DELETE', `/my/organizations/${own}`, undefined, mine)).status;
      case 'make link': {
        const { asksFirst, mostUses } = c;
        const body = { organizationRoleIds: [roles[c.role]], asksFirst, mostUses };
        const made = await t.api('POST', `/organizations/${own}/join-links`, body, inside);
        if (made.status === 201) this.links.push(made.body.id);
        return made.status;
      }
      case 'switch link': {
        const { isDisabled } = c;
        return (await t.api('PATCH', `/organizations/${own}/join-links/${link()}`, { isDisabled }, inside))
          .status;
      }
      case 'join':
      case 'ask': {
        const token = signJoinToken(testKeys, 'default', { linkId: link(), generation: 1 });
        await by.browser.arrive(`${t.url}/join/${token}`);
        return by.browser.answer(link(), c.kind === 'join' ? 'accept' : 'ask');
      }
      case 'let in':
      case 'decline': {
        const asked = await t.api('GET', `/organizations/${own}/join-requests?status=Open`);
        const request = asked.body[c.handle % Math.max(asked.body.length, 1)]?.id ?? 'none';
        const path = `/organizations/${own}/join-requests/${request}`;
        if (c.kind === 'decline') return (await t.api('POST', `${path}/decline`, undefined, inside)).status;
        const body = c.role === null ? {} : { organizationRoleIds: [roles[c.role]] };
        return (await t.api('POST', `${path}/approve`, body, inside)).status;
      }
      case 'set policy':
        return this.setPolicy(c.policy, inside);
    }
  }

  async setPolicy(draft: PolicyDraft, headers?: Record<string, string>): Promise<number> {
    const { t, roles } = this.house;
    const { invitableRoles, approvalRequired } = draft;
    const ids = (ranks: number[]) => ranks.map((rank) => roles[rank]!);
    const body = {
      ...draft,
      invitableRoles:
        invitableRoles?.map(({ role, byRoles }) => ({
          roleId: roles[role],
          byRoleIds: byRoles && ids(byRoles),
        })) ?? null,
      approvalRequired:
        typeof approvalRequired === 'string'
          ? approvalRequired
          : { roleIds: ids(approvalRequired.roles), domains: approvalRequired.domains },
      longestLifeMs: null,
      defaultLifeMs: null,
      invitationsPerDay: null,
      organizationMayChange: true,
    };
    return (await t.api('PUT', `/organizations/${this.own}/policy`, body, headers)).status;
  }
}

let round = 0;
export async function newWorld(house: House): Promise<World> {
  const { t, application, roles } = house;
  const own = await makeOrganization(t);
  const batch = round++;
  const all = await parallel(people, async (index) => {
    const email = `p${index}.${batch}@${domains[index % domains.length]}`;
    const id = await makeUser(t, email);
    await t.sql('update users set email_verified_at = 1 where id = $1', [id]);
    return {
      id,
      email,
      token: await memberToken(t, id, own),
      own: await ownToken(t, id, application),
      browser: await joiner(t, id),
    };
  });
  const inside = all.slice(0, founders.length).map(({ id }) => id);
  await t.api('POST', `/organizations/${own}/users`, { userIds: inside });
  await parallel(founders.length, (index) =>
    t.api('PUT', `/organizations/${own}/users/${inside[index]}/roles`, {
      organizationRoleIds: [roles[founders[index]!]],
    }),
  );
  await t.api('PUT', `/organizations/${own}/seats`, { limit: people });
  const world = new World(house, own, all);
  await world.setPolicy({
    allowedDomains: null,
    blockedDomains: [],
    invitableRoles: null,
    approvalRequired: 'never',
  });
  for (const asksFirst of [false, true])
    await world.run({ kind: 'make link', by: 2, role: 1, asksFirst, mostUses: null });
  await world.run({ kind: 'invite', by: 2, whom: founders.length, role: 1 });
  await world.run({ kind: 'ask', by: people - 1, handle: 1 });
  return world;
}
