import { type ExecFileException, execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { totalmem, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { accountName, type Identity, isHome, mayEnter } from './identity.ts';
import { makeOpenFolder, USHER_ROOT } from './places.ts';
import { isAlive } from './postmaster.ts';
import { writeAs } from './write-as.ts';

/** Of the machine, or of the container, in bytes. */
const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);

/** Usher's own defaults; an operator's postgresql.conf and ALTER SYSTEM win over them. */
const DEFAULTS = {
  max_connections: '100',
  // An eighth of the memory, for others run beside; what is not used of it is not taken.
  shared_buffers: `${Math.min(512, Math.max(128, Math.floor(memory / 8 / 2 ** 20)))}MB`,
  jit: 'off',
  update_process_title: 'off',
  random_page_cost: '1.1',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  max_logical_replication_workers: '0',
  deadlock_timeout: '200ms',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

/**
 * Only people who could read the files anyway may connect: the kernel says who is at the other end of the socket
 * (`peer`), and only the user of this process and the one PostgreSQL runs as are let in. So there is no password
 * to keep, to leak or to restore. The application works as `usher`, which is no superuser; `postgres` is for the launcher.
 */
const HBA = 'local all usher,postgres peer map=usher\n';

/** What is made here belongs to the user that PostgreSQL runs as, or can be passed through by it. */
export async function prepareDataDir(dataDir: string, identity: Identity | undefined): Promise<void> {
  const first = await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (!identity || !(await mayEnter(dirname(first ?? dataDir), identity))) return;
  if (!first) {
    const { uid, mode } = await stat(dataDir);
    // Passing through is not reading: what lies in it keeps its own mode. Somebody's home stays as it is.
    if (uid === 0 && !(await isHome(dataDir))) await chmod(dataDir, (mode & 0o7777) | 0o011);
    return;
  }
  const { uid } = await stat(dirname(first));
  for (let folder = dataDir; folder.length >= first.length; folder = dirname(folder)) {
    if (uid === identity.uid) await chown(folder, identity.uid, identity.gid);
    else await chmod(folder, 0o711);
  }
}

/** The folder of the cluster, created when there is none. Two processes may do so at once: one of the results is kept. */
export async function ensureCluster(options: {
  dataDir: string;
  native: string;
  identity: Identity | undefined;
  log: (line: string) => void;
}): Promise<string> {
  const { dataDir, identity, log } = options;
  const entry = join(dataDir, 'postgres');
  const found = await lstat(entry).catch(() => undefined);
  if (!found) {
    const inside = !identity || (await mayEnter(dataDir, identity));
    log('Creating the database …');
    if (inside) await create(entry, options);
    else await createElsewhere(entry, options);
  }
  const cluster = await realpath(entry).catch(async () => {
    const target = await readlink(entry);
    throw new Error(
      `${entry} leads to ${target}, where the database was kept, and that is gone. ` +
        `Bring it back, or remove ${entry} to begin with an empty database.`,
    );
  });
  if (identity && !(await mayEnter(cluster, identity))) {
    throw new Error(
      `PostgreSQL runs as the user ${identity.name}, who cannot enter ${cluster}. ` +
        'Let that user pass through the folders above it, or set USHER_DATA_DIR to another directory.',
    );
  }
  return cluster;
}

/**
 * The data directory lies where PostgreSQL's user cannot go (a closed home): the cluster is kept in /var/lib/usher
 * and linked to. The name has a random part so that a removed data directory never meets its old database again.
 */
async function createElsewhere(entry: string, options: Parameters<typeof ensureCluster>[0]) {
  const { dataDir, identity, log } = options;
  const label = basename(dirname(dataDir)).replace(/[^\w-]/g, '') || 'data';
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 8);
  const cluster = join(USHER_ROOT, `${label}-${hash}-${randomBytes(4).toString('hex')}`);
  await makeOpenFolder(USHER_ROOT);
  await create(cluster, options);
  try {
    await symlink(cluster, entry);
  } catch (error) {
    await rm(cluster, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return;
  }
  log(
    `The user ${identity?.name} cannot enter ${dataDir}, so the database is kept in ${cluster}; ${entry} links to it.`,
  );
}

const underWay = new Set<string>();

/** Made beside its place and renamed, so that a half-made cluster is never taken for one. */
async function create(
  cluster: string,
  { native, identity }: { native: string; identity: Identity | undefined },
): Promise<void> {
  await removeRemains(cluster);
  const draft = `${cluster}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  underWay.add(draft);
  try {
    await mkdir(draft, { mode: 0o700 });
    if (identity) await chown(draft, identity.uid, identity.gid);
    await initdb(draft, native, identity);
    await writeAs(identity, join(draft, 'pg_hba.conf'), HBA);
    await writeAs(
      identity,
      join(draft, 'postgresql.conf'),
      "# Usher's defaults, written anew at each start:\ninclude 'usher.conf'\n\n# Your own settings:\n",
    );
    await rename(draft, cluster);
    const parent = await open(dirname(cluster));
    await parent.sync().finally(() => parent.close());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  } finally {
    underWay.delete(draft);
    await rm(draft, { recursive: true, force: true });
  }
}

async function initdb(folder: string, native: string, identity: Identity | undefined): Promise<void> {
  const options = [
    '-D',
    folder,
    '--username=postgres',
    '--auth=peer',
    '--no-instructions',
    '--encoding=UTF8',
  ];
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  const as = identity ? { uid: identity.uid, gid: identity.gid } : {};
  await promisify(execFile)(join(native, 'bin', 'initdb'), [...options, ...locale], {
    cwd: '/',
    env,
    ...as,
  }).catch((error: ExecFileException & { stderr?: string }) => {
    // The file is there, so what the system does not find is the loader it names.
    const hint =
      error.code === 'ENOENT' ? 'its programs need glibc; set DATABASE_URL to use another PostgreSQL' : '';
    throw new Error(
      `PostgreSQL could not create its files: ${hint || error.stderr?.trim() || error.message}`,
    );
  });
}

/** What a killed start has left. A process that still runs may still be at it. */
async function removeRemains(cluster: string): Promise<void> {
  const prefix = `${basename(cluster)}.new-`;
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(cluster), name);
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    if (pid === process.pid ? underWay.has(path) : isAlive(pid)) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

/** Written before each start: the defaults of this version, and who may connect, for the user of this process may have changed. */
export async function configure(cluster: string): Promise<void> {
  const { uid, gid } = await stat(cluster);
  const conf = Object.entries(DEFAULTS).map(([name, value]) => `${name} = '${value}'\n`);
  await writeAs({ uid, gid }, join(cluster, 'usher.conf'), conf.join(''));
  const people = new Set([await accountName(userInfo().uid), await accountName(uid)]);
  const ident = [...people].flatMap((name) => [`usher "${name}" usher\n`, `usher "${name}" postgres\n`]);
  await writeAs({ uid, gid }, join(cluster, 'pg_ident.conf'), ident.join(''));
}
