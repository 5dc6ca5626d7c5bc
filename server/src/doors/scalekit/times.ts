/** Times of this door: protobuf's, from milliseconds since the epoch. */
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';

/** Undefined where there is no time. */
export function timestampOf(ms: number): Timestamp;
export function timestampOf(ms: number | null | undefined): Timestamp | undefined;
export function timestampOf(ms: number | null | undefined): Timestamp | undefined {
  return ms === null || ms === undefined ? undefined : timestampFromMs(ms);
}
