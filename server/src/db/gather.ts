/**
 * Acts of one kind that come at the same moment are done by one statement: to begin and end one costs PostgreSQL more than
 * what most acts do in between. Who comes alone leaves at once; who comes while others are under way leaves with all who
 * came meanwhile, so that the more there is to do, the less each of it costs.
 *
 * A statement that fails did nothing for anybody: then each act is tried by itself, and fails for reasons of its own only.
 * When the database was lost it is not, for what was done then is not known.
 */
import { isOutage, type Queries } from './db.ts';

/** Does it for all of them in one statement. The answers stand in their order. */
type AskForAll<One, Answer> = (
  db: Queries,
  tenantId: string,
  all: readonly One[],
) => Promise<readonly Answer[]>;

type Asked<One, Answer> = {
  readonly one: One;
  readonly done: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
};

/** As many statements under way as there are connections that write: while one waits for a lock, others go on. */
const atOnce = 4;
const mostTogether = 50;

/**
 * Acts of one tenant go together, and only in the same database; a transaction has its own. Those of one statement lock
 * their rows in its order: what could meet the same rows elsewhere in another order has to sort them.
 */
export function gathered<One, Answer>(askForAll: AskForAll<One, Answer>) {
  const queues = new WeakMap<Queries, Map<string, Queue<One, Answer>>>();
  return (db: Queries, tenantId: string, one: One): Promise<Answer> => {
    const ofDb = queues.get(db) ?? new Map<string, Queue<One, Answer>>();
    if (ofDb.size === 0) queues.set(db, ofDb);
    const queue = ofDb.get(tenantId) ?? new Queue((all: readonly One[]) => askForAll(db, tenantId, all));
    ofDb.set(tenantId, queue);
    return queue.ask(one);
  };
}

/** What each of them has under a key, for `unnest`. */
export const columnsOf =
  <One>(all: readonly One[]) =>
  <Key extends keyof One>(key: Key): One[Key][] =>
    all.map((one) => one[key]);

class Queue<One, Answer> {
  readonly #askForAll: (all: readonly One[]) => Promise<readonly Answer[]>;
  readonly #waiting: Asked<One, Answer>[] = [];
  #underWay = 0;
  #isLeaving = false;

  constructor(askForAll: (all: readonly One[]) => Promise<readonly Answer[]>) {
    this.#askForAll = askForAll;
  }

  ask(one: One): Promise<Answer> {
    return new Promise((done, failed) => {
      this.#waiting.push({ one, done, failed });
      this.#leave();
    });
  }

  /** With all that comes within this turn of the event loop. */
  #leave(): void {
    if (this.#isLeaving || this.#underWay >= atOnce || this.#waiting.length === 0) return;
    this.#isLeaving = true;
    setImmediate(async () => {
      this.#isLeaving = false;
      this.#underWay++;
      const together = this.#waiting.splice(0, mostTogether);
      this.#leave();
      await this.#go(together);
      this.#underWay--;
      this.#leave();
    });
  }

  async #go(together: readonly Asked<One, Answer>[]): Promise<void> {
    try {
      const answers = await this.#askForAll(together.map(({ one }) => one));
      together.forEach(({ done }, index) => void done(answers[index]!));
    } catch (error) {
      if (together.length > 1 && !isOutage(error))
        await Promise.all(together.map((asked) => this.#go([asked])));
      else for (const { failed } of together) failed(error);
    }
  }
}
