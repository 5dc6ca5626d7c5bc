/** The server as a process: started, killed, stopped and started again, on a data directory of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countBy, parallel } from './builders.ts';
import { freePort } from './harness.ts';
import { client, newDataDir, spawnServer, startServer, stopped } from './server-process.ts';

const inAWeek = () => Date.now() + 7 * 86_400_000;

test('the first start tells the secret once, keeps it for the owner only, and its curl sequence works', async () => {
  const dataDir = await newDataDir();
  const first = await startServer(dataDir);
  expect(first.output()).toMatch(/Client secret {4}\w{32}/);
  expect(first.output()).toContain('/mailbox');
  for (const file of ['management-client.env', 'secret-keys']) {
    expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
  }
  const sequence = first.output().slice(first.output().indexOf(`. '${dataDir}`));
  const shell = spawn('sh', ['-c', sequence], { stdio: ['ignore', 'pipe', 'pipe'] });
  let answer = '';
  shell.stdout.on('data', (chunk) => (answer += chunk));
  await once(shell, 'close');
  expect(JSON.parse(answer)).toMatchObject({ invitee: 'ann@example.com', status: 'Pending' });
  expect(await stopped(first, 'SIGTERM')).toBe(0);

  const second = await startServer(dataDir);
  expect(second.output()).not.toContain('Client secret');
  expect(second.output()).toContain(`Kept in          ${join(dataDir, 'management-client.env')}`);
  expect(await stopped(second, 'SIGINT')).toBe(0);
}, 60_000);

test('a second server on the same data directory is told why it cannot start, and the first goes on', async () => {
  const dataDir = await newDataDir();
  const first = await startServer(dataDir);
  const second = spawnServer(dataDir, await freePort());
  const [code] = await once(second.child, 'exit');
  expect(code).toBe(1);
  expect(second.output()).toMatch(/already running/);
  expect(second.output()).not.toMatch(/\n\s+at /);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
  expect(await stopped(first, 'SIGTERM')).toBe(0);
}, 60_000);

test('a port that is taken is named, and nothing is left running', async () => {
  const first = await startServer(await newDataDir());
  const second = spawnServer(await newDataDir(), Number(new URL(first.url).port));
  const [code] = await once(second.child, 'exit');
  expect(code).toBe(1);
  expect(second.output()).toMatch(/Port \d+ is taken/);
  await stopped(first, 'SIGTERM');
}, 60_000);

test('after kill -9 under load the next start has everything that was acknowledged, mails included', async () => {
  const dataDir = await newDataDir();
  const first = await startServer(dataDir);
  const call = await client(first);
  const { body: organization } = await call('POST', '/organizations', { name: 'Acme' });
  const acknowledged: string[] = [];
  let isKilled = false;
  const callers = parallel(8, async (caller) => {
    for (let n = 0; !isKilled; n++) {
      const answer = await call('POST', '/organization-invitations', {
        organizationId: organization.id,
        invitee: `p${caller}-${n}@example.com`,
        expiresAt: inAWeek(),
        messagePayload: {},
      }).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(answer.body.id);
    }
  });
  await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(100);
  await stopped(first, 'SIGKILL');
  isKilled = true;
  await callers;

  const second = await startServer(dataDir);
  const again = await client(second);
  const { body: listed } = await again('GET', `/organization-invitations?organizationId=${organization.id}`);
  const ids = new Set(listed.map((invitation: { id: string }) => invitation.id));
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  // What was being sent when the server died is sent when its lease is over; the rest at once.
  const deadline = Date.now() + 90_000;
  let states: Record<string, number> = {};
  while (Date.now() < deadline) {
    const all = await Promise.all(
      acknowledged.map((id) => again('GET', `/organization-invitations/${id}/deliveries`)),
    );
    states = countBy(all, (answer) => answer.body[0]?.status ?? 'none');
    if (states.sent === acknowledged.length) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect(states).toEqual({ sent: acknowledged.length });
  expect(await stopped(second, 'SIGTERM')).toBe(0);
}, 180_000);

test('told to stop under load, a server answers what it has begun and ends with 0', async () => {
  const server = await startServer(await newDataDir());
  const call = await client(server);
  const { body: organization } = await call('POST', '/organizations', { name: 'Acme' });
  const statuses: (number | string)[] = [];
  let isOver = false;
  const callers = parallel(8, async (caller) => {
    for (let n = 0; !isOver; n++) {
      const answer = await call('POST', '/organization-invitations', {
        organizationId: organization.id,
        invitee: `p${caller}-${n}@example.com`,
        expiresAt: inAWeek(),
      }).catch((error) => ({ status: (error.cause?.code as string) ?? 'failed' }));
      if (typeof answer.status === 'string') return;
      statuses.push(answer.status);
    }
  });
  await expect.poll(() => statuses.length, { timeout: 20_000 }).toBeGreaterThan(100);
  expect(await stopped(server, 'SIGTERM')).toBe(0);
  isOver = true;
  await callers;
  // New connections are refused; a request that was taken in is never cut off or answered with an error.
  expect(Object.keys(countBy(statuses, String)).filter((status) => !['201', '503'].includes(status))).toEqual(
    [],
  );
}, 60_000);

test('told to stop, npm passes it on, and nothing of it is left', async () => {
  const server = await startServer(await newDataDir(), ['npm', 'start']);
  expect(await stopped(server, 'SIGTERM')).toBe(0);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
}, 60_000);
