/**
 * When a delivery that failed for now is tried again: exponential back-off with jitter, so that a mail server that
 * comes back is not met by everybody at once. After two days without success it has failed.
 */
const firstMs = 10_000;
const longestMs = 60 * 60_000;
const givesUpAfterMs = 48 * 60 * 60_000;

export type Failure = {
  /** Attempts made, this one included. */
  attempts: number;
  createdAt: number;
  now: number;
  /** What the receiver asked for. */
  retryAfterMs?: number | undefined;
};

/** The time of the next attempt; undefined: there is none. `random` is from 0 to below 1. */
export function nextAttemptAt(
  { attempts, createdAt, now, retryAfterMs = 0 }: Failure,
  random: number,
): number | undefined {
  const step = Math.min(longestMs, firstMs * 2 ** Math.min(attempts - 1, 20));
  const wait = Math.max(step * (0.5 + random / 2), Math.min(retryAfterMs, longestMs));
  const at = Math.round(now + wait);
  return at - createdAt > givesUpAfterMs ? undefined : at;
}
