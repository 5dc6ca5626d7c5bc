/** The field's client finds its way in by itself: no token, then one, then an answer. */
import { expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';

const door = openDoor();

test('the client authenticates itself with its first call', async () => {
  const name = unique('Acme');
  const { organization } = await door.client.organization.createOrganization(name);
  expect(organization).toMatchObject({ id: expect.stringMatching(/^org_\d{19}$/), displayName: name });
  const found = await door.client.organization.getOrganization(organization!.id);
  expect(found.organization).toEqual(organization);
});
