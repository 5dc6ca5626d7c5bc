/**
 * Hostile input: a hundred thousand requests made from the OpenAPI document against every route. No 5xx, no hang, every
 * refusal a 4xx with the documented body, every success with the documented one.
 */
import { Agent, request } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { makeInvitation, makeOrganization, makeUser, parallel, roleNamed } from '../builders.ts';
import { appForTest, type TestApp } from '../harness.ts';
import { type Operation, randomness, type Schema, type Shot, shotAt } from './generator.ts';

const count = Number(process.env.HOSTILE ?? 100_000);
const seed = Number(process.env.SEED ?? 20_261_121);
const slowestMs = 15_000;

/** Withdrawing the key that signed our own token is another test; and nobody is called whom chance has named. */
const leftOut = (path: string, method: string) =>
  (path.includes('/private-keys') && method === 'delete') ||
  path.endsWith('/test') ||
  !path.startsWith('/api/');

type Reply = { status: number; body: string; type: string };

async function readDocument(t: TestApp) {
  const document = (await (await fetch(`${t.url}/api/openapi.json`)).json()) as any;
  const resolve = (schema: Schema): Schema =>
    schema.$ref
      ? resolve(
          schema.$ref
            .slice(2)
            .split('/')
            .reduce((at: any, key: string) => at[key], document),
        )
      : schema;
  const ajv = new Ajv2020({ strict: false, validateSchema: false });
  ajv.addSchema(document, 'document');
  const operations: (Operation & { success: Map<number, (value: unknown) => boolean> })[] = [];
  for (const [path, item] of Object.entries<any>(document.paths)) {
    for (const [method, operation] of Object.entries<any>(item)) {
      if (leftOut(path, method)) continue;
      const success = new Map<number, (value: unknown) => boolean>();
      for (const status of Object.keys(operation.responses).filter((key) => key.startsWith('2'))) {
        const pointer = ['paths', path, method, 'responses', status, 'content', 'application/json', 'schema'];
        const hasBody = operation.responses[status].content !== undefined;
        const ref = `document#/${pointer.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
        success.set(Number(status), hasBody ? ajv.compile({ $ref: ref }) : (value) => value === undefined);
      }
      const parameters = (operation.parameters ?? []).map(resolve);
      const body = operation.requestBody && resolve(operation.requestBody).content['application/json'].schema;
      operations.push({ method: method.toUpperCase(), path, parameters, body, success });
    }
  }
  const errorBody = ajv.compile({ $ref: 'document#/components/schemas/Error' });
  return { operations, resolve, errorBody };
}

function send(t: TestApp, agent: Agent, token: string, shot: Shot): Promise<Reply> {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(t.url);
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...shot.headers };
    if (shot.body !== undefined) headers['content-length'] = String(Buffer.byteLength(shot.body));
    let outgoing: ReturnType<typeof request>;
    try {
      outgoing = request({
        agent,
        hostname,
        port,
        method: shot.method,
        path: shot.path,
        headers,
        timeout: slowestMs,
      });
    } catch {
      // What Node's own client refuses to write never reaches a server.
      return done({ status: 0, body: '', type: '' });
    }
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${slowestMs} ms`)));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      // A body over the limit is answered and the connection closed while it is still being written.
      (shot.body?.length ?? 0) > 1_000_000 && /EPIPE|ECONNRESET/.test(error.code ?? '')
        ? done({ status: 413, body: '', type: '' })
        : failed(error),
    );
    outgoing.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', failed);
      answer.on('end', () =>
        done({
          status: answer.statusCode!,
          body: Buffer.concat(chunks).toString(),
          type: answer.headers['content-type'] ?? '',
        }),
      );
    });
    outgoing.end(shot.body);
  });
}

/** Ids of things that exist: without them every request ends at "not found". */
async function furnish(t: TestApp): Promise<string[]> {
  const organizations = await parallel(4, (index) => makeOrganization(t, `Organization ${index}`));
  const users = await parallel(6, (index) => makeUser(t, `p${index}@example.com`));
  const role = await roleNamed(t, 'member');
  const invitations = await parallel(6, (index) =>
    makeInvitation(t, organizations[index % 4]!, `i${index}@example.com`, { organizationRoleIds: [role] }),
  );
  await t.api('POST', `/organizations/${organizations[0]}/users`, { userIds: users });
  const bot = await t.api('POST', '/applications', { name: 'Bot', type: 'MachineToMachine' });
  await t.api('POST', `/organizations/${organizations[0]}/applications`, { applicationIds: [bot.body.id] });
  const scopes = await t.sql<{ id: string }>(
    'select id from organization_scopes union all select id from resource_scopes',
  );
  return [
    ...organizations,
    ...users,
    role,
    bot.body.id,
    ...invitations.map((each) => each.id),
    ...scopes.map((each) => each.id),
  ];
}

test(`${count} hostile requests: no 5xx, no hang, every answer as documented`, {
  timeout: 900_000,
}, async () => {
  const t = await appForTest({ config: { logLevel: 'silent' } });
  const { operations, resolve, errorBody } = await readDocument(t);
  expect(operations.length).toBeGreaterThan(80);
  const random = randomness(seed);
  const token = await t.token();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const ids = await furnish(t);
  // Its holder is us: without it every answer would be a 403.
  const ownRole = (
    await t.sql<{ id: string }>("select id from roles where name = 'Management API access'")
  )[0]!.id;
  const wrong: string[] = [];
  const statuses = new Map<number, number>();

  await parallel(16, async (worker) => {
    for (let n = worker; n < count && wrong.length < 5; n += 16) {
      const operation = operations[n % operations.length]!;
      const shot = shotAt(operation, random, ids, resolve);
      const reply = await send(t, agent, token, shot).catch((error: Error) => ({
        status: 599,
        body: error.message,
        type: '',
      }));
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      const why = complaint(operation, reply);
      if (why)
        wrong.push(
          `${why}\n  ${shot.method} ${shot.path.slice(0, 300)}\n  ${String(shot.body).slice(0, 500)}\n  → ${reply.status} ${reply.body.slice(0, 500)}`,
        );
      const made =
        reply.status < 300 && !reply.body.includes(ownRole) && /"id":"(\w{21})"/.exec(reply.body)?.[1];
      if (made && ids.length < 400) ids.push(made);
    }
  });
  agent.destroy();
  expect(wrong).toEqual([]);
  // Enough of both, or the test has stopped testing.
  const share = (from: number, to: number) =>
    [...statuses].reduce((sum, [status, n]) => sum + (status >= from && status < to ? n : 0), 0) / count;
  expect(share(200, 300)).toBeGreaterThan(0.07);
  expect(share(400, 500)).toBeGreaterThan(0.2);
  expect((await fetch(`${t.url}/healthz`)).status).toBe(200);

  function complaint(operation: (typeof operations)[number], reply: Reply): string | undefined {
    if (reply.status === 0 || reply.status === 413) return undefined;
    if (reply.status >= 500) return 'a server error';
    if (reply.status >= 400) return isError(reply) ? undefined : 'a refusal without the documented body';
    const fits = operation.success.get(reply.status);
    if (!fits)
      return reply.status === 200 && operation.method === 'HEAD'
        ? undefined
        : 'a status that is not documented';
    return fits(reply.body === '' ? undefined : JSON.parse(reply.body))
      ? undefined
      : 'a body that is not as documented';
  }

  function isError(reply: Reply): boolean {
    try {
      return reply.type.startsWith('application/json') && errorBody(JSON.parse(reply.body));
    } catch {
      return false;
    }
  }
});
