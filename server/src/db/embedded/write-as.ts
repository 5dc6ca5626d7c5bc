import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';

/**
 * A whole file or none, owned by `owner` when this process may give it away. The folder may be in the hands of a
 * lesser user than this process: only a file that we made ourselves is written to and given away, never one
 * that a link planted there leads to.
 */
export async function writeAs(
  owner: { uid: number; gid: number } | undefined,
  path: string,
  text: string,
): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (owner && process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
