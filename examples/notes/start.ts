/**
 * One command: finds Usher or starts it, makes what Notes needs there, builds the page and serves it. `USHER_URL`,
 * `USHER_CLIENT_ID` and `USHER_CLIENT_SECRET` name an Usher elsewhere; `NOTES_PORT` another port than 4000.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { buildPage } from './page.ts';
import { notesServer } from './server.ts';
import { type Credentials, inviteFirst, setUp } from './set-up.ts';

const root = join(import.meta.dirname, '../..');
const { env } = process;
const usher = (env.USHER_URL ?? 'http://localhost:3000').replace(/\/$/, '');
const here = `http://localhost:${env.NOTES_PORT ?? 4000}`;

const serves = () =>
  fetch(`${usher}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

async function startUsher(): Promise<ChildProcess | undefined> {
  if (await serves()) return undefined;
  if (env.USHER_URL) throw new Error(`There is no Usher at ${usher}.`);
  console.log('Starting Usher …');
  const child = spawn(process.execPath, [join(root, 'server/src/main.ts'), 'start'], { stdio: 'ignore' });
  for (let waited = 0; waited < 60_000; waited += 200) {
    if (await serves()) return child;
    if (child.exitCode !== null) break;
    await new Promise((later) => setTimeout(later, 200));
  }
  child.kill();
  throw new Error('Usher did not start; `npm start` tells why.');
}

function credentials(): Credentials {
  const kept = join(env.USHER_DATA_DIR ?? join(root, '.data'), 'management-client.env');
  const known = { ...(existsSync(kept) ? parseEnv(readFileSync(kept, 'utf8')) : {}), ...env };
  const { USHER_CLIENT_ID: clientId, USHER_CLIENT_SECRET: clientSecret } = known;
  if (!clientId || !clientSecret) throw new Error('Set USHER_CLIENT_ID and USHER_CLIENT_SECRET.');
  return { clientId, clientSecret };
}

const child = await startUsher();
const appId = await setUp(usher, credentials(), here);
await inviteFirst(usher, credentials(), 'ann@example.com');
const app = notesServer({ usher, appId, page: await buildPage() });
await app.listen({ port: Number(new URL(here).port), host: '127.0.0.1' });
console.log(`
  Notes    ${here}
  Usher    ${usher}
  Mailbox  ${usher}/mailbox   (an invitation for ann@example.com is there)

Open the invitation in the mailbox and accept it: it leads here. Ctrl-C stops ${child ? 'both' : 'Notes'}.
`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    child?.kill('SIGTERM');
    await app.close();
    process.exit();
  });
}
