/** Requests from the OpenAPI document: half of them as a friend would write them, half as nobody should. */
export type Schema = Record<string, any>;
export type Operation = {
  method: string;
  path: string;
  parameters: { name: string; in: string; schema: Schema }[];
  body?: Schema;
};

/** A generator that gives the same numbers for the same seed. */
export function randomness(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (most: number) => Math.floor(next() * most);
  return {
    next,
    below,
    pick: <T>(items: readonly T[]): T => items[below(items.length)]!,
    chance: (p: number) => next() < p,
  };
}
export type Random = ReturnType<typeof randomness>;

const hostileTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\nBcc: evil@x.y',
  '../../etc/passwd',
  "'; drop table users; --",
  '%',
  '%00',
  '_',
  '\\',
  '\ud800',
  '\u202e\u200b',
  '<script>alert(1)</script>',
  '{{organization.name}}',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(40),
  'a'.repeat(300),
  'é'.repeat(2000),
  'x@y',
  'ann@example.com',
  'ANN@EXAMPLE.COM',
  'x@y.z\r\nBcc: evil@x.y',
  'ａｎｎ@ｅｘａｍｐｌｅ．ｃｏｍ',
  'a@bücher.example',
  'http://[::1',
  'javascript:alert(1)',
  '(((((((((((((((((((((a*)*)*)*)*)*)*',
  '[[:alpha:',
  '\u{1f600}',
  'İ',
  'ß',
  '=1+1',
] as const;

const hostileValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e300,
  253_402_300_800_000,
  [],
  {},
  [null],
  [[]],
  { a: { b: { c: 1 } } },
  { toString: 'x' },
  { length: 1e9 },
  { name: 'x', text: 'select 1', values: [] },
];

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
  return value;
};

export function hostile(random: Random): unknown {
  const what = random.below(20);
  if (what === 0) return deep(random.pick([10, 47, 49, 500]));
  if (what === 1) return Array.from({ length: random.pick([5001, 50]) }, () => 'x');
  return what < 12 ? random.pick(hostileTexts) : random.pick(hostileValues);
}

/** A value that mostly fits the schema. `resolve` follows references. */
export function fitting(
  schema: Schema,
  random: Random,
  ids: readonly string[],
  resolve: (schema: Schema) => Schema,
  badness: number,
): unknown {
  if (random.chance(badness)) return hostile(random);
  const s = resolve(schema);
  const alternatives = s.anyOf ?? s.oneOf;
  if (alternatives) return fitting(random.pick(alternatives), random, ids, resolve, badness);
  if (s.const !== undefined) return s.const;
  if (s.enum) return random.pick(s.enum);
  const type = Array.isArray(s.type) ? random.pick(s.type) : s.type;
  switch (type) {
    case 'object': {
      const object: Record<string, unknown> = {};
      const required = new Set<string>(s.required ?? []);
      for (const [name, inner] of Object.entries<Schema>(s.properties ?? {})) {
        const rarely = /password/i.test(name) ? 0.02 : 0.5;
        if (required.has(name) ? !random.chance(badness / 3) : random.chance(rarely))
          object[name] = fitting(inner, random, ids, resolve, badness);
      }
      if (random.chance(0.1)) object[random.pick(hostileTexts)] = hostile(random);
      return object;
    }
    case 'array':
      return Array.from({ length: random.below(4) }, () =>
        fitting(s.items ?? {}, random, ids, resolve, badness),
      );
    case 'integer':
    case 'number':
      return (s.maximum ?? 0) > 1e12 ? Date.now() + random.below(1e9) : (s.minimum ?? 0) + random.below(100);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return textOf(random, ids);
  }
}

export function textOf(random: Random, ids: readonly string[]): string {
  const what = random.below(10);
  if (what < 5 && ids.length > 0) return random.pick(ids);
  if (what < 7) return `name${random.below(1e6)}`;
  return what === 7 ? `p${random.below(500)}@example.com` : random.pick(hostileTexts);
}

const segment = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
};

export type Shot = { method: string; path: string; headers: Record<string, string>; body?: string | Buffer };

export function shotAt(
  operation: Operation,
  random: Random,
  ids: readonly string[],
  resolve: (schema: Schema) => Schema,
): Shot {
  const badness = random.chance(0.4) ? 0 : random.pick([0.02, 0.1, 0.4]);
  const path = operation.path.replace(/\{(\w+)\}/g, () => {
    if (random.chance(0.01)) return random.pick(['%', '%zz', '%2e%2e', '..', '%C0%80', 'a'.repeat(600)]);
    return segment(ids.length > 0 && random.chance(0.8) ? random.pick(ids) : textOf(random, ids)) || 'x';
  });
  const query: string[] = [];
  for (const parameter of operation.parameters) {
    if (parameter.in !== 'query' || random.chance(0.6)) continue;
    const value = random.chance(badness)
      ? hostile(random)
      : fitting(parameter.schema, random, ids, resolve, badness);
    for (const each of Array.isArray(value) ? value.slice(0, 5) : [value]) {
      query.push(
        `${segment(parameter.name)}=${segment(typeof each === 'object' ? JSON.stringify(each) : String(each))}`.slice(
          0,
          4000,
        ),
      );
    }
  }
  if (random.chance(0.03))
    query.push(
      random.pick([
        'page=0',
        'page=1.5',
        'page_size=101',
        'page=-1',
        'search=(',
        'mode=posix',
        'q=%00',
        '=',
        '&&',
        'mode.id=x',
        'search.nope=1',
      ]),
    );
  const headers: Record<string, string> = {};
  if (random.chance(0.05))
    headers['idempotency-key'] = random.pick(['a', 'b', 'c', 'x'.repeat(255), 'x'.repeat(256), ' ', 'é']);
  const shot: Shot = {
    method: operation.method,
    path: query.length > 0 ? `${path}?${query.join('&')}` : path,
    headers,
  };
  if (!operation.body && !random.chance(0.05)) return shot;
  headers['content-type'] = random.chance(0.97)
    ? 'application/json'
    : random.pick([
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/xml',
        'application/json; charset=utf-16',
        '',
      ]);
  if (random.chance(0.03)) {
    shot.body = random.pick<string | Buffer>([
      '{',
      '[',
      'null',
      '"x"',
      '{"a":1}}',
      '{"__proto__":{"a":1}}',
      '1e999',
      '\ufeff{}',
      Buffer.from([0xff, 0xfe, 0x7b]),
      `{"a":"${'x'.repeat(1_100_000)}"}`,
    ]);
  } else {
    shot.body = JSON.stringify(fitting(operation.body ?? {}, random, ids, resolve, badness)) ?? '{}';
  }
  return shot;
}
