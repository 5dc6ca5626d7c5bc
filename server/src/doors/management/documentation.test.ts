import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { appForTest } from '../../../test/harness.ts';
import { accessPath, accessTable, openApiPath, openApiText } from '../../cli/openapi.ts';
import { examples } from './documentation/examples.ts';
import { expectedRefusals } from './documentation/expected-refusals.ts';
import { operationId } from './documentation/operation-id.ts';
import { tagTexts } from './documentation/texts.ts';
import { documentOf } from './documentation.ts';
import { routes } from './index.ts';
import { refusals } from './refusals.ts';

const document = documentOf(routes);

test('the document is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document) as never);
  expect(result.errors ?? []).toEqual([]);
  expect(validator.version).toBe('3.1');
});

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document);
  for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = path!
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
    expect(found, path).toBeDefined();
  }
});

test('server/openapi.json is as the routes are now; `npm run openapi` refreshes it', async () => {
  const kept = await readFile(openApiPath, 'utf8').catch(() => '');
  expect(kept === openApiText(), 'server/openapi.json is stale: run `npm run openapi` and commit it').toBe(
    true,
  );
});

test('docs/access.md says who may call what as it is now; `npm run openapi` refreshes it', async () => {
  const kept = await readFile(accessPath, 'utf8').catch(() => '');
  expect(kept === accessTable(), 'docs/access.md is stale: run `npm run openapi` and commit it').toBe(true);
  for (const { method, path } of routes)
    expect(kept).toContain(`\`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``);
});

test('every operation has a name of its own, a summary, and a tag that is described', () => {
  const ids = routes.map(operationId);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  for (const tag of document.tags) expect(tagTexts[tag.name], tag.name).toBeTruthy();
  for (const route of routes) expect(route.summary.length).toBeGreaterThan(5);
});

/** What only people at the pages meet, and what no route here does yet: other doors ask for it. */
const ofPages =
  /^(proof|password|passkey)\.|^join_link\.(ended|not_for_you|asks_first)$|^invitation\.(already_asked|nobody_to_ask)$|^user\.address_unproven$|^api_token\.|^user\.external_id_taken$|^role\.(in_use|replaces_itself)$/;

test('every refusal of the domain is told by some route, but for those of the pages', () => {
  const told = new Set(routes.flatMap((route) => expectedRefusals(route).map(({ code }) => code)));
  const missing = Object.entries(refusals).filter(
    ([name, [, code]]) => !told.has(code) && !ofPages.test(name),
  );
  expect(missing).toEqual([]);
});

test('the examples are of routes that exist and fit their schemas', () => {
  const ajv = new Ajv({ strict: false });
  for (const [where, { body, answer }] of Object.entries(examples)) {
    const route = routes.find(({ method, path }) => `${method} ${path}` === where);
    expect(route, where).toBeDefined();
    if (body !== undefined)
      expect(ajv.validate(route!.body!, body), `${where} ${ajv.errorsText()}`).toBe(true);
    if (answer !== undefined)
      expect(ajv.validate(route!.success[1]!, answer), `${where} ${ajv.errorsText()}`).toBe(true);
  }
});

test('the document names no host and is the same for every deployment', () => {
  expect(document.servers.map(({ url }) => url)).toEqual(['/']);
  expect(JSON.stringify(document)).not.toMatch(/localhost|127\.0\.0\.1|:3000/);
});

test('anybody may read the document, and a second reading costs nothing', async () => {
  const t = await appForTest();
  const first = await fetch(`${t.url}/api/openapi.json`);
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await first.json()).toEqual(JSON.parse(openApiText()));
  const again = await fetch(`${t.url}/api/openapi.json`, {
    headers: { 'if-none-match': first.headers.get('etag')! },
  });
  expect(again.status).toBe(304);
});

test('refusals that happen are among those that are told', async () => {
  const t = await appForTest();
  const { id } = (await t.api('POST', '/organizations', { name: 'Acme' })).body;
  const told = (operation: string, answer: { status: number; body: { code: string } }) => {
    const route = routes.find((candidate) => operationId(candidate) === operation)!;
    expect(expectedRefusals(route), operation).toContainEqual(
      expect.objectContaining({ status: answer.status, code: answer.body.code }),
    );
  };
  const invitation = { organizationId: id, invitee: 'ann@example.com', expiresAt: t.now() + 60_000 };
  const made = await t.api('POST', '/organization-invitations', invitation);
  told('createOrganizationInvitation', await t.api('POST', '/organization-invitations', invitation));
  told(
    'createOrganizationInvitation',
    await t.api('POST', '/organization-invitations', { ...invitation, organizationId: 'nobody' }),
  );
  told(
    'createOrganizationInvitation',
    await t.api('POST', '/organization-invitations', {
      ...invitation,
      invitee: 'b@example.com',
      expiresAt: 1,
    }),
  );
  await t.api('PUT', `/organization-invitations/${made.body.id}/status`, { status: 'Revoked' });
  told(
    'sendOrganizationInvitationMessage',
    await t.api('POST', `/organization-invitations/${made.body.id}/message`, {}),
  );
  told('getOrganizationInvitationLink', await t.api('GET', `/organization-invitations/${made.body.id}/link`));
  told('getOrganization', await t.api('GET', '/organizations/nobody'));
  told('updateOrganization', await t.api('PATCH', '/organizations/nobody', { name: 'x' }));
  told('removeOrganizationUser', await t.api('DELETE', `/organizations/${id}/users/nobody`));
  told('replaceOrganizationUserRoles', await t.api('PUT', `/organizations/${id}/users/nobody/roles`, {}));
  told('addOrganizationUsers', await t.api('POST', `/organizations/${id}/users`, { userIds: ['nobody'] }));
});
