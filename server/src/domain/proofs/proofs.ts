/**
 * Proofs that somebody reads a mailbox: a code of six digits or a link is sent to it and comes back, once, within ten
 * minutes. Both are derived from the proof's id under a server key when the mail is made; no row holds them.
 *
 * The code is good in the browser that asked for it, for one purpose, for five tries. Over all proofs of an address 50
 * wrong codes in 24 hours are too many: from then on only the link proves it. The link cannot be guessed and has no tries.
 */
import type { Act } from '../../act.ts';
import { type Queries, sql, violation } from '../../db/db.ts';
import { allowanceOf, announceDelivery, deliveryOfProof, type MailBounds } from '../../outbox/put.ts';
import { newId } from '../ids.ts';
import { refuse } from '../refusal.ts';
import { codeOf, isCode } from './code.ts';
import { readProofLink } from './link.ts';

export type Purpose = 'sign-in' | 'invitation' | 'new-address' | 'registration' | 'application';

export type Proof = {
  readonly id: string;
  /** A proof for one thing is worth nothing for another. */
  readonly purpose: Purpose;
  readonly address: string;
  /** SHA-256 of the cookie of the browser that asked. */
  readonly browser: Buffer;
  /** What is to happen after it. */
  readonly context: Record<string, unknown>;
  /** Whether an account may be made for the address, where there is none. */
  readonly maySignUp: boolean;
  readonly expiresAt: number;
};

export type ProofAsk = Pick<Proof, 'purpose' | 'address' | 'browser' | 'context' | 'maySignUp'> & {
  readonly locale?: string | undefined;
  /** Named in the mail. */
  readonly applicationId?: string | undefined;
  /** Whose name and colours the mail carries; absent: the tenant's. */
  readonly organizationId?: string | undefined;
  /** Where the request comes from, where that says who asks. */
  readonly client?: string | undefined;
};

const lifeMs = 10 * 60_000;
const mostTries = 5;
const wrongCodes = { most: 50, windowMs: 24 * 60 * 60_000 };
const keptMs = 24 * 60 * 60_000;

const columns = sql`p.id, p.purpose, p.address, p.browser, p.context, p.may_sign_up as "maySignUp", p.expires_at as "expiresAt"`;

/**
 * Sends code and link to an address in normal form. What is done, answered and bounded is the same whether the address
 * has an account or not: that is looked at when the mail is made. Refuses: mail.no_connector, mail.too_many (facts:
 * retryAt).
 */
export async function askProof(
  act: Act,
  { purpose, address, browser, context, maySignUp, locale, applicationId, organizationId, client }: ProofAsk,
  mail: { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean },
): Promise<{ id: string; expiresAt: number }> {
  const id = newId(act.at);
  const expiresAt = act.at + lifeMs;
  const order = { ...mail, usageType: 'SignIn' } as const;
  const payload = { locale, applicationId };
  await announceDelivery(act, order, address, () =>
    act.db.run(sql`
      with p as (
        insert into proofs (tenant_id, id, purpose, address, key_id, browser, context, may_sign_up, created_at, expires_at)
        values (${act.tenantId}, ${id}, ${purpose}, ${address}, ${act.keys.current}, ${browser}, ${context}, ${maySignUp},
                ${act.at}, ${expiresAt})
        returning *
      ), ${deliveryOfProof(act, { ...order, payload, organizationId, client })}
      select id from p`),
  );
  act.queued();
  return { id, expiresAt };
}

/**
 * Counts the try and, where the code is right, uses the proof up: one statement, so that parallel guesses get no more
 * tries than five. Not inside a transaction: what a wrong code costs must not be rolled back with it.
 * Refuses: proof.wrong_code (facts: triesLeft), proof.too_many_tries, proof.ended (used, expired, out of tries, for
 * another purpose or browser, unknown).
 */
export async function redeemCode(
  act: Act,
  { id, code, purpose, browser }: Pick<Proof, 'id' | 'purpose' | 'browser'> & { readonly code: string },
): Promise<Proof> {
  if ('transaction' in act.db) throw new Error('A code is redeemed outside of transactions');
  const known = await act.db.first<{ address: string; keyId: string }>(
    sql`select address, key_id as "keyId" from proofs where tenant_id = ${act.tenantId} and id = ${id}`,
  );
  const expected = known && codeOf(act.keys, act.tenantId, id, known.keyId);
  if (!expected) refuse('proof.ended');
  const isRight = isCode(expected, code);
  const subject = `wrong-code:${known.address}`;
  // The conditions hold for the row as it is once its lock is ours: `tries < 5` is what parallel guesses meet.
  const isLive = sql`p.tenant_id = ${act.tenantId} and p.id = ${id} and p.purpose = ${purpose} and p.browser = ${browser}
             and p.used_at is null and p.expires_at > ${act.at} and p.tries < ${mostTries}::int`;
  const tried = await act.db
    .first<Proof & { triesLeft: number; usedAt: number | null }>(sql`
      with wrong as (
        select cardinality(array(select t from unnest(sent_at) t where t > ${act.at - wrongCodes.windowMs}::bigint)) as codes
          from recipient_allowances where tenant_id = ${act.tenantId} and recipient = ${subject} for update
      ), tried as (
        update proofs p set tries = tries + 1, used_at = case when ${isRight}::boolean then ${act.at}::bigint end
         where ${isLive} and coalesce((select codes from wrong), 0) < ${wrongCodes.most}::int
        returning p.*
      ), ${allowanceOf(act, wrongCodes, sql`select tenant_id, ${subject} as recipient from tried where used_at is null`)}
      select ${columns}, ${mostTries}::int - p.tries as "triesLeft", p.used_at as "usedAt" from tried p`)
    .catch((error: unknown) => {
      if (violation(error)?.constraint === 'recipient_allowances_bound')
        refuse('proof.too_many_tries', {}, error);
      throw error;
    });
  if (!tried) {
    const live = await act.db.first(sql`select p.id from proofs p where ${isLive}`);
    return refuse(live ? 'proof.too_many_tries' : 'proof.ended');
  }
  const { triesLeft, usedAt, ...proof } = tried;
  return usedAt === null ? refuse('proof.wrong_code', { triesLeft }) : proof;
}

/** Uses the proof of a genuine link up. Refuses: proof.ended (forged, used, expired, for another purpose). */
export async function redeemLink(
  act: Act,
  { token, purpose }: { readonly token: string; readonly purpose: Purpose },
): Promise<Proof> {
  const id = readProofLink(act.keys, act.tenantId, token);
  if (!id) refuse('proof.ended');
  const proof = await act.db.first<Proof>(sql`
    update proofs p set used_at = ${act.at} where tenant_id = ${act.tenantId} and id = ${id} and purpose = ${purpose}
       and used_at is null and expires_at > ${act.at} returning ${columns}`);
  return proof ?? refuse('proof.ended');
}

/** The proof, as long as its link can be redeemed. Looking changes nothing. */
export const findProof = (
  db: Queries,
  tenantId: string,
  id: string,
  at: number,
): Promise<Proof | undefined> =>
  db.first<Proof>(sql`
    select ${columns} from proofs p where tenant_id = ${tenantId} and id = ${id} and used_at is null and expires_at > ${at}`);

/** Removes what ended more than a day ago, with what is known of its mails. */
export async function forgetProofs(db: Queries, at: number): Promise<void> {
  await db.run(sql`delete from proofs where expires_at <= ${at - keptMs}`);
}
