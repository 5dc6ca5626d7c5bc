/**
 * Which HTTP calls a method answers, as its descriptor says (`google.api.http`). The annotation's own descriptor does not
 * come with the SDK, so it is read from what the method carries unread.
 */
import type { DescMethod } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';

export type Rule = {
  readonly verb: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** `/api/v1/users/{id}` */
  readonly path: string;
  /** The field that the body is; `*`: the body is the request; undefined: there is none. */
  readonly body: string | undefined;
};

const annotation = 72295728;
const verbs: Readonly<Record<number, Rule['verb']>> = {
  2: 'GET',
  3: 'PUT',
  4: 'POST',
  5: 'DELETE',
  6: 'PATCH',
};
const bodyField = 7;
const additional = 11;

export const rulesOf = ({ proto }: DescMethod): Rule[] =>
  (proto.options?.$unknown ?? [])
    .filter(({ no }) => no === annotation)
    .flatMap(({ data }) => read(new BinaryReader(data).bytes()));

function read(bytes: Uint8Array): Rule[] {
  const reader = new BinaryReader(bytes);
  const others: Rule[] = [];
  let own: Pick<Rule, 'verb' | 'path'> | undefined;
  let body: string | undefined;
  while (reader.pos < reader.len) {
    const [no, type] = reader.tag();
    const verb = verbs[no];
    if (verb) own = { verb, path: reader.string() };
    else if (no === bodyField) body = reader.string();
    else if (no === additional) others.push(...read(reader.bytes()));
    else reader.skip(type);
  }
  return own ? [{ ...own, body: body || undefined }, ...others] : others;
}
