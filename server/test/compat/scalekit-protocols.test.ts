/** One port, and every way to speak to it: gRPC, gRPC-Web, Connect, plain HTTP; over HTTP/1.1 and HTTP/2. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2, constants } from 'node:http2';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import pg from 'pg';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { ErrorInfoSchema, OrganizationService, UserService } from '../../src/doors/scalekit/descriptors.ts';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { cert, key } from '../certificate.ts';
import { appForTest } from '../harness.ts';

const door = openDoor();
let token: string;

beforeAll(async () => {
  const response = await fetch(`${door.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'test-management',
      client_secret: 'a-secret-that-only-tests-know',
    }),
  });
  expect(response.status).toBe(200);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 86_399, scope: 'openid' });
  token = body.access_token as string;
});

const transports = {
  'gRPC over HTTP/2': () => createGrpcTransport({ baseUrl: door.url }),
  'gRPC-Web over HTTP/1.1': () => createGrpcWebTransport({ baseUrl: door.url, httpVersion: '1.1' }),
  'gRPC-Web over HTTP/2': () => createGrpcWebTransport({ baseUrl: door.url, httpVersion: '2' }),
  'Connect in JSON over HTTP/1.1': () =>
    createConnectTransport({ baseUrl: door.url, httpVersion: '1.1', useBinaryFormat: false }),
  'Connect in binary over HTTP/2': () =>
    createConnectTransport({ baseUrl: door.url, httpVersion: '2', useBinaryFormat: true }),
} as const;

for (const [name, transport] of Object.entries(transports)) {
  test(`${name}: the caller is judged before the fields, and the fields before the method`, async () => {
    const organizations = createClient(OrganizationService, transport());
    const headers = { authorization: `Bearer ${token}` };
    const errorOf = (call: Promise<unknown>) =>
      call.then(
        () => undefined,
        (error: unknown) => ConnectError.from(error),
      );
    const nobody = await errorOf(organizations.createOrganization({}));
    expect(nobody?.code).toBe(Code.Unauthenticated);
    expect(nobody?.findDetails(ErrorInfoSchema)).toMatchObject([{ errorCode: 'UNAUTHENTICATED' }]);
    const unfit = await errorOf(organizations.createOrganization({}, { headers }));
    expect(unfit?.code).toBe(Code.InvalidArgument);
    expect(unfit?.findDetails(ErrorInfoSchema)[0]?.validationErrorInfo?.fieldViolations).toMatchObject([
      { field: 'organization' },
    ]);
    const displayName = unique('Acme');
    const { organization } = await organizations.createOrganization(
      { organization: { displayName } },
      { headers },
    );
    expect(organization).toMatchObject({ displayName });
    const unserved = await errorOf(organizations.generatePortalLink({ id: organization!.id }, { headers }));
    expect(unserved?.code).toBe(Code.Unimplemented);
  });
}

test('a list of people is the same in binary and in JSON', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const { organization } = await door.client.organization.createOrganization(unique('Acme'));
  await door.client.user.createUserAndMembership(organization!.id, {
    email: `${unique('p')}@example.com`,
    userProfile: { firstName: 'Ada', lastName: 'L' },
    sendInvitationEmail: false,
  });
  const ask = { organizationId: organization!.id, pageSize: 10 };
  const binary = await createClient(UserService, transports['gRPC over HTTP/2']()).listOrganizationUsers(
    ask,
    {
      headers,
    },
  );
  const json = await createClient(
    UserService,
    transports['Connect in JSON over HTTP/1.1'](),
  ).listOrganizationUsers(ask, { headers });
  expect(json.users).toHaveLength(1);
  expect(json.users).toEqual(binary.users);
});

test('a deadline that is over ends the call', async () => {
  const held = new pg.Client(databaseOf(door));
  await held.connect();
  await held.query('begin; lock table organizations in access exclusive mode');
  const session = connectHttp2(door.url);
  const trailers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const call = session.request({
      ':method': 'POST',
      ':path': '/scalekit.v1.organizations.OrganizationService/ListOrganization',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '200m',
      authorization: `Bearer ${token}`,
    });
    call
      .on('error', reject)
      .on('trailers', resolve)
      .on('response', (headers) => {
        if (headers['grpc-status'] !== undefined) resolve(headers);
      });
    call.resume().end(Buffer.alloc(5));
  });
  await held.end();
  expect(Number(trailers['grpc-status'])).toBe(Code.DeadlineExceeded);
  session.close();
});

test('tokens of elsewhere are none: forged, of the other issuer, without a signature', async () => {
  const organizations = createClient(OrganizationService, transports['gRPC over HTTP/2']());
  const codeFor = (given: string) =>
    organizations
      .listOrganization({}, { headers: { authorization: `Bearer ${given}` } })
      .then(() => 'let in')
      .catch((error: unknown) => ConnectError.from(error).code);
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
  const forged = `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const bad of [
    await door.token(),
    forged,
    `${unsigned}.${payload}.`,
    `${unsigned}.${payload}.AAAA`,
    'x',
  ])
    expect(await codeFor(bad)).toBe(Code.Unauthenticated);
  expect(await codeFor(token)).toBe('let in');
});

test('credentials that are wrong get no token, in one word', async () => {
  const ask = (fields: Record<string, string>) =>
    fetch(`${door.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(fields) });
  for (const fields of [
    { client_id: 'test-management', client_secret: 'wrong' },
    { client_id: 'nobody', client_secret: 'a-secret-that-only-tests-know' },
    { client_id: 'test-management' },
  ]) {
    const response = await ask({ grant_type: 'client_credentials', ...fields } as never);
    expect(response).toMatchObject({ status: 401, statusText: 'Unauthorized' });
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  }
});

test('an application that does not manage the environment gets no token, one that lost it is refused', async () => {
  const { body: application } = await door.api('POST', '/applications', {
    name: unique('app'),
    type: 'MachineToMachine',
  });
  const ask = () =>
    fetch(`${door.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: application.id,
        client_secret: application.secret,
      }),
    });
  expect((await ask()).ok).toBe(false);
  const [role] = await door.sql("select id from roles where name = 'Management API access'");
  await door.api('POST', `/applications/${application.id}/roles`, { roleIds: [role.id] });
  const { access_token: theirs } = (await (await ask()).json()) as { access_token: string };
  const headers = { authorization: `Bearer ${theirs}` };
  const organizations = createClient(OrganizationService, transports['gRPC over HTTP/2']());
  await organizations.listOrganization({}, { headers });
  await door.api('DELETE', `/applications/${application.id}/roles/${role.id}`);
  door.advance(6_000);
  await expect(organizations.listOrganization({}, { headers })).rejects.toMatchObject({
    code: Code.PermissionDenied,
  });
});

test('the published keys stay when those of OpenID Connect are rotated', async () => {
  const keys = async () => (await fetch(`${door.url}/keys`)).json();
  const before = (await keys()) as { keys: object[] };
  expect(before.keys).toMatchObject([
    { kty: 'RSA', use: 'sig', alg: 'RS256', kid: expect.stringMatching(/^snk_\d+$/) },
  ]);
  expect(Object.keys(before.keys[0]!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  await door.app.oidc.rotateKeys();
  expect(await keys()).toEqual(before);
});

function databaseOf({ database }: typeof door): pg.ClientConfig {
  const { pipes: _pipes, transactions: _transactions, ...config } = database;
  return config;
}

type Rest = { status: number; body: any };

async function rest(method: string, path: string, body?: unknown, bearer = token): Promise<Rest> {
  const response = await fetch(`${door.url}/api/v1${path}`, {
    method,
    headers: {
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

test('the same methods answer plain HTTP, in snake_case with what is empty', async () => {
  const display_name = unique('Acme');
  const external_id = unique('ext');
  const made = await rest('POST', '/organizations', {
    display_name,
    external_id,
    metadata: { plan: 'gold' },
  });
  expect(made).toMatchObject({
    status: 200,
    body: {
      organization: {
        id: expect.stringMatching(/^org_/),
        display_name,
        external_id,
        region_code: 'REGION_CODE_UNSPECIFIED',
        metadata: { plan: 'gold' },
        settings: { features: [] },
      },
    },
  });
  const { id } = made.body.organization;
  expect((await rest('GET', `/organizations/${id}`)).body).toEqual(made.body);
  expect((await rest('GET', `/organizations:external/${external_id}`)).body).toEqual(made.body);
  const found = await rest('GET', `/organizations:search?query=${display_name}&page_size=5`);
  expect(found.body).toMatchObject({ organizations: [{ id }], total_size: 1, next_page_token: '' });
  expect(
    (await rest('PATCH', `/organizations/${id}`, { display_name: 'Other' })).body.organization,
  ).toMatchObject({
    display_name: 'Other',
    external_id,
  });
  const cap = await rest('PATCH', `/organizations/${id}/settings/usermanagement`, {
    settings: { max_allowed_users: 5 },
  });
  expect(cap.body).toEqual({ settings: { max_allowed_users: 5 } });
  const person = await rest('POST', `/organizations/${id}/users?send_invitation_email=false`, {
    email: `${unique('p')}@example.com`,
    external_id: `u${external_id}`,
  });
  expect(person.body.user.memberships).toMatchObject([{ organization_id: id, membership_status: 'ACTIVE' }]);
  const listed = await rest('GET', `/organizations/${id}/users?page_size=3`);
  expect(listed.body.users).toMatchObject([{ id: person.body.user.id }]);
  expect((await rest('GET', `/users:external/u${external_id}`)).body.user.id).toBe(person.body.user.id);
  expect(await rest('DELETE', `/organizations/${id}`)).toEqual({ status: 200, body: {} });
});

test('plain HTTP refuses with the code, the message and the details', async () => {
  const details = (error_code: string) => [
    expect.objectContaining({ '@type': 'type.googleapis.com/scalekit.v1.errdetails.ErrorInfo', error_code }),
  ];
  const nobody = `org_${'3'.repeat(19)}`;
  const cases: [Rest, number, number, string][] = [
    [await rest('POST', '/organizations', '{"display', ''), 401, 16, 'UNAUTHENTICATED'],
    [await rest('POST', '/organizations', '{"display'), 400, 3, 'INVALID_ARGUMENT'],
    [await rest('POST', '/organizations', { display_name: 7 }), 400, 3, 'INVALID_ARGUMENT'],
    [await rest('GET', '/organizations?page_size=many'), 400, 3, 'INVALID_ARGUMENT'],
    [await rest('GET', `/organizations/${nobody}`), 404, 5, 'NOT_FOUND'],
    [await rest('GET', '/nothing/here'), 404, 5, 'NOT_FOUND'],
    [await rest('GET', '/organizations/%'), 400, 3, 'INVALID_ARGUMENT'],
    [await rest('PUT', '/organizations'), 405, 12, 'METHOD_NOT_ALLOWED'],
    [await rest('GET', '/connections/conn_1'), 501, 12, 'UNIMPLEMENTED'],
    [await rest('POST', '/organizations', `"${'x'.repeat(1_100_000)}"`), 400, 3, 'INVALID_ARGUMENT'],
  ];
  for (const [{ status, body }, wanted, code, errorCode] of cases) {
    expect({ status, body }, errorCode).toMatchObject({ status: wanted, body: { code } });
    expect(body.details).toEqual(details(errorCode));
    expect(Object.keys(body).sort()).toEqual(['code', 'details', 'message']);
  }
});

test('there are no connections and no directories: their lists are empty', async () => {
  expect(await rest('GET', '/connections')).toMatchObject({ status: 200, body: { connections: [] } });
  expect(await rest('GET', `/organizations/org_${'4'.repeat(19)}/directories`)).toMatchObject({
    body: { directories: [] },
  });
});

async function answerTo(bytes: readonly (string | Buffer)[], pauseMs = 5): Promise<string> {
  const { port } = new URL(door.url);
  const socket = connect(Number(port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  for (const chunk of bytes) {
    socket.write(chunk);
    await sleep(pauseMs);
  }
  for (let n = 0; n < 100 && heard === '' && !socket.destroyed; n++) await sleep(20);
  socket.destroy();
  return heard;
}

test('a request of HTTP/1.1 that comes letter by letter is answered, also one that begins like the preface', async () => {
  const letters = [...'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'];
  expect(await answerTo(letters, 1)).toMatch(/^HTTP\/1\.1 200 /);
  const likePreface = [...'PROPFIND /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'];
  expect(await answerTo(likePreface, 1)).toMatch(/^HTTP\/1\.1 40[45] /);
  expect(await answerTo(['PRI nothing of the kind\r\n\r\n'])).toMatch(/^HTTP\/1\.1 400 /);
});

test('HTTP/2 serves every door, its preface in pieces too', async () => {
  const session = connectHttp2(door.url);
  const statusOf = (path: string) =>
    new Promise((resolve, reject) => {
      session.on('error', reject);
      session
        .request({ ':path': path })
        .on('response', (headers) => resolve(headers[':status']))
        .resume();
    });
  expect(await statusOf('/healthz')).toBe(200);
  expect(await statusOf('/keys')).toBe(200);
  expect(await statusOf('/api/organizations')).toBe(401);
  expect(await statusOf('/api/v1/organizations')).toBe(401);
  expect(await statusOf('/grant/api/me/accounts')).toBe(401);
  expect(await statusOf('/oidc/.well-known/openid-configuration')).toBe(200);
  expect(await statusOf('/oidc/jwks')).toBe(200);
  expect(await statusOf('/account')).not.toBe(500);
  session.close();
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  const preface = [...'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', settings];
  const heard = await answerTo(preface, 1);
  // A frame of type SETTINGS on stream 0.
  expect(heard.charCodeAt(3)).toBe(4);
});

test('many calls at once of both kinds on one port all get their own answer', async () => {
  const calls = Array.from({ length: 150 }, async (_, n) => {
    if (n % 2) return (await fetch(`${door.url}/healthz`)).status === 200;
    const displayName = unique(`Many ${n} `);
    const { organization } = await door.client.organization.createOrganization(displayName);
    return organization!.displayName === displayName;
  });
  expect((await Promise.all(calls)).every(Boolean)).toBe(true);
});

test('requests that are taken back by the hundred end their session, and nobody else’s', async () => {
  const session = connectHttp2(door.url);
  session.on('error', () => undefined);
  const over = new Promise<void>((resolve) => session.once('close', () => resolve()));
  for (let n = 0; n < 3000 && !session.destroyed && !session.closed; n++) {
    const stream = session.request({ ':path': '/healthz' });
    stream.on('error', () => undefined);
    stream.close(constants.NGHTTP2_CANCEL);
    if (n % 50 === 0) await sleep(1);
  }
  await Promise.race([over, sleep(5000).then(() => Promise.reject(new Error('The session goes on')))]);
  expect((await fetch(`${door.url}/healthz`)).status).toBe(200);
});

test('no more requests run at once in one session than are allowed', async () => {
  const session = connectHttp2(door.url);
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  expect(session.remoteSettings).toMatchObject({ maxConcurrentStreams: 200, maxHeaderListSize: 16_384 });
  session.close();
});

test('told to stop, the server says good-bye to sessions, and answers what runs', async () => {
  const app = await appForTest();
  const session = connectHttp2(app.url);
  session.on('error', () => undefined);
  const goodbye = new Promise((resolve) => session.once('goaway', resolve));
  const over = new Promise((resolve) => session.once('close', resolve));
  await new Promise((resolve) => session.request({ ':path': '/healthz' }).on('response', resolve).resume());
  const silent = connect(Number(new URL(app.url).port), '127.0.0.1').on('error', () => undefined);
  await new Promise((resolve) => silent.once('connect', resolve));
  await sleep(20);
  const closing = app.app.close();
  await goodbye;
  await Promise.all([closing, over]);
});

test('with a certificate the client comes in by TLS, and so does whoever speaks HTTP/1.1', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const certificate = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(certificate.cert, cert);
  await writeFile(certificate.key, key);
  const app = await appForTest({ config: { certificate } });
  const baseUrl = app.url.replace('http:', 'https:');
  const organizations = createClient(
    OrganizationService,
    createGrpcTransport({ baseUrl, nodeOptions: { ca: cert } }),
  );
  await expect(organizations.listOrganization({})).rejects.toMatchObject({ code: Code.Unauthenticated });
  const status = await new Promise((resolve, reject) =>
    get(`${baseUrl}/healthz`, { ca: cert, agent: false }, ({ statusCode }) => resolve(statusCode)).on(
      'error',
      reject,
    ),
  );
  expect(status).toBe(200);
});
