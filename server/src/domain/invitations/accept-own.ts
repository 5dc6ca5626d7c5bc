/**
 * A signed-in person answers an invitation for the address that they have proven, without its link. Others do not learn
 * that there is one (rules 5 and 14).
 */
import type { Act } from '../../act.ts';
import type { RefusalCode } from '../refusal.ts';
import { refuse } from '../refusal.ts';
import { acceptInPerson } from './accept-in-person.ts';
import { findWaitingFor } from './find-for-person.ts';
import type { Look, Visitor } from './look.ts';
import { reject } from './reject.ts';

type Person = NonNullable<Visitor['session']>;

/**
 * The organization that was joined. Refuses: invitation.not_found, invitation.ended, invitation.waiting,
 * invitation.passkey_first, member.suspended, organization.disabled, seats.full.
 */
export async function acceptOwn(act: Act, id: string, person: Person): Promise<string> {
  await mustWait(act, id, person);
  const visitor = { link: undefined, hasProof: false, session: person };
  const outcome = await acceptInPerson(act, id, visitor, { name: undefined, browser: {} });
  return outcome.done ? outcome.organizationId : refuse(reasonOf(outcome.look));
}

/** Refuses: invitation.not_found, invitation.ended. */
export async function rejectOwn(act: Act, id: string, person: Person): Promise<void> {
  await mustWait(act, id, person);
  await reject(act, id);
}

async function mustWait({ db, tenantId, at }: Act, id: string, { userId }: Person): Promise<void> {
  const [waiting] = await findWaitingFor(db, tenantId, userId, at, id);
  if (!waiting) refuse('invitation.not_found', { id });
}

function reasonOf({ state, ...seen }: Look): RefusalCode {
  if (state === 'waiting') return 'invitation.waiting';
  if (state === 'suspended') return 'member.suspended';
  if (state === 'disabled') return 'organization.disabled';
  return 'needs' in seen && seen.needs === 'passkey' ? 'invitation.passkey_first' : 'invitation.ended';
}
