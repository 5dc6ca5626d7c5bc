/** Brings the database to this version and ends; a server does the same when it starts. */
import { migrate } from '../db/migrate.ts';
import { openSurroundings } from './open.ts';

export async function migrateOnly(): Promise<void> {
  const { database, embedded } = await openSurroundings();
  try {
    const applied = await migrate(database);
    console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to apply.');
  } finally {
    await embedded?.stop();
  }
}
