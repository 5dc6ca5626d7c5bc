/** Ends a pending invitation from the organization's side. Its links and mails still waiting die with it. */
import type { Act } from '../../act.ts';
import { endInvitation } from './end.ts';

/** Refuses: invitation.not_found, invitation.ended (facts: status). */
export const revoke = (act: Act, id: string) => endInvitation(act, id, 'revoked');
