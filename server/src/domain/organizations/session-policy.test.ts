import { expect, test } from 'vitest';
import { isSessionOver } from './session-policy.ts';

test.each([
  ['without a policy it never is', [null, null], [0, null], 1e15, false],
  ['up to its age it holds', [100, null], [0, 90], 99, false],
  ['from its age on it is over, however much it is used', [100, null], [0, 99], 100, true],
  ['in use it holds', [null, 10], [0, 95], 104, false],
  ['unused for so long it is over', [null, 10], [0, 95], 105, true],
  ['never used, it counts from the sign-in', [null, 10], [95, null], 105, true],
  ['the stricter of two decides', [100, 10], [50, 55], 66, true],
] as const)(
  'a session for an organization: %s',
  (_, [mostMs, idleMs], [signedInAt, usedAt], at, expected) => {
    expect(isSessionOver({ mostMs, idleMs }, { signedInAt, usedAt }, at)).toBe(expected);
  },
);
