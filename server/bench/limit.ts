/**
 * The limit, measured by a process of its own: the statement of an operation sent straight through the driver, named
 * and prepared, each connection with one under way; or signatures, one after the other.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import pg from 'pg';
import { Meter, type Span } from './meter.ts';
import { operations, rememberAsServer, type World } from './operations.ts';

export type LimitJob = { span: Span } & (
  | {
      operation: string;
      world: World;
      database: pg.ClientConfig;
      connections: number;
      inputs: string[][];
      reusable: boolean;
    }
  | { text: string }
);

process.on('disconnect', () => process.exit());
process.once('message', async (job: LimitJob) => {
  const result = 'text' in job ? signatures(job) : await statements(job);
  process.send!(result, () => process.disconnect());
});

async function statements(job: Exclude<LimitJob, { text: string }>) {
  const { world, inputs, connections, database } = job;
  await rememberAsServer(database);
  const operation = operations.find(({ name }) => name === job.operation)!;
  const prepared: pg.QueryConfig[] = [];
  for (const input of inputs) {
    const { name, text, values } = await operation.statement(world, input);
    prepared.push({ name, text, values: [...values] });
  }
  // Values stay the text that they come as: the limit is the driver, not what is made of the answer.
  const types = { getTypeParser: () => String as never };
  const clients = Array.from({ length: connections }, () => new pg.Client({ ...database, types }));
  await Promise.all(clients.map((client) => client.connect()));
  const meter = new Meter(job.span, inputs.length, job.reusable);
  await Promise.all(
    clients.map(async (client) => {
      for (let index = meter.take(); index !== undefined; index = meter.take()) {
        const startedAt = performance.now();
        const error = await client
          .query(prepared[index]!)
          .then(({ rows }) => (rows.length > 0 ? undefined : 'Nothing was found or changed'), String);
        meter.done(startedAt, error);
      }
    }),
  );
  await Promise.all(clients.map((client) => client.end()));
  return meter.result();
}

function signatures({ span, text }: Extract<LimitJob, { text: string }>) {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = Buffer.from(text);
  const meter = new Meter(span, 1, true);
  while (meter.take() !== undefined) {
    const startedAt = performance.now();
    sign('sha256', claims, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    meter.done(startedAt);
  }
  return meter.result();
}
