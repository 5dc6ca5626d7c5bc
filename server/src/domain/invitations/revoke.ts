/** Ends a pending invitation from the organization's side. Its links and mails still waiting die with it. */
import type { Act } from '../../act.ts';
import { mustCoverInvitation } from './authority.ts';
import { endInvitation } from './end.ts';
import type { PresentedInvitation } from './rows.ts';

/** Refuses: invitation.not_found, access.beyond_own, invitation.ended (facts: status). */
export async function revoke(act: Act, id: string): Promise<PresentedInvitation> {
  await mustCoverInvitation(act, id);
  return endInvitation(act, id, 'revoked');
}
