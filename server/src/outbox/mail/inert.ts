/**
 * Text that people choose (names, notes) made harmless for a mail: no controls, no bidirectional or invisible
 * characters, and nothing that a mail program would turn into a link.
 *
 * Mail programs link what looks like `scheme:…`, `www.…`, `host.tld` or `user@host`, so exactly these shapes are
 * taken apart with visible characters; an invisible one, such as a word joiner, would leave the address whole to
 * the eye and is dropped by some programs before they look for links. A dot inside `evil.com` becomes `·`, which
 * no domain mapping reads as a dot; dots as in `St. Mary's`, `U.S.A.`, `S.p.A.` or `v2.0` stay. Making a text
 * inert twice changes nothing more.
 */
import { httpUrl } from './links.ts';
import { parseMailbox } from './message.ts';

const NAME_LENGTH = 100;
const NOTE_LENGTH = 1000;
const NOTE_LINES = 20;
/** Beyond this nothing is read: far more than any field of ours holds. */
const READ_LENGTH = 10_000;

/** Format, private, unassigned and broken characters, and letters and marks without a shape. */
const SHAPELESS = '\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u2800\\u3164\\uffa0';
/** Scripts in which a joiner between two letters changes how they are written. */
const JOINING = ['Arabic', 'Bengali', 'Devanagari', 'Kannada', 'Malayalam', 'Sinhala', 'Tamil', 'Telugu']
  .map((script) => `\\p{Script=${script}}`)
  .join('');
const EMOJI = '\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]?';
/** The joiners that stay are caught by the group, everything else without a shape by what follows it. */
const INVISIBLE = new RegExp(
  `((?<=${EMOJI})\\u200d(?=\\p{Extended_Pictographic})|(?<=[${JOINING}])[\\u200c\\u200d](?=[${JOINING}]))|[${SHAPELESS}]`,
  'gu',
);
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** Everything that a domain mapping reads as a dot. */
const DOTS = '.\\u2024\\u3002\\ufe12\\ufe52\\uff0e\\uff61';
/** A dot alone between two characters; a row of dots separates no labels. */
const DOT = new RegExp(`(?<=[^${DOTS}])[${DOTS}](?=[^${DOTS}])`, 'u');
/** Single characters that hold a dot, such as `⒈` and `㏂`. */
const DOT_INSIDE = /[\u2488-\u249b\u33c2\u33c7\u33d8\u{1f100}]/gu;
const NUMERIC_ADDRESS = /\p{N}+\P{N}\p{N}+\P{N}\p{N}+\P{N}\p{N}+/u;

/** One line, at most 100 characters as people count them. */
export function inertName(text: string, maxLength = NAME_LENGTH): string {
  const visible = text
    .slice(0, READ_LENGTH)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Z}]+/gu, ' ')
    .replaceAll(INVISIBLE, (_character, joiner: string | undefined) => joiner ?? '')
    .replaceAll(DOT_INSIDE, (character) => character.normalize('NFKC'))
    .normalize('NFC')
    .replaceAll(PILED_MARKS, '$1');
  return shorten(withoutLinks(visible).replaceAll(/ {2,}/g, ' ').trim(), maxLength);
}

/** A note in the sender's words: lines stay, each of them inert. */
export function inertNote(text: string): string {
  const lines = text
    .slice(0, READ_LENGTH)
    .split(/\r\n?|[\n\u2028\u2029]/u)
    .slice(0, NOTE_LINES);
  const inert = lines.map((line) => inertName(line, NOTE_LENGTH)).join('\n');
  return shorten(inert.replaceAll(/\n{3,}/g, '\n\n').trim(), NOTE_LENGTH);
}

/** A plain address as it is, since it is where an answer would go; undefined for anything else. */
export function inertAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 120 || text !== text.replaceAll(INVISIBLE, ''))
    return undefined;
  const mailbox = parseMailbox(text);
  return mailbox && mailbox.address === text && !/[/?#&<>'"`{}]/.test(text) ? text : undefined;
}

/** Every text inside a value that people filled in, made inert; ids and web addresses of pictures stay. */
export function inertValue(value: unknown, key = '', depth = 0): unknown {
  if (typeof value === 'string') {
    if (key === 'id') return value;
    if (key === 'primaryEmail') return inertAddress(value) ?? '';
    return /(avatar|logoUrl|favicon|picture)$/i.test(key) ? (httpUrl(value) ?? '') : inertName(value);
  }
  if (typeof value !== 'object' || value === null || depth > 4) return depth > 4 ? null : value;
  if (Array.isArray(value)) return value.map((item) => inertValue(item, key, depth + 1));
  const entries = Object.entries(value).map(([name, inner]) => [name, inertValue(inner, name, depth + 1)]);
  return Object.fromEntries(entries);
}

function withoutLinks(text: string): string {
  return text
    .replaceAll(/[:：﹕︓][/\\／＼﹨⁄∕]+/gu, ' ')
    .replaceAll(/[/\\／＼﹨⁄∕]{2,}/gu, '/')
    .replaceAll(/(\p{L}[\p{L}\p{N}\p{M}+-]*)[:：﹕︓](?=\S)/gu, '$1: ')
    .replaceAll(/(?<=\S)[@＠﹫](?=\S)/gu, '(at)')
    .split(' ')
    .map((word) => (DOT.test(word) ? withoutHost(word) : word))
    .join(' ');
}

/** A word with its dots replaced as far as they could belong to a host name: up to its last possible label. */
function withoutHost(word: string): string {
  const labels = word.split(DOT);
  const last = NUMERIC_ADDRESS.test(word) ? labels.length : labels.findLastIndex(couldBeLabel);
  return labels.reduce((written, label, at) => {
    const dot = word[written.length] ?? '.';
    const host = at <= last || /www$/i.test(labels[at - 1]?.normalize('NFKC') ?? '');
    return `${written}${host ? '·' : dot}${label}`;
  });
}

/** No top-level domain is a single character or a number. */
function couldBeLabel(label: string): boolean {
  const letters = label.normalize('NFKC').match(/[\p{L}\p{N}]/gu) ?? [];
  return letters.length >= 2 && !letters.every((letter) => /\p{N}/u.test(letter));
}

/** At most so many characters as people count them. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  if (characters.length <= maxLength) return text;
  return `${characters
    .slice(0, maxLength - 1)
    .join('')
    .trimEnd()}…`;
}

const segmenter = new Intl.Segmenter();
