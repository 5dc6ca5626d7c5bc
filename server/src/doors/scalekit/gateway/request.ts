/** A request message from the parts of an HTTP request. What is bound by the path is said nowhere else. */
import type { DescField, DescMessage, JsonObject, JsonValue, Message } from '@bufbuild/protobuf';
import { fromJson, ScalarType } from '@bufbuild/protobuf';
import { invalid } from '../errors.ts';
import type { Found } from './table.ts';

/** Refuses INVALID_ARGUMENT. */
export function messageOf({ method, rule, path }: Found, query: URLSearchParams, body: string): Message {
  const json: JsonObject = {};
  if (rule.body === '*') {
    const whole = body.trim() === '' ? {} : parsed(body);
    if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
      throw invalid('body', 'must be an object');
    Object.assign(json, whole);
  } else if (rule.body !== undefined && body.trim() !== '') {
    json[rule.body] = parsed(body);
  }
  if (rule.body !== '*')
    for (const [name, value] of query) put(json, method.input, name.split('.'), value, name);
  for (const [name, value] of Object.entries(path)) {
    const field = method.input.fields.find((candidate) => candidate.name === name);
    if (field) delete json[field.jsonName];
    json[name] = decoded(name, value);
  }
  try {
    return fromJson(method.input, json, { ignoreUnknownFields: true });
  } catch (error) {
    const [, name, why] = /field \S+?\.(\w+): (.*)/s.exec((error as Error).message) ?? [];
    throw invalid(name ?? 'request', (why ?? 'is not of the form of this message').slice(0, 200));
  }
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw invalid('body', 'is no JSON');
  }
}

function decoded(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(name, 'is not written as addresses are');
  }
}

/** Sets what the query says of a field, also of one inside another. Names that no field has say nothing. */
function put(
  json: JsonObject,
  message: DescMessage,
  names: readonly string[],
  text: string,
  whole: string,
): void {
  const [name, ...inner] = names;
  const field = message.fields.find((candidate) => candidate.name === name || candidate.jsonName === name);
  if (!field) return;
  const key = field.name;
  if (inner.length > 0) {
    if (field.fieldKind !== 'message') return;
    const inside = (json[key] ?? {}) as JsonObject;
    json[key] = inside;
    put(inside, field.message, inner, text, whole);
    return;
  }
  const value = jsonOf(field, text, whole);
  if (field.fieldKind === 'list') json[key] = [...((json[key] as JsonValue[]) ?? []), value];
  else json[key] = value;
}

function jsonOf(field: DescField, text: string, name: string): JsonValue {
  const isTruth =
    (field.scalar === ScalarType.BOOL && field.fieldKind !== 'map') ||
    field.message?.typeName === 'google.protobuf.BoolValue';
  if (!isTruth) return /^\d+$/.test(text) && field.enum ? Number(text) : text;
  if (text !== 'true' && text !== 'false') throw invalid(name, 'must be true or false');
  return text === 'true';
}
