/**
 * For the tests of this door: one app for a test file, what is needed beforehand in one call, and answers held
 * against the whole database: who is refused has changed nothing, who changes something has recorded it once.
 */
import { SignJWT } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { testKeys } from '../../../test/fixtures.ts';
import { type Answer, type TestApp, type TestAppOptions, testApp } from '../../../test/harness.ts';
import { findSigningKeys } from '../../domain/signing-keys/signing-keys.ts';
import { expectedRefusals } from './documentation/expected-refusals.ts';
import { routes } from './index.ts';

type Body = Record<string, unknown>;
export type Entity = Body & { id: string; name: string };

export type Door = TestApp & {
  /** Calls and expects this status; returns the body. */
  done<T = Entity>(status: number, method: string, path: string, body?: unknown): Promise<T>;
  /** Calls and expects a refusal of this status and code, that leaves every table as it was. Returns its body. */
  refused(
    status: number,
    code: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Body & { data: Body & { issues: { path: string[] }[] } }>;
  /** Calls and returns what was recorded meanwhile, each entry checked against its event. */
  records(call: () => Promise<unknown>): Promise<{ action: string; actor: string; detail: Body | null }[]>;
  /** One line that differs when any row of any table of the domain does. */
  state(): Promise<string>;
  organization(fields?: Body): Promise<Entity>;
  user(fields?: Body): Promise<Entity & { primaryEmail: string }>;
  role(fields?: Body): Promise<Entity>;
  machineRole(): Promise<Entity>;
  scope(): Promise<Entity>;
  bot(): Promise<Entity>;
  /** A user who is a member of the organization. */
  member(organizationId: string): Promise<Entity & { primaryEmail: string }>;
  invitation(organizationId: string, fields?: Body): Promise<Entity & { invitee: string }>;
  /** A token that this server really signed, with claims that it would not give. */
  tokenWith(claims: Body, header?: Body): Promise<string>;
};

let count = 0;
/** A text that nothing else has. */
export const unique = (what: string): string =>
  `${what}-${process.pid.toString(36)}-${(count++).toString(36)}`;
export const uniqueAddress = (): string => `${unique('someone')}@example.com`;
export const day = 86_400_000;
/** An id that nothing has. */
export const nobody = '0000000000000000nobody';

/** An app of its own for this test file. */
export function openDoor(options?: TestAppOptions): Door {
  const door = {} as Door;
  let client: pg.Client | undefined;
  beforeAll(async () => {
    Object.assign(door, await testApp(options));
    const { pipes: _, transactions: __, ...config } = door.database;
    client = new pg.Client(config);
    await client.connect();
    door.sql = async (text, values) => (await client!.query(text, values)).rows as never;
    const tables = await door.sql<{ name: string }>(`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
        and table_name not in ('idempotency_keys', 'oidc_records', 'signing_keys') order by 1`);
    Object.assign(
      door,
      making(door),
      judging(
        door,
        tables.map((table) => table.name),
      ),
    );
  });
  afterAll(async () => {
    await client?.end();
    await door.close();
  });
  return door;
}

const making = (door: Door): Partial<Door> => ({
  organization: (fields) => door.done(201, 'POST', '/organizations', { name: unique('Acme'), ...fields }),
  user: (fields) =>
    door.done<Entity & { primaryEmail: string }>(200, 'POST', '/users', {
      primaryEmail: uniqueAddress(),
      name: 'Ann',
      ...fields,
    }),
  role: (fields) => door.done(201, 'POST', '/organization-roles', { name: unique('role'), ...fields }),
  machineRole: () => door.role({ type: 'MachineToMachine' }),
  scope: () => door.done(201, 'POST', '/organization-scopes', { name: unique('scope') }),
  bot: () => door.done(200, 'POST', '/applications', { name: unique('bot'), type: 'MachineToMachine' }),
  async member(organizationId) {
    const user = await door.user();
    await door.done(201, 'POST', `/organizations/${organizationId}/users`, { userIds: [user.id] });
    return user;
  },
  invitation: (organizationId, fields) =>
    door.done<Entity & { invitee: string }>(201, 'POST', '/organization-invitations', {
      organizationId,
      invitee: uniqueAddress(),
      expiresAt: door.now() + day,
      ...fields,
    }),
  async tokenWith(claims, header = {}) {
    const [key] = await findSigningKeys(door.app.db, testKeys, 'default', door.now());
    const at = Math.floor(door.now() / 1000);
    return new SignJWT({
      jti: unique('token'),
      sub: 'test-management',
      client_id: 'test-management',
      scope: 'all',
      iss: `${door.url}/oidc`,
      aud: 'https://default.logto.app/api',
      iat: at,
      exp: at + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: key!.algorithm, kid: key!.id, typ: 'at+jwt', ...header })
      .sign(key!.privateJwk());
  },
});

const judging = (door: Door, tables: readonly string[]): Partial<Door> => ({
  async done(status, method, path, body) {
    const answer = await door.api(method, path, body);
    expect(answer, `${method} ${path}`).toMatchObject({ status });
    return answer.body;
  },
  async refused(status, code, method, path, body, headers) {
    const before = await door.state();
    const answer: Answer = await door.api(method, path, body, headers);
    expect(
      { status: answer.status, code: answer.body?.code },
      `${method} ${path} ${JSON.stringify(body)}`,
    ).toEqual({
      status,
      code,
    });
    expect(answer.body.message).toEqual(expect.any(String));
    expect(
      isTold(method, path, status, code),
      `refused as the document does not tell: ${method} ${path} ${code}`,
    ).toBe(true);
    expect(await door.state(), `refused, and yet something changed: ${method} ${path}`).toBe(before);
    return answer.body;
  },
  async records(call) {
    const known = new Set(
      (await door.sql('select id from audit_entries union select id from events')).map((row) => row.id),
    );
    await call();
    const audited = (await door.sql('select * from audit_entries')).filter((entry) => !known.has(entry.id));
    const announced = (await door.sql('select * from events')).filter((event) => !known.has(event.id));
    expect(
      announced.map((event) => [event.id, event.type, event.organization_id, event.data]).sort(),
    ).toEqual(audited.map((entry) => [entry.id, entry.action, entry.organization_id, entry.detail]).sort());
    return audited;
  },
  async state() {
    const digests = tables.map(
      (table) =>
        `'${table}:' || (select md5(coalesce(string_agg(r::text, '|' order by r::text), '')) from ${table} r)`,
    );
    const [row] = await door.sql<{ state: string }>(`select concat_ws(' ', ${digests.join(', ')}) as state`);
    return row!.state;
  },
});

/** Whether the document of this API tells of this refusal; what every route may say is told in general. */
function isTold(method: string, path: string, status: number, code: string): boolean {
  if (code.startsWith('guard.') || code.startsWith('request.route') || code.startsWith('request.idempotency'))
    return true;
  const called = path.split('?')[0]!.split('/');
  const fits = (pattern: string) =>
    pattern.split('/').length === called.length &&
    pattern.split('/').every((part, at) => part.startsWith(':') || part === called[at]);
  const found = routes.filter((route) => route.method === method && fits(route.path));
  return found.some((route) =>
    expectedRefusals(route).some((told) => told.status === status && told.code === code),
  );
}

/** Exactly these properties. */
export const keysOf = (value: object): string[] => Object.keys(value).sort();
