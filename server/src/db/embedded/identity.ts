import { execFile } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** The unprivileged user that PostgreSQL runs as when root starts it. */
export type Identity = { uid: number; gid: number; name: string };

type Account = Identity & { home: string };

/**
 * PostgreSQL refuses to run as root, so root hands it to somebody else: the owner of the cluster that is there,
 * else the owner of the data directory (or of the folder it will be made in), else a service account.
 * Undefined means "as myself".
 */
export async function chooseIdentity(dataDir: string, cluster: string): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = await readAccounts();
  const present = await stat(cluster).catch(() => undefined);
  if (present && present.uid !== 0) {
    const { uid, gid } = present;
    return { uid, gid, name: accounts.find((account) => account.uid === uid)?.name ?? `${uid}` };
  }
  const owner = await ownerOf(dataDir);
  const account =
    accounts.find(({ uid }) => uid !== 0 && uid === owner) ??
    ['usher', 'postgres', 'nobody']
      .map((name) => accounts.find((found) => found.name === name && found.uid !== 0))
      .find((found) => found !== undefined);
  if (account) return account;
  throw new Error(
    'PostgreSQL does not run as root, and this machine has no user named usher, postgres or nobody for it. ' +
      'Start Usher as an ordinary user, or set DATABASE_URL.',
  );
}

/** Asked of the kernel, as that user, so that every mode bit, ACL and mount option counts. */
export async function mayEnter(folder: string, { uid, gid }: Identity): Promise<boolean> {
  const attempt = ['-c', 'cd -- "$1"', 'sh', folder];
  return promisify(execFile)('/bin/sh', attempt, { uid, gid, cwd: '/', env: {} }).then(
    () => true,
    () => false,
  );
}

export async function isHome(folder: string): Promise<boolean> {
  return (await readAccounts()).some(({ home }) => home === folder);
}

/** The name that PostgreSQL's peer authentication will see for a user of this process. */
export async function accountName(uid: number): Promise<string> {
  const known = (await readAccounts()).find((account) => account.uid === uid);
  if (known) return known.name;
  // Accounts of a directory service are not in the file.
  const asked = await promisify(execFile)('id', ['-un', `${uid}`]).catch(() => undefined);
  return asked?.stdout.trim() || `${uid}`;
}

async function ownerOf(folder: string): Promise<number> {
  const found = await realpath(folder).catch(() => undefined);
  return found ? (await stat(found)).uid : ownerOf(dirname(folder));
}

async function readAccounts(): Promise<Account[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '' }] : [];
  });
}
