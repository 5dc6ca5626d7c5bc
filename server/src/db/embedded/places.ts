import { chmod, mkdir } from 'node:fs/promises';

/** Where things of Usher go that PostgreSQL's own user must reach when root starts it and the data directory cannot be. */
export const USHER_ROOT = '/var/lib/usher';

/** The socket is `.s.PGSQL.5432` in a folder nobody else can enter; the number never meets a network. */
export const PORT = 5432;

/** A folder that others may pass through, whatever the umask says. */
export async function makeOpenFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made) await chmod(path, 0o755);
}
