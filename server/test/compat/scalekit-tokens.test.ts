/** API tokens by the field's client, unmodified, over a socket. */
import { createHash } from 'node:crypto';
import {
  ScalekitBadRequestException,
  ScalekitNotFoundException,
  ScalekitValidateTokenFailureException,
} from '@scalekit-sdk/node';
import { expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { parallel } from '../builders.ts';
import { makePerson } from '../joining.ts';

const door = openDoor();
const tokens = () => door.client.token;

const organization = async () =>
  (await door.client.organization.createOrganization(unique('Acme'))).organization!.id;
const own = async (table: 'users' | 'organizations', name: string): Promise<string> =>
  (await door.sql(`select id from ${table} where public_number(id) = $1`, [name.slice(4)]))[0].id;

/** A member of the organization with a role, by both names. */
async function member(organizationName: string) {
  const organizationId = await own('organizations', organizationName);
  const id = await makePerson(door);
  await door.api('POST', `/organizations/${organizationId}/users`, { userIds: [id] });
  await door.api('POST', `/organizations/${organizationId}/users/${id}/roles`, {
    organizationRoleNames: ['member'],
  });
  const [{ n }] = await door.sql('select public_number($1)::text as n', [id]);
  return { id, organizationId, name: `usr_${n.padStart(19, '0')}` };
}

const at = (ms: number) => ({ seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 }) as never;
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'valid',
    (error) => (error instanceof ScalekitValidateTokenFailureException ? 'refused' : error),
  );

test('a token of an organization: made, validated by value and by id, its value stored nowhere', async () => {
  const acme = await organization();
  const made = await tokens().createToken(acme, { description: 'CI', customClaims: { env: 'production' } });
  expect(made).toMatchObject({
    token: expect.stringMatching(/^uat_[\w-]{43}$/),
    tokenId: expect.stringMatching(/^apit_\d+$/),
    tokenInfo: {
      tokenId: made.tokenId,
      organizationId: acme,
      customClaims: { env: 'production' },
      description: 'CI',
      tokenSuffix: made.token.slice(-4),
      roles: [],
    },
  });
  expect(made.tokenInfo!.userId).toBeUndefined();
  expect(made.tokenInfo!.expiry).toBeUndefined();
  expect((await tokens().validateToken(made.token)).tokenInfo).toEqual(made.tokenInfo);
  expect((await tokens().validateToken(made.tokenId)).tokenInfo).toEqual(made.tokenInfo);
  const [row] = await door.sql(
    "select row_to_json(k)::text as row, encode(digest, 'hex') as digest from api_tokens k",
  );
  expect(row.row).not.toContain(made.token);
  expect(row.digest).toBe(createHash('sha256').update(made.token).digest('hex'));
});

test('a token of a person says who they are and which roles they have now', async () => {
  const acme = await organization();
  const { id, name, organizationId } = await member(acme);
  await door.sql("update users set external_id = 'mine' where id = $1", [id]);
  const { token, tokenInfo } = await tokens().createToken(acme, { userId: name });
  const [{ primary_email: email }] = await door.sql('select primary_email from users where id = $1', [id]);
  expect(tokenInfo).toMatchObject({ userId: name, email, userExternalId: 'mine', roles: ['member'] });
  await door.api('PUT', `/organizations/${organizationId}/users/${id}/roles`, {
    organizationRoleNames: ['admin'],
  });
  expect((await tokens().validateToken(token)).tokenInfo!.roles).toEqual(['admin']);
});

test('a token means nothing after it was invalidated, which may be done again', async () => {
  const acme = await organization();
  const [byValue, byId] = [await tokens().createToken(acme), await tokens().createToken(acme)];
  for (let i = 0; i < 2; i++) {
    await tokens().invalidateToken(byValue.token);
    await tokens().invalidateToken(byId.tokenId);
  }
  expect(await parallel(2, (i) => codeOf(tokens().validateToken([byValue, byId][i]!.token)))).toEqual([
    'refused',
    'refused',
  ]);
  await expect(tokens().updateToken(byId.tokenId, { description: 'x' })).rejects.toMatchObject({
    errorCode: 'TOKEN_INVALIDATED',
  });
  const told = await door.sql("select 1 from events where type = 'api_token.invalidated'");
  expect(told).toHaveLength(2);
  await expect(tokens().invalidateToken('apit_1')).rejects.toThrow(ScalekitNotFoundException);
});

test('a token means nothing after its time', async () => {
  const acme = await organization();
  const { token, tokenInfo } = await tokens().createToken(acme, { expiry: at(door.now() + 60_000) });
  expect(tokenInfo!.expiry).toBeDefined();
  expect(await codeOf(tokens().validateToken(token))).toBe('valid');
  door.advance(61_000);
  expect(await codeOf(tokens().validateToken(token))).toBe('refused');
  expect((await tokens().listTokens(acme)).tokens).toEqual([]);
  await expect(tokens().createToken(acme, { expiry: at(door.now() - 1000) })).rejects.toThrow(
    ScalekitBadRequestException,
  );
});

