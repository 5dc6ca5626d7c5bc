import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { completeLinks } from './binaries.ts';

test('library links that npm did not make are made, by two processes at once too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usher-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const native = join(folder, 'native');
  await mkdir(join(native, 'lib'), { recursive: true });
  await writeFile(join(native, 'lib/libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify(links));

  await Promise.all([completeLinks(native), completeLinks(native), completeLinks(native)]);

  expect(await readlink(join(native, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(await readFile(join(native, 'lib/libpq.so.5'), 'utf8')).toBe('library');
});
