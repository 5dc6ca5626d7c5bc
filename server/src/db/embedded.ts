import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findBinaries } from './embedded/binaries.ts';
import { configure, ensureCluster, prepareDataDir } from './embedded/cluster.ts';
import { chooseIdentity, type Identity, mayEnter } from './embedded/identity.ts';
import { PORT } from './embedded/places.ts';
import {
  disownStalePid,
  findPostmaster,
  isReady,
  lastLines,
  launch,
  rotate,
  shutDown,
} from './embedded/postmaster.ts';

export type EmbeddedOptions = {
  dataDir: string;
  log?: (line: string) => void;
  /** PostgreSQL settings of this run, above all others. */
  settings?: Record<string, string>;
  /** PostgreSQL ended without being asked to. */
  onLost?: (error: Error) => void;
};

export type Embedded = {
  /** For `new pg.Client(…)`: the database `usher` as its owner `usher`, who is no superuser but may create databases. */
  connection: { host: string; port: number; user: string; database: string };
  /** The same server as its superuser, for maintenance; never for requests. */
  superuser: { host: string; port: number; user: string; database: string };
  /** A PostgreSQL that a killed server had left behind was stopped first. */
  tookOver: boolean;
  pid: number;
  /** Ends PostgreSQL, and with it every connection that is still open. */
  stop(): Promise<void>;
};

/**
 * PostgreSQL as a part of this process: one per data directory, alive as long as this process is and no longer.
 *
 * Who started a postmaster owns it. It is our child, and carries our pid in its command line, so a second server
 * sees whether the first one lives: then it is refused; if not, the postmaster is an orphan, is stopped and
 * replaced (never kept: it may run programs and settings of an earlier version).
 * PostgreSQL's own lock on its files decides between two that start at the same moment.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = resolve(options.dataDir);
  const log = options.log ?? (() => {});
  const logFile = join(dataDir, 'postgres.log');
  const identity = await chooseIdentity(dataDir, join(dataDir, 'postgres'));
  await prepareDataDir(dataDir, identity);
  const native = await findBinaries(identity, log);
  const cluster = await ensureCluster({ dataDir, native, identity, log });

  let tookOver = false;
  for (let attempt = 1; ; attempt++) {
    tookOver = (await clearTheWay(cluster, dataDir, log)) || tookOver;
    await rotate(logFile);
    await configure(cluster);
    const socketDir = await chooseSocketDir(cluster, identity);
    const removeSocketDir = () =>
      socketDir === cluster ? undefined : rm(socketDir, { recursive: true, force: true });
    const settings = options.settings ?? {};
    const postgres = await launch({ native, cluster, socketDir, identity, settings, logFile });
    if (await becomesReady(cluster, postgres, log)) {
      await createDatabase(superuserOf(socketDir)).catch(async (error) => {
        await shutDown(postgres.pid, postgres.gone);
        throw error;
      });
      return running({ postgres, socketDir, logFile, tookOver, removeSocketDir, onLost: options.onLost });
    }
    await removeSocketDir();
    const lines = await lastLines(logFile, postgres.logSize);
    // Another start was faster, or processes of a killed postmaster are still on their way out.
    if (attempt < 50 && /lock file "\S+" (already exists|is empty)|pre-existing shared memory/.test(lines)) {
      await sleep(100);
      continue;
    }
    throw new Error(`PostgreSQL did not start. The end of ${logFile}:\n${lines}`);
  }
}

/** Refuses when another server is at work here. True when an orphan was stopped. */
async function clearTheWay(cluster: string, dataDir: string, log: (line: string) => void): Promise<boolean> {
  const other = await findPostmaster(cluster);
  if (!other) {
    await disownStalePid(cluster);
    return false;
  }
  if (other.starter === undefined) {
    throw new Error(
      `A PostgreSQL (pid ${other.pid}) that Usher did not start is running on ${cluster}. Stop it first.`,
    );
  }
  if (other.parent === other.starter) {
    throw new Error(
      `Another Usher server (pid ${other.starter}) is already running on ${dataDir}. ` +
        'Stop it, or set USHER_DATA_DIR to another directory.',
    );
  }
  log(`Stopping the PostgreSQL (pid ${other.pid}) that a killed server left behind …`);
  await shutDown(other.pid, async () => (await findPostmaster(cluster))?.pid !== other.pid);
  return true;
}

/** A socket's path may have 103 bytes. The cluster's own folder is closed to all others; a deep one needs another. */
async function chooseSocketDir(cluster: string, identity: Identity | undefined): Promise<string> {
  const fits = (folder: string) => Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= 103;
  // In a list of folders PostgreSQL ends a quoted one at a quote.
  if (fits(cluster) && !cluster.includes('"')) return cluster;
  for (const place of new Set([tmpdir(), '/tmp'])) {
    if (!fits(join(place, 'usher-XXXXXX'))) continue;
    const folder = await mkdtemp(join(place, 'usher-')).catch(() => undefined);
    if (!folder) continue;
    if (identity) await chown(folder, identity.uid, identity.gid);
    if (!identity || (await mayEnter(folder, identity))) return folder;
    await rm(folder, { recursive: true });
  }
  throw new Error(
    `The path ${cluster} is too long for a Unix socket, and there is no short temporary folder. ` +
      'Set USHER_DATA_DIR to a shorter path.',
  );
}

type Launched = Awaited<ReturnType<typeof launch>>;

const superuserOf = (host: string) => ({ host, port: PORT, user: 'postgres', database: 'postgres' });

/** False when it ended instead. Recovery after a crash may take its time. */
async function becomesReady(
  cluster: string,
  postgres: Launched,
  log: (line: string) => void,
): Promise<boolean> {
  const started = Date.now();
  for (let told = false; !postgres.gone(); await sleep(10)) {
    if (await isReady(cluster, postgres.pid)) return true;
    if (told || Date.now() - started < 5_000) continue;
    log('PostgreSQL is still starting; after a crash it replays its log first …');
    told = true;
  }
  return false;
}

async function createDatabase(superuser: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(superuser);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(`select
      exists (select from pg_roles where rolname = 'usher') as role,
      exists (select from pg_database where datname = 'usher') as database`);
    if (!rows[0].role) await client.query('create role usher login createdb');
    if (!rows[0].database) await client.query('create database usher owner usher');
  } finally {
    await client.end();
  }
}

function running(options: {
  postgres: Launched;
  socketDir: string;
  logFile: string;
  tookOver: boolean;
  removeSocketDir: () => Promise<void> | undefined;
  onLost: EmbeddedOptions['onLost'];
}): Embedded {
  const { postgres, socketDir, logFile, tookOver, removeSocketDir, onLost } = options;
  let stopping: Promise<void> | undefined;
  postgres.exited.then(async () => {
    if (stopping) return;
    await removeSocketDir();
    onLost?.(new Error(`PostgreSQL ended. The end of ${logFile}:\n${await lastLines(logFile)}`));
  });
  const stop = async () => {
    if (!postgres.gone()) await shutDown(postgres.pid, postgres.gone);
    await removeSocketDir();
  };
  return {
    connection: { host: socketDir, port: PORT, user: 'usher', database: 'usher' },
    superuser: superuserOf(socketDir),
    tookOver,
    pid: postgres.pid,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
