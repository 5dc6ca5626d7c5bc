import { access, constants, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';

/** Where `npm test` puts a Chromium of its own when the machine has none and Debian's cannot be installed. */
export const PACKED_CHROMIUM = join(import.meta.dirname, '../../node_modules/.cache/usher/chromium');

/** The Chromium of the browser tests; `CHROMIUM_PATH` names another one. */
export async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, and that is no program.`);
  }
  for (const path of [...USUAL_PLACES, ...(await inPlaywrightsCache()), join(PACKED_CHROMIUM, 'chromium')]) {
    if (await isExecutable(path)) return path;
  }
  throw new Error(
    'The browser tests need Chromium, and there is none. Install it, or set CHROMIUM_PATH to the program.',
  );
}

/** A fresh browser that talks to nobody but the page under test. */
export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: await findChromium(), headless: true, args: ARGUMENTS });
}

/** Playwright leaves Chromium's sandbox off, which could not start as root nor without user namespaces. */
const ARGUMENTS = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

async function inPlaywrightsCache(): Promise<string[]> {
  const cache = join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'ms-playwright');
  const versions = (await readdir(cache).catch(() => []))
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort();
  const programs = [
    'chrome-linux64/chrome',
    'chrome-linux/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  ];
  return versions.reverse().flatMap((version) => programs.map((program) => join(cache, version, program)));
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
