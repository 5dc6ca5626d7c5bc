/** Requests taken apart into what stays and what changes, so that sending one is putting strings together. */
import type { Operation, World } from './operations.ts';

export type RequestTemplate = {
  /** One more than slots. */
  parts: string[];
  /** Which value of the input comes after each part. */
  slots: number[];
  status: number;
};

/** All inputs must be as wide as this one: the length of the body is a part that stays. */
export function templateOf(operation: Operation, world: World, sample: readonly string[]): RequestTemplate {
  const marks = sample.map((value, index) => String(index).padStart(value.length, '\u0001'));
  const { method, path, body, form, cookie, bearer, status } = operation.request(world, marks);
  const raw = body === undefined ? '' : body.replaceAll('\\u0001', '\u0001');
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: localhost:${world.port}`,
    ...(form || cookie ? [] : [`authorization: Bearer ${bearer ?? world.token}`]),
    ...(cookie ? [`cookie: ${cookie}`] : []),
    ...(body === undefined
      ? []
      : [
          `content-type: application/${form ? 'x-www-form-urlencoded' : 'json'}`,
          `content-length: ${raw.length}`,
        ]),
  ];
  const pieces = `${head.join('\r\n')}\r\n\r\n${raw}`.split(/\u0001+(\d+)/);
  return {
    parts: pieces.filter((_, index) => index % 2 === 0),
    slots: pieces.filter((_, index) => index % 2 === 1).map(Number),
    status,
  };
}
