/** What members of an organization do with its invitations. Every verb is the domain's; nothing here holds a secret. */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { askApproval } from '../../domain/invitations/ask-approval.ts';
import { getInvitation } from '../../domain/invitations/find.ts';
import { findInvitationPage, type InvitationOrder } from '../../domain/invitations/find-page.ts';
import { type Invitation, statusAt } from '../../domain/invitations/invitation.ts';
import { invite } from '../../domain/invitations/invite.ts';
import { renew } from '../../domain/invitations/renew.ts';
import { resend } from '../../domain/invitations/resend.ts';
import { revoke } from '../../domain/invitations/revoke.ts';
import { getPolicy } from '../../domain/policies/policy.ts';
import { refuse } from '../../domain/refusal.ts';
import { verifiedOf } from './caller.ts';
import type { Call } from './route.ts';
import { addressIn, type ListAsk, pageOf } from './schema.ts';
import { invitationPermissions } from './template.ts';
import { type InvitationStatus, meantBy, presentInvitation } from './vocabulary.ts';
import { acting, looking } from './within.ts';

const usualLifeMs = 7 * 86_400_000;

/** What the organization's policy says, where it says something. */
async function lifeOf({ db, tenantId }: TxAct, organizationId: string): Promise<number> {
  const { defaultLifeMs, longestLifeMs } = await getPolicy(db, tenantId, organizationId);
  return defaultLifeMs ?? Math.min(usualLifeMs, longestLifeMs ?? usualLifeMs);
}

/** The language of who calls; the tenant's where none is asked for. */
const mailFor = ({ door, locale }: Call) => door.orderMail(locale ? { locale } : {});

export function inviteMember(
  call: Call,
  { organizationId, email, roleId }: { organizationId: string; email: string; roleId: string },
) {
  verifiedOf(call.caller);
  const invitee = addressIn(email, 'email');
  return acting(call, organizationId, ['invite:member', invitationPermissions.create], async (act) => {
    const expiresAt = act.at + (await lifeOf(act, organizationId));
    const mail = mailFor(call);
    const made = await invite(act, { organizationId, invitee, roleIds: [roleId], expiresAt, mail });
    return presentInvitation(await askingApproval(call, act, made), act.at);
  });
}

type ById = { readonly organizationId: string; readonly id: string };

export const resendInvitation = (call: Call, of: ById) =>
  changing(call, of, ['invite:member', invitationPermissions.resendEmail], (act) =>
    resend(act, of.id, mailFor(call)),
  );

export const revokeInvitation = (call: Call, of: ById) =>
  changing(call, of, ['invite:member', invitationPermissions.revoke], (act) => revoke(act, of.id));

/** Only an expired one: a pending one is resent. */
export const renewInvitation = (call: Call, of: ById) =>
  changing(call, of, ['invite:member', invitationPermissions.renew], async (act, before) => {
    const status = statusAt(before, act.at);
    if (status !== 'Expired') refuse('invitation.ended', { status });
    const renewed = await renew(act, of.id, {
      expiresAt: act.at + (await lifeOf(act, before.organizationId)),
      mail: mailFor(call),
    });
    return askingApproval(call, act, renewed);
  });

/** Members who may approve hear of an invitation that the policy holds. */
async function askingApproval<T extends Pick<Invitation, 'id' | 'awaitsApproval'>>(
  { door }: Call,
  act: TxAct,
  invitation: T,
): Promise<T> {
  if (invitation.awaitsApproval) await askApproval(act, invitation.id, door.mail);
  return invitation;
}

/** An invitation of another organization is as if it did not exist (rule 18). */
function changing(
  call: Call,
  { organizationId, id }: ById,
  needed: readonly string[],
  verb: (act: TxAct, before: Invitation) => Promise<Invitation>,
) {
  verifiedOf(call.caller);
  return acting(call, organizationId, needed, async (act) => {
    // Held, so that what is judged here is still so when it is done.
    await act.db.run(
      sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
    );
    const before = await getInvitation(act.db, act.tenantId, id);
    if (before.organizationId !== organizationId) refuse('invitation.not_found', { id });
    return presentInvitation(await verb(act, before), act.at);
  });
}

const sortFields: Readonly<Record<string, InvitationOrder['by']>> = {
  email: 'email',
  invitedAt: 'createdAt',
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
  expiresAt: 'expiresAt',
  acceptedAt: 'acceptedAt',
};
export const invitationSortFields = Object.keys(sortFields);

export type InvitationAsk = ListAsk & {
  readonly status?: InvitationStatus | undefined;
  readonly ids?: readonly string[] | undefined;
};

export function listInvitations(call: Call, organizationId: string, ask: InvitationAsk) {
  if (ask.organizationId !== undefined && ask.organizationId !== organizationId)
    refuse('organization.not_found', { id: ask.organizationId });
  return looking(
    call,
    organizationId,
    ['read:member', invitationPermissions.query],
    async ({ db, tenantId, at }) => {
      const page = pageOf(ask);
      const filter = {
        organizationId,
        statuses: ask.status && meantBy(ask.status),
        text: ask.search?.normalize('NFC').toLowerCase(),
        ids: ask.ids,
      };
      const order = {
        by: sortFields[ask.sortField ?? 'createdAt'] ?? 'createdAt',
        isDescending: (ask.sortOrder ?? 'desc').toLowerCase() === 'desc',
      };
      const { items, total } = await findInvitationPage(db, tenantId, filter, order, page, at);
      return {
        items: items.map((item) => presentInvitation(item, at)),
        totalCount: total,
        hasNextPage: page.number * page.size < total,
      };
    },
  );
}
