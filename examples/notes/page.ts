/** The page, built. */
import { join } from 'node:path';
import { build } from 'vite';

/** Returns the folder that it was built into. */
export async function buildPage(folder = join(import.meta.dirname, 'dist')): Promise<string> {
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
  });
  return folder;
}
