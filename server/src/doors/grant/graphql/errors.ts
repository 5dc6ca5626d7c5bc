/**
 * Errors in GraphQL's form, with the codes of REST in their extensions. What GraphQL itself has to say about a value
 * repeats the value, which may be a password: then the place is told, and not the text.
 */
import { GraphQLError, Kind } from 'graphql';
import { answerOf } from '../errors.ts';

type Told = {
  readonly message: string;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
};

/** `unexpected` hears what is a bug, and gives the text for it. */
export function toldOf(error: GraphQLError, at: number, unexpected: (error: unknown) => string): Told {
  const { originalError, path, locations } = error;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  // Of GraphQL's own: before anything was begun it is about what was asked, later it is a bug.
  const isOwn = !originalError || originalError instanceof GraphQLError;
  if (isOwn && !path) {
    const { message, field } = withoutValue(error);
    return {
      message,
      ...place,
      extensions: { code: 'VALIDATION_ERROR', details: [{ field, message, code: 'graphql' }] },
    };
  }
  const answer = answerOf(originalError ?? error, at);
  if (!answer)
    return {
      message: unexpected(originalError ?? error),
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    };
  const { error: message, code, details, extensions } = answer.body;
  return {
    message,
    ...place,
    extensions: { code, ...(details ? { details } : {}), ...extensions, status: answer.status },
  };
}

const values: ReadonlySet<string> = new Set([
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.ENUM,
  Kind.NULL,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

function withoutValue({ message, nodes }: GraphQLError): { message: string; field: string } {
  if (!nodes) return { message: 'The query cannot be read: a syntax error.', field: 'query' };
  const variable = nodes.find((node) => node.kind === Kind.VARIABLE_DEFINITION);
  if (variable?.kind === Kind.VARIABLE_DEFINITION) {
    const within = / has invalid (?:default )?value at ((?:\.\w+|\[\d+\])+): /.exec(message)?.[1] ?? '';
    const place = `${variable.variable.name.value}${within}`;
    return { message: `A value does not fit its type: ${place}.`, field: place };
  }
  if (nodes.some(({ kind }) => values.has(kind)))
    return { message: 'A value in the query does not fit its type.', field: 'query' };
  return { message, field: 'query' };
}
