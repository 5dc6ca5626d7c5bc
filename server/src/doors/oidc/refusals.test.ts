import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ask,
  type Door,
  management,
  openDoor,
  publicUrl,
  reports,
  seed,
  type TestDatabase,
  testDatabase,
} from './fixture.ts';

let database: TestDatabase;
let door: Door;

beforeAll(async () => {
  database = await testDatabase();
  const db = database.open();
  await seed(db, Date.now());
  door = await openDoor(db);
});
afterAll(async () => {
  expect(door.problems).toEqual([]);
  await door.close();
  await database.close();
});

const unknownTarget = 'resource indicator is missing, or unknown';
const stranger = 'app has not associated with the organization';

test.each([
  [
    'an application that is no bot of the organization',
    { client_id: 'other', organization_id: 'org' },
    403,
    'access_denied',
    stranger,
  ],
  ['a bot of another organization', { organization_id: 'org2' }, 403, 'access_denied', stranger],
  ['an organization that does not exist', { organization_id: 'nowhere' }, 403, 'access_denied', stranger],
  ['an organization named with a NUL', { organization_id: 'org\0' }, 403, 'access_denied', stranger],
  ['no target', {}, 400, 'invalid_target', 'both `resource` and `organization_id` are not provided'],
  ['an unknown resource', { resource: 'https://nobody.example' }, 400, 'invalid_target', unknownTarget],
  ['a resource that is no URI', { resource: 'nonsense\0' }, 400, 'invalid_target', unknownTarget],
  [
    'an unknown resource within an organization',
    { organization_id: 'org', resource: 'https://nobody.example' },
    400,
    'invalid_target',
    unknownTarget,
  ],
  [
    'the name for all organizations as a target',
    { resource: 'urn:logto:resource:organizations' },
    400,
    'invalid_target',
    unknownTarget,
  ],
  [
    'an unknown client',
    { client_id: 'nobody', resource: management },
    400,
    'invalid_client',
    'invalid client nobody',
  ],
  [
    'a client named with a NUL',
    { client_id: 'app\0', resource: management },
    400,
    'invalid_client',
    'invalid client app\0',
  ],
  [
    'a wrong secret',
    { client_secret: 'Secret', resource: management },
    401,
    'invalid_client',
    'client authentication failed',
  ],
  [
    'the secret of another application',
    { client_id: 'spa', resource: management },
    401,
    'invalid_client',
    'client authentication failed',
  ],
  [
    'no secret',
    { client_secret: undefined, resource: management },
    401,
    'invalid_client',
    'client authentication failed',
  ],
  [
    'an empty secret',
    { client_secret: '', resource: management },
    401,
    'invalid_client',
    'client authentication failed',
  ],
  [
    'no client',
    { client_id: undefined, client_secret: undefined },
    400,
    'invalid_request',
    'no client authentication mechanism provided',
  ],
  [
    'an application with pages',
    { client_id: 'web', resource: management },
    400,
    'invalid_request',
    'requested grant type is not allowed for this client',
  ],
  [
    'a public application',
    { client_id: 'spa', client_secret: undefined, resource: management },
    400,
    'invalid_request',
    'requested grant type is not allowed for this client',
  ],
  [
    'a scope that is none',
    { resource: management, scope: 'a"b' },
    400,
    'invalid_scope',
    'scope contains invalid characters',
  ],
  [
    'another grant',
    { grant_type: 'password' },
    400,
    'unsupported_grant_type',
    'unsupported grant_type requested',
  ],
  ['no grant', { grant_type: undefined }, 400, 'invalid_request', "missing required parameter 'grant_type'"],
])('%s is refused', async (_, fields, status, error, description) => {
  const { status: got, body } = await ask(door, fields);
  expect(body).toEqual({
    code: `oidc.${error}`,
    message: description,
    error,
    error_description: description,
  });
  expect(got).toBe(status);
});

test('several resources are one too many', async () => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'app',
    client_secret: 'secret',
    resource: management,
  });
  body.append('resource', reports);
  const response = await fetch(`${door.url}/token`, { method: 'POST', body });
  expect(response.status).toBe(400);
  const error_description = 'only one resource can be asked for';
  expect(await response.json()).toMatchObject({ error: 'invalid_target', error_description });
});

test('a parameter said twice is refused, the organization too', async () => {
  for (const name of ['organization_id', 'client_id', 'client_secret', 'scope', 'grant_type']) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'secret',
      organization_id: 'org',
      scope: 'x',
    });
    body.append(name, 'org');
    const response = await fetch(`${door.url}/token`, { method: 'POST', body });
    expect(await response.json(), name).toMatchObject({ error: 'invalid_request' });
    expect(response.status).toBe(400);
  }
});

test('a wrong Basic header is told how to do better', async () => {
  const headers = { authorization: `Basic ${Buffer.from('app:wrong').toString('base64')}` };
  const answer = await ask(
    door,
    { client_id: undefined, client_secret: undefined, resource: management },
    { headers },
  );
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="https:\/\/usher.example\/oidc"/);
  const inBody = await ask(door, { client_secret: 'wrong' });
  expect(inBody.headers.get('www-authenticate')).toBeNull();
});

test('with parse_error=false the error has the plain OAuth body', async () => {
  const { body } = await ask(
    door,
    { resource: 'https://nobody.example' },
    { path: '/token?parse_error=false' },
  );
  expect(body).toEqual({ error: 'invalid_target', error_description: unknownTarget });
});

test('a header that names a user replaces no token and no secret', async () => {
  const headers = { 'development-user-id': 'app' };
  expect(await ask(door, { client_secret: undefined, resource: management }, { headers })).toMatchObject({
    status: 401,
  });
});

test('browsers may ask from where the client is at home, and from nowhere else', async () => {
  const from = (origin: string) => ask(door, { resource: management }, { headers: { origin } });
  const own = await from(publicUrl);
  expect(own.status).toBe(200);
  expect(own.headers.get('access-control-allow-origin')).toBe(publicUrl);
  const foreign = await from('https://evil.example');
  expect(foreign).toMatchObject({ status: 400, body: { code: 'oidc.invalid_request' } });
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
});
