/**
 * Accepting by the token of an invitation's link. Only the owner of the invited mailbox accepts (rule 5): a link that
 * came by mail proves the mailbox; with any other, the caller's own address must be the invited one, and proven. Whoever
 * is signed in with another address is refused. Somebody new is made with the name, username and password that come
 * along; of an account that exists nothing is changed but that its address is verified.
 *
 * One transaction judges, with the invitation locked, makes the person and joins: the same look as on the page.
 */
import type { TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { joinByDomain } from '../../domain/domains/join-by-domain.ts';
import { accept } from '../../domain/invitations/accept.ts';
import { getInvitation } from '../../domain/invitations/find.ts';
import type { Invitation } from '../../domain/invitations/invitation.ts';
import { type Look, look, type Offer, type Visitor } from '../../domain/invitations/look.ts';
import { type Link, readLink } from '../../domain/link.ts';
import { Refusal, refuse } from '../../domain/refusal.ts';
import { digestPassword } from '../../domain/users/password.ts';
import { personOf as personOfMailbox } from '../../domain/users/sign-in.ts';
import { accountsOf, ensureAccount } from './accounts.ts';
import { findPerson } from './caller.ts';
import { GrantError, unauthenticated } from './errors.ts';
import { completed, madePerson, mustFit } from './registrations.ts';
import type { Call } from './route.ts';
import { presentInvitation, presentUser } from './vocabulary.ts';

export type UserData = { readonly name: string; readonly username: string; readonly password: string };
type Digested = Omit<UserData, 'password'> & Awaited<ReturnType<typeof digestPassword>>;
type Outcome = {
  readonly invitation: Invitation;
  readonly accepted?: { readonly userId: string; readonly isNew: boolean };
};

export async function acceptInvitation(call: Call, token: string, userData: UserData | undefined) {
  const link = readLink(call.door.keys, call.door.tenantId, token) ?? refuseToken('unknown');
  if (userData) mustFit(userData.password, 'userData.password');
  const attempt = async (): Promise<Outcome> => {
    const person = userData && (await isForSomebodyNew(call, link)) ? await digested(userData) : undefined;
    return call.door.acting.atomically({ kind: 'invitee', id: link.invitationId }, (act) =>
      inside(act, call, link, person),
    );
  };
  const outcome = await attempt().catch((error: unknown) => {
    // The account was made meanwhile, for another invitation or by registering: now it is found.
    if (error instanceof Refusal && error.code === 'user.email_taken') return attempt();
    throw error;
  });
  return answer(call, outcome);
}

async function digested({ password, ...person }: UserData): Promise<Digested> {
  return { ...person, ...(await digestPassword(password)) };
}

/** A password is digested before the transaction, and only where it is going to be somebody's. */
async function isForSomebodyNew(call: Call, link: Link): Promise<boolean> {
  const { db, tenantId, clock } = call.door;
  const seen = await look(db, tenantId, link.invitationId, visitorOf(call, link), clock());
  return seen.look.state === 'open' && seen.look.needs === undefined && seen.look.isNew;
}

const visitorOf = ({ caller }: Call, link: Link): Visitor => ({
  link,
  hasProof: false,
  session: caller?.person && { userId: caller.person.id, methods: ['pwd'] },
});

async function inside(act: TxAct, call: Call, link: Link, person: Digested | undefined): Promise<Outcome> {
  const id = link.invitationId;
  // Of several that come at once the next one looks when this one is through.
  await act.db.run(
    sql`select id from invitations where tenant_id = ${act.tenantId} and id = ${id} for update`,
  );
  const seen = await look(act.db, act.tenantId, id, visitorOf(call, link), act.at);
  const offer = mustBeOpen(seen.look);
  const registration = call.caller?.registration;
  if (registration && registration.address !== offer.invitee) refuse('invitation.wrong_address');
  if (offer.isMember) refuse('invitation.already_member');
  if (offer.isNew && !registration && !person)
    return { invitation: await getInvitation(act.db, act.tenantId, id) };
  const userId = await whoAccepts(act, offer, registration?.id, person);
  const invitation = await accept(act, id, userId);
  await ensureAccount(act, userId, offer.host.name);
  return { invitation, accepted: { userId, isNew: offer.isNew } };
}

/** What this visitor may answer; everything else is refused by what it is. */
function mustBeOpen(seen: Look): Offer {
  switch (seen.state) {
    case 'open':
      if (seen.needs === 'other account') refuse('invitation.wrong_address');
      if (seen.needs === 'code')
        throw unauthenticated('This link does not prove the mailbox: sign in with the invited address.');
      if (seen.needs === 'passkey')
        throw new GrantError(
          'FORBIDDEN',
          'The organization asks for a passkey: accept on the page of the link.',
        );
      return seen;
    case 'disabled':
      return refuse('organization.disabled');
    case 'suspended':
      return refuse('user.suspended');
    case 'waiting':
      return refuse('invitation.waiting');
    default:
      return refuseToken(seen.state);
  }
}

const told = {
  unknown: 'The token is not valid.',
  gone: 'The invitation does not exist any more.',
  superseded: 'A newer mail has another link: use that one.',
  expired: 'The invitation has expired.',
  accepted: 'The invitation was accepted already.',
  revoked: 'The invitation was revoked.',
  rejected: 'The invitation was declined.',
} as const;

function refuseToken(state: keyof typeof told): never {
  throw new GrantError('VALIDATION_ERROR', told[state], {
    details: [{ field: 'token', message: told[state], code: state }],
    extensions: { status: state },
  });
}

async function whoAccepts(
  act: TxAct,
  offer: Offer,
  registrationId: string | undefined,
  person: Digested | undefined,
): Promise<string> {
  if (!offer.isNew) {
    if (!offer.provesMailbox) return offer.accountId!;
    return (await personOfMailbox(act, offer.invitee, false)).userId;
  }
  // The link proves the mailbox that the registration waits for.
  if (registrationId) return completed(act, registrationId);
  return madePerson(act, { primaryEmail: offer.invitee, ...person! });
}

async function answer({ door }: Call, { invitation, accepted }: Outcome) {
  const { db, tenantId, clock } = door;
  const presented = presentInvitation(invitation, clock());
  if (!accepted)
    return { requiresRegistration: true, user: null, accounts: [], isNewUser: false, invitation: presented };
  const { userId, isNew } = accepted;
  await door.acting({ kind: 'user', id: userId }, (act) => joinByDomain(act, userId));
  const person = await findPerson(db, tenantId, userId);
  return {
    requiresRegistration: false,
    user: person ? presentUser(person) : null,
    accounts: person ? await accountsOf(db, tenantId, person) : [],
    isNewUser: isNew,
    invitation: presented,
  };
}
