/** argv → command, nothing else. What was compiled once is kept beside the packages: later starts take half the time. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/usher-compiled'));
const { run } = await import('./cli/run.ts');
await run(process.argv[2]);
