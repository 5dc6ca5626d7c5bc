/** What a browser says of itself, read as far as it says it plainly. Where it is on earth, nobody here knows. */
import type { SessionRecord } from '../../domain/sessions/ended.ts';

const browsers = [
  ['Edge', /\bEdgA?\/([\d.]+)/],
  ['Opera', /\bOPR\/([\d.]+)/],
  ['Samsung Internet', /\bSamsungBrowser\/([\d.]+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\/([\d.]+)/],
  ['Safari', /\bVersion\/([\d.]+).*\bSafari\//],
] as const;

const systems = [
  ['iOS', /\b(?:iPhone|iPad).*? OS ([\d_]+)/],
  ['Android', /\bAndroid(?: ([\d.]+))?/],
  ['ChromeOS', /\bCrOS \S+ ([\d.]+)/],
  ['Windows', /\bWindows(?: NT ([\d.]+))?/],
  ['macOS', /\bMac OS X ([\d_.]+)/],
  ['Linux', /\bLinux\b()/],
] as const;

export function deviceOf({ userAgent, ip }: Pick<SessionRecord, 'userAgent' | 'ip'>) {
  const text = userAgent ?? '';
  const [browser, browserVersion] = first(browsers, text);
  const [os, osVersion] = first(systems, text);
  return { userAgent: text, browser, browserVersion, os, osVersion, deviceType: typeOf(text), ip: ip ?? '' };
}

function first(known: readonly (readonly [string, RegExp])[], text: string): [string, string] {
  for (const [name, pattern] of known) {
    const match = pattern.exec(text);
    if (match) return [name, (match[1] ?? '').replaceAll('_', '.')];
  }
  return ['', ''];
}

function typeOf(text: string): string {
  if (/\biPad\b|\bTablet\b|\bAndroid\b(?!.*\bMobile\b)/.test(text)) return 'tablet';
  if (/\bMobi|\biPhone\b/.test(text)) return 'mobile';
  return text === '' ? '' : 'desktop';
}
