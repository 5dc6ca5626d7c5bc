/** argv → command. */
import { doctor } from './doctor.ts';
import { migrateOnly } from './migrate.ts';
import { writeOpenApi } from './openapi.ts';
import { rotateKeys } from './rotate-keys.ts';
import { start } from './start.ts';

const commands: Record<string, () => Promise<void>> = {
  start,
  migrate: migrateOnly,
  doctor,
  'rotate-keys': rotateKeys,
  openapi: writeOpenApi,
};

export async function run(name = 'start'): Promise<void> {
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
}
