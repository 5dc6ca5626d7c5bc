/** Grant's GraphQL under /grant/graphql: the operations on invitations and members, done by the routes of REST. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, execute, GraphQLError, type GraphQLObjectType, parse, validate } from 'graphql';
import { Type } from 'typebox';
import { authenticate } from '../caller.ts';
import { answerOf } from '../errors.ts';
import { relatedTo, relations } from '../invitation-view.ts';
import type { Call, GrantDoor, Route } from '../route.ts';
import { checking } from '../validate.ts';
import type { PresentedInvitation } from '../vocabulary.ts';
import { scopeIn } from '../within.ts';
import { mostTokens, mustBeBounded } from './bounds.ts';
import { toldOf } from './errors.ts';
import { operations, type Parts, schema } from './schema.ts';

const Request = Type.Object({
  query: Type.String({ minLength: 1, maxLength: 32_768 }),
  variables: Type.Optional(Type.Unsafe<Record<string, unknown> | null>({ type: ['object', 'null'] })),
  operationName: Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 128 })),
});
type Body = { query: string; variables?: Record<string, unknown> | null; operationName?: string | null };

type Context = {
  readonly door: GrantDoor;
  readonly request: FastifyRequest;
  readonly call: Call;
};

export function graphqlRoute(
  app: FastifyInstance,
  door: GrantDoor,
  routes: readonly Route[],
  callOf: (request: FastifyRequest) => Call,
): void {
  const rootValue = resolvers(routes);
  const tell = (request: FastifyRequest) => (errors: readonly GraphQLError[]) =>
    errors.map((error) =>
      toldOf(error, door.clock(), (bug) => {
        request.log.error({ err: bug, requestId: request.id, route: '/grant/graphql' }, 'unexpected failure');
        return `Something went wrong on our side. Request ${request.id}.`;
      }),
    );
  const options = {
    bodyLimit: 64 * 1024,
    schema: { body: Request },
    errorHandler: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const status = answerOf(error, door.clock())?.status ?? 500;
      return send(reply, status, { errors: tell(request)([asGraphql(error)]) });
    },
  };
  app.post<{ Body: Body }>('/graphql', options, async (request, reply) => {
    const told = tell(request);
    const document = readDocument(request.body.query);
    if ('errors' in document) return send(reply, 400, { errors: told(document.errors) });
    const contextValue: Context = { door, request, call: callOf(request) };
    const result = await execute({
      schema,
      document: document.document,
      rootValue,
      contextValue,
      variableValues: request.body.variables ?? {},
      operationName: request.body.operationName ?? undefined,
    });
    const { data, errors } = result;
    // Without data nothing was begun: the request itself is wrong.
    return send(reply, data === undefined ? 400 : 200, {
      ...(errors ? { errors: told(errors) } : {}),
      ...(data === undefined ? {} : { data }),
    });
  });
}

const send = (reply: FastifyReply, status: number, body: object): FastifyReply =>
  reply.code(status).type('application/json; charset=utf-8').send(body);

const asGraphql = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });

type Read = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

function readDocument(query: string): Read {
  try {
    const document = parse(query, { maxTokens: mostTokens });
    const errors = validate(schema, document, undefined, { maxErrors: 10 });
    if (errors.length > 0) return { errors };
    mustBeBounded(document);
    return { document };
  } catch (error) {
    return { errors: [asGraphql(error)] };
  }
}

type Resolver = (given: Readonly<Record<string, unknown>>, context: Context) => Promise<unknown>;

function resolvers(routes: readonly Route[]): Record<string, Resolver> {
  const named = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  return Object.fromEntries(
    Object.entries(operations).map(([name, [path, partsOf]]) => {
      const perform = performing(named.get(path)!);
      return [
        name,
        (given: Readonly<Record<string, unknown>>, context: Context) => perform(partsOf(given), context),
      ];
    }),
  );
}

/** As a call of REST: who calls is asked first, then every part is checked by the schema that it has there. */
function performing(route: Route) {
  const checks = (['params', 'query', 'body'] as const).flatMap((part) =>
    route[part] ? [[part, checking(route[part], 'body')] as const] : [],
  );
  return async (given: Parts, { door, request, call }: Context): Promise<unknown> => {
    const caller = await authenticate(door, request.headers.authorization, route.access);
    const parts = { params: given.params ?? {}, query: given.query ?? {}, body: given.body ?? {} };
    for (const [part, check] of checks) {
      const error = check(parts[part]);
      if (error) throw error;
    }
    return route.handle({ ...call, caller }, { ...parts, scope: scopeIn({ ...parts, headers: {} }) });
  };
}

/** What belongs to an invitation is looked up where it is asked for, once for all of it. */
const related = new WeakMap<PresentedInvitation, ReturnType<typeof relatedTo>>();
const fields = (schema.getType('Invitation') as GraphQLObjectType<PresentedInvitation, Context>).getFields();
for (const relation of relations) {
  fields[relation]!.resolve = async (invitation, _given, { door }) => {
    const found = related.get(invitation) ?? relatedTo(door, invitation);
    related.set(invitation, found);
    return (await found)[relation];
  };
}
