/** `Idempotency-Key` on a POST (Usher): who repeats a request gets the same answer, and nothing happens twice. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Answer } from '../../../test/harness.ts';
import { day, nobody, openDoor, unique, uniqueAddress } from './fixture.ts';

const door = openDoor();

async function post(
  path: string,
  body: unknown,
  key: string,
  as?: string,
): Promise<Answer & { text: string }> {
  const response = await fetch(`${door.url}/api${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${as ?? (await door.token())}`,
      'idempotency-key': key,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const count = async (table: string) =>
  Number((await door.sql<{ n: string }>(`select count(*) n from ${table}`))[0]!.n);

test('the same key with the same body gets the same answer, and one thing is made', async () => {
  const key = unique('key');
  const body = { name: unique('Acme') };
  const first = await post('/organizations', body, key);
  expect(first.status).toBe(201);
  const before = await door.state();
  for (let i = 0; i < 3; i++) {
    const again = await post('/organizations', body, key);
    expect({ status: again.status, text: again.text }).toEqual({ status: 201, text: first.text });
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
  }
  expect(await door.state()).toBe(before);
});

test('another body, path or query under a key that was used is refused with 422', async () => {
  const key = unique('key');
  const { id } = await door.organization();
  await post('/organizations', { name: 'A' }, key);
  const before = await door.state();
  for (const [path, body] of [
    ['/organizations', { name: 'B' }],
    ['/organizations', { name: 'A', description: null }],
    ['/organizations?x=1', { name: 'A' }],
    ['/organization-scopes', { name: 'A' }],
    [`/organizations/${id}/jit/email-domains`, { emailDomain: 'a.example' }],
  ] as const)
    expect(await post(path, body, key)).toMatchObject({
      status: 422,
      body: { code: 'request.idempotency_key_reused' },
    });
  expect(await door.state()).toBe(before);
  expect((await post('/organizations', { name: 'A' }, key)).status).toBe(201);
});

test('a refusal is repeated too, although what stood in the way has gone', async () => {
  const key = unique('key');
  const { id } = await door.organization();
  const user = await door.member(id);
  const body = { organizationId: id, invitee: user.primaryEmail, expiresAt: door.now() + day };
  const first = await post('/organization-invitations', body, key);
  expect(first).toMatchObject({ status: 422, body: { code: 'request.invalid_input' } });
  await door.done(204, 'DELETE', `/organizations/${id}/users/${user.id}`);
  const again = await post('/organization-invitations', body, key);
  expect({ status: again.status, body: again.body }).toEqual({ status: 422, body: first.body });
  expect((await post('/organization-invitations', body, unique('key'))).status).toBe(201);
});

test('an answer without a body is repeated without one: 201 with Content-Length 0, and 204', async () => {
  const { id } = await door.organization();
  const bot = await door.bot();
  const invitation = await door.invitation(id);
  for (const [path, body, status] of [
    [`/organizations/${id}/applications`, { applicationIds: [bot.id] }, 201],
    [`/organization-invitations/${invitation.id}/message`, {}, 204],
    [`/organization-invitations/${invitation.id}/renew`, undefined, 200],
  ] as const) {
    const key = unique('key');
    const first = await post(path, body, key);
    const again = await post(path, body, key);
    expect({ status: again.status, text: again.text }).toEqual({ status, text: first.text });
    expect(again.headers.get('content-length')).toBe(first.headers.get('content-length'));
  }
  expect(await door.drain()).toBe(1);
  expect(
    await door.sql('select generation, resent_count from invitations where id = $1', [invitation.id]),
  ).toEqual([{ generation: 2, resent_count: 1 }]);
});

test('a mail is sent once, however often its order is repeated', async () => {
  const { id } = await door.organization();
  const body = {
    organizationId: id,
    invitee: uniqueAddress(),
    expiresAt: door.now() + day,
    messagePayload: {},
  };
  const key = unique('key');
  for (let i = 0; i < 3; i++) expect((await post('/organization-invitations', body, key)).status).toBe(201);
  expect(await door.drain()).toBe(1);
});

test('of requests with one key that come at once, one acts and all get its answer', async () => {
  for (let round = 0; round < 5; round++) {
    const key = unique('key');
    const body = { name: unique('Acme') };
    const before = await count('organizations');
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('/organizations', body, key)));
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(201);
    expect(await count('organizations')).toBe(before + 1);
  }
});

test('the key of one caller is not another’s', async () => {
  const key = unique('key');
  const body = { name: unique('Acme') };
  const other = await door.tokenWith({ sub: 'another-caller' });
  const mine = await post('/organizations', body, key);
  const theirs = await post('/organizations', body, key, other);
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(theirs.body.id).not.toBe(mine.body.id);
  expect((await post('/organizations', { name: 'B' }, key, other)).status).toBe(422);
});

test('a secret in a stored answer cannot be read from the table, and is still repeated', async () => {
  const key = unique('key');
  const body = { name: 'bot', type: 'MachineToMachine' };
  const first = await post('/applications', body, key);
  const secret = first.body.secret as string;
  expect(secret).toMatch(/^\w{32}$/);
  const rows = JSON.stringify(
    await door.sql(
      "select caller, key, encode(request, 'escape') request, encode(answer, 'escape') answer from idempotency_keys",
    ),
  );
  expect(rows).toContain(key);
  expect(rows).not.toContain(secret);
  expect(rows).not.toContain(first.body.id);
  const again = await post('/applications', body, key);
  expect(again.text).toBe(first.text);
  expect(again.headers.get('cache-control')).toBe('no-store');
});

test('what may come right by waiting is not remembered: too many mails, no connector', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  const path = `/organization-invitations/${invitation.id}/message`;
  for (let i = 0; i < 9; i++) await door.done(204, 'POST', path, {});
  const key = unique('key');
  expect((await post(path, {}, key)).status).toBe(429);
  door.advance(600_001);
  expect((await post(path, {}, key)).status).toBe(204);
  await door.drain();
});

test('a key is kept for a day and free again after it has been forgotten', async () => {
  const key = unique('key');
  const first = await post('/organizations', { name: 'A' }, key);
  door.advance(day - 60_000);
  expect((await post('/organizations', { name: 'A' }, key)).text).toBe(first.text);
});

test('an unusable key is refused by name; other methods ignore keys', async () => {
  const before = await count('organizations');
  for (const key of ['x'.repeat(256), 'two words', 'ümlaut'])
    expect(await post('/organizations', { name: 'A' }, key), key).toMatchObject({
      status: 400,
      body: { code: 'guard.invalid_input' },
    });
  expect(await count('organizations')).toBe(before);
  const { id } = await door.organization();
  const key = { 'idempotency-key': unique('key') };
  for (const name of ['B', 'C'])
    expect((await door.api('PATCH', `/organizations/${id}`, { name }, key)).body).toMatchObject({ name });
});

test('a request that cannot be let in leaves no key behind', async () => {
  const key = unique('key');
  expect((await post('/organizations', { name: 'A' }, key, 'nonsense')).status).toBe(401);
  expect(await door.sql('select 1 from idempotency_keys where key = $1', [key])).toEqual([]);
  expect((await post('/organizations', { name: 'B' }, key)).status).toBe(201);
});

test('a refusal inside a transaction leaves nothing behind: seats, foreign keys, duplicates', async () => {
  const { id } = await door.organization();
  const user = await door.user();
  await door.done(200, 'PUT', `/organizations/${id}/seats`, { limit: 1 });
  const expired = await door.invitation(id, { expiresAt: door.now() + 60_000 });
  await door.refused(
    422,
    'organization.seats_full',
    'POST',
    `/organizations/${id}/users`,
    { userIds: [user.id] },
    { 'idempotency-key': unique('key') },
  );
  await door.refused(
    422,
    'entity.relation_foreign_key_not_found',
    'POST',
    '/organization-roles',
    { name: unique('r'), organizationScopeIds: [nobody] },
    { 'idempotency-key': unique('key') },
  );
  await door.refused(
    422,
    'entity.unique_integrity_violation',
    'POST',
    '/organization-roles',
    { name: 'owner' },
    { 'idempotency-key': unique('key') },
  );
  door.advance(60_001);
  expect(
    (
      await post(
        '/organization-invitations',
        { organizationId: id, invitee: expired.invitee, expiresAt: door.now() + day },
        unique('key'),
      )
    ).status,
  ).toBe(201);
});

test('what asks somebody outside asks once, also when it is repeated while it is under way', async () => {
  const received: string[] = [];
  const provider = createServer((request, response) => {
    request.resume().on('end', () => {
      received.push(request.url!);
      setTimeout(() => response.writeHead(received.length === 1 ? 200 : 400).end(), 200);
    });
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  onTestFinished(() => void provider.close());
  const { port } = provider.address() as AddressInfo;
  const path = '/connectors/http-email/test';
  const mail = { email: 'ann@example.com', config: { endpoint: `http://127.0.0.1:${port}/first` } };
  const key = unique('key');
  const early = await Promise.all([1, 2, 3].map(() => post(path, mail, key)));
  expect([...early, await post(path, mail, key)].map(({ status }) => status)).toEqual([204, 204, 204, 204]);
  const other = { ...mail, email: 'bob@example.com' };
  expect(await post(path, other, key)).toMatchObject({
    status: 422,
    body: { code: 'request.idempotency_key_reused' },
  });
  expect(received).toHaveLength(1);
  const refused = unique('key');
  const first = await post(path, other, refused);
  expect(first).toMatchObject({ status: 400, body: { code: 'connector.general' } });
  expect(await post(path, other, refused)).toMatchObject({ status: 400, body: first.body });
  expect(received).toHaveLength(2);
});
