/** How requests and answers of this door travel (contract §1.1), whatever they are about. */
import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';
import { keysOf, nobody, openDoor, unique } from './fixture.ts';

const door = openDoor();

async function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
) {
  const response = await fetch(`${door.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${await door.token()}`, ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

test('a body is JSON or a form, and says the same either way', async () => {
  const name = unique('Acme');
  const json = await raw(
    'POST',
    '/api/organizations',
    { 'content-type': 'application/json; charset=utf-8' },
    JSON.stringify({ name }),
  );
  expect(json.status).toBe(201);
  expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const form = await raw(
    'POST',
    '/api/organizations',
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams({ name }).toString(),
  );
  expect(form).toMatchObject({ status: 201 });
  expect(JSON.parse(form.text)).toMatchObject({ name });
});

test('no body counts as an empty one: for a change, for a message, for a renewal', async () => {
  const { id } = await door.organization();
  const untyped = await raw('PATCH', `/api/organizations/${id}`);
  expect(untyped.status).toBe(200);
  const typed = await raw('PATCH', `/api/organizations/${id}`, { 'content-type': 'application/json' });
  expect(typed.status).toBe(200);
  const invitation = await door.invitation(id);
  expect((await raw('POST', `/api/organization-invitations/${invitation.id}/message`)).status).toBe(204);
  expect((await raw('POST', `/api/organization-invitations/${invitation.id}/renew`)).status).toBe(200);
  expect(await door.drain()).toBe(1);
});

test('no body where fields are required is told which', async () => {
  const answer = await raw('POST', '/api/organizations');
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text)).toMatchObject({
    code: 'guard.invalid_input',
    data: { issues: [{ path: ['body', 'name'] }] },
  });
});

test('keys that nobody knows are ignored, in bodies and queries, and not given back', async () => {
  const organization = await door.organization({
    id: 'mine',
    createdAt: 1,
    tenantId: 'other',
    unheardOf: true,
  });
  expect(organization).not.toHaveProperty('unheardOf');
  expect(organization).toMatchObject({ tenantId: 'default' });
  expect(organization.id).not.toBe('mine');
  expect(organization.createdAt).toBeGreaterThan(1);
  expect((await raw('GET', '/api/organizations?unheard=of')).status).toBe(200);
});

test('keys that nobody knows are not kept inside the objects of an entity either', async () => {
  const organization = await door.organization({
    color: { primaryColor: '#abc', evil: 1 },
    branding: { evil: 1 },
  });
  expect(organization).toMatchObject({ color: { primaryColor: '#abc' }, branding: {} });
  expect(keysOf(organization.color as object)).toEqual(['primaryColor']);
  expect(keysOf(organization.branding as object)).toEqual([]);
  const user = await door.user({ profile: { nickname: 'A', emailVerified: true } });
  expect(user.profile).toEqual({ nickname: 'A' });
  const bot = await door.done(200, 'POST', '/applications', {
    name: 'b',
    type: 'Traditional',
    oidcClientMetadata: { redirectUris: [], postLogoutRedirectUris: [], tokenEndpointAuthMethod: 'none' },
    customClientMetadata: { idTokenTtl: 60, isAdmin: true },
  });
  expect(bot.oidcClientMetadata).toEqual({ redirectUris: [], postLogoutRedirectUris: [] });
  expect(bot.customClientMetadata).toEqual({ idTokenTtl: 60 });
});

test('a success without a body says so with Content-Length 0, or is a 204', async () => {
  const { id } = await door.organization();
  const { id: botId } = await door.bot();
  const made = await raw(
    'POST',
    `/api/organizations/${id}/applications`,
    { 'content-type': 'application/json' },
    JSON.stringify({ applicationIds: [botId] }),
  );
  expect(made).toMatchObject({ status: 201, text: '' });
  expect(made.headers.get('content-length')).toBe('0');
  const gone = await raw('DELETE', `/api/organizations/${id}`);
  expect(gone).toMatchObject({ status: 204, text: '' });
  expect(gone.headers.get('content-type')).toBeNull();
});

