/** The server as a process: started, killed, stopped and started again, on a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './harness.ts';

const main = join(import.meta.dirname, '../src/main.ts');

export type Server = { child: ChildProcess; url: string; dataDir: string; output(): string; readyMs: number };

export async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'usher-process-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** `command` is what a user types; the server itself, unless said otherwise. */
export function spawnServer(
  dataDir: string,
  port: number,
  command = [process.execPath, main, 'start'],
  env: NodeJS.ProcessEnv = {},
): Omit<Server, 'readyMs'> {
  const child = spawn(command[0]!, command.slice(1), {
    cwd: join(import.meta.dirname, '../..'),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      USHER_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (output += chunk));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, url: `http://localhost:${port}`, dataDir, output: () => output };
}

export async function startServer(
  dataDir: string,
  command?: string[],
  env?: NodeJS.ProcessEnv,
): Promise<Server> {
  const began = performance.now();
  const server = spawnServer(dataDir, await freePort(), command, env);
  for (;;) {
    const isReady = await fetch(`${server.url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady && server.output().includes('Invite somebody'))
      return { ...server, readyMs: performance.now() - began };
    if (server.child.exitCode !== null || performance.now() - began > 30_000) {
      throw new Error(`The server did not start:\n${server.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function stopped(server: Pick<Server, 'child'>, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(server.child, 'exit');
  server.child.kill(signal);
  return (await ended)[0] as number | null;
}

export async function client(server: Server) {
  const env = await readFile(join(server.dataDir, 'management-client.env'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(env)![1]!;
  const token = await fetch(`${server.url}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: value('USHER_CLIENT_ID'),
      client_secret: value('USHER_CLIENT_SECRET'),
      resource: `${server.url}/api`,
      scope: 'all',
    }),
  });
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${server.url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json().catch(() => undefined)) as any };
  };
}
