/**
 * Ids: 21 characters of lower-case Crockford base32, 42 bits of milliseconds and 63 random bits. Sortable by
 * the time they were made, kind to B-trees, and at most as long as the field's clients expect.
 */
import { randomFillSync } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const pool = Buffer.alloc(13 * 256);
let next = pool.length;

export function newId(at: number): string {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  // 105 bits = 42 of time + 63 random; the characters take 5 each: 8 of time, one of 2 + 3 bits, 12 random.
  let id = '';
  for (let shift = 37; shift >= 2; shift -= 5) id += alphabet[Math.floor(at / 2 ** shift) % 32];
  id += alphabet[(at % 4) * 8 + (pool[next++]! & 7)];
  for (let i = 0; i < 12; i++) id += alphabet[pool[next++]! & 31];
  return id;
}
