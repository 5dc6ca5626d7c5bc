/** Measures one operation: a window of the server, then one of the limit, and again; what counts is the median. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Data } from './data.ts';
import type { GenerateJob } from './generate.ts';
import type { GrpcJob } from './generate-grpc.ts';
import type { LimitJob } from './limit.ts';
import type { Load, Span, Window } from './meter.ts';
import type { Operation, World } from './operations.ts';
import { templateOf } from './request.ts';
import type { Server } from './server.ts';

export type Bench = { server: Server; world: World; data: Data; span: Span; rounds: number };

export type Measured = {
  operation: string;
  title: string;
  concurrency: number;
  perSecond: number;
  p50: number;
  p99: number;
  cpu: Load | undefined;
  limit: { perSecond: number; p50: number; p99: number; what: string } | undefined;
  /** The median of the shares of the pairs, and each of them. */
  share: number | undefined;
  shares: number[];
  goal: number | undefined;
  against: Operation['against'];
  errors: number;
  examples: string[];
  /** All requests to the server, the warm-up included. */
  requests: number;
  mailsPerSecond: number | undefined;
};

const first = { server: 6000, limit: 10_000 };
/** Codes are made one by one before they are used. */
const firstOf: Partial<Record<Operation['name'], number>> = { exchange: 2500 };
const rates = new Map<string, number>();

export async function measure(
  bench: Bench,
  operation: Operation,
  concurrency: number,
  withLimit: boolean,
): Promise<Measured> {
  const served: Window[] = [];
  const limits: Window[] = [];
  const mails: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    served.push(await serverWindow(bench, operation, concurrency));
    if (operation.mails) mails.push(await bench.data.settleMail());
    if (withLimit && operation.signatures !== 0)
      limits.push(await limitWindow(bench, operation, concurrency));
    if (operation.mails) await bench.data.settleMail();
  }
  const windows = [...served, ...limits];
  const shares = limits.map((limit, index) => served[index]!.perSecond / limit.perSecond);
  const cpus = served.flatMap(({ cpu }) => cpu ?? []);
  return {
    operation: operation.name,
    title: operation.title,
    concurrency,
    perSecond: median(served, 'perSecond'),
    p50: median(served, 'p50'),
    p99: median(served, 'p99'),
    cpu: cpus.length > 0 ? loadOf(cpus) : undefined,
    limit:
      limits.length > 0
        ? {
            perSecond: median(limits, 'perSecond'),
            p50: median(limits, 'p50'),
            p99: median(limits, 'p99'),
            what: operation.signatures
              ? `ES256 signatures of one process, ${operation.signatures} an answer`
              : 'the statement through the driver',
          }
        : undefined,
    share: shares.length > 0 ? middle(shares) : undefined,
    shares,
    goal: operation.goal,
    against: operation.against,
    errors: windows.reduce((sum, { errors }) => sum + errors, 0),
    examples: [...new Set(windows.flatMap(({ examples }) => examples))].slice(0, 3),
    requests: served.reduce((sum, { done }) => sum + done, 0),
    mailsPerSecond: mails.length > 0 ? middle(mails) : undefined,
  };
}

async function serverWindow({ world, data, span }: Bench, operation: Operation, connections: number) {
  const inputs = await data.inputs(
    operation.takes,
    supply(`${operation.name} server`, firstOf[operation.name] ?? first.server, span),
  );
  const { call } = operation;
  if (call) {
    const job: GrpcJob = {
      span,
      port: world.port,
      calls: connections,
      path: call.path,
      token: world.scalekitToken,
      messages: inputs.map((input) => call.message(world, input)),
      reusable: !data.isFresh(operation.takes),
    };
    return run('generate-grpc.ts', job, `${operation.name} server`);
  }
  const job: GenerateJob = {
    span,
    port: world.port,
    connections,
    template: templateOf(operation, world, inputs[0]!),
    inputs,
    reusable: !data.isFresh(operation.takes),
  };
  return run('generate.ts', job, `${operation.name} server`);
}

async function limitWindow(
  { server, world, data, span }: Bench,
  operation: Operation,
  concurrency: number,
): Promise<Window> {
  const name = `${operation.name} limit`;
  if (operation.signatures) {
    const signing = await run('limit.ts', { span, text: signedPart(world.token) }, name);
    return { ...signing, perSecond: signing.perSecond / operation.signatures };
  }
  const inputs = await data.inputs(operation.takes, supply(name, first.limit, span));
  const job: LimitJob = {
    span,
    operation: operation.name,
    world,
    // The same settings as the server's own connections: planned once, never compiled.
    database: {
      ...server.database,
      user: 'usher',
      options: '-c jit=off -c plan_cache_mode=force_generic_plan',
    },
    connections: concurrency,
    inputs,
    reusable: !data.isFresh(operation.takes),
  };
  return run('limit.ts', job, name);
}

const signedPart = (token: string): string => token.slice(0, token.lastIndexOf('.'));

/** How many inputs a window needs at most, by what the last one of its kind used. */
const supply = (name: string, otherwise: number, { warmupMs, ms }: Span): number =>
  Math.ceil((1.5 * (rates.get(name) ?? otherwise) * (warmupMs + ms)) / 1000);

async function run(script: string, job: GenerateJob | GrpcJob | LimitJob, name: string): Promise<Window> {
  const child = fork(join(import.meta.dirname, script), { serialization: 'advanced' });
  const ended = once(child, 'exit');
  const told = once(child, 'message');
  child.send(job);
  const [window] = (await Promise.race([
    told,
    ended.then(([code]) => {
      throw new Error(`${script} ended with ${code} before it had measured`);
    }),
  ])) as [Window];
  // It has said all. Waiting for it to end by itself was seen to take for ever.
  child.kill('SIGKILL');
  await ended;
  if (window.perSecond > 0) rates.set(name, window.perSecond);
  return window;
}

const median = (windows: readonly Window[], key: 'perSecond' | 'p50' | 'p99'): number =>
  middle(windows.map((window) => window[key]));

const loadOf = (loads: readonly Load[]): Load => ({
  server: middle(loads.map(({ server }) => server)),
  postgres: middle(loads.map(({ postgres }) => postgres)),
  self: middle(loads.map(({ self }) => self)),
  others: middle(loads.map(({ others }) => others)),
});

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
