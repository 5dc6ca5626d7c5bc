/** Clients of organizations by the field's client, unmodified, over a socket; and the tokens that they get. */
import { ScalekitBadRequestException, ScalekitClient, ScalekitNotFoundException } from '@scalekit-sdk/node';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { parallel } from '../builders.ts';

const door = openDoor();
const m2m = () => door.client.m2m;

const organization = async () =>
  (await door.client.organization.createOrganization(unique('Acme'))).organization!.id;

const settings = {
  name: 'Deployer',
  description: 'Deploys',
  scopes: ['deploy:applications', 'read:deployments'],
  audience: ['https://deploy.example.com'],
  customClaims: { stage: 'production' },
};

async function make(organizationId: string, more: object = {}) {
  const { client, plainSecret } = await m2m().createOrganizationClient(organizationId, {
    ...settings,
    ...more,
  });
  return { client: client!, secret: plainSecret };
}

async function token(clientId: string, secret: string, scope?: string) {
  const response = await fetch(`${door.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
      ...(scope === undefined ? {} : { scope }),
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, any> };
}

test('a client: made, read, listed, changed, deleted', async () => {
  const acme = await organization();
  const { client, secret } = await make(acme);
  expect(client).toMatchObject({
    clientId: expect.stringMatching(/^m2morg_\d+$/),
    organizationId: acme,
    name: 'Deployer',
    description: 'Deploys',
    scopes: settings.scopes,
    audience: settings.audience,
    customClaims: [{ key: 'stage', value: 'production' }],
    expiry: 3600n,
    secrets: [{ id: expect.stringMatching(/^sec_\d+$/), secretSuffix: secret.slice(-4), status: 0 }],
  });
  expect((await m2m().getOrganizationClient(acme, client.clientId)).client).toEqual(client);
  expect((await m2m().listOrganizationClients(acme)).clients).toEqual([client]);
  const changed = (
    await m2m().updateOrganizationClient(acme, client.clientId, { name: 'Other', scopes: ['one'] })
  ).client!;
  expect(changed).toEqual({ ...client, name: 'Other', scopes: ['one'], updateTime: changed.updateTime });
  await m2m().deleteOrganizationClient(acme, client.clientId);
  expect((await m2m().listOrganizationClients(acme)).clients).toEqual([]);
  for (const call of [
    () => m2m().getOrganizationClient(acme, client.clientId),
    () => m2m().deleteOrganizationClient(acme, client.clientId),
    () => m2m().updateOrganizationClient(acme, client.clientId, { name: 'x' }),
    () => m2m().addOrganizationClientSecret(acme, client.clientId),
  ])
    await expect(call()).rejects.toThrow(ScalekitNotFoundException);
  expect(await door.sql('select 1 from applications where id = $1', [client.clientId])).toEqual([]);
});

test('a secret is shown once, and stored nowhere', async () => {
  const { client, secret } = await make(await organization());
  const rows = await door.sql(
    'select row_to_json(s)::text as row from application_secrets s where application_id = $1',
    [client.clientId],
  );
  expect(rows).toHaveLength(1);
  expect(rows[0].row).not.toContain(secret);
});

test('its token says what the client has, and no more than is asked for', async () => {
  const acme = await organization();
  const { client, secret } = await make(acme);
  const all = await token(client.clientId, secret);
  expect(all).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3600, scope: 'deploy:applications read:deployments' },
  });
  const claims = await door.client.validateToken<Record<string, unknown>>(all.body.access_token, {
    issuer: door.url,
    audience: settings.audience,
    requiredScopes: ['read:deployments'],
  });
  expect(claims).toMatchObject({
    sub: client.clientId,
    client_id: client.clientId,
    oid: acme,
    aud: settings.audience,
    scope: 'deploy:applications read:deployments',
    scopes: settings.scopes,
    custom_claims: { stage: 'production' },
    jti: expect.stringMatching(/^tkn_/),
  });
  const some = await token(client.clientId, secret, 'read:deployments manage:everything');
  expect(decodeJwt(some.body.access_token).scopes).toEqual(['read:deployments']);
  await m2m().updateOrganizationClient(acme, client.clientId, { scopes: ['deploy:applications'] });
  const later = await token(client.clientId, secret, 'read:deployments');
  expect(decodeJwt(later.body.access_token).scopes).toEqual([]);
});

test('the field’s client works with the credentials of an organization, and manages nothing with them', async () => {
  const { client, secret } = await make(await organization(), { audience: undefined });
  const own = new ScalekitClient(door.url, client.clientId, secret);
  const got = await own.getClientAccessToken();
  expect(decodeJwt(got).aud).toEqual([client.clientId]);
  await expect(own.organization.listOrganization({ pageSize: 10 } as never)).rejects.toMatchObject({
    httpStatus: 403,
  });
  const management = await door.api('GET', '/organizations', undefined, { authorization: `Bearer ${got}` });
  expect(management.status).toBe(401);
});

test('several secrets work at once; one that is removed does not from then on', async () => {
  const acme = await organization();
  const { client, secret: first } = await make(acme);
  const added = await m2m().addOrganizationClientSecret(acme, client.clientId);
  expect(added.secret).toMatchObject({ secretSuffix: added.plainSecret.slice(-4), status: 0 });
  for (const secret of [first, added.plainSecret])
    expect((await token(client.clientId, secret)).status).toBe(200);
  const { secrets } = (await m2m().getOrganizationClient(acme, client.clientId)).client!;
  expect(secrets.map(({ lastUsedTime }) => lastUsedTime !== undefined)).toEqual([true, true]);
  await m2m().removeOrganizationClientSecret(acme, client.clientId, client.secrets[0]!.id);
  expect(await token(client.clientId, first)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect((await token(client.clientId, added.plainSecret)).status).toBe(200);
  await expect(
    m2m().removeOrganizationClientSecret(acme, client.clientId, client.secrets[0]!.id),
  ).rejects.toThrow(ScalekitNotFoundException);
});

test('nobody gets a token for a deleted client, a wrong secret, or an organization that is disabled or gone', async () => {
  const acme = await organization();
  const [one, other] = [await make(acme), await make(acme)];
  expect((await token(one.client.clientId, 'wrong')).status).toBe(401);
  expect((await token(one.client.clientId, other.secret)).status).toBe(401);
  await m2m().deleteOrganizationClient(acme, one.client.clientId);
  expect((await token(one.client.clientId, one.secret)).status).toBe(401);
  const [{ id }] = await door.sql(
    'select organization_id as id from organization_clients where application_id = $1',
    [other.client.clientId],
  );
  await door.sql('update organizations set disabled_at = 1 where id = $1', [id]);
  expect(await token(other.client.clientId, other.secret)).toMatchObject({
    status: 403,
    body: { error: 'access_denied' },
  });
  await expect(make(acme)).rejects.toThrow(ScalekitBadRequestException);
  await door.sql('update organizations set disabled_at = null where id = $1', [id]);
  expect((await token(other.client.clientId, other.secret)).status).toBe(200);
  await door.api('DELETE', `/organizations/${id}`);
  expect((await token(other.client.clientId, other.secret)).status).toBe(401);
  expect(await door.sql('select 1 from applications where id = $1', [other.client.clientId])).toEqual([]);
});

test('a client of another organization does not exist', async () => {
  const [acme, other] = [await organization(), await organization()];
  const { client } = await make(acme);
  for (const call of [
    () => m2m().getOrganizationClient(other, client.clientId),
    () => m2m().updateOrganizationClient(other, client.clientId, { name: 'x' }),
    () => m2m().deleteOrganizationClient(other, client.clientId),
    () => m2m().addOrganizationClientSecret(other, client.clientId),
    () => m2m().removeOrganizationClientSecret(other, client.clientId, client.secrets[0]!.id),
    () => m2m().getOrganizationClient(acme, 'm2morg_1'),
    () => m2m().createOrganizationClient('org_1234567890123456789', settings),
    () => m2m().listOrganizationClients('org_1234567890123456789'),
  ])
    await expect(call()).rejects.toThrow(ScalekitNotFoundException);
  expect((await m2m().getOrganizationClient(acme, client.clientId)).client).toEqual(client);
});

test('what a client cannot be is refused, and nothing is made', async () => {
  const acme = await organization();
  for (const unfit of [
    { name: 'x'.repeat(129) },
    { description: 'x'.repeat(513) },
    { scopes: ['with space'] },
    { scopes: Array.from({ length: 101 }, (_, i) => `s${i}`) },
    { audience: [''] },
    { customClaims: { a: 'x'.repeat(1025) } },
    { customClaims: { '': 'x' } },
  ])
    await expect(make(acme, unfit), Object.keys(unfit).join()).rejects.toThrow(ScalekitBadRequestException);
  expect((await m2m().listOrganizationClients(acme)).clients).toEqual([]);
});

test('clients are listed newest first, page by page', async () => {
  const acme = await organization();
  const made: string[] = [];
  for (let i = 0; i < 12; i++) {
    made.unshift((await make(acme)).client.clientId);
    door.advance(5);
  }
  const first = await m2m().listOrganizationClients(acme, { pageSize: 10 });
  await make(acme);
  const second = await m2m().listOrganizationClients(acme, { pageSize: 10, pageToken: first.nextPageToken });
  expect([...first.clients, ...second.clients].map(({ clientId }) => clientId)).toEqual(made);
  expect(second.nextPageToken).toBe('');
  await expect(m2m().listOrganizationClients(acme, { pageToken: 'nonsense' })).rejects.toThrow(
    ScalekitBadRequestException,
  );
});

test('one secret removed by many at once is removed once', async () => {
  const acme = await organization();
  const { client } = await make(acme);
  const answers = await parallel(6, () =>
    m2m()
      .removeOrganizationClientSecret(acme, client.clientId, client.secrets[0]!.id)
      .then(
        () => 'removed',
        (error: { httpStatus: number }) => error.httpStatus,
      ),
  );
  expect(answers.sort()).toEqual([404, 404, 404, 404, 404, 'removed']);
});
