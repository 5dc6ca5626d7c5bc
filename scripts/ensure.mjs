// Makes a bare clone ready before `npm start` and `npm test`: installs the packages of the lock file when they are
// missing or others, and with --test a browser when the machine has none. Plain JavaScript, for it runs on whatever
// Node the machine has; afterwards npm's scripts find the pinned one first on their PATH.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const installed = join(modules, '.package-lock.json');
const mark = join(modules, '.usher-lock');
const pinned = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

/** -1, 0 or 1 as `a` is below, at or above `b`. */
function compare(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  const at = [0, 1, 2].find((i) => (x[i] ?? 0) !== (y[i] ?? 0));
  return at === undefined ? 0 : Math.sign((x[at] ?? 0) - (y[at] ?? 0));
}

/** What is installed, told by the lock file and by when npm last wrote down its work. */
function fingerprint() {
  const { mtimeMs, size } = statSync(installed);
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${hash} ${mtimeMs} ${size}`;
}

function isInstalled() {
  if (!existsSync(installed)) return false;
  if (existsSync(mark) && readFileSync(mark, 'utf8') === fingerprint()) return true;
  const [wanted, present] = [join(root, 'package-lock.json'), installed].map(
    (path) => JSON.parse(readFileSync(path, 'utf8')).packages,
  );
  for (const [path, { version, optional, link }] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/')) continue;
    const found = present[path];
    // Optional packages of other platforms are rightly absent.
    if (found ? found.version !== version : !optional && !link) return false;
  }
  writeFileSync(mark, fingerprint());
  return true;
}

function install() {
  console.log('Installing packages (npm ci) …');
  // The Node that npm itself runs on: the pinned one is replaced in the middle of it.
  const node = process.env.npm_node_execpath ?? process.execPath;
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, before] = npm?.endsWith('.js') ? [node, [npm]] : ['npm', []];
  const { status, error } = spawnSync(command, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (status !== 0) fail(`npm ci failed${error ? `: ${error.message}` : ', see above'}.`);
  if (existsSync(pinned) && !versionOf(pinned)) {
    // Built for another C library than this system's; the machine's own Node serves instead.
    rmSync(pinned);
  }
  writeFileSync(mark, fingerprint());
}

function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().slice(1) : undefined;
}

const own = process.versions.node;
if (compare(own, '20.0.0') < 0) fail(`Usher needs Node.js 20 or later to install itself; this is ${own}.`);
if (!isInstalled()) install();
if (!existsSync(pinned) && compare(own, '22.18.0') < 0) {
  fail(
    `npm has no Node.js 24 for ${process.platform}-${process.arch}, and the one here is ${own}. ` +
      'Install Node.js 22.18 or later (24 is best) and start again.',
  );
}
if (process.argv.includes('--test')) {
  const node = existsSync(pinned) ? pinned : process.execPath;
  const { status } =
    compare(own, '22.18.0') < 0
      ? spawnSync(node, [join(root, 'scripts', 'ensure-browser.mjs')], { stdio: 'inherit' })
      : await import('./ensure-browser.mjs').then(() => ({ status: process.exitCode ?? 0 }));
  process.exitCode = status ?? 1;
}
