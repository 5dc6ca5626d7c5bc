/** One route as an operation of the document. */
import type { TObject } from 'typebox';
import type { Route } from '../route.ts';
import { badInput, badPage, type Refused, refusedWith, reusedKey } from './components.ts';
import { examples } from './examples.ts';
import { expectedRefusals } from './expected-refusals.ts';
import { operationId } from './operation-id.ts';
import type { JsonSchema, Refer } from './schemas.ts';

type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: JsonSchema;
  example?: unknown;
};
type Media = { 'application/json': { schema: JsonSchema; example?: unknown } };
type Answer = { description: string; headers?: Record<string, unknown>; content?: Media };
type Reference = { $ref: string };
export type Operation = {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters: (Parameter | Reference)[];
  requestBody?: { required: boolean; content: Media };
  responses: Record<string, Answer | Reference>;
};

const statusTexts: Record<number, string> = {
  400: 'The request is not valid.',
  404: 'What the path names does not exist.',
  409: 'It collides with something.',
  422: 'Understood and refused.',
  429: 'Too much at once; `Retry-After` says when to come back.',
  501: 'Not set up here.',
};
const parameter = (name: string): Reference => ({ $ref: `#/components/parameters/${name}` });
const response = (name: string): Reference => ({ $ref: `#/components/responses/${name}` });

export function operationOf(route: Route, refer: Refer): Operation {
  const example = examples[`${route.method} ${route.path}`];
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...describedBy(route),
    tags: [route.tag],
    parameters: [
      ...parametersIn('path', route.params, refer),
      ...parametersIn('query', route.query, refer),
      ...(route.paging ? [parameter('Page'), parameter('PageSize')] : []),
      ...(route.method === 'POST' ? [parameter('IdempotencyKey')] : []),
      ...(route.representation ? [parameter('Prefer')] : []),
    ],
    ...(route.body && {
      requestBody: {
        required: ((route.body as { required?: string[] }).required ?? []).length > 0,
        content: {
          'application/json': {
            schema: refer(route.body),
            ...(example?.body !== undefined && { example: example.body }),
          },
        },
      },
    }),
    responses: answersOf(route, refer, example?.answer),
  };
}

/** What the route says of itself, and who besides the tenant's management may call it. */
function describedBy({ description, access, isOwn }: Route): { description?: string } {
  const who = isOwn
    ? 'For a signed-in person alone, with an access token of their own.'
    : access &&
      (access.permission === 'membership'
        ? 'Also for every member and bot, with a token of the organization.'
        : `Also for members and bots that hold \`${access.permission}\`, with a token of the organization.`);
  const text = [description, who].filter(Boolean).join('\n\n');
  return text === '' ? {} : { description: text };
}

function parametersIn(place: 'path' | 'query', schema: TObject | undefined, refer: Refer): Parameter[] {
  const required = new Set<string>((schema?.required as string[] | undefined) ?? []);
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = refer(property);
    return {
      name,
      in: place,
      ...(place === 'path' || required.has(name) ? { required: true } : {}),
      ...(description ? { description } : {}),
      schema: rest,
    };
  });
}

function answersOf(route: Route, refer: Refer, example: unknown): Operation['responses'] {
  const [status, body] = route.success;
  const done: Answer = {
    description: body ? 'Done' : 'Done; no body',
    ...(route.paging && {
      headers: {
        'Total-Number': { $ref: '#/components/headers/TotalNumber' },
        Link: { $ref: '#/components/headers/Link' },
      },
    }),
    ...(body && {
      content: { 'application/json': { schema: refer(body), ...(example !== undefined && { example }) } },
    }),
  };
  return {
    [status]: done,
    ...(route.representation && {
      200: {
        description: 'With `Prefer: return=representation`',
        content: { 'application/json': { schema: refer(route.representation) } },
      },
    }),
    400: response('BadRequest'),
    401: response('Unauthorized'),
    403: response('Forbidden'),
    ...refusalsOf(route),
    default: response('Other'),
  };
}

function refusalsOf(route: Route): Operation['responses'] {
  const byStatus = Map.groupBy(expectedRefusals(route), ({ status }) => status);
  const always = (status: number, ...refused: Refused[]) =>
    byStatus.set(status, [...(byStatus.get(status) ?? []), ...refused.map((each) => ({ status, ...each }))]);
  if (byStatus.has(400) || route.paging) always(400, ...badInput, ...(route.paging ? [badPage] : []));
  if (route.method === 'POST') always(422, reusedKey);
  return Object.fromEntries(
    [...byStatus].map(([status, refused]) => [
      status,
      refusedWith(
        statusTexts[status] ?? 'Refused.',
        refused.map(({ code, text }) => ({ code, text })),
      ),
    ]),
  );
}
