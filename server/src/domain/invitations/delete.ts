/** Deletes the record of an invitation, whatever its state; the audit keeps that it was. */
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';
import { mustCoverInvitation } from './authority.ts';

/** Refuses: invitation.not_found, access.beyond_own. */
export async function deleteInvitation(act: Act, id: string): Promise<void> {
  await mustCoverInvitation(act, id);
  const gone = await act.db.first(sql`
    with gone as (
      delete from invitations where tenant_id = ${act.tenantId} and id = ${id} returning *
    ), happened as (
      select organization_id, id as subject_id, jsonb_build_object('invitationId', id, 'invitee', invitee) as data from gone
    ), ${recorded(act, 'invitation.deleted')}
    select id from gone`);
  if (!gone) refuse('invitation.not_found', { id });
}
