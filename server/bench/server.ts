/** The server as a user would start it: `npm start`, stock settings, the embedded PostgreSQL, a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendant, isAlive, type Watched } from './processes.ts';

export const root = resolve(import.meta.dirname, '../..');

export type Server = {
  url: string;
  watched: Watched;
  clientId: string;
  clientSecret: string;
  /** The embedded database as its superuser. */
  database: { host: string; port: number; user: string; database: string };
  /** From `npm start` to the line that says so. */
  readyMs: number;
  stop(): Promise<void>;
};

/** Settings of the shell would change what is measured. */
const foreign = /^(PORT|HOST|DATABASE_URL|SMTP_URL|MAIL_FROM|LOG_LEVEL|NODE_OPTIONS|USHER_.*|npm_.*)$/;

export async function startServer(dataDir: string): Promise<Server> {
  const port = await freePort();
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const env = { ...Object.fromEntries(kept), PORT: `${port}`, USHER_DATA_DIR: dataDir };
  const startedAt = performance.now();
  // A process group of its own: Ctrl-C in the terminal reaches this benchmark alone, which then stops the server.
  const npm = spawn('npm', ['start'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  await becomesReady(npm);
  const readyMs = performance.now() - startedAt;
  const watched = await findProcesses(npm.pid!, dataDir);
  const credentials = await readFile(join(dataDir, 'management-client.env'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(credentials)![1]!;
  return {
    url: `http://localhost:${port}`,
    watched: { server: watched.server, postgres: watched.postgres },
    clientId: value('USHER_CLIENT_ID'),
    clientSecret: value('USHER_CLIENT_SECRET'),
    database: { host: watched.socketDir, port: watched.socketPort, user: 'postgres', database: 'usher' },
    readyMs,
    stop: () => stop(npm, watched),
  };
}

async function becomesReady(npm: ChildProcess): Promise<void> {
  let output = '';
  const ended = Promise.withResolvers<never>();
  const ready = Promise.withResolvers<void>();
  for (const stream of [npm.stdout!, npm.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk).slice(-4096);
      if (output.includes('Usher is ready')) ready.resolve();
    });
  }
  npm.once('error', ended.reject);
  npm.once('exit', () => ended.reject(new Error(`The server did not start:\n${output}`)));
  ended.promise.catch(() => undefined);
  await Promise.race([ready.promise, ended.promise]);
}

/** The pid file of PostgreSQL has the pid first, the port fourth and the folder of the socket fifth. */
async function findProcesses(npm: number, dataDir: string) {
  const lines = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  const server = descendant(npm, /^\S*node(\.exe)? (\S+ )*\S*main\.ts start$/);
  if (!server) throw new Error('The process of the server is not to be found');
  return { server, postgres: Number(lines[0]), socketPort: Number(lines[3]), socketDir: lines[4]! };
}

async function stop(npm: ChildProcess, { server, postgres }: Watched): Promise<void> {
  const send = (pid: number, signal: NodeJS.Signals) => isAlive(Math.abs(pid)) && process.kill(pid, signal);
  // To the server alone: npm would pass the signal on, and a second one means "at once".
  send(server, 'SIGTERM');
  const late = setTimeout(() => send(-npm.pid!, 'SIGKILL'), 40_000);
  if (npm.exitCode === null && npm.signalCode === null) await once(npm, 'exit');
  clearTimeout(late);
  while (isAlive(server) || isAlive(postgres)) await sleep(20);
}

export const newDataDir = (): Promise<string> => mkdtemp(join(tmpdir(), 'usher-bench-'));

/** Where the database's user cannot enter the data directory, it holds a link to the database only. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const cluster = await realpath(join(dataDir, 'postgres')).catch(() => undefined);
  if (cluster) await rm(cluster, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
