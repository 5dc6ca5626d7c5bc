/** Looks at what a server needs, without starting one, and says what is wrong. */
import pg from 'pg';
import { migrate } from '../db/migrate.ts';
import { openSurroundings } from './open.ts';

export async function doctor(): Promise<void> {
  console.log(`Node ${process.version} on ${process.platform} ${process.arch}`);
  const { config, database, embedded, secrets } = await openSurroundings();
  try {
    console.log(`Configuration: ${JSON.stringify(config, null, 2)}`);
    console.log(
      `Mail: ${secrets.smtpUrl ? 'SMTP_URL' : 'the connector of the tenant, else the development mailbox'}`,
    );
    const applied = await migrate(database);
    const client = new pg.Client(database);
    await client.connect();
    const { rows } = await client.query<{ version: string }>('select version()');
    await client.end();
    console.log(
      `Database: ${embedded ? `embedded in ${config.dataDir}` : 'DATABASE_URL'}, ${rows[0]!.version}`,
    );
    console.log(`Migrations: ${applied.length > 0 ? `applied ${applied.join(', ')} now` : 'up to date'}`);
  } finally {
    await embedded?.stop();
  }
}
