/**
 * A signing key's life, told by facts with times: published as soon as it exists, signing from `activeAt` until a
 * later key becomes active, gone from the published set at `retiredAt`. Verifiers therefore never meet a token whose
 * key they cannot find: a key is published before it signs, and stays longer than the longest token it signed.
 */
export type SigningAlgorithm = 'ES256' | 'ES384' | 'RS256';

/**
 * What a set of keys is for. Each purpose is published and rotated by itself: `oidc`, the tokens of OpenID Connect;
 * `oauth`, those of applications that read the published set once and keep it.
 */
export type KeyPurpose = 'oidc' | 'oauth';

export type SigningKey = {
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly activeAt: number;
  /** When it leaves the published set; null while nothing has replaced it. */
  readonly retiredAt: number | null;
};

/** How long a new key is published before it signs: more than any verifier known to us keeps a key set (two hours). */
export const publishedBeforeMs = 3 * 3_600_000;

/** Seconds that a token lives unless its API resource says otherwise. */
export const defaultTokenLifeS = 3600;

export const isPublished = (key: SigningKey, at: number): boolean =>
  key.retiredAt === null || key.retiredAt > at;

/**
 * The published keys, the one that signs first. Where none is active yet the first to become so signs: the clock of
 * the server that made it was a little ahead of this one's.
 */
export function publishedAt<K extends SigningKey>(keys: readonly K[], at: number): readonly K[] {
  const published = keys.filter((key) => isPublished(key, at)).sort(latestFirst);
  const signer = published.find((key) => key.activeAt <= at) ?? published.at(-1);
  return signer ? [signer, ...published.filter((key) => key !== signer)] : [];
}

/** The next moment at which `publishedAt` gives another answer; Infinity when there is none. */
export function nextChangeAfter(keys: readonly SigningKey[], at: number): number {
  return Math.min(
    ...keys.flatMap((key) => [key.activeAt, key.retiredAt ?? Infinity]).filter((time) => time > at),
    Infinity,
  );
}

/** Of two that became active together, the one that nothing has replaced. */
const latestFirst = (a: SigningKey, b: SigningKey): number =>
  b.activeAt - a.activeAt || Number(a.retiredAt !== null) - Number(b.retiredAt !== null);
