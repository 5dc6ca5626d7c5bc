import { expect, test } from 'vitest';
import { makeInvitation, makeOrganization } from '../../../test/builders.ts';
import { appForTest, type TestApp } from '../../../test/harness.ts';
import { destinationOf } from './destination.ts';

const metadata = {
  redirectUris: [
    'https://app.example.com/callback',
    'https://*.preview.example.com/callback',
    'com.example.app:/back',
  ],
  postLogoutRedirectUris: ['https://www.example.com/bye', 'http://localhost:3000/'],
  initiateLoginUri: 'https://login.example.com/start?from=usher',
};

async function makeApplication(
  t: TestApp,
  name: string,
  oidcClientMetadata: object,
  more: object = {},
): Promise<string> {
  const made = await t.api('POST', '/applications', { name, type: 'SPA', oidcClientMetadata, ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body.id;
}

const none = { redirectUris: [], postLogoutRedirectUris: [] };
let count = 0;
const invitee = () => `p${++count}@example.com`;

async function invite(t: TestApp, organizationId: string, more: object) {
  return t.api('POST', '/organization-invitations', {
    organizationId,
    invitee: invitee(),
    expiresAt: t.now() + 60_000,
    ...more,
  });
}

test('a redirect lies on a registered place of the application, or of one of the tenant’s own', async () => {
  const t = await appForTest();
  const organizationId = await makeOrganization(t);
  const applicationId = await makeApplication(t, 'Rocket', metadata);
  const foreign = await makeApplication(
    t,
    'Foreign',
    { ...none, redirectUris: ['https://foreign.example/back'] },
    { isThirdParty: true },
  );
  const taken = [
    'https://app.example.com/welcome?team=1#top',
    'https://pr-7.preview.example.com/',
    'https://www.example.com',
    'https://login.example.com/',
    'http://localhost:3000/somewhere',
    'com.example.app:/back',
  ];
  for (const redirect of taken)
    for (const more of [{ redirect }, { redirect, applicationId }]) {
      const { status, body } = await invite(t, organizationId, more);
      expect(status, JSON.stringify([more, body])).toBe(201);
      expect(await destinationOf(t.app.db, 'default', body.id)).toEqual({
        redirect,
        applicationId,
        applicationName: 'Rocket',
      });
    }
  const refused = [
    'https://example.com/',
    'http://app.example.com/',
    'https://app.example.com:8443/',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'https://user:secret@app.example.com/',
    'https://a.b.preview.example.com/',
    'https://preview.example.com/',
    'http://localhost:3001/',
    'com.example.app:/elsewhere',
    'javascript:alert(1)',
    'data:text/html,x',
    'https:evil.example',
    'https:///evil.example',
    'https://foreign.example/back',
  ];
  for (const redirect of refused)
    expect(await invite(t, organizationId, { redirect }), redirect).toMatchObject({
      status: 422,
      body: {
        code: 'invitation.redirect_not_registered',
        data: { reason: 'invitation.redirect_not_registered', field: 'redirect' },
      },
    });
  expect((await invite(t, organizationId, { redirect: taken[0], applicationId: foreign })).status).toBe(422);
  expect(
    (await invite(t, organizationId, { redirect: 'https://foreign.example/x', applicationId: foreign }))
      .status,
  ).toBe(201);
  for (const redirect of [
    '/welcome',
    '//evil.example',
    'https://a b',
    'https:\\\\evil.example',
    'welcome',
    7,
  ])
    expect(await invite(t, organizationId, { redirect }), String(redirect)).toMatchObject({
      status: 400,
      body: { data: { issues: [{ path: ['body', 'redirect'] }] } },
    });
  expect(await invite(t, organizationId, { applicationId: 'nobody' })).toMatchObject({
    status: 422,
    body: { code: 'entity.relation_foreign_key_not_found', data: { reason: 'application.not_found' } },
  });
  expect((await invite(t, organizationId, { redirect: '', applicationId: '' })).status).toBe(201);
  expect((await invite(t, organizationId, { redirect: null, applicationId: null })).status).toBe(201);
});

test('an address that is not registered any more is not gone to', async () => {
  const t = await appForTest();
  const applicationId = await makeApplication(t, 'Rocket', metadata);
  const redirect = 'https://app.example.com/welcome';
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com', {
    redirect,
    applicationId,
  });
  expect(await destinationOf(t.app.db, 'default', id)).toMatchObject({ redirect });
  await t.api('PATCH', `/applications/${applicationId}`, {
    oidcClientMetadata: { ...none, initiateLoginUri: metadata.initiateLoginUri },
  });
  expect(await destinationOf(t.app.db, 'default', id)).toEqual({
    initiateLogin: metadata.initiateLoginUri,
    applicationId,
    applicationName: 'Rocket',
  });
  await t.api('DELETE', `/applications/${applicationId}`);
  expect(await destinationOf(t.app.db, 'default', id)).toEqual({});
  expect(await destinationOf(t.app.db, 'default', 'nothing')).toEqual({});
});

test('without either it is the only application of the tenant’s own where a sign-in can begin', async () => {
  const t = await appForTest();
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com');
  const destination = () => destinationOf(t.app.db, 'default', id);
  expect(await destination()).toEqual({});
  await makeApplication(t, 'Without', { ...none, redirectUris: ['https://without.example/back'] });
  const begins = (initiateLoginUri: string) => ({ ...none, initiateLoginUri });
  await makeApplication(t, 'Foreign', begins('https://foreign.example/start'), { isThirdParty: true });
  expect(await destination()).toEqual({});
  const applicationId = await makeApplication(t, 'Rocket', begins('https://rocket.example/start'));
  expect(await destination()).toEqual({
    initiateLogin: 'https://rocket.example/start',
    applicationId,
    applicationName: 'Rocket',
  });
  await makeApplication(t, 'Second', begins('https://second.example/start'));
  expect(await destination()).toEqual({});
});

test('where a sign-in begins is https, or http on this machine', async () => {
  const t = await appForTest();
  for (const uri of [
    'https://a.example',
    'https://a.example:8443/x?y=1',
    'http://localhost:3000/start',
    'http://127.0.0.1/',
    'http://[::1]:5000/x',
  ])
    await makeApplication(t, uri, { ...none, initiateLoginUri: uri });
  const id = await makeApplication(t, 'Rocket', none);
  for (const uri of [
    'http://a.example/',
    'http://localhost.evil.example/',
    'https://u:p@a.example/',
    'https://a.example/#x',
    'javascript:alert(1)',
    'app:/start',
    '',
    'https://a b/',
  ])
    for (const [method, path] of [
      ['POST', '/applications'],
      ['PATCH', `/applications/${id}`],
    ] as const) {
      const oidcClientMetadata = { ...none, initiateLoginUri: uri };
      expect(await t.api(method, path, { name: 'x', type: 'SPA', oidcClientMetadata }), uri).toMatchObject({
        status: 400,
        body: { data: { issues: [{ path: ['body', 'oidcClientMetadata', 'initiateLoginUri'] }] } },
      });
    }
});
