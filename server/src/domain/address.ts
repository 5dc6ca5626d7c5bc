/**
 * E-mail addresses have one normal form, used wherever one is stored or compared (rule 2): trimmed, Unicode NFC,
 * lower case, the domain in its ASCII (IDNA) spelling. Dots and plus signs in the local part mean something to some
 * providers and are kept.
 */
import { domainToASCII } from 'node:url';

/** Longest address that mail can carry (RFC 5321 §4.5.3.1.3, less the angle brackets). */
const longest = 254;
// Control, white space, bidi and other invisible characters, and what separates addresses or quotes in a header.
const unfit = /[\p{C}\p{Z}"(),:;<>[\]\\]/u;
// The conversion to ASCII reads a host out of a URL: it would stop at a slash and resolve percent signs.
const noHostLetter = /[!-,/:-@[-`{-~]/;

/** The normal form, or undefined when the text is not one address that mail can be sent to. */
export function normalAddress(text: string): string | undefined {
  if (text.length > 1024) return undefined;
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = trimmed.slice(0, at).normalize('NFC').toLowerCase().normalize('NFC');
  const domain = normalDomain(trimmed.slice(at + 1));
  if (!domain || unfit.test(local) || local.includes('@')) return undefined;
  if (/^\.|\.\.|\.$/.test(local) || Buffer.byteLength(local) > 64) return undefined;
  const address = `${local}@${domain}`;
  return Buffer.byteLength(address) <= longest ? address : undefined;
}

/** The ASCII spelling of a domain name with at least two labels, or undefined. */
export function normalDomain(text: string): string | undefined {
  if (text.length > 253 || unfit.test(text) || noHostLetter.test(text)) return undefined;
  const ascii = domainToASCII(text.normalize('NFC'));
  if (ascii.length > 253 || /^[\d.]+$/.test(ascii)) return undefined;
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return new RegExp(`^${label}(?:\\.${label})+$`).test(ascii) ? ascii : undefined;
}
