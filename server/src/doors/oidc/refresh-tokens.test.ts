import { afterAll, beforeAll, expect, test } from 'vitest';
import { countBy, day, makeUser, parallel } from '../../../test/builders.ts';
import { type TestApp, testApp } from '../../../test/harness.ts';
import {
  comeIn,
  makeClient,
  payloadOf,
  redeemed,
  refreshed,
  request,
  type TestClient,
  type Tokens,
  visitor,
} from '../../../test/visitor.ts';

let t: TestApp;
let spa: TestClient;
let web: TestClient;
let native: TestClient;
let ann: string;

beforeAll(async () => {
  t = await testApp();
  [spa, web, native] = [
    await makeClient(t, 'SPA'),
    await makeClient(t, 'Traditional'),
    await makeClient(t, 'Native'),
  ];
  ann = await makeUser(t, 'ann@example.com');
});
afterAll(() => t.close());

const graceMs = 3000;
const isRefused = (answer: Tokens) =>
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant', code: 'oidc.invalid_grant' } });
const fresh = async (client: TestClient) => (await comeIn(t, client, ann)).body.refresh_token as string;
const next = async (client: TestClient, token: string) => {
  const answer = await refreshed(t, client, token);
  expect(answer.status).toBe(200);
  return answer.body.refresh_token as string;
};

test('applications without a secret get a new refresh token at every use', async () => {
  for (const client of [spa, native]) {
    const first = await fresh(client);
    const second = await next(client, first);
    expect(second).not.toBe(first);
    expect(await next(client, second)).not.toBe(second);
  }
});

test('a used refresh token works for three more seconds and gives the same successor; then it ends the whole grant', async () => {
  const first = await fresh(spa);
  const second = await next(spa, first);
  expect(await next(spa, first)).toBe(second);
  t.advance(graceMs);
  isRefused(await refreshed(t, spa, first));
  isRefused(await refreshed(t, spa, second));
});

// Without `and consumed_at is null` in useUp(), or with a random successor, two lines of tokens come of this.
test('one refresh token used by many at once goes on as one line', async () => {
  for (let round = 0; round < 5; round++) {
    const first = await fresh(spa);
    const answers = await parallel(12, () => refreshed(t, spa, first));
    expect(countBy(answers, ({ status }) => status)).toEqual({ 200: 12 });
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    const grantId = await grantOf(first);
    const living = await t.sql(
      "select 1 from oidc_records where model = 'RefreshToken' and grant_id = $1 and consumed_at is null",
      [grantId],
    );
    expect(living).toHaveLength(1);
    expect(await next(spa, answers[0]!.body.refresh_token)).toEqual(expect.any(String));
  }
});

async function grantOf(refreshToken: string): Promise<string> {
  const [row] = await t.sql(
    "select grant_id from oidc_records where id = rtrim(translate(encode(sha256($1::bytea), 'base64'), '+/', '-_'), '=')",
    [refreshToken],
  );
  return row.grant_id;
}

test('a stolen token is found out: whoever comes second, thief or owner, ends the line for both', async () => {
  const first = await fresh(spa);
  const stolen = await next(spa, first);
  const grantId = await grantOf(stolen);
  const theirs = await next(spa, stolen);
  t.advance(graceMs);
  isRefused(await refreshed(t, spa, stolen));
  isRefused(await refreshed(t, spa, theirs));
  expect(await t.sql('select 1 from oidc_records where $1 in (id, grant_id)', [grantId])).toEqual([]);
});

test('one code exchanged by many at once gives one set of tokens, and a second use ends what the first gave', async () => {
  for (const client of [spa, web]) {
    const { url, verifier } = request(t, client);
    const back = (await visitor(t).follow(url, ann)) as URL;
    const code = back.searchParams.get('code')!;
    const answers = await parallel(10, () => redeemed(t, client, code, verifier));
    expect(countBy(answers, ({ status }) => status)).toEqual({ 200: 1, 400: 9 });
    const given = answers.find(({ status }) => status === 200)!.body;
    isRefused(await refreshed(t, client, given.refresh_token));
    const me = await fetch(`${t.url}/oidc/me`, {
      headers: { authorization: `Bearer ${given.access_token}` },
    });
    expect(me.status).toBe(401);
  }
});

