/**
 * Signing keys: found, created, rotated, retired. All writers of a tenant take one advisory lock, so that servers
 * which start or rotate together agree. The private half is sealed under the server's secret key, bound to the key's
 * id. Every change is announced on the channel `usher_signing_keys`, with the tenant as payload.
 */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Act, TxAct } from '../../act.ts';
import { type Queries, sql } from '../../db/db.ts';
import { recorded } from '../audit/record.ts';
import { newId } from '../ids.ts';
import type { Keys } from '../keys.ts';
import {
  defaultTokenLifeS,
  type KeyPurpose,
  publishedBeforeMs,
  type SigningAlgorithm,
  type SigningKey,
} from './signing-key.ts';

export type SealingKeys = Pick<Keys, 'seal' | 'open'>;
type Jwk = Record<string, unknown>;
/** The private half comes only when it is called for. */
export type OpenSigningKey = SigningKey & { privateJwk(): Jwk };

export const signingKeysChannel = 'usher_signing_keys';

/** Servers' clocks differ a little: a key stays published this much longer than its last token lives. */
const skewMs = 60_000;

/** Seconds that a token lives at most, beside what API resources say. */
const longestTokenLifeS = { oidc: defaultTokenLifeS, oauth: 86_400 } as const;

/** The keys that are published at this time or later, oldest first. */
export async function findSigningKeys(
  db: Queries,
  keys: SealingKeys,
  tenantId: string,
  at: number,
  purpose: KeyPurpose = 'oidc',
): Promise<OpenSigningKey[]> {
  const rows = await db.rows<SigningKey & { sealed: Buffer }>(sql`
    select id, algorithm, public_jwk as "publicJwk", private_jwk as sealed, created_at as "createdAt", active_at as "activeAt",
           retired_at as "retiredAt"
      from signing_keys where tenant_id = ${tenantId} and purpose = ${purpose} and (retired_at is null or retired_at > ${at}) order by id`);
  return rows.map(({ sealed, ...key }) => ({
    ...key,
    privateJwk: () => JSON.parse(keys.open(sealed, key.id)) as Jwk,
  }));
}

/**
 * Makes sure that there is a key of this algorithm: the first key of all signs at once, one of another algorithm
 * takes over as in a rotation. Returns the id of a key that was created.
 */
export async function createSigningKey(
  act: Act,
  keys: SealingKeys,
  algorithm: SigningAlgorithm,
  purpose: KeyPurpose = 'oidc',
): Promise<string | undefined> {
  const missing = async (db: Queries) =>
    !(await db.first(
      sql`select id from signing_keys where tenant_id = ${act.tenantId} and purpose = ${purpose} and algorithm = ${algorithm}
             and retired_at is null`,
    ));
  if (!(await missing(act.db))) return undefined;
  const pair = await newPair(algorithm);
  return act.atomically(async (tx) => {
    await lockSigningKeys(tx);
    if (!(await missing(tx.db))) return undefined;
    const other = await tx.db.first(
      sql`select id from signing_keys where tenant_id = ${tx.tenantId} and purpose = ${purpose} and retired_at is null`,
    );
    return replaceAll(tx, keys, pair, other ? tx.at + publishedBeforeMs : tx.at, purpose);
  });
}

/**
 * Publishes a new key now, which signs from `activeAt` (milliseconds; by default once every verifier has had time to
 * fetch it). The keys before it verify until the last token that they signed has expired. Returns the new key's id.
 */
export async function rotateSigningKeys(
  act: Act,
  keys: SealingKeys,
  algorithm: SigningAlgorithm,
  activeAt = act.at + publishedBeforeMs,
  purpose: KeyPurpose = 'oidc',
): Promise<string> {
  const pair = await newPair(algorithm);
  return act.atomically(async (tx) => {
    await lockSigningKeys(tx);
    return replaceAll(tx, keys, pair, activeAt, purpose);
  });
}

