/** The parts of an OpenAPI document that the documentation shows. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
};
export type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
};
type Media = { readonly 'application/json': { readonly schema: Schema; readonly example?: unknown } };
export type Answer = { readonly description: string; readonly content?: Media };
export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Media };
  readonly responses: Readonly<Record<string, Answer | Reference>>;
};
type Reference = { readonly $ref: string };

export type Documented = {
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** What a reference leads to, or the value itself. */
export function resolve<T extends object>(document: Documented, value: T | Reference): T {
  const path = (value as Reference).$ref;
  if (typeof path !== 'string') return value as T;
  const [, , kind, name] = path.split('/') as [string, string, string, string];
  return document.components[kind]![name] as T;
}

export const nameOf = ({ $ref }: Schema): string | undefined => $ref?.split('/').at(-1);
