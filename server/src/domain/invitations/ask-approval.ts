/**
 * Asks members who may approve a waiting invitation to do so, by mail: when its holder tries to accept it, or when the
 * organization's policy holds it from the start; at most once a
 * day for each invitation, and the five who have been members longest of those whose roles cover the invited ones.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { announceDelivery, deliveryToInviter, type MailBounds } from '../../outbox/put.ts';
import { recorded } from '../audit/record.ts';
import { Refusal } from '../refusal.ts';
import { covers } from '../roles/covers.ts';
import { effectiveScopes, loadTemplate } from '../roles/template.ts';
import { savepointed } from '../savepoint.ts';
import { type Backing, getBacking, isSettled } from './authority.ts';
import { isOpen } from './rows.ts';

const restMs = 24 * 60 * 60_000;
const mostMails = 5;

/** Does nothing where nothing waits, or somebody was asked within a day; mails beyond the bounds are left out. */
export async function askApproval(
  act: Act,
  id: string,
  mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean },
): Promise<void> {
  const backing = await getBacking(act.db, act.tenantId, id);
  if (await isSettled(act.db, act.tenantId, id, backing, act.at)) return;
  const approvers = await whoMayApprove(act.db, act.tenantId, backing, act.at);
  const isFirst = await act.db.first(sql`
    with i as (
      update invitations i set approval_asked_at = ${act.at}
       where i.tenant_id = ${act.tenantId} and i.id = ${id} and ${isOpen} and i.expires_at > ${act.at}
         and (i.approval_asked_at is null or i.approval_asked_at <= ${act.at - restMs}) returning i.*
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'asked', ${approvers.length}::int) as data from i
    ), ${recorded(act, 'invitation.approval_asked')} select id from i`);
  if (!isFirst) return;
  for (const { address, locale } of approvers) {
    const order = { ...mail, usageType: 'InvitationApprovalRequest', payload: { locale } };
    const send = (inner: Act) =>
      announceDelivery(inner, order, address, () =>
        inner.db.first(sql`
        with i as (
          select tenant_id, id, organization_id, ${address}::text as recipient from invitations
           where tenant_id = ${act.tenantId} and id = ${id}
        ), ${deliveryToInviter(inner, order)} select id from i`),
      );
    await savepointed(act, send).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
    act.queued();
  }
}

type Approver = {
  readonly address: string;
  /** Of their profile. */
  readonly locale: string | undefined;
};

/** Those, five at most, who have been members longest. */
export async function whoMayApprove(
  db: Queries,
  tenantId: string,
  { organizationId, roleIds, authorityId }: Backing,
  at: number,
): Promise<Approver[]> {
  const template = await loadTemplate(db, tenantId);
  const inviting = [...template.roles.keys()].filter((id) =>
    effectiveScopes(template, [id]).some(({ name }) => name === 'invite:member'),
  );
  const members = await db.rows<{ address: string; locale: string | null; held: string[] }>(sql`
    select u.primary_email as address, u.profile->>'locale' as locale, m.role_ids as held
      from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
     where m.tenant_id = ${tenantId} and m.organization_id = ${organizationId} and m.user_id is distinct from ${authorityId} and m.suspended_at is null
       and coalesce(m.expires_at > ${at}, true) and u.suspended_at is null and u.primary_email is not null
       and m.role_ids && ${inviting}::text[]
     order by m.joined_at, m.user_id limit 200`);
  return members
    .filter(({ held }) => covers(template, held, roleIds))
    .slice(0, mostMails)
    .map(({ address, locale }) => ({ address, locale: locale ?? undefined }));
}
