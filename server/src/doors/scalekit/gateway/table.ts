/** The routes of all services, found by verb and path. What is written out goes before what stands for anything. */
import type { DescMethod } from '@bufbuild/protobuf';
import { type Rule, rulesOf } from './rules.ts';

type Route = {
  readonly method: DescMethod;
  readonly rule: Rule;
  readonly pattern: RegExp;
  /** The fields that the path holds, in its order. */
  readonly fields: readonly string[];
};

export type Found = {
  readonly method: DescMethod;
  readonly rule: Rule;
  readonly path: Record<string, string>;
};

export type Table = {
  /** Undefined: no such path. `otherVerbs`: the path is there, the verb is not. */
  find(verb: string, path: string): Found | 'other verbs' | undefined;
};

export function tableOf(methods: readonly DescMethod[]): Table {
  const routes = methods
    .flatMap((method) => rulesOf(method).map((rule) => routeOf(method, rule)))
    .sort((a, b) => literalLength(b.rule.path) - literalLength(a.rule.path));
  const bySegments = new Map<number, Route[]>();
  for (const route of routes) {
    const count = segments(route.rule.path);
    bySegments.set(count, [...(bySegments.get(count) ?? []), route]);
  }
  return {
    find(verb, path) {
      let isKnown = false;
      for (const { method, rule, pattern, fields } of bySegments.get(segments(path)) ?? []) {
        const match = pattern.exec(path);
        if (!match) continue;
        isKnown = true;
        if (rule.verb === verb)
          return {
            method,
            rule,
            path: Object.fromEntries(fields.map((field, at) => [field, match[at + 1]!])),
          };
      }
      return isKnown ? 'other verbs' : undefined;
    },
  };
}

const placeholder = /\{([\w.]+)\}/;

function routeOf(method: DescMethod, rule: Rule): Route {
  // Every second part is the name of a field.
  const parts = rule.path.split(placeholder);
  const pattern = parts.map((part, at) => (at % 2 === 1 ? '([^/]+)' : quoted(part))).join('');
  return { method, rule, pattern: new RegExp(`^${pattern}$`), fields: parts.filter((_, at) => at % 2 === 1) };
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const segments = (path: string): number => path.split('/').length;
const literalLength = (path: string): number => path.replace(/\{[^}]*\}/g, '').length;
