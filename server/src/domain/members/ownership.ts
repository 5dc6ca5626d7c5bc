/**
 * Ownership changes hands by agreement: an owner offers it to another member, who accepts within a week. Accepting gives
 * the offerer's owner roles and takes them from the offerer in one statement, so that there is never an owner too few
 * (rule 10). It holds only while the one is an owner and the other a lasting member: both rows are locked before the
 * judgement, as every demotion, suspension and removal locks them.
 *
 * Lock order: both membership rows by user id, the offer.
 */
import type { Act, TxAct } from '../../act.ts';
import { type Queries, type Statement, sql } from '../../db/db.ts';
import { announceDelivery, deliveryToMember, type MailBounds } from '../../outbox/put.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import { Refusal, refuse } from '../refusal.ts';
import { savepointed } from '../savepoint.ts';
import { ownerRefused } from './holders.ts';

export type Transfer = {
  readonly id: string;
  readonly organizationId: string;
  readonly offeredBy: string;
  readonly offeredTo: string;
  readonly offeredAt: number;
  readonly expiresAt: number;
};

type OfferMail = { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean };

const offerLifeMs = 7 * 86_400_000;
const columns = sql`t.id, t.organization_id as "organizationId", t.offered_by as "offeredBy", t.offered_to as "offeredTo",
  t.offered_at as "offeredAt", t.expires_at as "expiresAt"`;
const isOpen = sql`t.accepted_at is null and t.declined_at is null and t.withdrawn_at is null`;

/** The owner roles that the member holds now, as a query. */
const owned = (tenantId: string, organizationId: unknown, userId: unknown): Statement => sql`
  select r.id as role_id from members m
    join organization_roles r on r.tenant_id = m.tenant_id and r.id = any(m.role_ids) and r.is_owner
   where m.tenant_id = ${tenantId} and m.organization_id = ${organizationId} and m.user_id = ${userId} and m.suspended_at is null`;

/**
 * In the place of an earlier offer of the same owner. The member gets a mail, where one can be sent within the bounds.
 * Refuses: transfer.not_owner, transfer.unfit.
 */
export function offerOwnership(
  act: Act,
  organizationId: string,
  offeredBy: string,
  offeredTo: string,
  mail: OfferMail,
): Promise<Transfer> {
  return act.atomically(async (tx) => {
    await lockBoth(tx, organizationId, [offeredBy, offeredTo]);
    if (!(await tx.db.first(owned(act.tenantId, organizationId, offeredBy))))
      refuse('transfer.not_owner', { userId: offeredBy });
    if (offeredBy === offeredTo || !(await lasts(tx, organizationId, offeredTo)))
      refuse('transfer.unfit', { userId: offeredTo });
    await tx.db.run(sql`
      update ownership_transfers t set withdrawn_at = ${act.at}
       where t.tenant_id = ${act.tenantId} and t.organization_id = ${organizationId} and t.offered_by = ${offeredBy} and ${isOpen}`);
    const made = await tx.db.first<Transfer>(sql`
      with t as (
        insert into ownership_transfers (tenant_id, id, organization_id, offered_by, offered_to, offered_at, expires_at)
        values (${act.tenantId}, ${newId(act.at)}, ${organizationId}, ${offeredBy}, ${offeredTo}, ${act.at}, ${act.at + offerLifeMs})
        returning *
      ), ${happened}, ${recorded(act, 'ownership_transfer.offered')}
      select ${columns} from t`);
    await tell(tx, made!, mail);
    return made!;
  });
}

/** In the language that the member's profile names. */
async function tell(act: TxAct, { id, organizationId, offeredTo }: Transfer, mail: OfferMail): Promise<void> {
  const member = await act.db.first<{ address: string | null; locale: string | null }>(sql`
    select primary_email as address, profile->>'locale' as locale from users where tenant_id = ${act.tenantId} and id = ${offeredTo}`);
  const address = member?.address;
  if (!address) return;
  const payload = { transferId: id, ...(member.locale && { locale: member.locale }) };
  const order = { ...mail, usageType: 'OwnershipOffered', payload };
  const send = (inner: Act) =>
    announceDelivery(inner, order, address, () =>
      inner.db.first(sql`
        with r as (
          select ${act.tenantId}::text as tenant_id, ${address}::text as recipient, ${organizationId}::text as organization_id
        ), ${deliveryToMember(inner, order)} select 1 as one`),
    );
  await savepointed(act, send).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
  });
  act.queued();
}

