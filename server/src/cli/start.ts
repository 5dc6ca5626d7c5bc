/** Starts the server, says where to click and how to call, and takes it down in order when told to stop. */
import { type App, openApp } from '../app.ts';
import type { Config } from '../config.ts';
import { managementIndicator } from '../domain/tenants/seed.ts';
import { dropCredentials, type KeptCredentials, keptCredentials } from './files.ts';
import { openSurroundings, type Surroundings } from './open.ts';

const patienceMs = 10_000;

export async function start(): Promise<void> {
  const startedAt = performance.now();
  let app: App | undefined;
  let stopping: Promise<never> | undefined;
  const stop = (code: number) => {
    stopping ??= takeDown(app, surroundings, code);
    return stopping;
  };
  const surroundings = await openSurroundings((error) => {
    console.error(`The embedded PostgreSQL has ended: ${error.message}`);
    void stop(1);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0));

  const { config, secrets, keys, database } = surroundings;
  try {
    const credentials = await keptCredentials(config.dataDir, secrets);
    app = await openApp({
      config,
      keys,
      database,
      isAlone: surroundings.embedded !== undefined,
      secrets: { ...secrets, ...withoutPath(credentials) },
    });
    if (credentials.isNew && !app.credentials) await dropCredentials(credentials.path);
    await app.listen();
    greet(app, config, credentials, performance.now() - startedAt);
  } catch (error) {
    await app?.close(0).catch(() => undefined);
    await surroundings.embedded?.stop();
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      ? new Error(`Port ${config.port} is taken. Stop what uses it, or set PORT to another one.`)
      : error;
  }
}

const withoutPath = ({ clientId, clientSecret }: KeptCredentials) => ({ clientId, clientSecret });

async function takeDown(app: App | undefined, { embedded }: Surroundings, code: number): Promise<never> {
  // A second signal, or work that never ends, must not keep the process. npm passes on what the terminal has sent
  // already: the same signal again at once is no second one.
  const since = performance.now();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (performance.now() - since > 1000) process.exit(1);
    });
  }
  setTimeout(() => process.exit(1), 3 * patienceMs).unref();
  await app?.close(patienceMs).catch(console.error);
  await embedded?.stop().catch(console.error);
  process.exit(code);
}

function greet(app: App, config: Config, credentials: KeptCredentials, ms: number): void {
  const { publicUrl } = config;
  const isFirst = app.credentials !== undefined;
  const lines = [
    '',
    `Usher is ready in ${(ms / 1000).toFixed(1)} s: ${publicUrl}`,
    '',
    `  API              ${publicUrl}/api`,
    `  Documentation    ${publicUrl}/docs`,
    ...(app.hasMailbox ? [`  Mailbox          ${publicUrl}/mailbox`] : []),
    ...(isFirst
      ? [
          `  Client id        ${credentials.clientId}`,
          `  Client secret    ${credentials.clientSecret}   (shown this once)`,
        ]
      : []),
    credentials.isNew && !isFirst
      ? '  Client           made by an earlier start, whose data directory has its secret'
      : `  Kept in          ${credentials.path}`,
    '',
    '  Invite somebody:',
    '',
    ...(credentials.isNew && !isFirst ? [] : tryIt(publicUrl, app.tenantId, credentials.path)),
  ];
  console.log(lines.join('\n'));
}

/** A sequence to copy and paste; needs nothing but a shell, curl and sed. */
function tryIt(url: string, tenantId: string, path: string): string[] {
  const pick = (field: string) => String.raw`sed -E 's/.*"${field}":"([^"]+)".*/\1/'`;
  const call = `-H "authorization: Bearer $TOKEN" -H 'content-type: application/json'`;
  return [
    `. '${path}'`,
    `TOKEN=$(curl -s ${url}/oidc/token -d grant_type=client_credentials -d client_id=$USHER_CLIENT_ID -d client_secret=$USHER_CLIENT_SECRET -d resource=${managementIndicator(tenantId)} -d scope=all | ${pick('access_token')})`,
    `ORG=$(curl -s ${url}/api/organizations ${call} -d '{"name":"Acme"}' | ${pick('id')})`,
    `curl -s ${url}/api/organization-invitations ${call} -d '{"organizationId":"'$ORG'","invitee":"ann@example.com","expiresAt":'$(( ($(date +%s) + 604800) * 1000 ))',"messagePayload":{}}'`,
    '',
  ];
}
