/**
 * A person adds a passkey (WebAuthn Level 3): kept by their device, findable without a name, and used only after the
 * device has verified who holds it. Which make the device is, is not asked for.
 */
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';
import type { Act } from '../../act.ts';
import { sql, violation } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { refuse } from '../refusal.ts';
import { keepChallenge, spendChallenge } from './challenges.ts';
import { findPasskeys } from './passkeys.ts';
import type { Site } from './site.ts';

export type EnrolmentAnswer = Parameters<typeof verifyRegistrationResponse>[0]['response'];

/** Ed25519, ES256 and RS256, as COSE numbers them: what devices have. */
const supportedAlgorithmIDs = [-8, -7, -257];

export async function offerEnrolment(
  act: Act,
  site: Site,
  person: { id: string; name: string; displayName: string },
) {
  const known = await findPasskeys(act.db, act.tenantId, person.id);
  const options = await generateRegistrationOptions({
    rpName: site.name,
    rpID: site.id,
    userID: new TextEncoder().encode(person.id),
    userName: person.name,
    userDisplayName: person.displayName,
    attestationType: 'none',
    supportedAlgorithmIDs,
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await keepChallenge(act, options.challenge, 'enrol', person.id);
  return options;
}

/** Refuses: passkey.refused. */
export async function enrolPasskey(
  act: Act,
  site: Site,
  userId: string,
  { answer, name }: { answer: EnrolmentAnswer; name: string },
): Promise<void> {
  const verified = await verifyRegistrationResponse({
    response: answer,
    expectedChallenge: (challenge) => spendChallenge(act, challenge, 'enrol', userId),
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    supportedAlgorithmIDs,
  }).catch((error: unknown) => refuse('passkey.refused', {}, error));
  if (!verified.verified) refuse('passkey.refused');
  const { credential, credentialBackedUp } = verified.registrationInfo;
  try {
    await act.db.run(sql`
      with k as (
        insert into passkeys (tenant_id, id, user_id, name, public_key, counter, transports, is_backed_up, created_at)
        values (${act.tenantId}, ${credential.id}, ${userId}, ${name}, ${Buffer.from(credential.publicKey)}, ${credential.counter},
                ${credential.transports ?? []}::text[], ${credentialBackedUp}, ${act.at})
        returning user_id, name
      ), happened as (
        select null as organization_id, user_id as subject_id, jsonb_build_object('userId', user_id, 'name', name) as data from k
      ), ${recorded(act, 'passkey.added')} select 1`);
  } catch (error) {
    // Somebody has it already.
    if (violation(error)?.kind === 'unique') refuse('passkey.refused', {}, error);
    throw error;
  }
}
