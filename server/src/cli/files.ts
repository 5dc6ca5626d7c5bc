/**
 * What a server keeps beside its database when the environment does not say it: the secret keys, and the first
 * application's credentials. Readable by the owner only, written before they are used, so that a kill at any moment
 * loses neither.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newSecretValue } from '../domain/applications/secrets.ts';
import { newId } from '../domain/ids.ts';
import type { SecretKey } from '../domain/keys.ts';
import type { Credentials } from '../domain/tenants/seed.ts';

/** The secret keys of this data directory, made now when there are none. */
export async function keptKeys(dataDir: string): Promise<SecretKey[]> {
  const path = join(dataDir, 'secret-keys');
  const text = await readKept(path, () => `1:${randomBytes(32).toString('base64')}\n`);
  const keys = text
    .trim()
    .split(/[\s,]+/)
    .map((pair) => {
      const [id = '', value = ''] = pair.split(':');
      return { id, value: Buffer.from(value, 'base64') };
    });
  if (keys.length === 0 || keys.some((key) => !/^[\w-]{1,32}$/.test(key.id) || key.value.length < 32)) {
    throw new Error(
      `${path} is damaged: it must hold "id:base64" pairs of at least 32 bytes. Restore it from a backup.`,
    );
  }
  return keys;
}

export type KeptCredentials = Credentials & { path: string; isNew: boolean };

/** The credentials of the first application as a file for the shell, made now when there is none. */
export async function keptCredentials(
  dataDir: string,
  wanted: Partial<Credentials>,
): Promise<KeptCredentials> {
  const path = join(dataDir, 'management-client.env');
  let isNew = false;
  const text = await readKept(path, () => {
    isNew = true;
    const clientId = wanted.clientId ?? newId(Date.now());
    return `USHER_CLIENT_ID=${clientId}\nUSHER_CLIENT_SECRET=${wanted.clientSecret ?? newSecretValue()}\n`;
  });
  const value = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? '';
  return { clientId: value('USHER_CLIENT_ID'), clientSecret: value('USHER_CLIENT_SECRET'), path, isNew };
}

export const dropCredentials = (path: string): Promise<void> => rm(path, { force: true });

async function readKept(path: string, make: () => string): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    await chmod(path, 0o600);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const text = make();
  await mkdir(join(path, '..'), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return text;
}
