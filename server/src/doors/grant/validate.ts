/** Bodies are taken as they are; in addresses everything is text, and one value may stand for a list. */
import { Ajv } from 'ajv';
import type { TSchema } from 'typebox';
import { detailsOf, type GrantError, invalidFields } from './errors.ts';

type Check = (value: unknown) => GrantError | undefined;

const exact = new Ajv({ allErrors: true, strict: false });
const textual = new Ajv({ allErrors: true, coerceTypes: 'array', strict: false });

export function checking(schema: TSchema, part: 'body' | 'address'): Check {
  const check = (part === 'body' ? exact : textual).compile(schema);
  return (value) => (check(value) ? undefined : invalidFields(detailsOf(check.errors ?? [])));
}
