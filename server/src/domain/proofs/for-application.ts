/**
 * Proofs that an application asks for: it names an address, hands back the code or the token of the link, and hears
 * whether they are right. What it makes of that is its own matter: nobody is signed in here by it, and no account made.
 *
 * A proof is good for the application that asked, once, for the time that it chose. Asked for again, code and link stay
 * the same, with the tries that are left: nobody gets more than five by asking again. The mails count against what an
 * address may get of their kind, and are two in a minute at most.
 */
import { hash } from 'node:crypto';
import type { Act } from '../../act.ts';
import { type Statement, sql } from '../../db/db.ts';
import { allowanceOf, announceDelivery, deliveryOfProof, type MailBounds } from '../../outbox/put.ts';
import { newId } from '../ids.ts';
import { Refusal, refuse } from '../refusal.ts';
import { readProofLink } from './link.ts';
import { redeemCode } from './proofs.ts';

/** What the mail has in it. */
export type Carried = 'code' | 'link' | 'both';

type Asked = {
  readonly usageType: 'SignIn' | 'Register';
  readonly carried: Carried;
  /** Where the link leads: the token is added to it. */
  readonly linkTo: string | null;
  readonly lifeMs: number;
  /** The application's own, handed back to it. */
  readonly state: string | null;
  /** For the tenant's templates. */
  readonly variables: Readonly<Record<string, string>>;
};

export type ApplicationProof = {
  readonly id: string;
  readonly address: string;
  readonly expiresAt: number;
  readonly context: Asked;
};

type Mail = { readonly bounds: MailBounds; readonly hasDefaultConnector: boolean };

const purpose = 'application';
const mostTries = 5;
const aMinute = { most: 2, windowMs: 60_000 };
const columns = sql`p.id, p.address, p.expires_at as "expiresAt", p.context`;

/** Sends them to an address in normal form. Refuses: mail.no_connector, mail.too_many (facts: retryAt). */
export async function askForApplication(
  act: Act,
  {
    applicationId,
    address,
    ...context
  }: Asked & { readonly applicationId: string; readonly address: string },
  mail: Mail,
): Promise<ApplicationProof> {
  const id = newId(act.at);
  const proof = await order(
    act,
    address,
    context,
    mail,
    sql`insert into proofs (tenant_id, id, purpose, address, key_id, browser, context, created_at, expires_at)
        values (${act.tenantId}, ${id}, ${purpose}, ${address}, ${act.keys.current}, ${bound(applicationId, id)}, ${context}::jsonb,
                ${act.at}, ${act.at + context.lifeMs}) returning *`,
  );
  return proof!;
}

/**
 * The same mail once more; its time begins anew. Refuses: proof.ended (used, or not asked for by this application),
 * proof.too_many_tries, mail.no_connector, mail.too_many (facts: retryAt).
 */
export async function askAgainForApplication(
  act: Act,
  { applicationId, id }: { readonly applicationId: string; readonly id: string },
  mail: Mail,
): Promise<ApplicationProof> {
  const { address, context } = await getUnused(act, applicationId, id);
  const proof = await order(
    act,
    address,
    context,
    mail,
    sql`update proofs set expires_at = ${act.at + context.lifeMs} where ${isOf(act, applicationId, id)} and used_at is null
           and tries < ${mostTries}::int returning *`,
  );
  return proof ?? refuse('proof.ended');
}

/** Refuses: proof.ended, proof.wrong_code (facts: triesLeft), proof.too_many_tries. */
export async function redeemApplicationCode(
  act: Act,
  { applicationId, id, code }: { readonly applicationId: string; readonly id: string; readonly code: string },
): Promise<ApplicationProof> {
  const { context } = await getUnused(act, applicationId, id);
  if (context.carried === 'link') refuse('proof.ended');
  try {
    const proof = await redeemCode(act, { id, code, purpose, browser: bound(applicationId, id) });
    return { ...proof, context };
  } catch (error) {
    // Of many who try at once, who comes too late is told the same as who comes later.
    if (error instanceof Refusal && error.code === 'proof.ended') await getUnused(act, applicationId, id);
    throw error;
  }
}

/** With `id`, it must be the link of that proof. Refuses: proof.ended. */
export async function redeemApplicationLink(
  act: Act,
  {
    applicationId,
    token,
    id,
  }: { readonly applicationId: string; readonly token: string; readonly id?: string | undefined },
): Promise<ApplicationProof> {
  const linked = readProofLink(act.keys, act.tenantId, token);
  if (linked === undefined || (id !== undefined && id !== linked)) refuse('proof.ended');
  const proof = await act.db.first<ApplicationProof>(sql`
    update proofs p set used_at = ${act.at} where ${isOf(act, applicationId, linked)} and used_at is null
       and expires_at > ${act.at} and context->>'carried' <> 'code' returning ${columns}`);
  return proof ?? refuse('proof.ended');
}

/** Only who asked can name it: there is no browser here that could have. */
const bound = (applicationId: string, id: string): Buffer =>
  hash('sha256', JSON.stringify([applicationId, id]), 'buffer');

const isOf = ({ tenantId }: Act, applicationId: string, id: string): Statement =>
  sql`tenant_id = ${tenantId} and id = ${id} and purpose = ${purpose} and browser = ${bound(applicationId, id)}`;

async function getUnused(act: Act, applicationId: string, id: string): Promise<ApplicationProof> {
  const proof = await act.db.first<ApplicationProof & { tries: number }>(sql`
    select ${columns}, p.tries from proofs p where ${isOf(act, applicationId, id)} and used_at is null`);
  if (!proof) refuse('proof.ended');
  if (proof.tries >= mostTries) refuse('proof.too_many_tries');
  return proof;
}

/** `changed` yields the row that the mail is about. */
function order(
  act: Act,
  address: string,
  { usageType, variables }: Asked,
  mail: Mail,
  changed: Statement,
): Promise<ApplicationProof | undefined> {
  const ordered = { ...mail, usageType, payload: variables };
  const subject = sql`select tenant_id, ${`${purpose}:`} || address as recipient from p`;
  return announceDelivery(act, ordered, address, async () => {
    const proof = await act.db.first<ApplicationProof>(sql`
      with p as (${changed}), ${deliveryOfProof(act, ordered)}, ${allowanceOf(act, aMinute, subject, sql`in_a_minute`)}
      select ${columns} from p`);
    act.queued();
    return proof;
  });
}
