/**
 * Changing and removing members. Whoever does it stands above: nobody touches themselves here, nor somebody whose roles
 * give everything that their own give. What is given is judged by the domain as everywhere (rule 6).
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { people, removeHolder, setRoles } from '../../domain/members/holders.ts';
import { refuse } from '../../domain/refusal.ts';
import { covers } from '../../domain/roles/covers.ts';
import { loadTemplate } from '../../domain/roles/template.ts';
import { verifiedOf } from './caller.ts';
import { GrantError } from './errors.ts';
import { findMemberPage, type MemberFilter } from './member-list.ts';
import type { Call } from './route.ts';
import { type ListAsk, pageOf } from './schema.ts';
import { memberPermissions } from './template.ts';
import { acting, looking } from './within.ts';

type Target = { readonly organizationId: string; readonly userId: string };

export function updateMember(call: Call, target: Target, roleId: string) {
  verifiedOf(call.caller);
  const { organizationId, userId } = target;
  return acting(call, organizationId, ['manage:member', memberPermissions.update], async (act) => {
    await mustStandAbove(act, target);
    await setRoles(act, people, organizationId, userId, [roleId]);
    return memberAs(act, target);
  });
}

/** The member as it was. */
export function removeMember(call: Call, target: Target) {
  verifiedOf(call.caller);
  const { organizationId, userId } = target;
  return acting(call, organizationId, ['delete:member', memberPermissions.remove], async (act) => {
    await mustStandAbove(act, target);
    const member = await memberAs(act, target);
    await removeHolder(act, people, organizationId, userId);
    return member;
  });
}

/** Refuses: FORBIDDEN, member.not_found, access.beyond_own. */
async function mustStandAbove(act: TxAct, { organizationId, userId }: Target): Promise<void> {
  if (act.by.id === userId) throw new GrantError('FORBIDDEN', 'Nobody changes their own membership here.');
  // Held until the end: whoever is promoted meanwhile was promoted before or waits.
  const member = await act.db.first(sql`
    select user_id from members where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and user_id = ${userId} for update`);
  if (!member) refuse('member.not_found');
  const [mine, theirs] = [
    await rolesOf(act, organizationId, act.by.id),
    await rolesOf(act, organizationId, userId),
  ];
  if (covers(await loadTemplate(act.db, act.tenantId), theirs, mine)) refuse('access.beyond_own');
}

async function rolesOf({ db, tenantId }: TxAct, organizationId: string, userId: string): Promise<string[]> {
  const member = await db.first<{ roleIds: string[] }>(sql`
    select role_ids as "roleIds" from members
     where tenant_id = ${tenantId} and organization_id = ${organizationId} and user_id = ${userId}`);
  return member?.roleIds ?? [];
}

async function memberAs({ db, tenantId, at }: TxAct, target: Target) {
  const order = { by: 'createdAt', isDescending: false };
  const { items } = await findMemberPage(db, tenantId, target, order, undefined, at);
  return items[0] ?? refuse('member.not_found');
}

export type MemberAsk = ListAsk & Pick<MemberFilter, 'status'>;

export function listMembers(call: Call, organizationId: string, ask: MemberAsk) {
  if (ask.organizationId !== undefined && ask.organizationId !== organizationId)
    refuse('organization.not_found', { id: ask.organizationId });
  return looking(
    call,
    organizationId,
    ['read:member', memberPermissions.query],
    async ({ db, tenantId, at }) => {
      const page = pageOf(ask);
      const filter = { organizationId, text: ask.search?.normalize('NFC'), status: ask.status };
      const order = {
        by: ask.sortField ?? 'createdAt',
        isDescending: (ask.sortOrder ?? 'desc').toLowerCase() === 'desc',
      };
      const { items, total } = await findMemberPage(db, tenantId, filter, order, page, at);
      return { items, totalCount: total, hasNextPage: page.number * page.size < total };
    },
  );
}
