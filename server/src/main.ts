/** argv → command, nothing else. */
import { doctor } from './cli/doctor.ts';
import { migrateOnly } from './cli/migrate.ts';
import { writeOpenApi } from './cli/openapi.ts';
import { rotateKeys } from './cli/rotate-keys.ts';
import { start } from './cli/start.ts';

const commands: Record<string, () => Promise<void>> = {
  start,
  migrate: migrateOnly,
  doctor,
  'rotate-keys': rotateKeys,
  openapi: writeOpenApi,
};

const name = process.argv[2] ?? 'start';
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!command) {
  console.error(`There is no command "${name}". Commands: ${Object.keys(commands).join(', ')}.`);
  process.exit(2);
}
try {
  await command();
} catch (error) {
  // What the operator can mend is told in a sentence; a stack is for what nobody foresaw.
  const isForeseen =
    error instanceof Error && !(error instanceof TypeError || error instanceof ReferenceError);
  console.error(isForeseen ? `\n${error.message}\n` : error);
  process.exit(1);
}
