/** Every state in which an invitation's page can be, and how tests come to it. */
import type { TestApp } from '../../../test/harness.ts';
import { accountOf, copiedLink, day, type Made, signed, signedIn, Visitor } from './invitation-fixture.ts';

export type State = {
  readonly name: string;
  readonly status: number;
  readonly told: RegExp;
  /** Returns the browser and the address to open; the link itself where none is given. */
  readonly reach: (t: TestApp, made: Made) => Promise<{ visitor?: Visitor; address?: string } | unknown>;
};

const put = (t: TestApp, { id }: Made, status: string, more = {}) =>
  t.api('PUT', `/organization-invitations/${id}/status`, { status, ...more });

/** Somebody who is no member any more backs the invitation. */
export const loseAuthority = async (t: TestApp, { id, organizationId }: Made) => {
  const userId = await accountOf(t, 'former@acme.example');
  await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
  await t.sql('update invitations set authority_id = $1 where id = $2', [userId, id]);
  await t.api('DELETE', `/organizations/${organizationId}/users/${userId}`);
};

export const giveAPasskey = (t: TestApp, userId: string) =>
  t.sql(
    `insert into passkeys (tenant_id, id, user_id, name, public_key, created_at) values ('default', 'key', $1, 'Phone', '\\x00', 1)`,
    [userId],
  );

const accepted = async (t: TestApp, made: Made) => {
  const visitor = new Visitor(t);
  await visitor.open(made.link);
  await visitor.post(`/invitation/${made.id}/accept`, { name: 'Ann' });
  return visitor;
};

