/** An expiry is told once: by the clock, by somebody who wants the place, by several servers at once. */
import { expect, test } from 'vitest';
import { announceExpired } from '../../src/domain/invitations/expiries.ts';
import { appForTest, type TestApp } from '../harness.ts';

const day = 86_400_000;
const look = (app: TestApp) => app.app.act({ kind: 'system', id: 'clock' }, announceExpired);
const told = (app: TestApp) =>
  app.sql<{ id: string }>(
    "select subject_id as id from journal where type = 'invitation.expired' order by 1",
  );

async function invited(app: TestApp, organizationId: string, invitee: string, expiresAt = app.now() + day) {
  const answer = await app.api('POST', '/organization-invitations', { organizationId, invitee, expiresAt });
  expect(answer.status).toBe(201);
  return answer.body.id as string;
}

test('what expired is told within seconds and once, however many servers look at the same time', async () => {
  const app = await appForTest();
  const other = await appForTest({ database: app.database });
  const org = (await app.api('POST', '/organizations', { name: 'Acme' })).body.id;
  await look(app);
  const ids = [await invited(app, org, 'a@example.com'), await invited(app, org, 'b@example.com')];
  const revoked = await invited(app, org, 'c@example.com');
  await app.api('PUT', `/organization-invitations/${revoked}/status`, { status: 'Revoked' });
  await look(app);
  expect(await told(app)).toEqual([]);
  for (const one of [app, other]) one.advance(day + 1000);
  await Promise.all(Array.from({ length: 10 }, (_, n) => look(n % 2 ? app : other)));
  await look(app);
  expect((await told(app)).map((row) => row.id)).toEqual([...ids].sort());
});

test('what expired before anybody looked for the first time is no news', async () => {
  const app = await appForTest();
  const org = (await app.api('POST', '/organizations', { name: 'Acme' })).body.id;
  await app.sql('delete from expiry_watches');
  await invited(app, org, 'a@example.com');
  app.advance(2 * day);
  await look(app);
  app.advance(day);
  await look(app);
  expect(await told(app)).toEqual([]);
});

test('whoever wants the place of an expired invitation tells it, and the clock does not again; a renewed one expires anew', async () => {
  const app = await appForTest();
  const org = (await app.api('POST', '/organizations', { name: 'Acme' })).body.id;
  await look(app);
  const first = await invited(app, org, 'a@example.com');
  app.advance(day + 1000);
  const second = await invited(app, org, 'a@example.com');
  expect((await told(app)).map((row) => row.id)).toEqual([first]);
  await look(app);
  expect(await told(app)).toHaveLength(1);
  app.advance(day + 1000);
  await look(app);
  expect((await told(app)).map((row) => row.id)).toEqual([first, second].sort());
  await app.api('POST', `/organization-invitations/${second}/renew`, { expiresAt: app.now() + day });
  app.advance(day + 1000);
  await look(app);
  expect((await told(app)).map((row) => row.id)).toEqual([first, second, second].sort());
});

test('freeing seats tells each of the expired, once', async () => {
  const app = await appForTest();
  const org = (await app.api('POST', '/organizations', { name: 'Acme' })).body.id;
  await look(app);
  await app.api('PUT', `/organizations/${org}/seats`, { limit: 2 });
  const ids = [await invited(app, org, 'a@example.com'), await invited(app, org, 'b@example.com')];
  app.advance(day + 1000);
  await invited(app, org, 'c@example.com');
  await look(app);
  expect((await told(app)).map((row) => row.id)).toEqual([...ids].sort());
});
