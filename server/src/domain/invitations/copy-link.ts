/**
 * A link to hand over by other means than mail. It is worth less than the mailed one: it does not prove the mailbox.
 */
import { type Queries, sql } from '../../db/db.ts';
import type { Keys } from '../keys.ts';
import { signLink } from '../link.ts';
import { refuse } from '../refusal.ts';
import { statusAt } from './invitation.ts';
import { getRow } from './rows.ts';

/** Refuses: invitation.not_found, invitation.ended (facts: status), organization.disabled, invitation.waiting. */
export async function copyLink(
  db: Queries,
  keys: Keys,
  publicUrl: string,
  tenantId: string,
  id: string,
  at: number,
) {
  const invitation = await getRow(db, tenantId, id);
  const status = statusAt(invitation, at);
  if (status !== 'Pending') refuse('invitation.ended', { status });
  const organization = await db.first<{ disabled_at: number | null }>(
    sql`select disabled_at from organizations where tenant_id = ${tenantId} and id = ${invitation.organizationId}`,
  );
  if (organization?.disabled_at) refuse('organization.disabled', { id: invitation.organizationId });
  if (invitation.awaitsApproval) refuse('invitation.waiting', { id });
  const token = signLink(keys, tenantId, {
    invitationId: id,
    generation: invitation.generation,
    channel: 'copy',
  });
  return { link: invitationUrl(publicUrl, token), expiresAt: invitation.expiresAt };
}

/** Where a link leads. */
export const invitationUrl = (publicUrl: string, token: string): string =>
  `${publicUrl}/invitations/${token}`;