export const states: readonly State[] = [
  { name: 'open, for a new person', status: 200, told: /name="name"/, reach: async () => undefined },
  {
    name: 'open, for a known person who is signed out',
    status: 200,
    told: /Accepting signs you in here/,
    reach: (t) => accountOf(t, 'ann@example.com', { name: 'Ann' }),
  },
  {
    name: 'open, for the invited person signed in',
    status: 200,
    told: /You are signed in as/,
    reach: async (t) => ({ visitor: await signedIn(t, 'ann@example.com') }),
  },
  {
    name: 'open, by the clean address alone, for the invited person signed in',
    status: 200,
    told: /You are signed in as/,
    reach: async (t, { id }) => ({
      visitor: await signedIn(t, 'ann@example.com'),
      address: `/invitation/${id}`,
    }),
  },
  {
    name: 'open, by a copied link',
    status: 200,
    told: /we send a code to/,
    reach: async (t, { id }) => ({ address: await copiedLink(t, id) }),
  },
  {
    name: 'open, by a copied link, with a code under way',
    status: 200,
    told: /name="code"/,
    reach: async (t, { id }) => {
      const visitor = new Visitor(t);
      await visitor.open(await copiedLink(t, id));
      await visitor.post(`/invitation/${id}/code`);
      return { visitor, address: `/invitation/${id}` };
    },
  },
  {
    name: 'open, for somebody else who is signed in',
    status: 200,
    told: /you are signed in as <strong><bdi>eve@example\.com/,
    reach: async (t) => ({ visitor: await signedIn(t, 'eve@example.com') }),
  },
  {
    name: 'open, where a passkey has to come first',
    status: 200,
    told: /Sign in with your passkey/,
    reach: async (t, { organizationId }) => {
      await t.api('PATCH', `/organizations/${organizationId}`, { isMfaRequired: true });
      await giveAPasskey(t, await accountOf(t, 'ann@example.com'));
    },
  },
  {
    name: 'open, for a member',
    status: 200,
    told: /You already belong to/,
    reach: async (t, { organizationId }) => {
      const userId = await accountOf(t, 'ann@example.com');
      await t.api('POST', `/organizations/${organizationId}/users`, { userIds: [userId] });
    },
  },
  {
    name: 'accepted by who is signed in here',
    status: 200,
    told: /You are in/,
    reach: async (t, made) => ({ visitor: await accepted(t, made) }),
  },
  {
    name: 'accepted by who is signed in here, but lacks a passkey',
    status: 200,
    told: /Add a passkey/,
    reach: async (t, made) => {
      await t.api('PATCH', `/organizations/${made.organizationId}`, { isMfaRequired: true });
      return { visitor: await accepted(t, made) };
    },
  },
  {
    name: 'accepted before',
    status: 410,
    told: /has been accepted.*If that was you.*href="\/sign-in\?continue=\/invitation/s,
    reach: accepted,
  },
  {
    name: 'accepted before, for somebody else who is signed in',
    status: 410,
    told: /has been accepted.*Use another account.*You are signed in as.*eve@example\.com/s,
    reach: async (t, made) => {
      await accepted(t, made);
      return { visitor: await signedIn(t, 'eve@example.com') };
    },
  },
  { name: 'revoked', status: 410, told: /was withdrawn/, reach: (t, made) => put(t, made, 'Revoked') },
  { name: 'declined', status: 410, told: /was declined/, reach: (t, made) => put(t, made, 'Rejected') },
  {
    name: 'expired',
    status: 410,
    told: /has expired.*Ask for a new invitation/s,
    reach: async (t) => t.advance(8 * day),
  },
  {
    name: 'expired, and asked for another',
    status: 410,
    told: /We passed your request on/,
    reach: async (t, made) => {
      t.advance(8 * day);
      const visitor = new Visitor(t);
      await visitor.open(made.link);
      await visitor.post(`/invitation/${made.id}/ask`);
      return { visitor };
    },
  },
  {
    name: 'renewed',
    status: 410,
    told: /There is a newer link/,
    reach: (t, { id }) => t.api('POST', `/organization-invitations/${id}/renew`, {}),
  },
  {
    name: 'renewed and then revoked',
    status: 410,
    told: /was withdrawn/,
    reach: async (t, made) => {
      await t.api('POST', `/organization-invitations/${made.id}/renew`, {});
      await put(t, made, 'Revoked');
    },
  },
  {
    name: 'deleted',
    status: 410,
    told: /is no longer there/,
    reach: (t, { id }) => t.api('DELETE', `/organization-invitations/${id}`),
  },
  {
    name: 'of a deleted organization',
    status: 410,
    told: /is no longer there/,
    reach: (t, { organizationId }) => t.api('DELETE', `/organizations/${organizationId}`),
  },
  {
    name: 'of a disabled organization',
    status: 403,
    told: /takes no new members now/,
    reach: (t, { organizationId }) =>
      t.api('PATCH', `/organizations/${organizationId}/is-disabled`, { isDisabled: true }),
  },
  { name: 'without authority', status: 403, told: /Waiting for approval/, reach: loseAuthority },
  {
    name: 'without authority, and asked for an approval',
    status: 403,
    told: /Waiting for approval.*role="status"/s,
    reach: async (t, made) => {
      await loseAuthority(t, made);
      const visitor = new Visitor(t);
      await visitor.open(made.link);
      return { visitor, address: (await visitor.post(`/invitation/${made.id}/ask`)).location! };
    },
  },
  {
    name: 'for a suspended person',
    status: 403,
    told: /cannot join with this account/,
    reach: async (t) => {
      const id = await accountOf(t, 'ann@example.com');
      await t.api('PATCH', `/users/${id}/is-suspended`, { isSuspended: true });
    },
  },
  {
    name: 'unknown to this browser',
    status: 404,
    told: /Open the link from your mail again/,
    reach: async (_t, { id }) => ({ address: `/invitation/${id}` }),
  },
  {
    name: 'forged',
    status: 404,
    told: /This link is not valid/,
    reach: async (_t, { link }) => ({ address: `${link}x` }),
  },
  {
    name: 'never made, with a genuine link',
    status: 410,
    told: /is no longer there/,
    reach: async (t) => ({ address: signed(t, 'nobody') }),
  },
];
