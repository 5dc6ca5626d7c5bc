/** How PostgreSQL goes about the hot statements: kinds of nodes and the indexes they use, and what is read from end to end. */
import pg from 'pg';
import type { Queries, Statement } from '../src/db/db.ts';
import { lease, nextDueAt, settle } from '../src/outbox/lease.ts';
import type { Data } from './data.ts';
import { operations, rememberAsServer, taken, type World } from './operations.ts';

export type Plan = { name: string; nodes: string[]; scans: string[] };
type Node = {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Operation?: string;
  Plans?: Node[];
};

/** Reading a table of this many rows from end to end is no plan for a hot statement. */
const big = 500;

const outbox: Record<string, (db: Queries) => Promise<unknown>> = {
  'outbox: lease': (db) => lease(db, 'worker', 20, Date.now()),
  'outbox: next due': (db) => nextDueAt(db),
  'outbox: settle': (db) =>
    settle(db, 'worker', { tenantId: '', id: '', dueAt: 0 } as never, { at: 0, outcome: 'sent', answer: '' }),
};

export async function plansOf(database: pg.ClientConfig, world: World, data: Data): Promise<Plan[]> {
  const client = new pg.Client(database);
  await client.connect();
  try {
    await rememberAsServer(database);
    const sizes = new Map<string, number>();
    for (const { relname, reltuples } of (
      await client.query('select relname, reltuples from pg_class where relkind = $1', ['r'])
    ).rows)
      sizes.set(relname, reltuples);
    const plans: Plan[] = [];
    for (const operation of operations) {
      const [input] = await data.inputs(operation.takes, 1);
      plans.push(await planOf(client, operation.title, await operation.statement(world, input!), sizes));
    }
    for (const [name, verb] of Object.entries(outbox))
      plans.push(await planOf(client, name, await taken(verb), sizes));
    return plans;
  } finally {
    await client.end();
  }
}

async function planOf(client: pg.Client, name: string, { text }: Statement, sizes: Map<string, number>) {
  const { rows } = await client.query(`explain (generic_plan, format json) ${text}`);
  const plan: Plan = { name, nodes: [], scans: [] };
  const visit = (node: Node) => {
    const relation = node['Relation Name'];
    const kind = node['Node Type'];
    if (kind === 'ModifyTable') plan.nodes.push(`${node.Operation} ${relation}`);
    else if (node['Index Name']) plan.nodes.push(`${kind} ${node['Index Name']}`);
    else if (relation) plan.nodes.push(`${kind} ${relation}`);
    if (kind === 'Seq Scan' && (sizes.get(relation!) ?? 0) > big) plan.scans.push(relation!);
    for (const inner of node.Plans ?? []) visit(inner);
  };
  visit(rows[0]['QUERY PLAN'][0].Plan);
  plan.nodes = [...Map.groupBy(plan.nodes, String)].map(([node, all]) =>
    all.length > 1 ? `${node} ×${all.length}` : node,
  );
  return plan;
}