/** By the member to whom it was offered. Refuses: transfer.not_found, transfer.ended, transfer.unfit. */
export function acceptOwnership(act: Act, id: string, userId: string): Promise<Transfer> {
  return act.atomically(async (tx) => {
    const offer = await getOffer(tx.db, act.tenantId, id, userId);
    const { organizationId, offeredBy } = offer;
    await lockBoth(tx, organizationId, [offeredBy, userId]);
    if (!(await lasts(tx, organizationId, userId))) refuse('transfer.unfit', { userId });
    const accepted = await tx.db
      .first<Transfer>(sql`
      with owned as (${owned(act.tenantId, organizationId, offeredBy)}), t as (
        update ownership_transfers t set accepted_at = ${act.at} from organizations o
         where t.tenant_id = ${act.tenantId} and t.id = ${id} and t.offered_to = ${userId} and ${isOpen} and t.expires_at > ${act.at}
           and o.tenant_id = t.tenant_id and o.id = t.organization_id and o.disabled_at is null
           and exists (select from owned) returning t.*
      ), moved as (
        update members m set role_ids = array(select unnest(m.role_ids) except select role_id from owned)
                                     || case when m.user_id = t.offered_to then array(select role_id from owned) else '{}' end
          from t where m.tenant_id = t.tenant_id and m.organization_id = t.organization_id
           and m.user_id in (t.offered_by, t.offered_to)
      ), ${happened}, ${recorded(act, 'ownership_transfer.accepted')}
      select ${columns} from t`)
      .catch(ownerRefused);
    return accepted ?? refuse('transfer.ended', { id });
  });
}

/** Refuses: transfer.not_found, transfer.ended. */
export async function declineOwnership(act: Act, id: string, userId: string): Promise<void> {
  await getOffer(act.db, act.tenantId, id, userId);
  const row = await act.db.first(sql`
    with t as (
      update ownership_transfers t set declined_at = ${act.at}
       where t.tenant_id = ${act.tenantId} and t.id = ${id} and ${isOpen} and t.expires_at > ${act.at} returning *
    ), ${happened}, ${recorded(act, 'ownership_transfer.declined')} select id from t`);
  if (!row) refuse('transfer.ended', { id });
}

/** By who offered it, or the tenant's management. Refuses: transfer.not_found, transfer.ended. */
export async function withdrawOwnership(act: Act, organizationId: string, id: string): Promise<void> {
  const whose = act.by.kind === 'member' ? sql`and t.offered_by = ${act.by.id}` : sql``;
  const known = await act.db.first(sql`
    select id from ownership_transfers t
     where t.tenant_id = ${act.tenantId} and t.organization_id = ${organizationId} and t.id = ${id} ${whose}`);
  if (!known) refuse('transfer.not_found', { id });
  const row = await act.db.first(sql`
    with t as (
      update ownership_transfers t set withdrawn_at = ${act.at}
       where t.tenant_id = ${act.tenantId} and t.id = ${id} and ${isOpen} and t.expires_at > ${act.at} returning *
    ), ${happened}, ${recorded(act, 'ownership_transfer.withdrawn')} select id from t`);
  if (!row) refuse('transfer.ended', { id });
}

/** Offers that wait for an answer: in an organization, or for a person. */
export const findTransfers = (
  db: Queries,
  tenantId: string,
  of: { readonly organizationId: string } | { readonly offeredTo: string },
  at: number,
): Promise<Transfer[]> =>
  db.rows<Transfer>(sql`
    select ${columns} from ownership_transfers t
     where t.tenant_id = ${tenantId} and ${isOpen} and t.expires_at > ${at}
       and ${'offeredTo' in of ? sql`t.offered_to = ${of.offeredTo}` : sql`t.organization_id = ${of.organizationId}`}
     order by t.offered_at desc, t.id desc`);

export type OfferedTo = {
  readonly id: string;
  readonly organization: string;
  readonly owner: { readonly name: string | null; readonly address: string | null };
  readonly expiresAt: number;
};

/** The same for a person, with the names that tell what it is about. */
export const findTransfersTo = (
  db: Queries,
  tenantId: string,
  userId: string,
  at: number,
): Promise<OfferedTo[]> =>
  db.rows<OfferedTo>(sql`
    select t.id, o.name as organization, jsonb_build_object('name', u.name, 'address', u.primary_email) as owner, t.expires_at as "expiresAt"
      from ownership_transfers t
      join organizations o on o.tenant_id = t.tenant_id and o.id = t.organization_id and o.disabled_at is null
      join users u on u.tenant_id = t.tenant_id and u.id = t.offered_by
     where t.tenant_id = ${tenantId} and t.offered_to = ${userId} and ${isOpen} and t.expires_at > ${at}
     order by t.offered_at desc, t.id desc`);

const happened = sql`happened as (
  select organization_id, id as subject_id, jsonb_build_object('transferId', id, 'offeredBy', offered_by,
         'offeredTo', offered_to) as data from t
)`;

/** Somebody else's offer is as if it did not exist. */
async function getOffer(db: Queries, tenantId: string, id: string, userId: string): Promise<Transfer> {
  const offer = await db.first<Transfer>(sql`
    select ${columns} from ownership_transfers t where t.tenant_id = ${tenantId} and t.id = ${id} and t.offered_to = ${userId}`);
  return offer ?? refuse('transfer.not_found', { id });
}

const lockBoth = (act: TxAct, organizationId: string, userIds: readonly string[]) =>
  act.db.run(sql`
    select user_id from members where tenant_id = ${act.tenantId} and organization_id = ${organizationId}
       and user_id = any(${userIds}::text[]) order by user_id for no key update`);

const lasts = (act: TxAct, organizationId: string, userId: string) =>
  act.db.first(sql`
    select m.user_id from members m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id and u.suspended_at is null
     where m.tenant_id = ${act.tenantId} and m.organization_id = ${organizationId} and m.user_id = ${userId}
       and m.suspended_at is null and m.expires_at is null`);