test('what is no token, forged or unknown is refused', async () => {
  for (const nothing of ['nonsense', `uat_${'x'.repeat(43)}`, 'apit_1', `apit_${'1'.repeat(32)}`])
    expect(await codeOf(tokens().validateToken(nothing)), nothing).toBe('refused');
});

test('a token means nothing while its organization is disabled, and nothing once that is gone', async () => {
  const acme = await organization();
  const { token } = await tokens().createToken(acme);
  const id = await own('organizations', acme);
  await door.sql('update organizations set disabled_at = 1 where id = $1', [id]);
  await expect(tokens().validateToken(token)).rejects.toThrow('[permission_denied]');
  await expect(tokens().createToken(acme)).rejects.toThrow(ScalekitBadRequestException);
  await door.sql('update organizations set disabled_at = null where id = $1', [id]);
  expect(await codeOf(tokens().validateToken(token))).toBe('valid');
  await door.api('DELETE', `/organizations/${id}`);
  expect(await codeOf(tokens().validateToken(token))).toBe('refused');
});

test('a person’s token means nothing while they are suspended, and nothing once they have left', async () => {
  const acme = await organization();
  const { id, name, organizationId } = await member(acme);
  const { token } = await tokens().createToken(acme, { userId: name });
  for (const [suspend, reinstate] of [
    ['update users set suspended_at = 1 where id = $1', 'update users set suspended_at = null where id = $1'],
    [
      'update members set suspended_at = 1 where user_id = $1',
      'update members set suspended_at = null where user_id = $1',
    ],
  ] as const) {
    await door.sql(suspend, [id]);
    await expect(tokens().validateToken(token)).rejects.toThrow('[permission_denied]');
    await door.sql(reinstate, [id]);
    expect(await codeOf(tokens().validateToken(token))).toBe('valid');
  }
  await door.api('DELETE', `/organizations/${organizationId}/users/${id}`);
  expect(await codeOf(tokens().validateToken(token))).toBe('refused');
  await expect(tokens().createToken(acme, { userId: name })).rejects.toThrow(ScalekitNotFoundException);
});

test('claims are replaced whole, a description is cleared, what is not sent stays', async () => {
  const { token, tokenId } = await tokens().createToken(await organization(), {
    description: 'CI',
    customClaims: { a: '1', b: '2' },
  });
  const replaced = await tokens().updateToken(tokenId, { customClaims: { c: '3' } });
  expect(replaced.tokenInfo).toMatchObject({ description: 'CI', customClaims: { c: '3' } });
  const cleared = await tokens().updateToken(token, { description: '' });
  expect(cleared.tokenInfo!.description).toBeUndefined();
  expect(cleared.tokenInfo!.customClaims).toEqual({ c: '3' });
  expect((await tokens().validateToken(token)).tokenInfo).toEqual(cleared.tokenInfo);
  await expect(tokens().updateToken('apit_1', { description: 'x' })).rejects.toThrow(
    ScalekitNotFoundException,
  );
});

test('active tokens are listed newest first, page by page, of the organization or of one person', async () => {
  const acme = await organization();
  const { name } = await member(acme);
  const made: string[] = [];
  for (let i = 0; i < 5; i++) {
    made.unshift((await tokens().createToken(acme, i === 0 ? { userId: name } : {})).tokenId);
    door.advance(5);
  }
  const first = await tokens().listTokens(acme, { pageSize: 3 });
  await tokens().createToken(acme);
  const second = await tokens().listTokens(acme, { pageSize: 3, pageToken: first.nextPageToken });
  expect([...first.tokens, ...second.tokens].map(({ tokenId }) => tokenId)).toEqual(made);
  expect([first.totalCount, second.totalCount, second.nextPageToken]).toEqual([5, 6, '']);
  expect((await tokens().listTokens(acme, { userId: name })).tokens.map(({ tokenId }) => tokenId)).toEqual([
    made[4],
  ]);
  await tokens().invalidateToken(made[0]!);
  expect((await tokens().listTokens(acme, { pageSize: 30 })).tokens).toHaveLength(5);
  expect((await tokens().listTokens(await organization())).tokens).toEqual([]);
  await expect(tokens().listTokens(acme, { pageSize: 31 })).rejects.toThrow(ScalekitBadRequestException);
  await expect(tokens().listTokens('org_1234567890123456789')).rejects.toThrow(ScalekitNotFoundException);
});

test('what a token cannot be is refused', async () => {
  const acme = await organization();
  const claims = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v']));
  for (const unfit of [
    { description: 'x'.repeat(256) },
    { customClaims: claims },
    { customClaims: { ['k'.repeat(31)]: 'v' } },
    { customClaims: { k: '' } },
  ])
    await expect(tokens().createToken(acme, unfit)).rejects.toThrow(ScalekitBadRequestException);
  await expect(tokens().createToken('org_1234567890123456789')).rejects.toThrow(ScalekitNotFoundException);
  await expect(tokens().createToken(acme, { userId: 'usr_1234567890123456789' })).rejects.toThrow(
    ScalekitNotFoundException,
  );
});