test('GET answers carry an ETag; who has that version gets 304 without a body', async () => {
  const { id } = await door.organization();
  const first = await raw('GET', `/api/organizations/${id}`);
  const etag = first.headers.get('etag')!;
  expect(etag).toMatch(/^"[\w-]+"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await raw('GET', `/api/organizations/${id}`, { 'if-none-match': known });
    expect(again, known).toMatchObject({ status: 304, text: '' });
    expect(again.headers.get('etag')).toBe(etag);
    expect(again.headers.get('logto-core-request-id')).toBeTruthy();
  }
  await door.done(200, 'PATCH', `/organizations/${id}`, { description: 'new' });
  const changed = await raw('GET', `/api/organizations/${id}`, { 'if-none-match': etag });
  expect(changed.status).toBe(200);
  expect(changed.headers.get('etag')).not.toBe(etag);
});

test('every answer carries its request id', async () => {
  const answers = [
    await raw('GET', '/api/organizations'),
    await raw('GET', '/api/organizations?page=0'),
    await raw('GET', '/api/organizations', { authorization: '' }),
    await raw('GET', '/api/nothing-here'),
    await raw('DELETE', '/api/organizations'),
    await raw('POST', '/api/organizations', { 'content-type': 'application/json' }, '{'),
    await raw('POST', '/api/organizations', { 'content-type': 'text/plain' }, 'x'),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([200, 400, 401, 404, 405, 400, 415]);
  const ids = answers.map((answer) => answer.headers.get('logto-core-request-id'));
  expect(ids.every(Boolean)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a path that does not exist is 404 in JSON with a code', async () => {
  for (const path of ['/api/nothing-here', '/api/organizations/a/b/c', '/api/Organizations'])
    expect(await door.refused(404, 'request.route_not_found', 'GET', path.slice(4))).toHaveProperty(
      'message',
    );
});

test('a path that exists refuses another method with 405 and names the right ones', async () => {
  const cases = [
    ['PUT', '/organizations', 'GET, POST, HEAD'],
    ['POST', `/organizations/${nobody}`, 'GET, PATCH, DELETE, HEAD'],
    ['GET', `/organization-invitations/${nobody}/status`, 'PUT'],
    ['DELETE', `/organizations/${nobody}/users`, 'GET, POST, PUT, HEAD'],
    ['PATCH', '/email-templates', 'PUT, GET, DELETE, HEAD'],
  ] as const;
  for (const [method, path, allow] of cases) {
    const answer = await raw(method, `/api${path}`);
    expect(answer.status, path).toBe(405);
    expect(answer.headers.get('allow')!.split(', ').sort(), path).toEqual(allow.split(', ').sort());
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'request.method_not_allowed' });
  }
  const head = await raw('HEAD', `/api/organization-invitations/${nobody}/message`);
  expect({ status: head.status, allow: head.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
});

test('malformed JSON is 400 with a code, and so is anything else that cannot be read', async () => {
  const json = { 'content-type': 'application/json' };
  for (const body of ['{', '[1', '{"name":}', 'null x', '\u0000'])
    expect(JSON.parse((await raw('POST', '/api/organizations', json, body)).text), body).toMatchObject({
      code: 'request.malformed_json',
      message: expect.any(String),
    });
  for (const body of ['null', '[]', '"text"', '1'])
    expect(JSON.parse((await raw('POST', '/api/organizations', json, body)).text), body).toMatchObject({
      code: 'guard.invalid_input',
    });
  const text = await raw('POST', '/api/organizations', { 'content-type': 'text/plain' }, 'x');
  expect(text.status).toBe(415);
  expect(JSON.parse(text.text)).toHaveProperty('code');
  const large = await raw(
    'POST',
    '/api/organizations',
    json,
    JSON.stringify({ name: 'x'.repeat(1_100_000) }),
  );
  expect(large.status).toBe(413);
  expect(JSON.parse(large.text)).toHaveProperty('code');
  const badUrl = await raw('GET', '/api/organizations/%E0%A4%A');
  expect(badUrl.status).toBe(400);
  expect(JSON.parse(badUrl.text)).toHaveProperty('code');
});

test('what the database cannot keep is refused and named: NUL, bottomless nesting, half characters', async () => {
  await door
    .refused(400, 'guard.invalid_input', 'POST', '/organizations', { name: 'a\0b' })
    .then((body) => expect(body.data.issues[0]!.path).toEqual(['body', 'name']));
  const deep = JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`);
  await door.refused(400, 'guard.invalid_input', 'POST', '/organizations', { name: 'a', customData: deep });
  await door.refused(400, 'guard.invalid_input', 'POST', '/organizations', {
    name: 'a',
    customData: { a: '\ud800' },
  });
  await door.refused(400, 'guard.invalid_input', 'GET', '/organizations/a%00b');
  await door.refused(400, 'guard.invalid_input', 'GET', '/organizations?q=a%00b');
  await door.refused(400, 'guard.invalid_input', 'GET', `/organizations/${'x'.repeat(200)}`);
});

test('HEAD answers as GET does, without the body', async () => {
  const { id } = await door.organization();
  expect(await raw('HEAD', `/api/organizations/${id}`)).toMatchObject({ status: 200, text: '' });
  expect((await raw('HEAD', `/api/organizations/${nobody}`)).status).toBe(404);
});

test('a caller that goes away in the middle of its body harms nobody', async () => {
  const { port } = new URL(door.url);
  const socket = createConnection(Number(port), '127.0.0.1');
  socket.write(
    `POST /api/organizations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await door.token()}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name"`,
  );
  await new Promise((sent) => setTimeout(sent, 50));
  socket.destroy();
  expect((await raw('GET', '/api/organizations')).status).toBe(200);
});

