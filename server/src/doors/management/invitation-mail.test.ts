/** When mail cannot be sent, or not so much of it (contract §7.3, §7.5; rule 12). */
import { expect, test } from 'vitest';
import { defaultMailBounds } from '../../config.ts';
import { DeliveryFailure } from '../../outbox/mail/message.ts';
import { day, openDoor, uniqueAddress } from './fixture.ts';

const bounds = {
  ...defaultMailBounds,
  organization: { most: 30, windowMs: 3_600_000 },
  inviter: { most: 20, windowMs: 3_600_000 },
};
const door = openDoor({ config: { mailBounds: bounds } });
const mute = openDoor({ sender: null });
const broken = openDoor({
  sender: {
    sender: {
      send: () => Promise.reject(new DeliveryFailure('permanent', '550 no such mailbox')),
      close: async () => undefined,
    },
    configured: {},
    templates: [],
  },
});
const tooMany = [429, 'request.message_rate_limited'] as const;
const order = (organizationId: string, fields: object = {}) => ({
  organizationId,
  invitee: uniqueAddress(),
  expiresAt: Date.now() + 30 * day,
  messagePayload: {},
  ...fields,
});

test('without a connector a message is refused with 501 and no invitation is made; without a message there is none to refuse', async () => {
  const { id } = await mute.organization();
  const none = [501, 'connector.not_found'] as const;
  await mute.refused(...none, 'POST', '/organization-invitations', order(id));
  const invitation = await mute.invitation(id);
  await mute.refused(...none, 'POST', `/organization-invitations/${invitation.id}/message`, {});
  await mute.refused(...none, 'POST', `/organization-invitations/${invitation.id}/renew`, {
    messagePayload: {},
  });
  await mute.done(200, 'POST', `/organization-invitations/${invitation.id}/renew`, {});
});

test('what else is wrong is told before the missing connector', async () => {
  const { id } = await mute.organization();
  const member = await mute.member(id);
  const pending = await mute.invitation(id);
  const post = ['POST', '/organization-invitations'] as const;
  await mute.refused(422, 'request.invalid_input', ...post, order(id, { invitee: member.primaryEmail }));
  await mute.refused(
    422,
    'entity.unique_integrity_violation',
    ...post,
    order(id, { invitee: pending.invitee }),
  );
  await mute.refused(
    422,
    'entity.relation_foreign_key_not_found',
    ...post,
    order(id, { organizationRoleIds: ['nothing'] }),
  );
  await mute.refused(422, 'entity.relation_foreign_key_not_found', ...post, order('nothing'));
  await mute.done(200, 'PUT', `/organization-invitations/${pending.id}/status`, { status: 'Revoked' });
  await mute.refused(
    422,
    'request.invalid_input',
    'POST',
    `/organization-invitations/${pending.id}/message`,
    {},
  );
});

test('rule 12: ten mails to one recipient in ten minutes, over all organizations; the answer is 429 and says when', async () => {
  const invitee = uniqueAddress();
  const [first, second] = [await door.organization(), await door.organization()];
  const one = await door.invitation(first.id, { invitee, messagePayload: {} });
  await door.invitation(second.id, { invitee: invitee.toUpperCase(), messagePayload: {} });
  const message = `/organization-invitations/${one.id}/message`;
  for (let i = 0; i < 8; i++) await door.done(204, 'POST', message, {});
  const refusal = await door.refused(...tooMany, 'POST', message, {});
  expect(refusal.data.retryAt).toEqual(expect.any(Number));
  const answer = await door.api('POST', message, {});
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(600);
  const third = await door.organization();
  await door.refused(...tooMany, 'POST', '/organization-invitations', order(third.id, { invitee }));
  await door.refused(...tooMany, 'POST', `/organization-invitations/${one.id}/renew`, { messagePayload: {} });
  expect(await door.done(200, 'GET', `/organization-invitations?organizationId=${third.id}`)).toEqual([]);
  await door.done(
    201,
    'POST',
    '/organization-invitations',
    order(third.id, { invitee, messagePayload: false }),
  );
  await door.drain();
  expect(door.mails.filter((mail) => mail.to === invitee)).toHaveLength(10);
  door.advance(600_001);
  await door.done(204, 'POST', message, {});
  await door.drain();
});

test('rule 12: when the answer says when, it is free then', async () => {
  const { id } = await door.organization();
  const invitation = await door.invitation(id, { messagePayload: {} });
  const message = `/organization-invitations/${invitation.id}/message`;
  for (let i = 0; i < 9; i++) {
    door.advance(30_000);
    await door.done(204, 'POST', message, {});
  }
  const { data } = await door.refused(...tooMany, 'POST', message, {});
  door.advance((data.retryAt as number) - door.now() + 1);
  await door.done(204, 'POST', message, {});
  await door.drain();
});

test('a mail that failed bothered nobody and does not count', async () => {
  const { id } = await broken.organization();
  const invitation = await broken.invitation(id, { messagePayload: {} });
  const message = `/organization-invitations/${invitation.id}/message`;
  for (let i = 0; i < 14; i++) {
    await broken.drain();
    await broken.done(204, 'POST', message, {});
  }
  await broken.drain();
  const deliveries = await broken.done<object[]>(
    200,
    'GET',
    `/organization-invitations/${invitation.id}/deliveries`,
  );
  expect(deliveries).toHaveLength(15);
  expect(deliveries[0]).toMatchObject({ status: 'failed', answer: '550 no such mailbox', attempts: 1 });
});

test('rule 12: an organization sends no more than its bound, to however many recipients', async () => {
  const { id } = await door.organization();
  for (let i = 0; i < 30; i++) await door.invitation(id, { messagePayload: {} });
  await door.refused(...tooMany, 'POST', '/organization-invitations', order(id));
  const other = await door.organization();
  await door.invitation(other.id, { messagePayload: {} });
  door.advance(3_600_000 / 30);
  await door.invitation(id, { messagePayload: {} });
  await door.drain();
});

test('rule 12: an inviter sends no more than theirs, over however many organizations', async () => {
  const inviter = await door.user();
  for (let i = 0; i < 20; i++) {
    const { id } = await door.organization();
    await door.invitation(id, { inviterId: inviter.id, messagePayload: {} });
  }
  const { id } = await door.organization();
  await door.refused(...tooMany, 'POST', '/organization-invitations', order(id, { inviterId: inviter.id }));
  await door.invitation(id, { messagePayload: {} });
  await door.drain();
});
