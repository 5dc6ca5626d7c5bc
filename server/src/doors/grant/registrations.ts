/**
 * Registering through this door. Nobody is made before the address is proven: until then there is a registration, whose
 * tokens are good for proving it and for nothing else. What is done and answered is the same whether the address has an
 * account or not; an account that exists is never touched, neither its name nor its password.
 */
import { hash } from 'node:crypto';
import type { Act, TxAct } from '../../act.ts';
import { sql } from '../../db/db.ts';
import { joinByDomain } from '../../domain/domains/join-by-domain.ts';
import { newId } from '../../domain/ids.ts';
import { askProof, redeemCode } from '../../domain/proofs/proofs.ts';
import { Refusal, refuse } from '../../domain/refusal.ts';
import { signInExperience } from '../../domain/tenants/sign-in-experience.ts';
import { mustBeFit } from '../../domain/users/change-password.ts';
import { digestPassword } from '../../domain/users/password.ts';
import { personOf } from '../../domain/users/sign-in.ts';
import { createUser } from '../../domain/users/users.ts';
import { strangerOf } from '../client.ts';
import type { Registration } from './caller.ts';
import { GrantError, invalidField } from './errors.ts';
import type { Call } from './route.ts';
import { openSession, registrationLifeMs, type Tokens } from './sessions.ts';

export type NewPerson = {
  /** In normal form. */
  readonly address: string;
  readonly name: string;
  readonly password: string;
};

/** Refuses: password.unfit, mail.no_connector, mail.too_many, FORBIDDEN where signing up is not allowed. */
export async function register(
  call: Call,
  { address, name, password }: NewPerson,
): Promise<Tokens & { readonly registration: Registration }> {
  const { door } = call;
  mustFit(password, 'providerData.password');
  const { signInMode } = await signInExperience(door.db, door.tenantId);
  if (signInMode === 'SignIn') throw new GrantError('FORBIDDEN', 'Signing up is not allowed here.');
  return door.acting({ kind: 'system', id: 'grant' }, async (act) => {
    const id = newId(act.at);
    // The mail first: its bounds are those of the work that comes after it.
    const proof = await askProof(
      act,
      {
        purpose: 'registration',
        address,
        browser: browserOf(id),
        context: {},
        maySignUp: true,
        locale: call.locale,
        client: strangerOf(call.address),
      },
      door.mail,
    );
    const digest = await digestPassword(password);
    return act.atomically(async (tx) => {
      await tx.db.run(sql`
        insert into grant_registrations (tenant_id, id, address, name, password_digest, password_algorithm, proof_id, created_at, expires_at)
        values (${tx.tenantId}, ${id}, ${address}, ${name}, ${digest.passwordDigest}, ${digest.passwordAlgorithm}, ${proof.id},
                ${tx.at}, ${tx.at + registrationLifeMs})`);
      const registration = { id, address, name, proofId: proof.id, createdAt: tx.at };
      return { ...(await openSession(door, tx, { registrationId: id })), registration };
    });
  });
}

/** Refuses by the name of the field; the password itself is never said. */
export function mustFit(password: string, field: string): void {
  try {
    mustBeFit(password);
  } catch (error) {
    throw error instanceof Refusal ? invalidField(field, error.message) : error;
  }
}

/** The code is good for the registration that asked for it. */
const browserOf = (registrationId: string): Buffer => hash('sha256', `grant:${registrationId}`, 'buffer');

/** The id of the person. Refuses: proof.wrong_code, proof.ended, proof.too_many_tries, user.email_taken. */
export async function verify(act: Act, { id, proofId }: Registration, code: string): Promise<string> {
  await redeemCode(act, { id: proofId, code, purpose: 'registration', browser: browserOf(id) });
  const userId = await act.atomically((tx) => completed(tx, id));
  await joinByDomain(act, userId);
  return userId;
}

/**
 * Makes the person whose address has just been proven; the tokens of the registration are theirs from now on. Refuses:
 * proof.ended (complete already, or over), user.email_taken.
 */
export async function completed(act: TxAct, registrationId: string): Promise<string> {
  const found = await act.db.first<{ address: string; name: string; digest: string; algorithm: string }>(sql`
    select address, name, password_digest as digest, password_algorithm as algorithm from grant_registrations
     where tenant_id = ${act.tenantId} and id = ${registrationId} and expires_at > ${act.at} for update`);
  if (!found) refuse('proof.ended');
  const { address, name, digest, algorithm } = found;
  const userId = await madePerson(act, {
    primaryEmail: address,
    name,
    passwordDigest: digest,
    passwordAlgorithm: algorithm,
  });
  await act.db.run(sql`
    update grant_sessions set user_id = ${userId}, registration_id = null
     where tenant_id = ${act.tenantId} and registration_id = ${registrationId}`);
  await act.db.run(
    sql`delete from grant_registrations where tenant_id = ${act.tenantId} and id = ${registrationId}`,
  );
  return userId;
}

/** A new person with a proven address. Refuses: user.email_taken, user.username_taken. */
export async function madePerson(
  act: TxAct,
  person: {
    readonly primaryEmail: string;
    readonly name: string;
    readonly username?: string | undefined;
    readonly passwordDigest: string;
    readonly passwordAlgorithm: string;
  },
): Promise<string> {
  await createUser(act, person);
  return (await personOf(act, person.primaryEmail, false)).userId;
}
