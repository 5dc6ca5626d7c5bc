/** A server that is killed under load loses nothing of what it had committed. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parallel } from '../builders.ts';
import { client, newDataDir, startServer, stopped } from '../server-process.ts';
import { openReceiver } from './receiver.ts';

test('after kill -9 under load every committed event arrives, in order for each organization', async () => {
  const receiver = await openReceiver();
  receiver.answer = (response) => setTimeout(() => response.end('ok'), 10);
  const dataDir = await newDataDir();
  const env = { USHER_WEBHOOK_NETWORKS: '127.0.0.0/8' };
  const first = await startServer(dataDir, undefined, env);
  const call = await client(first);
  const made = await call('POST', '/webhooks', { url: receiver.url, events: ['organization.updated'] });
  expect(made.status).toBe(201);
  const acknowledged = new Map<string, number[]>();
  let count = 0;
  let isKilled = false;
  const callers = parallel(6, async () => {
    const { body } = await call('POST', '/organizations', { name: 'Acme' });
    const numbers: number[] = [];
    acknowledged.set(body.id, numbers);
    for (let n = 0; !isKilled; n++) {
      const answer = await call('PATCH', `/organizations/${body.id}`, { name: `n${n}` }).catch(
        () => undefined,
      );
      if (answer?.status !== 200) return;
      numbers.push(n);
      count++;
    }
  });
  await expect.poll(() => count, { timeout: 30_000 }).toBeGreaterThan(150);
  const heardBefore = receiver.received.length;
  await stopped(first, 'SIGKILL');
  isKilled = true;
  await callers;
  expect(heardBefore).toBeLessThan(count);

  const second = await startServer(dataDir, undefined, env);
  const heard = (id: string) => [
    ...new Set(
      receiver.received
        .filter(({ body }) => body.organizationId === id)
        .map(({ body }) => Number(body.data.organization.name.slice(1))),
    ),
  ];
  const missing = () =>
    [...acknowledged].flatMap(([id, numbers]) => {
      const known = new Set(heard(id));
      return numbers.filter((n) => !known.has(n));
    });
  await expect.poll(missing, { timeout: 60_000, interval: 200 }).toEqual([]);
  for (const id of acknowledged.keys()) expect(heard(id)).toEqual(heard(id).toSorted((a, b) => a - b));
  await pause(100);
  expect(await stopped(second, 'SIGTERM')).toBe(0);
}, 180_000);
