import { expect, test } from 'vitest';
import { nextChangeAfter, publishedAt, type SigningKey } from './signing-key.ts';

const key = (id: string, activeAt: number, retiredAt: number | null = null): SigningKey => ({
  id,
  algorithm: 'ES256',
  publicJwk: {},
  createdAt: 0,
  activeAt,
  retiredAt,
});

test.each([
  ['nothing signs where nothing is', [], 5, []],
  ['where none is active yet, the first to become so signs', [key('a', 10), key('b', 20)], 5, ['a', 'b']],
  ['a key signs from its time on', [key('a', 5)], 5, ['a']],
  ['a coming key is published, and does not sign', [key('a', 0, 99), key('b', 10)], 5, ['a', 'b']],
  [
    'the coming key signs from its time on, and the one before stays published',
    [key('a', 0, 99), key('b', 10)],
    10,
    ['b', 'a'],
  ],
  ['a retired key is gone', [key('a', 0, 99), key('b', 10)], 99, ['b']],
  [
    'of two that began together the one that is not replaced signs',
    [key('a', 0, 9), key('b', 0)],
    5,
    ['b', 'a'],
  ],
])('%s', (_, keys, at, expected) => {
  expect(publishedAt(keys as SigningKey[], at as number).map(({ id }) => id)).toEqual(expected);
});

test('what is published stays the same until the next time that a key names', () => {
  const keys = [key('a', 0, 99), key('b', 10)];
  expect([0, 9, 10, 98, 99].map((at) => nextChangeAfter(keys, at))).toEqual([10, 10, 99, 99, Infinity]);
});
