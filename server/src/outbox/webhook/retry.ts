/**
 * When a message that did not arrive goes again: soon at first, then ever more seldom, with jitter, for three days.
 */
const stepsMs = [5_000, 30_000, 2 * 60_000, 10 * 60_000, 30 * 60_000, 60 * 60_000, 2 * 60 * 60_000];
const longestMs = 4 * 60 * 60_000;
export const patienceMs = 3 * 24 * 60 * 60_000;

/** The time of the next attempt; undefined: there is none. `random` is from 0 to below 1. */
export function nextTryAt(
  {
    attempts,
    triedAt,
    now,
    retryAfterMs = 0,
  }: {
    /** Made so far, this one included. */
    attempts: number;
    triedAt: number;
    now: number;
    retryAfterMs?: number | undefined;
  },
  random: number,
): number | undefined {
  if (now - triedAt >= patienceMs) return undefined;
  const step = stepsMs[attempts - 1] ?? longestMs;
  const wait = Math.max(step * (0.75 + random / 2), Math.min(retryAfterMs, longestMs));
  // The last attempt is at the end of the three days, not before it.
  return Math.min(Math.round(now + wait), triedAt + patienceMs);
}
