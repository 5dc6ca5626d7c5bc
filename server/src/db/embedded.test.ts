import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;

let folder: string;
/** Used by the tests that need no fresh cluster; each leaves it stopped. */
let dataDir: string;
const cleanUp: (() => unknown)[] = [];

beforeAll(async () => {
  // Not under the usual temporary folder's own name: on macOS that one is too deep for a socket.
  folder = await mkdtemp(join(await realpath(tmpdir()), 'usher-test-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'data');
  await (await start({ dataDir })).stop();
});
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(options: EmbeddedOptions): Promise<Embedded> {
  const embedded = await startEmbedded({ settings: { fsync: 'off' }, ...options });
  cleanUp.push(() => embedded.stop());
  return embedded;
}

type Answer = { connection: Embedded['connection']; pid: number; tookOver: boolean; error?: string };
type Server = { child: ChildProcess; answer: Answer };

/** A server of its own, which only a signal ends: SIGTERM gently, SIGINT not at all. */
async function serve(dataDir: string): Promise<Server> {
  const code = `
    import { startEmbedded } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)};
    const embedded = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} }).catch((error) => {
      console.log(JSON.stringify({ error: error.message }));
      process.exit(1);
    });
    const { connection, pid, tookOver } = embedded;
    setInterval(() => {}, 1e6);
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => embedded.stop().then(() => process.exit()));
    console.log(JSON.stringify({ connection, pid, tookOver }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return { child, answer: JSON.parse(line) };
}

async function kill9({ child }: Server): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const pidFile = () => join(dataDir, 'postgres/postmaster.pid');

/** What runs on by itself after `kill9`. */
const postgresHasEnded = () => eventually(() => expect(existsSync(pidFile())).toBe(false));

async function query(connection: pg.ClientConfig, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  return (await client.query(text).finally(() => client.end())).rows;
}

/** True for a dead one too until its parent has noticed; for an orphan that is the system, which may take its time. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

/** What is in PostgreSQL's process group beside itself is the shell that watches over it. */
async function watcherOf(postmaster: number): Promise<number> {
  for (const name of await readdir('/proc')) {
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const group = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2]);
    if (group === postmaster && Number(name) !== postmaster) return Number(name);
  }
  throw new Error('nobody watches over it');
}

describe('the database', () => {
  test('speaks UTF-8, sorts by code point, lives in UTC and checks its pages', async () => {
    const { connection } = await start({ dataDir });
    const [row] = await query(
      connection,
      `select current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
        current_setting('data_checksums') as checksums, datlocprovider as provider, datlocale as locale
      from pg_database where datname = current_database()`,
    );
    expect(row).toEqual({ encoding: 'UTF8', zone: 'UTC', checksums: 'on', provider: 'b', locale: 'C.UTF-8' });
  });

  test('belongs to a role that may create databases and is no superuser', async () => {
    const { connection } = await start({ dataDir });
    const rows = await query(
      connection,
      `select r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole
      from pg_database d join pg_roles r on r.oid = d.datdba where datname = current_database()`,
    );
    expect(rows).toEqual([{ rolname: 'usher', rolsuper: false, rolcreatedb: true, rolcreaterole: false }]);
  });

  test('is on no network, and no other user of the machine can enter the folder of its socket', async () => {
    const { connection } = await start({ dataDir });
    expect(await query(connection, 'show listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'postgres.log'))).mode & 0o777).toBe(0o600);
  });

  test('keeps a setting of the operator over a default of Usher', async () => {
    await writeFile(
      join(dataDir, 'postgres/postgresql.conf'),
      "include 'usher.conf'\nmax_connections = 33\n",
    );
    const { connection } = await start({ dataDir });
    expect(await query(connection, 'show max_connections')).toEqual([{ max_connections: '33' }]);
  });

  test('in a deep directory has its socket elsewhere, which goes when it stops', async () => {
    const embedded = await start({ dataDir: join(folder, 'deep'.repeat(25), 'data') });
    const { host } = embedded.connection;
    expect(await query(embedded.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(host)).mode & 0o777).toBe(0o700);
    await embedded.stop();
    expect(existsSync(host)).toBe(false);
  });
});

describe('one server per data directory', () => {
  test('a second server is refused with a clear error, and the first works on', async () => {
    const { child, answer } = await serve(dataDir);
    await expect(start({ dataDir })).rejects.toThrow(
      `Another Usher server (pid ${child.pid}) is already running on ${dataDir}. ` +
        'Stop it, or set USHER_DATA_DIR to another directory.',
    );
    expect(await query(answer.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of two that start at the same moment on a fresh directory exactly one comes up', async () => {
    const fresh = join(folder, 'fresh');
    const servers = await Promise.all([serve(fresh), serve(fresh)]);
    const up = servers.filter(({ answer }) => !answer.error);
    expect(up).toHaveLength(1);
    const refused = servers.find(({ answer }) => answer.error);
    expect(refused?.answer.error).toContain(
      `Another Usher server (pid ${up[0]?.child.pid}) is already running`,
    );
    expect(await query(up[0]!.answer.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(fresh)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  test('of several that start at the same moment on an existing database exactly one comes up', async () => {
    for (let round = 0; round < 3; round++) {
      const servers = await Promise.all([1, 2, 3, 4].map(() => serve(dataDir)));
      const up = servers.filter(({ answer }) => !answer.error);
      expect(up).toHaveLength(1);
      for (const { answer } of servers) expect(answer.error ?? '').toMatch(/^(Another Usher server .*)?$/);
      await kill9(up[0]!);
    }
  });

  test('a PostgreSQL that somebody else started there is left alone', async () => {
    await postgresHasEnded();
    const cluster = join(dataDir, 'postgres');
    // Its command line tells a postmaster; a shell with the same one will do.
    const other = spawn('/bin/sh', ['-c', 'sleep 60; :', 'postgres', '-D', cluster], { detached: true });
    cleanUp.push(() => process.kill(-other.pid!, 'SIGKILL'));
    await writeFile(pidFile(), `${other.pid}\n${cluster}\n`);
    cleanUp.push(() => rm(pidFile(), { force: true }));
    await expect(start({ dataDir })).rejects.toThrow(
      `(pid ${other.pid}) that Usher did not start is running`,
    );
    expect(isAlive(other.pid!)).toBe(true);
  });
});

describe('the end of a server', () => {
  test('stop ends PostgreSQL with every connection, and may be asked twice', async () => {
    const embedded = await start({ dataDir });
    const client = new pg.Client(embedded.connection);
    await client.connect();
    const dropped = new Promise((resolve) => client.on('error', resolve));
    await Promise.all([embedded.stop(), embedded.stop()]);
    await dropped;
    expect(isAlive(embedded.pid)).toBe(false);
  });

  test('kill -9 leaves no process behind, nor the folder of a socket', async () => {
    const server = await serve(join(folder, 'deep'.repeat(25), 'data'));
    const { host } = server.answer.connection;
    expect(existsSync(host)).toBe(true);
    await kill9(server);
    await eventually(() => expect(isAlive(server.answer.pid)).toBe(false));
    await eventually(() => expect(existsSync(host)).toBe(false));
  });

  test('what was committed before kill -9 is there after it', async () => {
    const server = await serve(dataDir);
    await query(server.answer.connection, 'create table kept (n int)');
    let acknowledged = 0;
    const writing = (async () => {
      for (let n = 1; ; n++) {
        await query(server.answer.connection, `insert into kept values (${n})`);
        acknowledged = n;
      }
    })().catch(() => {});
    await sleep(300);
    await kill9(server);
    const { connection } = await start({ dataDir });
    await writing;
    const [row] = await query(connection, 'select count(*)::int as count from kept');
    expect(acknowledged).toBeGreaterThan(5);
    expect(row?.count).toBeGreaterThanOrEqual(acknowledged);
  });

  test('Ctrl-C in the terminal does not reach PostgreSQL, so that the server can finish its work', async () => {
    const { child, answer } = await serve(dataDir);
    process.kill(-child.pid!, 'SIGINT');
    await sleep(200);
    expect(await query(answer.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('the loss of PostgreSQL is told, and the next start recovers from it', async () => {
    const lost = Promise.withResolvers<Error>();
    const { connection, pid } = await start({ dataDir, onLost: lost.resolve });
    await query(connection, 'create table before_loss (n int)');
    process.kill(pid, 'SIGKILL');
    expect((await lost.promise).message).toContain('PostgreSQL ended. The end of');
    const again = await start({ dataDir });
    expect(await query(again.connection, 'select * from before_loss')).toEqual([]);
  });
});

describe('what a killed server left behind', () => {
  test.runIf(linux)('a postmaster without its server is stopped and replaced', async () => {
    const server = await serve(dataDir);
    process.kill(await watcherOf(server.answer.pid), 'SIGKILL');
    await kill9(server);
    expect(isAlive(server.answer.pid)).toBe(true);
    const { answer } = await serve(dataDir);
    expect(answer).toMatchObject({ tookOver: true });
    await eventually(() => expect(isAlive(server.answer.pid)).toBe(false));
    expect(await query(answer.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a pid file whose number another program of the same user has now does not stop the start', async () => {
    await postgresHasEnded();
    const cluster = join(dataDir, 'postgres');
    const { uid, gid } = await stat(cluster);
    const other = spawn('sleep', ['60'], { uid, gid });
    cleanUp.push(() => other.kill('SIGKILL'));
    await writeFile(pidFile(), `${other.pid}\n${cluster}\n`);
    const { connection } = await start({ dataDir });
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(other.exitCode).toBeNull();
  });

  test('a pid file that is empty since the machine went down does not stop the start', async () => {
    await postgresHasEnded();
    await writeFile(pidFile(), '');
    const { connection } = await start({ dataDir });
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a half-finished initdb does not stop the next start', async () => {
    const half = join(folder, 'half');
    const starting = spawnQuietly(half);
    await eventually(async () => expect((await readdir(half)).join()).toMatch(/postgres\.new-/));
    await sleep(150);
    starting.kill('SIGKILL');
    await once(starting, 'exit');
    expect(existsSync(join(half, 'postgres'))).toBe(false);
    const { connection, stop } = await start({ dataDir: half });
    expect(await query(connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stop();
  });

  test('the remains of a creation whose process is gone are removed by the next one', async () => {
    const remains = join(folder, 'remains');
    await mkdir(join(remains, 'postgres.new-4194304-00000000/base'), { recursive: true });
    await chmod(remains, 0o755);
    await start({ dataDir: remains });
    expect((await readdir(remains)).sort()).toEqual(['postgres', 'postgres.log']);
  });

  const spawnQuietly = (dataDir: string) => {
    const module = JSON.stringify(new URL('./embedded.ts', import.meta.url).href);
    const code = `(await import(${module})).startEmbedded({ dataDir: ${JSON.stringify(dataDir)} })`;
    return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
  };
});

describe('the log', () => {
  test('is quoted when PostgreSQL does not start', async () => {
    const started = start({ dataDir, settings: { work_mem: 'a lot' } });
    await expect(started).rejects.toThrow(/did not start[\s\S]*invalid value for parameter "work_mem"/);
  });

  test('begins anew past 5 MB, and the last one is kept', async () => {
    await truncate(join(dataDir, 'postgres.log'), 5 * 1024 * 1024 + 1);
    await start({ dataDir });
    expect((await stat(join(dataDir, 'postgres.log'))).size).toBeLessThan(100_000);
    expect((await stat(join(dataDir, 'postgres.log.1'))).size).toBeGreaterThan(5 * 1024 * 1024);
  });
});

describe.runIf(root && linux)('started by root', () => {
  test('PostgreSQL runs as the owner of its files, who is not root', async () => {
    const { pid, connection } = await start({ dataDir });
    const { uid } = await stat(connection.host);
    expect(uid).not.toBe(0);
    expect((await stat(`/proc/${pid}`)).uid).toBe(uid);
  });

  test('in a closed home the database is kept in /var/lib/usher, linked to, and the home stays closed', async () => {
    const home = join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
    const closed = join(home, 'data');
    const lines: string[] = [];
    const embedded = await start({ dataDir: closed, log: (line) => lines.push(line) });
    const cluster = await readlink(join(closed, 'postgres'));
    cleanUp.unshift(() => rm(cluster, { recursive: true, force: true }));
    expect(cluster).toMatch(/^\/var\/lib\/usher\/home-/);
    expect(lines.join('\n')).toContain(`the database is kept in ${cluster}`);
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    await query(embedded.connection, 'create table moved (n int)');
    await embedded.stop();
    const again = await start({ dataDir: closed });
    expect(await query(again.connection, 'select * from moved')).toEqual([]);
  });

  test('a data directory that was removed does not meet its old database again', async () => {
    const home = join(folder, 'home2');
    await mkdir(home, { mode: 0o700 });
    const closed = join(home, 'data');
    for (const round of [1, 2]) {
      const { connection, stop } = await start({ dataDir: closed });
      const cluster = await readlink(join(closed, 'postgres'));
      cleanUp.unshift(() => rm(cluster, { recursive: true, force: true }));
      await query(connection, `create table once (round int default ${round})`);
      await stop();
      await rm(closed, { recursive: true });
    }
  });

  test('a link to a database that is gone is an error that says what to do', async () => {
    const lost = join(folder, 'lost');
    const { stop } = await start({ dataDir: lost });
    await stop();
    await rm(join(lost, 'postgres'), { recursive: true });
    await symlink('/var/lib/usher/nowhere', join(lost, 'postgres'));
    await expect(start({ dataDir: lost })).rejects.toThrow(
      /nowhere, where the database was kept[\s\S]*remove/,
    );
  });
});
