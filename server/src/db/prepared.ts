/**
 * A named statement as pg sends it, without what it does not need: which columns come back is asked once a connection, not
 * with every answer, and what is asked within one turn of the event loop leaves in one write.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { prepareValue } from 'pg/lib/utils.js';
import type { Statement } from './db.ts';

/** What pg keeps of a connection, as far as we touch it. */
type Connection = {
  stream: Socket;
  parsedStatements: Record<string, string | undefined>;
  submittedNamedStatements: Record<string, string | undefined>;
  parse(statement: { name: string; text: string }): void;
  describe(portal: { type: 'P' }): void;
  bind(bound: { statement: string; values: readonly unknown[]; valueMapper: unknown }): void;
  _send(bytes: Buffer): void;
};

type Column = { name: string; dataTypeID: number };
/** The columns of a statement's answer, each with what reads its text. */
type Shape = { readonly names: string[]; readonly read: ((text: string) => unknown)[] };
type Row = Record<string, unknown>;
export type Answer = { readonly rows: Row[]; readonly rowCount: number };

const shapes = new WeakMap<Connection, Map<string, Shape>>();
function shapesOf(connection: Connection): Map<string, Shape> {
  const known = shapes.get(connection) ?? new Map<string, Shape>();
  if (known.size === 0) shapes.set(connection, known);
  return known;
}

/** Execute the unnamed portal, all rows; Sync. */
const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
const none: Shape = { names: [], read: [] };

export function runPrepared(client: pg.Client | pg.PoolClient, statement: Statement): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.query(
      new Prepared(statement, (error, answer) => (error ? reject(error) : resolve(answer!))) as never,
    );
  });
}

const types = new pg.TypeOverrides();
types.setTypeParser(20, Number);
types.setTypeParser(1700, Number);
const parseTextArray = types.getTypeParser(1009, 'text') as unknown as (text: string) => string[];
types.setTypeParser(1009, (text: string) => {
  if (text === '{}') return [];
  return /["\\]|NULL/.test(text) ? parseTextArray(text) : text.slice(1, -1).split(',');
});

type Told = (error: Error | null, answer?: Answer) => void;

/** In the place of pg.Query, whose methods the client calls as the messages of the answer come. */
class Prepared {
  readonly name: string;
  readonly text: string;
  callback: Told;
  readonly #values: readonly unknown[];
  readonly #rows: Row[] = [];
  #shapes!: Map<string, Shape>;
  #shape: Shape | undefined;
  #count = 0;
  #failed: Error | undefined;

  constructor({ name, text, values }: Statement, callback: Told) {
    this.name = name;
    this.text = text;
    this.#values = values;
    this.callback = callback;
  }

  submit(connection: Connection): Error | null {
    this.#shapes = shapesOf(connection);
    this.#shape = this.#shapes.get(this.name);
    const { parsedStatements, submittedNamedStatements } = connection;
    connection.stream.cork();
    try {
      if (!(this.name in parsedStatements || this.name in submittedNamedStatements)) {
        connection.parse({ name: this.name, text: this.text });
        submittedNamedStatements[this.name] = this.text;
      }
      connection.bind({ statement: this.name, values: this.#values, valueMapper: prepareValue });
      if (!this.#shape) connection.describe({ type: 'P' });
      connection._send(executeAndSync);
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { fields: Column[] }): void {
    this.#shape = {
      names: fields.map(({ name }) => name),
      read: fields.map(
        ({ dataTypeID }) => types.getTypeParser(dataTypeID, 'text') as unknown as (text: string) => unknown,
      ),
    };
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const { names, read } = this.#shape!;
    const row: Row = {};
    try {
      for (let i = 0; i < fields.length; i++) {
        const text = fields[i]!;
        row[names[i]!] = text === null ? null : read[i]!(text);
      }
      this.#rows.push(row);
    } catch (error) {
      this.#failed = error as Error;
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#count = Number(text.slice(text.lastIndexOf(' ') + 1)) || 0;
    this.#shapes.set(this.name, this.#shape ?? none);
  }

  handleEmptyQuery(): void {}

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (this.#failed) this.callback(this.#failed);
    else this.callback(null, { rows: this.#rows, rowCount: this.#count });
  }
}
// pg lets nothing else share a pipelined connection: it would keep its portal open, which this does not.
Object.setPrototypeOf(Prepared.prototype, pg.Query.prototype);
