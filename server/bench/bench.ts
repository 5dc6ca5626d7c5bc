/**
 * The benchmark: `npm run bench [-- --rows N --seconds S --rounds R --only create,get --concurrency 16,64 --json FILE]`.
 *
 * How to read it. req/s, p50 and p99 are medians over the rounds, of requests over HTTP that all succeeded. limit/s is
 * what the same statements reach straight through the driver at the same concurrency, measured in turn with the server;
 * share is the one by the other, pair by pair, so that what else the machine does cancels out. The signing of tokens
 * has signatures as its limit. The last columns say how much of one core the server, PostgreSQL and the generator of
 * requests used, in percent and in microseconds a request: they share the machine, and what saturates is their sum.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openData } from './data.ts';
import { type Bench, type Measured, measure, middle } from './measure.ts';
import { type Operation, operations } from './operations.ts';
import { codesOf, newcomersOf, openPeople } from './people.ts';
import { plansOf } from './plans.ts';
import { memoryOf } from './processes.ts';
import { besideOthers, growthOf, growthTable, mostGrowth, planList, table } from './report.ts';
import { newDataDir, removeDataDir, root, type Server, startServer } from './server.ts';
import { openWorld } from './world.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '16,64' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const fewRows = 1000;
const warmupMs = 700;
const requestsForMemory = 100_000;
const growing = new Set(['get', 'list', 'scopes', 'create', 'accept']);
const rows = Number(options.rows);
const concurrencies = options.concurrency.split(',').map(Number);
const chosen = options.only?.split(',');
const wants = (name: string) => !chosen || chosen.includes(name);
const undo: (() => Promise<unknown>)[] = [];
const say = (text: string) => console.log(text);

async function main(): Promise<void> {
  const starts = wants('starts') ? await measureStarts() : undefined;
  const server = await started(await kept(newDataDir()));
  const memoryAtStart = memoryOf(server.watched.server);
  const { world, roleId, adminRoleId, botRoleId } = await openWorld(server);
  const data = await openData(server.database, server.clientId, roleId, botRoleId);
  undo.push(data.close);
  if (['refresh', 'authorize', 'exchange', 'member create'].some(wants)) {
    progress('people sign in');
    const people = await openPeople(server, world.token, [roleId, adminRoleId], data.client, 16);
    world.application = people.application;
    data.provide('refresher', people.refreshers);
    data.provide('browser', people.browsers);
    data.provide('newcomer of a member', (count) => newcomersOf(people, count));
    data.provide('code', (count) => codesOf(server, people, count));
  }
  const span = { warmupMs, ms: Number(options.seconds) * 1000, watched: server.watched };
  const bench: Bench = { server, world, data, span, rounds: Number(options.rounds) };
  const load = (count: number) => data.load(count, (done) => progress(`loading: ${done} invitations`));

  await load(Math.min(rows, fewRows));
  let few: Measured[] = [];
  if (rows > fewRows) {
    few = await measureAll(bench, (operation) => growing.has(operation.name), false);
    await load(rows);
  }
  const measured = await measureAll(bench, () => true, true);
  const plans = await plansOf(server.database, world, data);
  const memory = wants('memory') ? await measureMemory(bench, [...few, ...measured]) : undefined;
  const growth = growthOf(few, measured);

  say(`\n${rows} invitations stored; ${cpus().length} × ${cpus()[0]?.model}; Node ${process.versions.node}`);
  for (const concurrency of concurrencies) {
    say(`\n${concurrency} at once`);
    say(table(measured.filter((one) => one.concurrency === concurrency)));
  }
  const judged = besideOthers(measured);
  if (judged) say(`\n${judged}`);
  if (growth.length > 0) say(`\np99 with ${fewRows} and with ${rows} invitations\n${growthTable(growth)}`);
  if (starts) say(`\nReady after npm start: first ${starts.first} ms, later ${starts.later} ms`);
  if (memory)
    say(
      `\nMemory of the server: ${memoryAtStart?.rss} MiB at its start, ${memory.rss} MiB after ${memory.requests} requests (at most ${memory.peak})`,
    );
  say(`\nPlans\n${planList(plans)}`);
  const results = { options, measured, few, growth, starts, memoryAtStart, memory, plans };
  say(`\n${await written(results)}`);
  if (measured.some(({ errors }) => errors > 0) || growth.some(({ ratio }) => ratio > mostGrowth))
    process.exitCode = 1;
}

async function measureAll(bench: Bench, which: (operation: Operation) => boolean, withLimit: boolean) {
  const measured: Measured[] = [];
  for (const concurrency of concurrencies) {
    for (const operation of operations.filter((one) => which(one) && wants(one.name))) {
      progress(`${operation.title}, ${concurrency} at once`);
      measured.push(await measure(bench, operation, concurrency, withLimit));
    }
  }
  return measured;
}

/** Three data directories, each started twice. */
async function measureStarts(): Promise<{ first: number; later: number }> {
  const [first, later]: [number[], number[]] = [[], []];
  for (let i = 0; i < 3; i++) {
    progress(`starting, ${i + 1} of 3`);
    const dataDir = await kept(newDataDir());
    for (const times of [first, later]) {
      const server = await started(dataDir);
      times.push(server.readyMs);
      await server.stop();
    }
  }
  return { first: Math.round(middle(first)), later: Math.round(middle(later)) };
}

async function measureMemory(bench: Bench, measured: Measured[]) {
  let requests = measured.reduce((sum, one) => sum + one.requests, 0);
  const get = operations.find(({ name }) => name === 'get')!;
  while (requests < requestsForMemory) requests += (await measure(bench, get, 16, false)).requests;
  return { ...memoryOf(bench.server.watched.server)!, requests };
}

async function kept(made: Promise<string>): Promise<string> {
  const dataDir = await made;
  undo.push(() => removeDataDir(dataDir));
  return dataDir;
}

async function started(dataDir: string): Promise<Server> {
  const starting = startServer(dataDir);
  undo.push(() => starting.then((server) => server.stop()).catch(() => undefined));
  return starting;
}

async function written(results: object): Promise<string> {
  const name = new Date().toISOString().replace(/[:.]/g, '-');
  const path = options.json ?? join(root, '.bench', `${name}.json`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ at: name, node: process.version, ...results }, null, 2)}\n`);
  return `Written to ${path}`;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text} …`);
}

let undoing: Promise<void> | undefined;
function undoAll(): Promise<void> {
  undoing ??= (async () => {
    while (undo.length > 0) await undo.pop()!().catch(console.error);
    progress('done');
  })();
  return undoing;
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void undoAll().then(() => process.exit(130)));

try {
  await main();
} catch (error) {
  if (!undoing) console.error(error);
  process.exitCode = 1;
} finally {
  await undoAll();
}
