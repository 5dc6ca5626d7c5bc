/** Every method of the client for organizations, and what each refuses. */
import {
  ScalekitBadRequestException,
  ScalekitConflictException,
  ScalekitNotFoundException,
  ScalekitNotImplementedException,
} from '@scalekit-sdk/node';
import { beforeAll, expect, test } from 'vitest';
import { openDoor, unique } from '../../src/doors/scalekit/fixture.ts';
import { callback, codeOf, makeMember, registerPlaces } from '../../src/doors/scalekit/oauth/fixture.ts';
import { visitor } from '../visitor.ts';

const door = openDoor();
beforeAll(() => registerPlaces(door));
const nobody = `org_${'1'.repeat(19)}`;

async function make(options?: { externalId?: string; logoUrl?: string; slug?: string }) {
  const { organization } = await door.client.organization.createOrganization(unique('Acme'), options);
  return organization!;
}

test('an organization is made with what the application calls it, and found by that and by its id', async () => {
  const externalId = unique('ext');
  const slug = unique('slug');
  const logoUrl = 'https://cdn.example/logo.png';
  const made = await make({ externalId, slug, logoUrl });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^org_\d{19}$/),
    externalId,
    slug,
    logoUrl,
    metadata: {},
  });
  expect(Math.abs(Number(made.createTime!.seconds) - door.now() / 1000)).toBeLessThan(60);
  const { organization: organizations } = door.client;
  expect((await organizations.getOrganization(made.id)).organization).toEqual(made);
  expect((await organizations.getOrganizationByExternalId(externalId)).organization).toEqual(made);
  await expect(organizations.getOrganization(nobody)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(organizations.getOrganization('org_1')).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(organizations.getOrganizationByExternalId('nobody')).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('an external id and a slug belong to one organization, and are free again with its deletion', async () => {
  const externalId = unique('ext');
  const slug = unique('slug');
  const first = await make({ externalId, slug });
  const other = await make();
  const { organization: organizations } = door.client;
  await expect(make({ externalId })).rejects.toMatchObject({ httpStatus: 409, errorCode: 'ALREADY_EXISTS' });
  await expect(make({ slug })).rejects.toBeInstanceOf(ScalekitConflictException);
  await expect(organizations.updateOrganization(other.id, { slug })).rejects.toBeInstanceOf(
    ScalekitConflictException,
  );
  await organizations.deleteOrganization(first.id);
  await expect(organizations.getOrganization(first.id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  await expect(organizations.deleteOrganization(first.id)).rejects.toBeInstanceOf(ScalekitNotFoundException);
  expect(await make({ externalId, slug })).toMatchObject({ externalId, slug });
});

test('of twenty organizations made at once under one slug there is one', async () => {
  const slug = unique('slug');
  const made = await Promise.allSettled(Array.from({ length: 20 }, () => make({ slug })));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a change leaves the rest as it is; an empty slug takes it away', async () => {
  const { organization: organizations } = door.client;
  const made = await make({ slug: unique('slug'), logoUrl: 'https://cdn.example/a.png' });
  const metadata = { plan: 'gold', seat_price: '12' };
  const { organization: changed } = await organizations.updateOrganization(made.id, {
    displayName: 'New name',
    metadata,
  });
  expect(changed).toMatchObject({
    displayName: 'New name',
    metadata,
    slug: made.slug,
    logoUrl: made.logoUrl,
  });
  const { organization: cleared } = await organizations.updateOrganization(made.id, {
    slug: '',
    logoUrl: '',
  });
  expect(cleared).toMatchObject({ displayName: 'New name', metadata });
  expect(cleared?.slug).toBeUndefined();
  expect(cleared?.logoUrl).toBeUndefined();
  const externalId = unique('ext');
  await organizations.updateOrganization(made.id, { externalId });
  const { organization: replaced } = await organizations.updateOrganizationByExternalId(externalId, {
    metadata: { plan: 'silver' },
  });
  expect(replaced).toMatchObject({ id: made.id, metadata: { plan: 'silver' } });
  await expect(organizations.updateOrganization(nobody, { displayName: 'x' })).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('bad fields are refused by name', async () => {
  const { organization: organizations } = door.client;
  const { id } = await make();
  const cases: [Promise<unknown>, string][] = [
    [organizations.createOrganization(''), 'organization.display_name'],
    [organizations.createOrganization('x'.repeat(201)), 'organization.display_name'],
    [organizations.createOrganization('   '), 'organization.display_name'],
    [organizations.createOrganization('x', { slug: 'Not A Slug' }), 'organization.slug'],
    [organizations.createOrganization('x', { logoUrl: 'javascript:alert(1)' }), 'organization.logo_url'],
    [organizations.updateOrganization(id, { metadata: { k: 'too short a key' } }), 'organization.metadata'],
    [organizations.updateOrganization(id, { slug: '-no-' }), 'organization.slug'],
    [organizations.listOrganization({ pageSize: 10, pageToken: 'rubbish' }), 'page_token'],
    [organizations.searchOrganization('ab'), 'query'],
    [organizations.searchOrganization('abc', 31), 'page_size'],
  ];
  for (const [refused, field] of cases) {
    const error = await refused.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error, field).toBeInstanceOf(ScalekitBadRequestException);
    const [{ validationErrorInfo }] = (error as ScalekitBadRequestException).unpackedDetails as any[];
    expect(validationErrorInfo.fieldViolations[0].field, field).toBe(field);
  }
});

test('pages go forwards and backwards through everybody once, whatever is added meanwhile', async () => {
  const { organization: organizations } = door.client;
  const made = [];
  for (let n = 0; n < 7; n++) made.push((await make()).id);
  const newest = [...made].reverse();
  const first = await organizations.listOrganization({ pageSize: 3, pageToken: '' });
  expect(first.organizations.map(({ id }) => id)).toEqual(newest.slice(0, 3));
  expect(first).toMatchObject({ prevPageToken: '', totalSize: expect.any(Number) });
  await make();
  const second = await organizations.listOrganization({ pageSize: 3, pageToken: first.nextPageToken });
  expect(second.organizations.map(({ id }) => id)).toEqual(newest.slice(3, 6));
  const back = await organizations.listOrganization({ pageSize: 3, pageToken: second.prevPageToken });
  expect(back.organizations.map(({ id }) => id)).toEqual(newest.slice(0, 3));
  expect(back.nextPageToken).not.toBe('');
  await expect(organizations.searchOrganization('Acme', 3, first.nextPageToken)).rejects.toBeInstanceOf(
    ScalekitBadRequestException,
  );
});

test('search finds by name, external id, slug and id, in any case', async () => {
  const { organization: organizations } = door.client;
  const { organization } = await organizations.createOrganization(`Zebra ${unique('x')} Works`, {
    externalId: unique('EXT-zebra-'),
    slug: unique('zebra-slug-'),
  });
  const { id, displayName, externalId, slug } = organization!;
  for (const text of [displayName.toUpperCase(), externalId!.toLowerCase(), slug!.toUpperCase(), id]) {
    const found = await organizations.searchOrganization(text);
    expect(
      found.organizations.map((one) => one.id),
      text,
    ).toEqual([id]);
    expect(found.totalSize).toBe(1);
  }
  expect((await organizations.searchOrganization('%%%')).organizations).toEqual([]);
});

test('a feature that is switched stays switched, and only those of the field can be', async () => {
  const { organization: organizations } = door.client;
  const { id } = await make();
  await organizations.updateOrganizationSettings(id, { features: [{ name: 'sso', enabled: true }] });
  const { organization } = await organizations.updateOrganizationSettings(id, {
    features: [{ name: 'dir_sync', enabled: false }],
  });
  expect(organization?.settings?.features).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'sso', enabled: true }),
      expect.objectContaining({ name: 'dir_sync', enabled: false }),
    ]),
  );
  await expect(
    organizations.updateOrganizationSettings(id, { features: [{ name: 'rockets', enabled: true }] }),
  ).rejects.toBeInstanceOf(ScalekitBadRequestException);
  await expect(organizations.updateOrganizationSettings(nobody, { features: [] })).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('a cap on people counts members and those invited; 0 is none, and so is nothing said', async () => {
  const { organization: organizations } = door.client;
  const { id } = await make();
  expect(
    (await organizations.getOrganizationUserManagementSetting(id)).settings?.maxAllowedUsers,
  ).toBeUndefined();
  const capped = await organizations.upsertUserManagementSettings(id, { maxAllowedUsers: 2 });
  expect(capped?.maxAllowedUsers).toBe(2);
  const [{ id: ours }] = await door.sql('select id from organizations where public_number(id) = $1', [
    id.slice(4),
  ]);
  const invite = (n: number) =>
    door.api('POST', '/organization-invitations', {
      invitee: `${unique('p')}${n}@example.com`,
      organizationId: ours,
      expiresAt: door.now() + 86_400_000,
      messagePayload: false,
    });
  expect((await invite(1)).status).toBe(201);
  expect((await invite(2)).status).toBe(201);
  expect(await invite(3)).toMatchObject({ status: 422, body: { code: 'organization.seats_full' } });
  await expect(organizations.upsertUserManagementSettings(id, { maxAllowedUsers: 1 })).rejects.toMatchObject({
    httpStatus: 400,
    errorCode: 'USER_LIMIT_BELOW_USE',
  });
  expect(
    (await organizations.upsertUserManagementSettings(id, { maxAllowedUsers: 0 }))?.maxAllowedUsers,
  ).toBe(0);
  expect((await organizations.getOrganizationUserManagementSetting(id)).settings?.maxAllowedUsers).toBe(0);
  expect((await invite(4)).status).toBe(201);
  expect((await organizations.upsertUserManagementSettings(id, {}))?.maxAllowedUsers).toBeUndefined();
  await expect(
    organizations.upsertUserManagementSettings(id, { maxAllowedUsers: -1 }),
  ).rejects.toBeInstanceOf(ScalekitBadRequestException);
  await expect(organizations.getOrganizationUserManagementSetting(nobody)).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('a session policy is the application’s until it is the organization’s own, and told in minutes', async () => {
  const { organization: organizations } = door.client;
  const { id } = await make();
  const APPLICATION = 1;
  const CUSTOM = 2;
  const MINUTES = 1;
  expect(await organizations.getOrganizationSessionPolicy(id)).toMatchObject({ policySource: APPLICATION });
  const policy = await organizations.updateOrganizationSessionPolicy(id, {
    policySource: 'CUSTOM',
    absoluteSessionTimeout: 2,
    absoluteSessionTimeoutUnit: 'DAYS',
    idleSessionTimeoutEnabled: true,
    idleSessionTimeout: 3,
    idleSessionTimeoutUnit: 'HOURS',
  });
  const told = {
    policySource: CUSTOM,
    absoluteSessionTimeout: 2880,
    absoluteSessionTimeoutUnit: MINUTES,
    idleSessionTimeoutEnabled: true,
    idleSessionTimeout: 180,
    idleSessionTimeoutUnit: MINUTES,
  };
  expect(policy).toMatchObject(told);
  expect(await organizations.getOrganizationSessionPolicy(id)).toMatchObject(told);
  await expect(
    organizations.updateOrganizationSessionPolicy(id, {
      policySource: 'CUSTOM',
      absoluteSessionTimeout: 60,
      absoluteSessionTimeoutUnit: 'MINUTES',
      idleSessionTimeoutEnabled: true,
      idleSessionTimeout: 60,
      idleSessionTimeoutUnit: 'MINUTES',
    }),
  ).rejects.toBeInstanceOf(ScalekitBadRequestException);
  await organizations.updateOrganizationSessionPolicy(id, { policySource: 'APPLICATION' });
  expect(await organizations.getOrganizationSessionPolicy(id)).toMatchObject({ policySource: APPLICATION });
  await expect(organizations.getOrganizationSessionPolicy(nobody)).rejects.toBeInstanceOf(
    ScalekitNotFoundException,
  );
});

test('tokens of people manage nothing; whoever signed in longer ago than the organization wants gets no more of them', async () => {
  const { id } = await make();
  const [{ id: ours }] = await door.sql('select id from organizations where public_number(id) = $1', [
    id.slice(4),
  ]);
  const { id: userId } = await makeMember(door, [ours]);
  await door.client.organization.updateOrganizationSessionPolicy(id, {
    policySource: 'CUSTOM',
    absoluteSessionTimeout: 60,
    absoluteSessionTimeoutUnit: 'MINUTES',
  });
  const ask = { organizationId: id, scopes: ['openid', 'offline_access'] };
  const browser = visitor(door);
  const signedIn = await door.client.authenticateWithCode(
    await codeOf(door, userId, ask, { browser }),
    callback,
  );
  const asPerson = await fetch(`${door.url}/api/v1/organizations/${id}`, {
    headers: { authorization: `Bearer ${signedIn.accessToken}` },
  });
  expect(asPerson.status).toBe(403);
  const byIdToken = await fetch(`${door.url}/api/v1/organizations/${id}`, {
    headers: { authorization: `Bearer ${signedIn.idToken}` },
  });
  expect(byIdToken.status).toBe(401);
  door.advance(50 * 60_000);
  const { refreshToken } = await door.client.refreshAccessToken(signedIn.refreshToken!);
  door.advance(11 * 60_000);
  await expect(door.client.refreshAccessToken(refreshToken)).rejects.toThrow(/Failed to refresh token/);
  // The provider looks at the clock of the machine: the sign-in is moved back instead.
  await door.sql('update sessions set signed_in_at = signed_in_at - 10800000 where user_id = $1', [userId]);
  const silent = door.client.getAuthorizationUrl(callback, { ...ask, prompt: 'none' });
  const back = (await browser.follow(silent, userId)) as URL;
  expect(back.searchParams.get('error')).toBe('login_required');
  const again = await door.client.authenticateWithCode(
    await codeOf(door, userId, ask, { browser }),
    callback,
  );
  expect(again.user.id).toBe(signedIn.user.id);
});

test('there is no admin portal, and that is said', async () => {
  const { id } = await make();
  await expect(door.client.organization.generatePortalLink(id)).rejects.toBeInstanceOf(
    ScalekitNotImplementedException,
  );
});
