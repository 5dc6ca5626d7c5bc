/**
 * The signing keys as this process holds them. They are read again when another process announces a change, once a
 * minute, and when a token names a key that is not here; what they mean at a moment follows from their times alone.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { setInterval } from 'node:timers';
import type { Clock } from '../../act.ts';
import type { Db } from '../../db/db.ts';
import { type KeyPurpose, nextChangeAfter, publishedAt, type SigningKey } from './signing-key.ts';
import {
  findSigningKeys,
  forgetRetiredKeys,
  type OpenSigningKey,
  type SealingKeys,
  signingKeysChannel,
} from './signing-keys.ts';

export type RingKey = SigningKey & {
  readonly kid: string;
  readonly privateJwk: Readonly<Record<string, unknown>>;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The encoded headers of what it signs. */
  readonly headers: { readonly accessToken: string; readonly idToken: string };
};

/** What is published until the next change; `signer` is the first of `published`. */
export type Hand = {
  readonly signer: RingKey;
  readonly published: readonly RingKey[];
  readonly until: number;
};

export type KeyRing = {
  /** The keys at this moment: the same object as long as they are the same. */
  hand(): Hand;
  /** Reads the keys again. */
  refresh(): Promise<void>;
  /** Called back after a key has been added or has gone. */
  onChange(changed: () => void): void;
  close(): void;
};

type Options = {
  db: Db;
  keys: SealingKeys;
  tenantId: string;
  clock: Clock;
  log: (problem: unknown) => void;
  purpose?: KeyPurpose;
  /** The name of a key in the headers of tokens and in the published set; by default its id. */
  kidOf?: (id: string) => string;
};

const lookEveryMs = 60_000;

export async function openKeyRing(options: Options): Promise<KeyRing> {
  const { db, keys, tenantId, clock, log, purpose = 'oidc', kidOf = (id) => id } = options;
  let ring: readonly RingKey[] = [];
  let hand: Hand | undefined;
  const listeners = new Set<() => void>();

  async function refresh(): Promise<void> {
    const found = await findSigningKeys(db, keys, tenantId, clock(), purpose);
    const same =
      found.length === ring.length &&
      found.every((key, i) => key.id === ring[i]!.id && key.retiredAt === ring[i]!.retiredAt);
    if (same) return;
    ring = found.map(
      (key) =>
        ring.find((known) => known.id === key.id && known.retiredAt === key.retiredAt) ??
        ringKey(key, kidOf(key.id)),
    );
    hand = undefined;
    for (const changed of listeners) changed();
  }

  const look = () =>
    refresh()
      .then(() => forgetRetiredKeys(db, tenantId, clock()))
      .catch(log);
  await refresh();
  const lookAgain = () => void refresh().catch(log);
  const stopListening = db.listen(
    signingKeysChannel,
    (payload) => {
      if (payload === tenantId) lookAgain();
    },
    lookAgain,
  );
  const timer = setInterval(look, lookEveryMs).unref();

  return {
    hand() {
      const at = clock();
      if (!hand || at >= hand.until) {
        const published = publishedAt(ring, at);
        if (!published[0]) throw new Error('There is no signing key');
        hand = { signer: published[0], published, until: nextChangeAfter(ring, at) };
      }
      return hand;
    },
    refresh,
    onChange: (changed) => void listeners.add(changed),
    close() {
      clearInterval(timer);
      stopListening();
    },
  };
}

function ringKey(key: OpenSigningKey, kid: string): RingKey {
  const privateJwk = key.privateJwk();
  return {
    ...key,
    kid,
    privateJwk,
    // A key that brings its own option signs in two thirds of the time of a key inside an object of options.
    privateKey: Object.assign(createPrivateKey({ key: privateJwk, format: 'jwk' }), {
      dsaEncoding: 'ieee-p1363',
    }),
    publicKey: createPublicKey({ key: key.publicJwk, format: 'jwk' }),
    headers: { accessToken: headerOf(key, kid, 'at+jwt'), idToken: headerOf(key, kid, 'JWT') },
  };
}

const headerOf = ({ algorithm }: SigningKey, kid: string, typ: string): string =>
  Buffer.from(JSON.stringify({ alg: algorithm, typ, kid })).toString('base64url');
