/**
 * Somebody shows a passkey: it answers a challenge of ours, which is then spent, its holder has been verified by the
 * device, and its counter has not gone back. Which person it is, the passkey says.
 */
import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { Act } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { refuse } from '../refusal.ts';
import { keepChallenge, spendChallenge } from './challenges.ts';
import type { Site } from './site.ts';

export type PasskeyAnswer = Parameters<typeof verifyAuthenticationResponse>[0]['response'];

export async function offerPasskey(act: Act, site: Site) {
  const options = await generateAuthenticationOptions({ rpID: site.id, userVerification: 'required' });
  await keepChallenge(act, options.challenge, 'sign-in');
  return options;
}

type Row = {
  userId: string;
  publicKey: Buffer;
  counter: number;
  transports: string[];
  suspendedAt: number | null;
};

/** The id of the person. Refuses: passkey.refused, user.suspended. */
export async function checkPasskey(act: Act, site: Site, answer: PasskeyAnswer): Promise<string> {
  const row = await act.db.first<Row>(sql`
    select k.user_id as "userId", k.public_key as "publicKey", k.counter, k.transports, u.suspended_at as "suspendedAt"
      from passkeys k join users u on u.tenant_id = k.tenant_id and u.id = k.user_id
     where k.tenant_id = ${act.tenantId} and k.id = ${answer.id}`);
  if (!row) refuse('passkey.refused');
  const handle = answer.response.userHandle;
  if (handle !== undefined && Buffer.from(handle, 'base64url').toString() !== row.userId)
    refuse('passkey.refused');
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: answer,
    expectedChallenge: (challenge) => spendChallenge(act, challenge, 'sign-in'),
    expectedOrigin: site.origin,
    expectedRPID: site.id,
    requireUserVerification: true,
    credential: { id: answer.id, publicKey: new Uint8Array(row.publicKey), counter: row.counter },
  }).catch((error: unknown) => refuse('passkey.refused', {}, error));
  if (!verified) refuse('passkey.refused');
  if (row.suspendedAt !== null) refuse('user.suspended', { id: row.userId });
  await act.db.run(sql`
    update passkeys set counter = greatest(counter, ${authenticationInfo.newCounter}), used_at = ${act.at},
           is_backed_up = ${authenticationInfo.credentialBackedUp}
     where tenant_id = ${act.tenantId} and id = ${answer.id}`);
  return row.userId;
}
