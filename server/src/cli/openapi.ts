/** Writes the OpenAPI document into the repository, where a test finds it stale when the routes have changed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documentOf } from '../doors/management/documentation.ts';
import { routes } from '../doors/management/index.ts';

export const openApiPath = join(import.meta.dirname, '../../openapi.json');
export const openApiText = (): string => `${JSON.stringify(documentOf(routes), null, 2)}\n`;

export async function writeOpenApi(): Promise<void> {
  await writeFile(openApiPath, openApiText());
  console.log(`Written: ${openApiPath}`);
}
