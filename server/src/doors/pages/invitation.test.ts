import { expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../../test/harness.ts';

const day = 86_400_000;

type Made = { id: string; link: string; organizationId: string };

async function invited(t: TestApp, changes: Record<string, unknown> = {}): Promise<Made> {
  const organization = await t.api('POST', '/organizations', { name: 'Acme' });
  const invitation = await t.api('POST', '/organization-invitations', {
    organizationId: organization.body.id,
    invitee: 'ann@example.com',
    expiresAt: t.now() + 7 * day,
    messagePayload: {},
    ...changes,
  });
  await t.drain();
  const link = /http:\S+\/invitations\/\S+/.exec(t.mails.at(-1)!.text!)![0];
  return { id: invitation.body.id, link, organizationId: organization.body.id };
}

const page = async (link: string, init?: RequestInit) => {
  const response = await fetch(link, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

const facts = (t: TestApp) =>
  t.sql(`select to_jsonb(i) from invitations i union all select to_jsonb(a) from audit_entries a
  union all select to_jsonb(m) from members m order by 1`);

test('a pending invitation says who invites whom, where, as what and until when', async () => {
  const t = await appForTest();
  const grace = await t.api('POST', '/users', { primaryEmail: 'grace@acme.example', name: 'Grace Hopper' });
  const roles = (await t.api('GET', '/organization-roles')).body;
  const admin = roles.find((role: { name: string }) => role.name === 'admin');
  const { link } = await invited(t, { inviterId: grace.body.id, organizationRoleIds: [admin.id] });
  const { status, text } = await page(link);
  expect(status).toBe(200);
  for (const part of ['Grace Hopper', 'grace@acme.example', 'Acme', 'ann@example.com', 'admin', 'in 6 days'])
    expect(text).toContain(part);
  expect(text).not.toMatch(/<form|<button|<input/);
});

test('looking changes nothing, however often and by whatever robot', async () => {
  const t = await appForTest();
  const { link, id } = await invited(t);
  const before = await facts(t);
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'])
    await page(link, { method });
  await page(link, { headers: { 'user-agent': 'Mail-Scanner/1.0', purpose: 'prefetch' } });
  expect(await facts(t)).toEqual(before);
  expect((await page(link, { method: 'HEAD' })).status).toBe(200);
  expect((await t.api('GET', `/organization-invitations/${id}`)).body.status).toBe('Pending');
});

test('every forged link gets the same page, without a question to the database', async () => {
  const t = await appForTest();
  const { link } = await invited(t);
  const token = link.split('/').at(-1)!;
  const [id, generation, channel, key, mac] = token.split('.') as [string, string, string, string, string];
  // Without its tables the database answers nothing: what is still answered did not ask.
  await t.sql('alter table invitations rename to hidden');
  const flipped = mac.startsWith('A') ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
  const forgeries = [
    'x',
    '%00',
    '%zz',
    '..%2f..',
    'a'.repeat(600),
    'a'.repeat(9000),
    token.slice(0, -1),
    `${token}A`,
    [id, generation, channel, key, flipped].join('.'),
    [id, '2', channel, key, mac].join('.'),
    [id, generation, 'c', key, mac].join('.'),
    [id, generation, channel, 'other', mac].join('.'),
    ['nobody', generation, channel, key, mac].join('.'),
  ];
  const pages = await Promise.all(forgeries.map((forgery) => page(`${t.url}/invitations/${forgery}`)));
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([404]));
  expect(new Set(pages.map(({ text }) => text)).size).toBe(1);
  expect(pages[0]!.text).toContain('This link is not valid');
  const names = pages.map(({ headers }) => JSON.stringify([...headers].filter(([name]) => name !== 'date')));
  expect(new Set(names).size).toBe(1);
  await t.sql('alter table hidden rename to invitations');
});

const endings: [string, number, RegExp, (t: TestApp, made: Made) => Promise<unknown>][] = [
  [
    'revoked',
    410,
    /was withdrawn/,
    (t, { id }) => t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Revoked' }),
  ],
  [
    'rejected',
    410,
    /was declined/,
    (t, { id }) => t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Rejected' }),
  ],
  ['expired', 410, /has expired/, async (t) => t.advance(8 * day)],
  [
    'accepted',
    410,
    /has been accepted/,
    async (t, { id }) => {
      const user = await t.api('POST', '/users', { primaryEmail: 'ann@example.com' });
      await t.api('PUT', `/organization-invitations/${id}/status`, {
        status: 'Accepted',
        acceptedUserId: user.body.id,
      });
    },
  ],
  [
    'renewed',
    410,
    /There is a newer link/,
    (t, { id }) => t.api('POST', `/organization-invitations/${id}/renew`, {}),
  ],
  ['deleted', 410, /is no longer there/, (t, { id }) => t.api('DELETE', `/organization-invitations/${id}`)],
  [
    'of a deleted organization',
    410,
    /is no longer there/,
    (t, { organizationId }) => t.api('DELETE', `/organizations/${organizationId}`),
  ],
  [
    'of a disabled organization',
    403,
    /takes no new members now/,
    (t, { organizationId }) =>
      t.api('PATCH', `/organizations/${organizationId}/is-disabled`, { isDisabled: true }),
  ],
  [
    'renewed and then revoked',
    410,
    /was withdrawn/,
    async (t, { id }) => {
      await t.api('POST', `/organization-invitations/${id}/renew`, {});
      await t.api('PUT', `/organization-invitations/${id}/status`, { status: 'Revoked' });
    },
  ],
];

test.each(endings)(
  'a genuine link of an invitation that is %s is told so (%i), and no more than that',
  async (_name, status, told, end) => {
    const t = await appForTest();
    const made = await invited(t);
    await end(t, made);
    const shown = await page(made.link);
    expect(shown.status).toBe(status);
    expect(shown.text).toMatch(told);
    expect(shown.text).toContain('class="next"');
    expect(shown.text).not.toContain('ann@example.com');
  },
);

test('the newest link works after a renewal', async () => {
  const t = await appForTest();
  const { link, id } = await invited(t);
  await t.api('POST', `/organization-invitations/${id}/renew`, { messagePayload: {} });
  await t.drain();
  const renewed = /http:\S+\/invitations\/\S+/.exec(t.mails.at(-1)!.text!)![0];
  expect([(await page(link)).status, (await page(renewed)).status]).toEqual([410, 200]);
});

test('names are escaped and isolated, and carry neither links nor bidi characters into the page', async () => {
  const t = await appForTest();
  const name = '<img src=x onerror=alert(1)> \u202eevil https://evil.example "\'&';
  const inviter = await t.api('POST', '/users', { primaryEmail: 'g@acme.example', name });
  const organization = await t.api('POST', '/organizations', {
    name,
    branding: {
      logoUrl: 'https://logo.example/a.png"onerror="alert(1)',
      darkLogoUrl: 'javascript:alert(1)',
    },
  });
  const { link } = await invited(t, { organizationId: organization.body?.id, inviterId: inviter.body.id });
  const { text } = await page(link);
  expect(text).not.toMatch(/<img src=x|onerror="|\u202e|https:\/\/evil|javascript:/);
  expect(text).toContain('<bdi>&lt;img src=x');
});

test('the token leaks by no header and into no cache', async () => {
  const t = await appForTest();
  const { link } = await invited(t);
  for (const address of [link, `${link}x`]) {
    const { headers } = await page(address);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|script-src/);
  }
});
