/** Ends a pending invitation from the invitee's side. */
import type { Act } from '../../act.ts';
import { endInvitation } from './end.ts';

/** Refuses: invitation.not_found, invitation.ended (facts: status). */
export const reject = (act: Act, id: string) => endInvitation(act, id, 'rejected');
