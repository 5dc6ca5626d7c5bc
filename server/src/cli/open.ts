/** What every command needs: configuration, keys, and a database, embedded or given. */
import type { Config, Secrets } from '../config.ts';
import { readConfig } from '../config.ts';
import type { DbOptions } from '../db/db.ts';
import { type Embedded, startEmbedded } from '../db/embedded.ts';
import { type Keys, openKeys } from '../domain/keys.ts';
import { keptKeys } from './files.ts';

export type Surroundings = {
  config: Config;
  secrets: Secrets;
  keys: Keys;
  database: DbOptions;
  embedded: Embedded | undefined;
};

export async function openSurroundings(onLost?: (error: Error) => void): Promise<Surroundings> {
  const { config, secrets } = readConfig();
  const log = (line: string) => console.log(line);
  const embedded = secrets.databaseUrl
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log, onLost });
  try {
    const keys = openKeys(secrets.secretKeys ?? (await keptKeys(config.dataDir)));
    const database = embedded ? embedded.connection : { connectionString: secrets.databaseUrl };
    return { config, secrets, keys, database, embedded };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}