test('a mistake of the caller names the field by its path', async () => {
  const { id } = await door.organization();
  const invitation = { organizationId: id, invitee: 'a@example.com', expiresAt: door.now() + 1000 };
  const cases = [
    ['POST', '/organizations', {}, 'body.name'],
    ['POST', '/organizations', { name: '' }, 'body.name'],
    ['POST', '/organizations', { name: 'x', color: { primaryColor: 'red' } }, 'body.color.primaryColor'],
    ['PATCH', `/organizations/${id}`, { name: 5 }, 'body.name'],
    ['POST', '/organization-invitations', { ...invitation, invitee: 'nobody' }, 'body.invitee'],
    [
      'POST',
      '/organization-invitations',
      { ...invitation, organizationRoleIds: ['a', 5] },
      'body.organizationRoleIds.1',
    ],
    [
      'POST',
      '/organization-invitations',
      { ...invitation, messagePayload: { link: 'javascript:x' } },
      'body.messagePayload.link',
    ],
    ['POST', '/users', { primaryEmail: 'nobody' }, 'body.primaryEmail'],
    [
      'PUT',
      `/organizations/${id}/jit/email-domains`,
      { emailDomains: ['example.com', '-'] },
      'body.emailDomains.1',
    ],
    ['GET', '/organization-invitations?status=Nothing', undefined, 'query.status'],
  ] as const;
  for (const [method, path, body, field] of cases) {
    const { data, details } = await door.refused(400, 'guard.invalid_input', method, path, body);
    expect(data.issues.map((issue) => issue.path.join('.'))).toEqual([field]);
    expect(details).toContain(`"${field}"`);
  }
});

test('a failure of ours is 500 with a code and the id to find it by, and tells nothing of the inside', async () => {
  const broken = await appForTest({ config: { logLevel: 'silent' } });
  await broken.sql('alter table organizations rename to gone');
  const answer = await broken.api('GET', '/organizations');
  expect(answer).toMatchObject({ status: 500, body: { code: 'server.unexpected' } });
  expect(answer.body.message).toContain(answer.headers.get('logto-core-request-id'));
  expect(JSON.stringify(answer.body)).not.toMatch(/relation|select|organizations|pg_/i);
});

test('an address that is too long, and what is no request, are refused in the documented form, and the connection is closed', async () => {
  const { port } = new URL(door.url);
  const told = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = createConnection(Number(port), '127.0.0.1', () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
  const long = await told(`GET /api/organizations/${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  expect(long).toMatch(/^HTTP\/1\.1 431 /);
  const noise = await told('NONSENSE\r\n\r\n');
  expect(noise).toMatch(/^HTTP\/1\.1 400 /);
  for (const answer of [long, noise]) {
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'request.malformed' });
  }
});
