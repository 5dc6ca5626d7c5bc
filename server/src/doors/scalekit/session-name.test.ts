import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { sessionName, sessionUidOf } from './session-name.ts';

test('the name of a session is digits, and leads back to it', () => {
  for (const bytes of [
    Buffer.alloc(16),
    Buffer.alloc(16, 255),
    ...Array.from({ length: 50 }, () => randomBytes(16)),
  ]) {
    const uid = bytes.toString('base64url');
    expect(sessionName(uid)).toMatch(/^ses_\d{39}$/);
    expect(sessionUidOf(sessionName(uid))).toBe(uid);
  }
});

test.each(['', 'ses_', 'ses_1', `ses_${'9'.repeat(39)}`, `ses_${'x'.repeat(39)}`, `usr_${'0'.repeat(39)}`])(
  '%j names none',
  (name) => {
    expect(sessionUidOf(name)).toBeUndefined();
  },
);
