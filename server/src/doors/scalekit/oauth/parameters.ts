/** The parameters of a request to these endpoints. */
import { invalidRequest } from './errors.ts';

export type Parameters = Readonly<Record<string, unknown>>;

/** The value; undefined when absent or empty. Said twice, it is refused, as is what no row can hold. */
export function one(parameters: Parameters, name: string): string | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || value.includes('\0')) throw invalidRequest(`${name} cannot be read.`);
  return value;
}
