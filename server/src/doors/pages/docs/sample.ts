/** A value that fits a schema, where the document has no example: enough to see the shape. */
import { type Documented, resolve, type Schema } from './openapi.ts';

const deepest = 4;

/** `isAnswer`: everything that may be there; otherwise what must be, or one field where nothing must. */
export function sample(document: Documented, given: Schema, isAnswer: boolean, depth = 0): unknown {
  const schema = resolve<Schema>(document, given);
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return sample(document, schema.anyOf[0]!, isAnswer, depth);
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      const required = properties.filter(([name]) => schema.required?.includes(name));
      const shown = isAnswer ? properties : required.length > 0 ? required : properties.slice(0, 1);
      if (depth === deepest) return {};
      return Object.fromEntries(
        shown.map(([name, property]) => [
          name,
          named(name, property) ?? sample(document, property, isAnswer, depth + 1),
        ]),
      );
    }
    case 'array':
      return depth === deepest || !schema.items ? [] : [sample(document, schema.items, isAnswer, depth + 1)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'string';
  }
}

const id = '6h1m0k3v9c2ra8t5xq7wd';

/** By their names fields are told better than by their types. */
function named(name: string, { type, enum: choices }: Schema): unknown {
  if (choices) return undefined;
  const isText = type === 'string' || (Array.isArray(type) && type.includes('string'));
  const isNumber = type === 'integer' || (Array.isArray(type) && type.includes('integer'));
  if (isNumber && name.endsWith('At')) return 1785489600000;
  if (!isText) return undefined;
  if (name === 'tenantId') return 'default';
  if (name === 'id' || name.endsWith('Id')) return Array.isArray(type) ? null : id;
  if (name === 'name') return 'Example';
  if (name === 'emailDomain') return 'acme.example';
  if (name === 'languageTag') return 'en';
  return Array.isArray(type) ? null : undefined;
}