test('a code is good for sixty seconds', async () => {
  const { url, verifier } = request(t, spa);
  const back = (await visitor(t).follow(url, ann)) as URL;
  t.advance(61_000);
  isRefused(await redeemed(t, spa, back.searchParams.get('code')!, verifier));
});

test('applications with a secret keep their token until most of its life is over', async () => {
  const first = await fresh(web);
  expect(await next(web, first)).toBe(first);
  t.advance(9 * day);
  expect(await next(web, first)).toBe(first);
  t.advance(day);
  const second = await next(web, first);
  expect(second).not.toBe(first);
  t.advance(13 * day);
  expect(await next(web, second)).not.toBe(second);
});

test('rotation can be turned off', async () => {
  const still = await makeClient(t, 'SPA', { customClientMetadata: { rotateRefreshToken: false } });
  const first = await fresh(still);
  expect(await next(still, first)).toBe(first);
});

test('tokens of applications in browsers never outlive the first; native ones begin anew; no token is replaced after a year', async () => {
  let [page, phone] = [await fresh(spa), await fresh(native)];
  t.advance(10 * day);
  [page, phone] = [await next(spa, page), await next(native, phone)];
  t.advance(5 * day);
  isRefused(await refreshed(t, spa, page));
  phone = await next(native, phone);
  await t.sql(
    `update oidc_records set payload = jsonb_set(payload, '{iiat}', ((payload->>'iiat')::bigint - 366 * 86400)::text::jsonb)
      where model = 'RefreshToken'`,
  );
  expect(await next(native, phone)).toBe(phone);
});

test.each([
  [{ refreshTokenTtlInDays: 2 }, 2 * day],
  [{ refreshTokenTtl: 3600 }, 3_600_000],
  [{ refreshTokenTtlInDays: 1, refreshTokenTtl: 3600 }, day],
])('with %j a refresh token lives so long', async (customClientMetadata, lifeMs) => {
  const client = await makeClient(t, 'SPA', { customClientMetadata });
  const token = await fresh(client);
  t.advance(lifeMs - 10_000);
  const second = await next(client, token);
  t.advance(11_000);
  isRefused(await refreshed(t, client, second));
});

test('an ID token lives as long as the application says', async () => {
  const client = await makeClient(t, 'SPA', { customClientMetadata: { idTokenTtl: 300 } });
  const { body } = await comeIn(t, client, ann);
  const { exp, iat } = payloadOf(body.id_token);
  expect(exp - iat).toBe(300);
});

test('a refresh token is good for its own application only, and whoever else shows it does it no harm', async () => {
  const other = await makeClient(t, 'SPA');
  const token = await fresh(spa);
  isRefused(await refreshed(t, other, token));
  isRefused(await refreshed(t, web, token));
  await next(spa, token);
});

test('refusals leave the refresh token as it was', async () => {
  const token = await fresh(spa);
  expect((await refreshed(t, spa, token, { organization_id: 'unknown' })).status).toBe(403);
  expect((await refreshed(t, spa, token, { resource: 'https://unknown.example' })).status).toBe(400);
  expect((await refreshed(t, spa, token, { scope: 'email' })).status).toBe(400);
  t.advance(graceMs + 1);
  await next(spa, token);
});

test('no row of the database holds the value of a code, token or session', async () => {
  const { body, browser, code } = await comeIn(t, spa, ann);
  const session = [...browser.cookies.values()].find(({ name }) => name === 'usher_session')!.value;
  const { url } = request(t, spa, { prompt: 'login' });
  await browser.get(url);
  const rows = await t.sql<{ row: string }>(
    'select r::text as row from oidc_records r union all select s::text from sessions s union all select j::text from journal j',
  );
  expect(rows.length).toBeGreaterThan(10);
  for (const secret of [code, body.access_token, body.refresh_token, session])
    expect(rows.filter(({ row }) => row.includes(secret))).toEqual([]);
});

test('a secret that is wrong, and one that is missing, let nobody use a token', async () => {
  const token = await fresh(web);
  const wrong = await refreshed(t, { ...web, secret: 'wrong' }, token);
  expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  const none = await refreshed(t, { ...web, secret: undefined }, token);
  expect(none).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  const asSpa = await refreshed(t, { ...spa, secret: 'anything' }, token);
  expect(asSpa.status).toBe(401);
});
