/** Pages for people: the development mailbox, and where an invitation's link leads. */
import type { FastifyInstance } from 'fastify';
import type { Db } from '../../db/db.ts';
import type { Keys } from '../../domain/keys.ts';

export type PagesDoor = {
  readonly tenantId: string;
  readonly db: Db;
  readonly keys: Keys;
  readonly clock: () => number;
  readonly publicUrl: string;
  readonly hasMailbox: boolean;
};

export async function pagesDoor(_app: FastifyInstance, _door: PagesDoor): Promise<void> {}
