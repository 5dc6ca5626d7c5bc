/**
 * A signed-in person asks to join: because the domain of their proven address is one of the organization's, or by a link.
 * Whoever was taken out may ask, too: whoever approves it lets them back in (rule 11). One open request for each person
 * and organization, and one a day; it takes no seat. A request by a link is one of its uses.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { announceDelivery, deliveryOfJoinRequest, type MailBounds } from '../../outbox/put.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { whoMayApprove } from '../invitations/ask-approval.ts';
import { mustBeOpenStill } from '../join-links/join.ts';
import type { JoinVisitor } from '../join-links/look.ts';
import type { JoinToken } from '../join-links/token.ts';
import { Refusal, refuse } from '../refusal.ts';
import { savepointed } from '../savepoint.ts';

export type Mailing = {
  readonly bounds: MailBounds;
  readonly hasDefaultConnector: boolean;
  readonly locale?: string | undefined;
};
type Wish = {
  readonly organizationId: string;
  readonly linkId: string | null;
  readonly roleIds: readonly string[];
};

const restMs = 86_400_000;

/** Refuses: join_request.not_possible, join_request.duplicate, join_request.already_member, mail.no_connector. */
export function askByDomain(
  act: Act,
  organizationId: string,
  userId: string,
  mail: Mailing,
): Promise<string> {
  return act.atomically(async (tx) => {
    const found = await tx.db.first<{ roleIds: string[]; isMember: boolean | null }>(sql`
      select array(select role_id from jit_roles j where j.tenant_id = o.tenant_id and j.organization_id = o.id) as "roleIds",
             case when m.user_id is not null then m.suspended_at is null and coalesce(m.expires_at > ${act.at}, true) end as "isMember"
        from users u
        join email_domains d on d.tenant_id = u.tenant_id and d.domain = split_part(u.primary_email, '@', 2) and d.verified_at is not null
        join organizations o on o.tenant_id = d.tenant_id and o.id = d.organization_id and o.disabled_at is null
        left join members m on m.tenant_id = o.tenant_id and m.organization_id = o.id and m.user_id = u.id
       where u.tenant_id = ${act.tenantId} and u.id = ${userId} and u.email_verified_at is not null and u.suspended_at is null
         and o.id = ${organizationId} and policy_admits(o.tenant_id, o.id, u.primary_email)`);
    // The same for what is not there and for what is not open to this person.
    if (!found || found.isMember === false) refuse('join_request.not_possible');
    if (found.isMember) refuse('join_request.already_member');
    return make(tx, { organizationId, linkId: null, roleIds: found.roleIds }, userId, mail);
  });
}

/** The same by a link, with its roles. Refuses as joining by it does, too. */
export function askByLink(act: Act, token: JoinToken, visitor: JoinVisitor, mail: Mailing): Promise<string> {
  return act.atomically(async (tx) => {
    const { organizationId, roleIds, isMember } = await mustBeOpenStill(tx, token, visitor);
    if (isMember) refuse('join_request.already_member');
    const id = await make(tx, { organizationId, linkId: token.linkId, roleIds }, visitor.userId, mail);
    await tx.db.run(
      sql`update join_links set uses = uses + 1 where tenant_id = ${act.tenantId} and id = ${token.linkId}`,
    );
    return id;
  });
}

async function make(act: TxAct, wish: Wish, userId: string, mail: Mailing): Promise<string> {
  const { organizationId, linkId, roleIds } = wish;
  const id = newId(act.at);
  const made = await act.db.first(sql`
    with made as (
      insert into join_requests (tenant_id, id, organization_id, user_id, link_id, role_ids, locale, created_at)
      select ${act.tenantId}, ${id}, ${organizationId}, ${userId}, ${linkId}, ${roleIds}::text[], ${mail.locale ?? null}, ${act.at}::bigint
       where not exists (select from join_requests r where r.tenant_id = ${act.tenantId} and r.organization_id = ${organizationId}
                            and r.user_id = ${userId} and (r.declined_at > ${act.at - restMs}
                              or r.withdrawn_at is not null and r.created_at > ${act.at - restMs}))
      on conflict (tenant_id, organization_id, user_id)
        where approved_at is null and declined_at is null and withdrawn_at is null do nothing returning *
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('joinRequestId', id, 'userId', user_id, 'joinLinkId', link_id) as data from made
    ), ${recorded(act, 'join_request.made')} select id from made`);
  if (!made) refuse('join_request.duplicate');
  const approvers = await whoMayApprove(
    act.db,
    act.tenantId,
    { organizationId, roleIds, authorityId: null },
    act.at,
  );
  for (const { address, locale } of approvers)
    await tell(act, id, 'JoinRequestMade', { ...mail, locale }, address);
  return id;
}

/** Queues a mail about the request: to this address, or to whoever asked. What is beyond the bounds is left out. */
export async function tell(
  act: TxAct,
  id: string,
  usageType: 'JoinRequestMade' | 'JoinRequestApproved' | 'JoinRequestDeclined',
  mail: Mailing,
  to?: string,
): Promise<void> {
  const order = { ...mail, usageType, payload: mail.locale === undefined ? {} : { locale: mail.locale } };
  const send = (inner: Act) =>
    announceDelivery(inner, order, to ?? '', () =>
      inner.db.first(sql`
        with r as (
          select q.tenant_id, q.id, q.organization_id, coalesce(${to ?? null}::text, u.primary_email) as recipient
            from join_requests q join users u on u.tenant_id = q.tenant_id and u.id = q.user_id
           where q.tenant_id = ${act.tenantId} and q.id = ${id} and coalesce(${to ?? null}::text, u.primary_email) is not null
        ), ${deliveryOfJoinRequest(inner, order)} select id from r`),
    );
  await savepointed(act, send).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
  });
  act.queued();
}
