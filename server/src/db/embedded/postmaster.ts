import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Identity } from './identity.ts';
import { PORT } from './places.ts';
import { writeAs } from './write-as.ts';

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;

/** A running PostgreSQL of a cluster: its pid and the server process that started it, when that was an Usher. */
export type Postmaster = { pid: number; parent: number; starter: number | undefined };

/**
 * The shell leaves a watcher behind and becomes PostgreSQL. The watcher holds the other end of our pipe: a line means
 * that all is done, its end without a line that this process was killed, and then it shuts PostgreSQL down
 * and removes the folder of its socket ($0) if it is a temporary one, which is empty by then.
 * It is nobody's child, for PostgreSQL would wonder about one it did not make.
 */
const UNDER_WATCH = `
exec 3<&0 </dev/null
(
  ( read -r line <&3 && exit
    kill -INT $$
    n=0
    while kill -0 $$; do
      n=$((n + 1))
      [ $n -eq 100 ] && kill -QUIT $$
      sleep 0.1 || sleep 1
    done
    rmdir -- "$0"
  ) 2>/dev/null 3<&3 &
)
exec 3<&- "$@"
`;

export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const { pid } = await readPidFile(cluster);
  if (!pid || !(await isPostmasterOf(cluster, pid))) return undefined;
  const starter = (await commandLine(pid))
    .map((arg) => /^cluster_name=usher-(\d+)$/.exec(arg)?.[1])
    .find(Boolean);
  return { pid, parent: await parentOf(pid), starter: starter ? Number(starter) : undefined };
}

async function isPostmasterOf(cluster: string, pid: number): Promise<boolean> {
  const args = await commandLine(pid);
  return args[args.indexOf('-D') + 1] === cluster;
}

/** PostgreSQL writes the pid first and its state into the eighth line. */
async function readPidFile(cluster: string): Promise<{ pid: number; state: string }> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return { pid: Number(lines[0]), state: lines[7]?.trim() ?? '' };
}

export async function isReady(cluster: string, pid: number): Promise<boolean> {
  const found = await readPidFile(cluster);
  return found.pid === pid && found.state === 'ready';
}

/**
 * PostgreSQL takes any living process of its user for the one its pid file names, so a number that was given to
 * another program since would block it for ever. It overlooks its own parent's number, and goes on to check
 * that no process of a dead postmaster still uses the files; removing the file would skip that check.
 */
export async function disownStalePid(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  if (text === '') {
    // Another start has just made it, or the machine went down at that very moment long ago.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 2_000) await rm(path, { force: true });
    return;
  }
  // With a dead one PostgreSQL deals itself, and safely so when two start at once.
  const pid = Number(text.split('\n')[0]);
  if (!isAlive(pid) || (await isPostmasterOf(cluster, pid))) return;
  await writeAs(await stat(cluster), path, text.replace(/^-?\d+/, `${process.pid}`));
}

export async function launch(options: {
  native: string;
  cluster: string;
  socketDir: string;
  identity: Identity | undefined;
  settings: Record<string, string>;
  logFile: string;
}) {
  const { native, cluster, socketDir, identity, logFile } = options;
  const settings = {
    ...options.settings,
    listen_addresses: '',
    port: `${PORT}`,
    unix_socket_directories: `"${socketDir}"`,
    unix_socket_permissions: '0700',
    logging_collector: 'off',
    cluster_name: `usher-${process.pid}`,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = [join(native, 'bin', 'postgres'), '-D', cluster, ...flags];
  const log = await open(logFile, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    if (identity) await log.chown(identity.uid, identity.gid);
    const logSize = (await log.stat()).size;
    const child = spawn('/bin/sh', ['-c', UNDER_WATCH, socketDir, ...program], {
      cwd: '/',
      // Nothing of our own environment: it holds secrets, and PG… variables would change what it does.
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      // A session of its own, so that Ctrl-C in a terminal reaches the server alone and it can finish its work.
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
      ...(identity ? { uid: identity.uid, gid: identity.gid } : {}),
    });
    child.stdin?.on('error', () => {});
    await once(child, 'spawn');
    let gone = false;
    const exited = once(child, 'exit').then(() => {
      gone = true;
      child.stdin?.end('done\n');
    });
    child.unref();
    return { pid: child.pid as number, exited, gone: () => gone, logSize };
  } finally {
    await log.close();
  }
}

/** A fast shutdown, and an immediate one when that takes too long; recovery at the next start makes up for it. */
export async function shutDown(pid: number, isGone: () => boolean | Promise<boolean>): Promise<void> {
  const started = Date.now();
  signal(pid, 'SIGINT');
  for (let quit = false; !(await isGone()); await sleep(10)) {
    const waited = Date.now() - started;
    if (waited > 30_000) throw new Error(`PostgreSQL (pid ${pid}) does not stop.`);
    if (quit || waited < 10_000) continue;
    signal(pid, 'SIGQUIT');
    quit = true;
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGQUIT') {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new Error(`PostgreSQL (pid ${pid}) belongs to another user and cannot be stopped by this one.`);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const MAX_LOG_BYTES = 5 * 1024 * 1024;

export async function rotate(logFile: string): Promise<void> {
  const size = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  if (size > MAX_LOG_BYTES) await rename(logFile, `${logFile}.1`);
}

/** Of what was written after the first `since` bytes. */
export async function lastLines(logFile: string, since = 0): Promise<string> {
  const file = await open(logFile).catch(() => undefined);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(Math.max(size - since, 0), 8192);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-12).join('\n');
  } finally {
    await file.close();
  }
}

async function commandLine(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  }
  const text = await ps(pid, 'args');
  // Arguments cannot be told apart here; the folder and the flags that matter are cut out whole.
  const cluster = / -D (.+?) -c /.exec(text)?.[1];
  const name = /cluster_name=usher-\d+/.exec(text)?.[0];
  return cluster ? ['-D', cluster, name ?? ''] : [];
}

async function parentOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') return Number(await ps(pid, 'ppid'));
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in brackets may hold anything, brackets too.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

async function ps(pid: number, column: string): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', `${column}=`, '-p', `${pid}`]).catch(
    () => ({
      stdout: '',
    }),
  );
  return stdout.trim();
}
