/** Names and notes in mails: what people type stays readable and never becomes a link. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inertAddress, inertName, inertNote, inertValue } from './inert.ts';

describe('harmless names stay as they are', () => {
  test.each([
    "St. Mary's",
    'U.S.A.',
    'J.R.R. Tolkien',
    'Banca S.p.A.',
    'Verein e.V.',
    'Stavby s.r.o.',
    'Acme v2.0',
    'No.5',
    '.NET Foundation',
    'AC/DC',
    'TCP/IP 12:30',
    "Mary-Jane O'Neil",
    'Müller & Söhne',
    'Jo @ Acme',
    'モーニング娘。',
    '株式会社ウシャー',
    '北京科技有限公司',
    '👩‍💻 Coders 🏳️‍🌈',
    'نامه‌ای',
    'क्‍ष',
    '"Quoted" <name>',
  ])('%s', (name) => expect(inertName(name)).toBe(name));
});

describe('what mail programs link is taken apart', () => {
  test.each([
    ['Node.js Inc.', 'Node·js Inc.'],
    ['evil.com', 'evil·com'],
    ['Pay at evil.com/login now', 'Pay at evil·com/login now'],
    ['http://evil.com/login?a=b#c', 'http evil·com/login?a=b#c'],
    ['HTTPS:\\\\evil.com', 'HTTPS evil·com'],
    ['http://localhost', 'http localhost'],
    ['www.x', 'www·x'],
    ['ｗｗｗ.x', 'ｗｗｗ·x'],
    ['evil。com', 'evil·com'],
    ['evil．com', 'evil·com'],
    ['evil｡com', 'evil·com'],
    ['evil․com', 'evil·com'],
    ['ⓔⓥⓘⓛ.ⓒⓞⓜ', 'ⓔⓥⓘⓛ·ⓒⓞⓜ'],
    ['例え.テスト', '例え·テスト'],
    ['i.❤.ws', 'i·❤·ws'],
    ['a⒈com', 'a1·com'],
    ['evil.co.uk.', 'evil·co·uk.'],
    ['(evil.com)', '(evil·com)'],
    ['192.168.0.1/a', '192·168·0·1/a'],
    ['me@evil.com', 'me(at)evil·com'],
    ['me＠evil.com', 'me(at)evil·com'],
    ['root@localhost', 'root(at)localhost'],
    ['mailto:a@b.cd', 'mailto: a(at)b·cd'],
    ['javascript:alert(1)', 'javascript: alert(1)'],
    ['tel:+4912345', 'tel: +4912345'],
    ['//evil/share', '/evil/share'],
    ['\\\\evil\\share', '/evil\\share'],
    ['ht\u200btp://ev\u00adil.c\u2060om', 'http evil·com'],
    ['evil.\u200bcom', 'evil·com'],
  ])('%s → %s', (name, inert) => expect(inertName(name)).toBe(inert));
});

describe('what cannot be seen is dropped', () => {
  test.each([
    ['Acme\r\nBcc: evil@x.yz', 'Acme Bcc: evil(at)x·yz'],
    ['a\u0000b\u0007c\u0085d', 'a b c d'],
    ['\u202eemca\u202c', 'emca'],
    ['\u2066a\u2069\u061cb\u200e\u200f', 'ab'],
    ['a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg', 'abcdefg'],
    ['tag\u{e0041}\u{e007f}', 'tag'],
    ['a\u3164\u115f\u2800b', 'ab'],
    ['private\ue000 and broken\ud800', 'private and broken\ufffd'],
    ['  many \u00a0\u3000 blanks\t\u2028', 'many blanks'],
    ['Z\u0351\u036b\u0357\u036a\u0302\u036b\u033d', 'Z\u0351\u036b\u0357\u036a'],
    ['\u200b\u202e', ''],
  ])('%j → %j', (name, inert) => expect(inertName(name)).toBe(inert));
});

test('a name has at most 100 characters as people count them, and no half ones', () => {
  expect(inertName('x'.repeat(5000))).toBe(`${'x'.repeat(99)}…`);
  const family = '👨‍👩‍👧‍👦';
  expect(inertName(family.repeat(200))).toBe(`${family.repeat(99)}…`);
});

const dirty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'http',
        '://',
        'www',
        '.',
        '。',
        '．',
        '․',
        'com',
        'evil',
        '@',
        '/',
        '\\',
        ':',
        ' ',
        'a',
        '1',
      ),
      fc.constantFrom(
        '\u200b',
        '\u200d',
        '\u202e',
        '\r\n',
        '\u0000',
        '👩',
        'ا',
        '\u0301',
        'mailto',
        'ⓒⓞ',
        '…',
      ),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

test('no name, however made, holds a link, an address or anything invisible', () => {
  fc.assert(
    fc.property(dirty, (text) => {
      const inert = inertName(text);
      const ascii = inert.normalize('NFKC').replaceAll('…', ' ').replaceAll('...', ' ');
      expect(ascii).not.toMatch(/[\p{L}\p{N}][.。][\p{L}]{2,}/u);
      expect(ascii).not.toMatch(/www\.[\p{L}\p{N}]/iu);
      expect(inert).not.toMatch(/:[/\\]|[/\\]{2}|\p{L}:\S|\S@\S/u);
      expect(inert).not.toMatch(/[\p{Cc}\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u);
    }),
    { numRuns: 5000 },
  );
});

test('making a text inert again changes nothing', () => {
  fc.assert(
    fc.property(dirty, (text) => {
      expect(inertName(inertName(text))).toBe(inertName(text));
    }),
    { numRuns: 5000 },
  );
});

test('a note keeps its lines, and each of them is inert', () => {
  expect(inertNote('Hi Jo,\r\nsee evil.com\n\n\n\nBye\u202e')).toBe('Hi Jo,\nsee evil·com\n\nBye');
  expect(inertNote('line\n'.repeat(100)).split('\n').length).toBeLessThanOrEqual(20);
});

test.each([
  ['mia@acme.test', 'mia@acme.test'],
  ['o\u200bk@acme.test', undefined],
  ['a@b.test\r\nBcc: c@d.test', undefined],
  ['"http://evil.com"@acme.test', undefined],
  ['evil.com/login@acme.test', undefined],
  ['Mia <mia@acme.test>', undefined],
  [null, undefined],
])('an address to show: %j → %j', (text, shown) => expect(inertAddress(text)).toBe(shown));

test('inside an object every text is made inert; ids, the address and pictures stay', () => {
  const inviter = {
    id: 'u.v.com',
    name: 'evil.com',
    primaryEmail: 'mia@acme.test',
    avatar: 'https://cdn.test/a.png',
    profile: { website: 'https://evil.com', picture: 'javascript:alert(1)' },
    tags: ['a.com', 7, null],
  };
  expect(inertValue(inviter)).toEqual({
    id: 'u.v.com',
    name: 'evil·com',
    primaryEmail: 'mia@acme.test',
    avatar: 'https://cdn.test/a.png',
    profile: { website: 'https evil·com', picture: '' },
    tags: ['a·com', 7, null],
  });
});
