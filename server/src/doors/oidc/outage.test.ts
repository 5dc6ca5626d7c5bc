import { expect, test } from 'vitest';
import { ask, management, openDoor, seed, testDatabase } from './fixture.ts';

test('while the database is away a token request is told to come again, not that it is wrong', async () => {
  const database = await testDatabase();
  const db = database.open();
  await seed(db, Date.now());
  const door = await openDoor(db);
  await db.close();
  const { status, body } = await ask(door, { resource: management });
  expect(body).toMatchObject({ code: 'oidc.temporarily_unavailable', error: 'temporarily_unavailable' });
  expect(status).toBe(503);
  expect((await fetch(`${door.url}/jwks`)).status).toBe(200);
  expect(door.problems.length).toBeGreaterThan(0);
  await door.close();
  await database.close();
});
