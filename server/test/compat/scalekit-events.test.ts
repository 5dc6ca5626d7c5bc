/** Events, listed with the field's client, unmodified, and webhooks that it accepts. */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { clientOf, newAddress, openDoor } from '../../src/doors/scalekit/fixture.ts';
import { openReceiver } from '../webhooks/receiver.ts';

const door = openDoor({ config: { webhookNetworks: ['127.0.0.0/8'] } });

const organization = async () =>
  (await door.client.organization.createOrganization('Acme', { externalId: newAddress() })).organization!;
const list = async (size?: number, token?: string, filter?: object) =>
  door.client.events.listEventsPaginated(size, token, filter as never);

async function invited(organizationId: string) {
  const email = newAddress();
  const { user } = await door.client.user.createUserAndMembership(organizationId, {
    email,
    userProfile: { firstName: 'Ann', lastName: 'Lee' },
  });
  return { id: user!.id, email };
}

test('listEventsPaginated tells what happened in an organization, newest first, in its words', async () => {
  const acme = await organization();
  const ann = await invited(acme.id);
  const { events, nextPageToken, prevPageToken } = await list(undefined, undefined, {
    organizationId: acme.id,
  });
  expect(events.map(({ type }) => type)).toEqual(['user.organization_invitation', 'organization.created']);
  expect([nextPageToken, prevPageToken]).toEqual(['', '']);
  const [invitation, created] = events;
  expect(invitation).toMatchObject({
    specVersion: '1',
    id: expect.stringMatching(/^evt_\d+$/),
    organizationId: acme.id,
    environmentId: expect.stringMatching(/^env_\d+$/),
    object: 31,
    data: {
      organization: { id: acme.id, display_name: 'Acme', external_id: acme.externalId },
      user: { id: ann.id, email: ann.email, user_profile: { given_name: 'Ann', family_name: 'Lee' } },
    },
  });
  expect(created).toMatchObject({ object: 3, data: { organization: { id: acme.id } } });
  expect(Number(created!.occurredAt!.seconds)).toBeGreaterThan(1_600_000_000);
});

test('pages are of ten, never of more than a hundred, and stand still while more happens', async () => {
  const acme = await organization();
  for (let n = 0; n < 24; n++)
    await door.client.organization.updateOrganization(acme.id, { displayName: `Acme ${n}` });
  const filter = { organizationId: acme.id };
  const first = await list(undefined, undefined, filter);
  expect(first.events).toHaveLength(10);
  await invited(acme.id);
  const second = await list(10, first.nextPageToken, filter);
  const third = await list(10, second.nextPageToken, filter);
  const ids = [first, second, third].flatMap(({ events }) => events.map(({ id }) => id));
  expect(new Set(ids).size).toBe(25);
  expect(third.nextPageToken).toBe('');
  const back = await list(10, third.prevPageToken, filter);
  expect(back.events.map(({ id }) => id)).toEqual(second.events.map(({ id }) => id));
  expect((await list(5000, undefined, filter)).events).toHaveLength(26);
  await expect(list(10, 'nonsense', filter)).rejects.toMatchObject({ httpStatus: 400 });
  await expect(list(10, first.nextPageToken, {})).rejects.toMatchObject({ httpStatus: 400 });
});

test('filters: types, times, organizations; what nothing here can be about gives nothing', async () => {
  const [acme, globex] = [await organization(), await organization()];
  await invited(acme.id);
  await invited(globex.id);
  const types = async (filter: object) => (await list(100, undefined, filter)).events.map(({ type }) => type);
  const invitation = 'user.organization_invitation';
  expect(await types({ organizationId: acme.id, eventTypes: [invitation] })).toEqual([invitation]);
  expect(await types({ organizationId: acme.id, eventTypes: ['directory.user_created'] })).toEqual([]);
  expect(await types({ organizationId: 'org_0000000000000000001' })).toEqual([]);
  expect(await types({ organizationId: acme.id, connectionId: 'conn_1' })).toEqual([]);
  expect(await types({ organizationId: acme.id, endTime: timestampFromMs(1000) })).toEqual([]);
  expect(await types({ organizationId: acme.id, startTime: timestampFromMs(1000) })).toHaveLength(2);
  await door.client.organization.deleteOrganization(globex.id);
  expect(await types({ organizationId: globex.id })).toContain('organization.deleted');
});

test('an unknown client lists nothing', async () => {
  const stranger = clientOf(door, { clientId: 'nobody', clientSecret: 'nothing' });
  await expect(stranger.events.listEventsPaginated()).rejects.toThrow();
});

test('webhooks in its words: verifyWebhookPayload accepts them, before, while and after the secret changes', async () => {
  const receiver = await openReceiver();
  const hook = (await door.api('POST', '/webhooks', { url: receiver.url, format: 'scalekit', events: ['*'] }))
    .body;
  const acme = await organization();
  await invited(acme.id);
  const { user } = await door.client.user.createUserAndMembership(acme.id, {
    email: newAddress(),
    sendInvitationEmail: false,
  });
  await door.drain();
  expect(receiver.received.map(({ body }) => body.type)).toEqual([
    'organization.created',
    'user.organization_invitation',
    'user.organization_membership_created',
  ]);
  const verified = (secret: string, { headers, text }: (typeof receiver.received)[number]) =>
    door.client.verifyWebhookPayload(secret, headers as Record<string, string>, text);
  for (const one of receiver.received) expect(verified(hook.secret, one)).toBe(true);
  expect(() => verified(`whsec_${Buffer.alloc(32).toString('base64')}`, receiver.received[0]!)).toThrow();
  const joined = receiver.received[2]!.body;
  expect(joined).toMatchObject({
    spec_version: '1',
    object: 'OrgMembership',
    organization_id: acme.id,
    data: { organization: { id: acme.id }, user: { id: user!.id } },
    display_name: 'Organization membership created',
  });
  const { events } = await list(1, undefined, { organizationId: acme.id });
  expect(events[0]!.id).toBe(joined.id);

  const { body } = await door.api('POST', `/webhooks/${hook.id}/secret`);
  await organization();
  await door.drain();
  for (const secret of [hook.secret, body.secret])
    expect(verified(secret, receiver.received.at(-1)!)).toBe(true);
  await door.api('DELETE', `/webhooks/${hook.id}`);
});

test('events that cannot be told are refused, not silently never sent', async () => {
  const answer = await door.api('POST', '/webhooks', {
    url: 'https://example.com',
    format: 'scalekit',
    events: ['organization.created', 'organization.directory_enabled'],
  });
  expect(answer).toMatchObject({ status: 400 });
  expect(answer.body.data.issues).toMatchObject([{ path: ['body', 'events', '1'] }]);
});