/**
 * Withdraws a key that must not be trusted any more: at once, with every token that it signed. When no other key
 * signs, a new one starts now. False when there is no such key.
 */
export async function retireSigningKey(
  act: Act,
  keys: SealingKeys,
  id: string,
  algorithm: SigningAlgorithm,
  purpose: KeyPurpose = 'oidc',
): Promise<boolean> {
  const pair = await newPair(algorithm);
  return act.atomically(async (tx) => {
    await lockSigningKeys(tx);
    const retired = await tx.db.first(sql`
      with gone as (
        update signing_keys set retired_at = ${tx.at}, private_jwk = '' where tenant_id = ${tx.tenantId} and id = ${id} and purpose = ${purpose}
           and (retired_at is null or retired_at > ${tx.at}) returning id
      ), happened as (
        select null as organization_id, id as subject_id, '{}'::jsonb as data from gone
      ), ${recorded(tx, 'signing_key.retired')}
      select id from gone`);
    const signer = await tx.db.first(sql`
      select id from signing_keys where tenant_id = ${tx.tenantId} and purpose = ${purpose} and active_at <= ${tx.at} and retired_at is null`);
    if (signer) await announce(tx);
    else await replaceAll(tx, keys, pair, tx.at, purpose);
    return retired !== undefined;
  });
}

/** A key that verifies nothing any more keeps no private half. */
export const forgetRetiredKeys = (db: Queries, tenantId: string, at: number): Promise<number> =>
  db.run(
    sql`update signing_keys set private_jwk = '' where tenant_id = ${tenantId} and retired_at <= ${at} and private_jwk <> ''`,
  );

const lockSigningKeys = (tx: TxAct) =>
  tx.db.run(
    sql`select pg_advisory_xact_lock(hashtextextended('usher signing keys ' || ${tx.tenantId}::text, 0))`,
  );

/** One that would have begun to sign at the same time or later never does. */
async function replaceAll(
  tx: TxAct,
  keys: SealingKeys,
  pair: Pair,
  activeAt: number,
  purpose: KeyPurpose,
): Promise<string> {
  const id = newId(tx.at);
  await tx.db.run(sql`
    update signing_keys set retired_at = case when active_at > ${tx.at} and active_at >= ${activeAt}::bigint then ${tx.at} else
           ${activeAt}::bigint + ${skewMs}::bigint + 1000 * (select greatest(${longestTokenLifeS[purpose]}::integer, max(access_token_ttl))::bigint
                                                      from resources where tenant_id = ${tx.tenantId}) end
     where tenant_id = ${tx.tenantId} and purpose = ${purpose} and retired_at is null`);
  await tx.db.run(sql`
    with made as (
      insert into signing_keys (tenant_id, id, purpose, algorithm, public_jwk, private_jwk, created_at, active_at)
      values (${tx.tenantId}, ${id}, ${purpose}, ${pair.algorithm}, ${pair.publicJwk}, ${keys.seal(JSON.stringify(pair.privateJwk), id)},
              ${tx.at}, ${activeAt}) returning *
    ), happened as (
      select null as organization_id, id as subject_id, jsonb_build_object('algorithm', algorithm, 'activeAt', active_at) as data
        from made
    ), ${recorded(tx, 'signing_key.created')} select 1`);
  await announce(tx);
  return id;
}

const announce = (tx: TxAct) => tx.db.run(sql`select pg_notify(${signingKeysChannel}, ${tx.tenantId})`);

type Pair = { algorithm: SigningAlgorithm; publicJwk: Jwk; privateJwk: Jwk };

async function newPair(algorithm: SigningAlgorithm): Promise<Pair> {
  const generate = promisify(generateKeyPair);
  const { publicKey, privateKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2048 })
      : await generate('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' });
  return {
    algorithm,
    publicJwk: publicKey.export({ format: 'jwk' }) as Jwk,
    privateJwk: privateKey.export({ format: 'jwk' }) as Jwk,
  };
}
