/** What webhooks tell is what the document says of them. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { appForTest } from '../harness.ts';
import { loopback, openReceiver } from './receiver.ts';

const day = 86_400_000;
const secrets = /password|digest|secret|whsec_|token|\/invitations\/[\w.-]{20}/i;

test('every message fits its schema, and none holds a secret', async () => {
  const app = await appForTest(loopback);
  const receiver = await openReceiver();
  await app.api('POST', '/webhooks', { url: receiver.url, events: ['*'] });
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await app.api(method, path, body);
    expect(answer.status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  };
  const org = await done('POST', '/organizations', { name: 'Acme', customData: { secret: 'theirs' } });
  await done('PATCH', `/organizations/${org.id}`, { name: 'Acme 2' });
  const role = await done('POST', '/organization-roles', { name: 'documented' });
  await done('PATCH', `/organization-roles/${role.id}`, { description: 'yes' });
  const ann = await done('POST', '/users', {
    primaryEmail: 'ann@example.com',
    password: 'a long password',
    customData: { secret: 1 },
  });
  const bob = await done('POST', '/users', { primaryEmail: 'bob@example.com' });
  const invite = (invitee: string) =>
    done('POST', '/organization-invitations', {
      organizationId: org.id,
      invitee,
      expiresAt: app.now() + day,
      organizationRoleIds: [role.id],
      messagePayload: {},
    });
  const [first, second, third] = [
    await invite('ann@example.com'),
    await invite('cid@example.com'),
    await invite('dee@example.com'),
  ];
  const status = (id: string, body: object) => done('PUT', `/organization-invitations/${id}/status`, body);
  await status(first.id, { status: 'Accepted', acceptedUserId: ann.id });
  await status(second.id, { status: 'Revoked' });
  await done('POST', `/organization-invitations/${third.id}/message`, {});
  await app.drain();
  await done('POST', `/organizations/${org.id}/users`, { userIds: [bob.id] });
  await done('POST', `/organizations/${org.id}/users/${bob.id}/roles`, { organizationRoleIds: [role.id] });
  await done('PATCH', `/organizations/${org.id}/users/${bob.id}/is-suspended`, { isSuspended: true });
  await done('DELETE', `/organizations/${org.id}/users/${bob.id}`);
  await done('PATCH', `/users/${bob.id}/is-suspended`, { isSuspended: true });
  await done('DELETE', `/users/${ann.id}`);
  await done('DELETE', `/organization-roles/${role.id}`);
  await done('DELETE', `/organizations/${org.id}`);
  await app.drain();
  const { body: document } = await app.api('GET', '/openapi.json');
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  ajv.addSchema(document, 'document');
  const told = new Set<string>();
  for (const { body, text } of receiver.received) {
    told.add(body.type);
    const at = ['webhooks', body.type, 'post', 'requestBody', 'content', 'application/json', 'schema'];
    const pointer = at.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/');
    expect(ajv.validate({ $ref: `document#/${pointer}` }, body), `${text}\n${ajv.errorsText()}`).toBe(true);
    expect(text).not.toMatch(secrets);
  }
  expect([...told].sort()).toEqual(
    [
      ...['created', 'updated', 'deleted'].map((verb) => `organization.${verb}`),
      ...['created', 'sent', 'accepted', 'revoked', 'resent'].map((verb) => `invitation.${verb}`),
      ...['created', 'updated', 'suspended', 'deleted'].map((verb) => `membership.${verb}`),
      ...['created', 'suspended', 'deleted'].map((verb) => `user.${verb}`),
      ...['created', 'updated', 'deleted'].map((verb) => `role.${verb}`),
    ].sort(),
  );
});
