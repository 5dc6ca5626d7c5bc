/**
 * Writes the OpenAPI document and the table of who may call what into the repository, where tests find them stale when
 * the routes have changed.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessText } from '../doors/management/documentation/access-table.ts';
import { documentOf } from '../doors/management/documentation.ts';
import { routes } from '../doors/management/index.ts';

export const openApiPath = join(import.meta.dirname, '../../openapi.json');
export const openApiText = (): string => `${JSON.stringify(documentOf(routes), null, 2)}\n`;
export const accessPath = join(import.meta.dirname, '../../../docs/access.md');
export const accessTable = (): string => accessText(routes).replace(/\n+$/, '\n');

export async function writeOpenApi(): Promise<void> {
  await writeFile(openApiPath, openApiText());
  await writeFile(accessPath, accessTable());
  console.log(`Written: ${openApiPath}, ${accessPath}`);
}
