/**
 * A signed-in person joins by a link. One transaction: the link is locked and judged by what its page shows, with the
 * authority that it stands with held still (rule 6); then one statement joins, counts the use and takes the seat. Of many
 * who come at once each is judged when the one before is through, and the bounds are checks besides.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { holdAuthority } from '../invitations/authority.ts';
import { takingSeats } from '../organizations/seats.ts';
import { refuse } from '../refusal.ts';
import { type JoinLook, type JoinVisitor, lookAtJoinLink } from './look.ts';
import type { JoinToken } from './token.ts';

type Open = Extract<JoinLook, { state: 'open' }>;

/**
 * Who is a member already stays as they are (rule 8), and the link keeps its use. Returns whether the person joined now.
 * Refuses: join_link.ended, join_link.asks_first, join_link.not_for_you, invitation.passkey_first, user.address_unproven,
 * policy.domain_not_allowed, seats.full.
 */
export async function joinByLink(act: Act, token: JoinToken, visitor: JoinVisitor): Promise<boolean> {
  // Most of a crowd is turned away here, without waiting for each other.
  await mustBeOpen(act, token, visitor);
  return act.atomically(async (tx) => {
    const { isMember, asksFirst } = await mustBeOpen(tx, token, visitor);
    if (isMember) return false;
    if (asksFirst) refuse('join_link.asks_first');
    const open = await mustBeOpenStill(tx, token, visitor);
    return takingSeats(tx, open.organizationId, (inner) => insert(inner, token, visitor.userId)).catch(
      (error: unknown) => {
        if (violation(error)?.constraint === 'join_links_uses') refuse('join_link.ended', {}, error);
        throw error;
      },
    );
  });
}

/** Locks the link and what it stands on, and judges once more. */
export async function mustBeOpenStill(act: TxAct, token: JoinToken, visitor: JoinVisitor): Promise<Open> {
  const link = await act.db.first<{
    organizationId: string;
    authorityId: string | null;
    roleIds: string[];
  }>(sql`
    select organization_id as "organizationId", authority_id as "authorityId", role_ids as "roleIds" from join_links
     where tenant_id = ${act.tenantId} and id = ${token.linkId} for no key update`);
  if (!link) refuse('join_link.ended');
  if (link.authorityId !== null) await holdAuthority(act, link);
  return mustBeOpen(act, token, visitor);
}

async function mustBeOpen(act: Act, token: JoinToken, visitor: JoinVisitor): Promise<Open> {
  const look = await lookAtJoinLink(act.db, act.tenantId, token, visitor, act.at);
  if (look.state === 'ended') refuse('join_link.ended');
  if (look.needs === 'domain') refuse('policy.domain_not_allowed');
  if (look.needs === 'seat' && !look.isMember) refuse('seats.full', { organizationId: look.organizationId });
  if (look.needs === 'address') refuse('user.address_unproven');
  if (look.needs === 'somebody' || look.needs === 'sign-in') refuse('join_link.not_for_you');
  if (look.needs === 'passkey' && !look.isMember) refuse('invitation.passkey_first');
  return look;
}

async function insert(act: Act, token: JoinToken, userId: string): Promise<boolean> {
  const { db, tenantId, at } = act;
  const row = await db.first(sql`
    with joined as (
      insert into members (tenant_id, organization_id, user_id, joined_at, came_by, role_ids)
      select u.tenant_id, o.id, u.id, ${at}::bigint, 'link',
             array(select r.id from organization_roles r where r.tenant_id = l.tenant_id and r.id = any(l.role_ids) and r.type = 'User'
                      and (r.organization_id is null or r.organization_id = l.organization_id) for key share)
        from join_links l
        join organizations o on o.tenant_id = l.tenant_id and o.id = l.organization_id and o.disabled_at is null
        join users u on u.tenant_id = l.tenant_id and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
       where l.tenant_id = ${tenantId} and l.id = ${token.linkId} and l.generation = ${token.generation}::int
         and not exists (select from departures p where p.tenant_id = o.tenant_id and p.organization_id = o.id and p.user_id = u.id)
      on conflict do nothing returning *
    ), used as (
      update join_links l set uses = uses + 1 from joined j where l.tenant_id = j.tenant_id and l.id = ${token.linkId}
    ), happened as (
      select organization_id, user_id as subject_id, jsonb_build_object('userIds', jsonb_build_array(user_id), 'path', 'link',
             'joinLinkId', ${token.linkId}::text) as data from joined
    ), ${recorded(act, 'membership.created')}
    select user_id from joined`);
  return row !== undefined;
}
