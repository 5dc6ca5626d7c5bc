/** Rule 12 on parallel connections: bounds on mail are check constraints in the statement that orders it. */
import { expect, test } from 'vitest';
import { defaultMailBounds } from '../../src/config.ts';
import { countBy, makeInvitation, makeOrganization, parallel } from '../builders.ts';
import { appForTest } from '../harness.ts';

test('of 40 mails to one recipient at once 10 are taken, and the refusal says when the next may come', async () => {
  const t = await appForTest();
  const { id } = await makeInvitation(t, await makeOrganization(t), 'ann@example.com');
  const answers = await parallel(40, () => t.api('POST', `/organization-invitations/${id}/message`, {}));
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 204: 10, 429: 30 });
  const refused = answers.find((answer) => answer.status === 429)!;
  expect(refused.body).toMatchObject({
    code: 'request.message_rate_limited',
    data: { reason: 'mail.too_many' },
  });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(590);
  expect(await t.drain()).toBe(10);
  t.advance(600_001);
  expect((await t.api('POST', `/organization-invitations/${id}/message`, {})).status).toBe(204);
});

test('one recipient in several organizations has one allowance', async () => {
  const t = await appForTest();
  const answers = await parallel(15, async (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId: await makeOrganization(t, `Organization ${index}`),
      invitee: 'ann@example.com',
      expiresAt: t.now() + 60_000,
      messagePayload: {},
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 10, 429: 5 });
  expect(await t.sql('select id from invitations')).toHaveLength(10);
});

test('an organization sends no more than its bound, whoever the recipients are', async () => {
  const t = await appForTest({
    config: {
      mailBounds: {
        ...defaultMailBounds,
        organization: { most: 20, windowMs: 3_600_000 },
        inviter: { most: 500, windowMs: 3_600_000 },
      },
    },
  });
  const organizationId = await makeOrganization(t);
  const answers = await parallel(50, (index) =>
    t.api('POST', '/organization-invitations', {
      organizationId,
      invitee: `p${index}@example.com`,
      expiresAt: t.now() + 60_000,
      messagePayload: {},
    }),
  );
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 201: 20, 429: 30 });
});

test('a bound that does not divide its window allows exactly that many, and says when the oldest leaves it', async () => {
  const minute = 60_000;
  const bound = { most: 7, windowMs: 10 * minute };
  const t = await appForTest({
    config: { mailBounds: { recipient: bound, organization: bound, inviter: bound, client: bound } },
  });
  const organizationId = await makeOrganization(t);
  const { id } = await makeInvitation(t, organizationId, 'ann@example.com', { messagePayload: {} });
  t.advance(4 * minute);
  const answers = await parallel(12, () => t.api('POST', `/organization-invitations/${id}/message`, {}));
  expect(countBy(answers, (answer) => answer.status)).toEqual({ 204: 6, 429: 6 });
  const refused = answers.find((answer) => answer.status === 429)!;
  expect(refused.body.data.retryAt - t.now()).toBeGreaterThan(5 * minute);
  expect(refused.body.data.retryAt - t.now()).toBeLessThanOrEqual(6 * minute);
});
