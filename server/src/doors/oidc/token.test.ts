import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, sql } from '../../db/db.ts';
import {
  type Answer,
  addSecret,
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
let db: Db;
let door: Door;
let now = Date.now();

beforeAll(async () => {
  database = await testDatabase();
  db = database.open();
  await seed(db, now);
  door = await openDoor(db, { clock: () => now });
});
afterAll(async () => {
  expect(door.problems).toEqual([]);
  await door.close();
  await database.close();
});

const issuer = `${publicUrl}/oidc`;

/** As somebody else's API would: with what the JWKS endpoint publishes and nothing else. */
async function verified(answer: Answer, audience: string) {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const keys = createLocalJWKSet((await (await fetch(`${door.url}/jwks`)).json()) as JSONWebKeySet);
  const options = { issuer, audience, typ: 'at+jwt', currentDate: new Date(now) };
  return (await jwtVerify(answer.body.access_token, keys, options)).payload;
}

test.each([management, `${publicUrl}/api`])(
  'a machine gets a token for the Management API by its indicator %s',
  async (resource) => {
    const answer = await ask(door, { resource, scope: 'all' });
    expect(answer.body).toMatchObject({ expires_in: 3600, token_type: 'Bearer', scope: 'all' });
    const claims = await verified(answer, resource);
    const iat = Math.floor(now / 1000);
    expect(claims).toEqual({
      jti: expect.any(String),
      sub: 'app',
      client_id: 'app',
      iss: issuer,
      aud: resource,
      iat,
      exp: iat + 3600,
      scope: 'all',
    });
    expect(decodeProtectedHeader(answer.body.access_token)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String),
    });
  },
);

test('an organization token carries the scopes that were asked for and that the roles of the bot give', async () => {
  const answer = await ask(door, {
    organization_id: 'org',
    scope: 'delete:data write:data openid read:data read:data',
  });
  expect(answer.body).toMatchObject({ expires_in: 3600, scope: 'write:data read:data' });
  const claims = await verified(answer, 'urn:logto:organization:org');
  expect(claims).toMatchObject({ sub: 'app', scope: 'write:data read:data' });
  expect(claims).not.toHaveProperty('organization_id');
});

test('who asks for no scope gets none: an empty one in organization tokens, none at all in resource tokens', async () => {
  const organization = await ask(door, { organization_id: 'org' });
  expect(organization.body.scope).toBe('');
  expect(await verified(organization, 'urn:logto:organization:org')).toHaveProperty('scope', '');
  const resource = await ask(door, { resource: management, scope: 'everything' });
  expect(resource.body).not.toHaveProperty('scope');
  expect(await verified(resource, management)).not.toHaveProperty('scope');
});

test('a token for a resource within an organization holds what the bot has there, not what it has elsewhere', async () => {
  const answer = await ask(door, { organization_id: 'org', resource: reports, scope: 'view export' });
  expect(answer.body).toMatchObject({ scope: 'export', expires_in: 600 });
  expect(await verified(answer, reports)).toMatchObject({ organization_id: 'org', scope: 'export' });
  const global = await ask(door, { resource: reports, scope: 'view export all' });
  expect(await verified(global, reports)).toMatchObject({ scope: 'view' });
  const none = await ask(door, { organization_id: 'org', resource: management, scope: 'all' });
  expect(await verified(none, management)).not.toHaveProperty('scope');
});

test('without a target the default resource is meant, where there is one', async () => {
  const refused = await ask(door, {});
  expect(refused.body).toMatchObject({
    error: 'invalid_target',
    error_description: 'both `resource` and `organization_id` are not provided',
  });
  await db.run(sql`update resources set is_default = true where id = 'rep'`);
  await verified(await ask(door, { scope: 'view' }), reports);
  await db.run(sql`update resources set is_default = false where id = 'rep'`);
});

test('the secret may come in a Basic header or in the body', async () => {
  const basic = `Basic ${Buffer.from('app:secret').toString('base64')}`;
  const headers = { authorization: basic };
  await verified(
    await ask(door, { resource: management, client_id: undefined, client_secret: undefined }, { headers }),
    management,
  );
  await verified(
    await ask(door, { resource: management, client_secret: undefined }, { headers }),
    management,
  );
  const both = await ask(door, { resource: management }, { headers });
  expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  const mismatch = await ask(
    door,
    { resource: management, client_id: 'other', client_secret: undefined },
    { headers },
  );
  expect(mismatch).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
});

test('any unexpired secret of the application is good, until it is deleted or expires', async () => {
  const asked = (client_secret: string) => ask(door, { client_secret, resource: management });
  await addSecret(db, 'app', 'second', 'new secret', now + 1000);
  expect((await asked('new secret')).status).toBe(200);
  expect((await asked('secret')).status).toBe(200);
  now += 1000;
  expect(await asked('new secret')).toMatchObject({
    status: 400,
    body: { error: 'invalid_request', error_description: 'client secret has expired' },
  });
  await addSecret(db, 'app', 'a renewed one', 'new secret');
  expect((await asked('new secret')).status).toBe(200);
  await db.run(
    sql`update application_secrets set expires_at = case name when 'second' then null else 1 end where name <> 'first'`,
  );
  expect((await asked('new secret')).status).toBe(200);
  await db.run(sql`delete from application_secrets where name <> 'first'`);
  expect(await asked('new secret')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
});

test('what is taken away is gone with the next token', async () => {
  const asked = () => ask(door, { organization_id: 'org', scope: 'read:data write:data' });
  expect((await asked()).body.scope).toBe('read:data write:data');
  await db.run(sql`delete from organization_role_scopes where scope_id = 's2'`);
  expect((await asked()).body.scope).toBe('read:data');
  await db.run(sql`insert into organization_role_scopes values ('default', 'r', 's2')`);
  await db.run(sql`update bots set role_ids = '{}'`);
  expect((await asked()).body.scope).toBe('');
  await db.run(sql`update bots set role_ids = '{r}'`);
  await db.run(sql`delete from application_roles`);
  expect((await ask(door, { resource: management, scope: 'all' })).body).not.toHaveProperty('scope');
  await db.run(sql`insert into application_roles values ('default', 'app', 'full')`);
});

test('a disabled organization issues no tokens', async () => {
  await db.run(sql`update organizations set disabled_at = 1 where id = 'org'`);
  const targets = [{ organization_id: 'org' }, { organization_id: 'org', resource: reports }];
  for (const target of targets)
    expect(await ask(door, target)).toMatchObject({ status: 403, body: { error: 'access_denied' } });
  await db.run(sql`update organizations set disabled_at = null`);
});
