import { expect, test } from 'vitest';
import { normalAddress, normalDomain } from './address.ts';

test.for([
  ['Ann@Example.COM', 'ann@example.com'],
  ['  ann@example.com\t', 'ann@example.com'],
  ['jose\u0301@example.com', 'josé@example.com'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@bu\u0308cher.example', 'ann@xn--bcher-kva.example'],
  ['ann@example。com', 'ann@example.com'],
  ['ann@ｅxample.com', 'ann@example.com'],
  ['a.n+n@example.com', 'a.n+n@example.com'],
  ["o'neil_=!#$%&*/?^`{|}~-@example.com", "o'neil_=!#$%&*/?^`{|}~-@example.com"],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
] as const)('%j is the address %j', ([text, address]) => {
  expect(normalAddress(text)).toBe(address);
  expect(normalAddress(address)).toBe(address);
});

test.for([
  '',
  'ann',
  '@example.com',
  'ann@',
  'ann@localhost',
  'ann@127.0.0.1',
  'ann@[127.0.0.1]',
  'ann@example.com.',
  'ann@.example.com',
  'ann@-example.com',
  'ann@exam_ple.com',
  'ann@bob@example.com',
  '"ann"@example.com',
  'ann <ann@example.com>',
  'ann@example.com, bob@example.com',
  'ann@example.com\r\nBcc: evil@example.com',
  'an\u0000n@example.com',
  'an\u202en@example.com',
  'an\u200bn@example.com',
  'an n@example.com',
  '.ann@example.com',
  'ann.@example.com',
  'a..nn@example.com',
  `${'a'.repeat(65)}@example.com`,
  `ann@${'a'.repeat(64)}.com`,
  `ann@${'a.'.repeat(125)}com`,
])('%j is no address', (text) => expect(normalAddress(text)).toBeUndefined());

test.for(['/', '/path', '?query', '#fragment', ':25', '%2fpath', '／path'])(
  'a domain with %j behind it is none, rather than the part before that',
  (tail) => {
    expect(normalDomain(`example.com${tail}`)).toBeUndefined();
    expect(normalAddress(`ann@example.com${tail}`)).toBeUndefined();
  },
);

test('percent signs spell no letters of a domain', () => {
  expect(normalDomain('ex%61mple.com')).toBeUndefined();
  expect(normalAddress('ann@ex%61mple.com')).toBeUndefined();
});
