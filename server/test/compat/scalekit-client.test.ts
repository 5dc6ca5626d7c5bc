/** The field's client finds its way in by itself: no token, then one, then an answer. */
import { expect, test } from 'vitest';
import { clientOf, openDoor, unique } from '../../src/doors/scalekit/fixture.ts';

const door = openDoor();

test('the client authenticates itself with its first call', async () => {
  const name = unique('Acme');
  const { organization } = await door.client.organization.createOrganization(name);
  expect(organization).toMatchObject({ id: expect.stringMatching(/^org_\d{19}$/), displayName: name });
  const found = await door.client.organization.getOrganization(organization!.id);
  expect(found.organization).toEqual(organization);
});

test('the client gets itself another token when the first has expired', async () => {
  const client = clientOf(door);
  await client.organization.listOrganization();
  door.advance(25 * 3_600_000);
  const { organizations } = await client.organization.listOrganization();
  expect(organizations.length).toBeGreaterThan(0);
});

test('with a wrong secret nothing is answered, and the reason is OAuth’s', async () => {
  const client = clientOf(door, { clientId: 'test-management', clientSecret: 'wrong' });
  await expect(client.organization.listOrganization()).rejects.toMatchObject({
    response: { status: 401, data: { error: 'invalid_client' } },
  });
});
