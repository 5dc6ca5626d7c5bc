/**
 * Somebody accepts an invitation on its page. One transaction finds or makes the account of the invited address, joins
 * the organization and signs in (rule 7): when anything refuses, nothing of it has happened. Whether this visitor may is
 * judged inside it, with the invitation locked, by the same look that the page shows. Nothing of an account that exists
 * is changed but that its address is verified: neither its name nor a password.
 */
import type { Act, TxAct } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { type Browser, personOf, signIn } from '../users/sign-in.ts';
import { accept } from './accept.ts';
import { type Look, look, type Offer, type Visitor } from './look.ts';

export type Answer = {
  /** Asked of who has no account yet. */
  readonly name: string | undefined;
  readonly browser: Browser;
};

export type Outcome =
  /** With the new value of the session cookie; none where the person was signed in already. */
  | ({ readonly done: true; readonly sessionValue: string | undefined } & Pick<
      Offer,
      'organizationId' | 'invitee' | 'lacksPasskey'
    >)
  /** The visitor may not, or not yet: what there is to see instead. */
  | { readonly done: false; readonly look: Look };

/** Refuses as accept does, where something changed between the look and the deed. */
export async function acceptInPerson(
  act: Act,
  id: string,
  visitor: Visitor,
  answer: Answer,
): Promise<Outcome> {
  const attempt = () => act.atomically((tx) => inside(tx, id, visitor, answer));
  try {
    return await attempt();
  } catch (error) {
    // The account was made meanwhile, for another invitation or by signing up: now it is found.
    if (violation(error)?.constraint === 'users_primary_email') return attempt();
    throw error;
  }
}

async function inside(act: TxAct, id: string, visitor: Visitor, answer: Answer): Promise<Outcome> {
  // Of several that come at once the next one looks when this one is through.
  await act.db.run(
    sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
  );
  const { look: seen } = await look(act.db, act.tenantId, id, visitor, act.at);
  if (seen.state !== 'open' || seen.needs !== undefined || (seen.isNew && !answer.name))
    return { done: false, look: seen };
  const userId = await whoAccepts(act, seen, answer);
  await accept(act, id, userId);
  const { organizationId, invitee, lacksPasskey } = seen;
  const done = { done: true, organizationId, invitee, lacksPasskey } as const;
  if (seen.isSignedIn) return { ...done, sessionValue: undefined };
  const { value } = await signIn(act, userId, ['otp'], answer.browser);
  return { ...done, sessionValue: value };
}

async function whoAccepts(act: TxAct, offer: Offer, { name }: Answer): Promise<string> {
  if (!offer.provesMailbox && offer.accountId) return offer.accountId;
  return (await personOf(act, offer.invitee, { name, applicationId: offer.applicationId })).userId;
}
