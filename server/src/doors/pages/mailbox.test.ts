import { request } from 'node:http';
import { expect, test } from 'vitest';
import { appForTest, type TestApp } from '../../../test/harness.ts';

async function withMail(): Promise<{ t: TestApp; path: string }> {
  const t = await appForTest({ sender: 'development' });
  const { id } = (await t.api('POST', '/organizations', { name: 'Acme <b>' })).body;
  await t.api('POST', '/organization-invitations', {
    organizationId: id,
    invitee: 'ann@example.com',
    expiresAt: t.now() + 86_400_000,
    messagePayload: {},
  });
  await t.drain();
  const path = /\/mailbox\/[a-z0-9]{10,}/.exec(await (await fetch(`${t.url}/mailbox`)).text())![0];
  return { t, path };
}

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

/** With a Host header that fetch would not send. */
const statusWith = (url: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });

test('an empty mailbox says how to get a mail', async () => {
  const t = await appForTest({ sender: 'development' });
  const { status, text } = await get(`${t.url}/mailbox`);
  expect(status).toBe(200);
  expect(text).toContain('Nothing has arrived yet');
  expect(text).toContain('messagePayload');
});

test('a mail is shown as HTML in a sandbox, as text with links, and with its source', async () => {
  const { t, path } = await withMail();
  const html = await get(t.url + path);
  expect(html.text).toMatch(
    /<iframe [^>]*sandbox="allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"/,
  );
  const text = await get(`${t.url}${path}?view=text`);
  expect(text.text).toMatch(
    new RegExp(`<a href="${t.url}/invitations/[\\w.-]+" target="_blank" rel="noopener noreferrer">`),
  );
  const source = await get(`${t.url}${path}?view=source`);
  expect(source.text).toContain('messageId');
  expect(source.text).toContain('&lt;!doctype html&gt;');
  for (const page of [html, text, source]) {
    expect(page.status).toBe(200);
    expect(page.text).toContain('ann@example.com');
    expect(page.text).not.toContain('Acme <b>');
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  }
});

test('the mail itself may run nothing, whoever opens it', async () => {
  const { t, path } = await withMail();
  const { headers, text } = await get(`${t.url}${path}/content`);
  const policy = headers.get('content-security-policy')!;
  expect(policy).toMatch(/^default-src 'none'/);
  expect(policy).toMatch(/sandbox allow-popups/);
  expect(policy).not.toMatch(/script-src|allow-scripts|allow-same-origin|allow-forms/);
  expect(text).toContain('<base target="_blank">');
});

test('a mail that is not there, or is no mail, is a page that leads back', async () => {
  const { t } = await withMail();
  for (const path of ['/mailbox/nobody', '/mailbox/nobody/content', '/mailbox/%27']) {
    const { status, text } = await get(t.url + path);
    expect(status).toBe(404);
    expect(text).toContain('href="/mailbox"');
  }
});

test.each([
  ['a name of somebody else that points here', { host: 'evil.example' }],
  ['a name that only looks local', { host: 'localhost.evil.example' }],
  ['a proxy', { host: 'localhost', 'x-forwarded-for': '203.0.113.9' }],
])('the mailbox is closed to %s', async (_name, headers) => {
  const { t, path } = await withMail();
  for (const each of ['/mailbox', path, `${path}/content`])
    expect(await statusWith(t.url + each, headers)).toBe(404);
});

test.each(['localhost', 'localhost:3000', '127.0.0.1:1', '[::1]:3000', 'usher.localhost'])(
  'the mailbox is open at %s',
  async (host) => {
    const { t } = await withMail();
    expect(await statusWith(`${t.url}/mailbox`, { host })).toBe(200);
  },
);

test('there is no mailbox where mail leaves by a connector of the tenant, and again once it is deleted', async () => {
  const { t, path } = await withMail();
  const connector = await t.api('POST', '/connectors', {
    connectorId: 'simple-mail-transfer-protocol',
    config: { host: 'smtp.example', port: 25, fromEmail: 'a@example.com', auth: {} },
  });
  expect(connector.status).toBe(200);
  for (const each of ['/mailbox', path, `${path}/content`]) {
    const { status, text } = await get(t.url + each);
    expect(status).toBe(404);
    expect(text).toContain('An e-mail connector is set');
  }
  expect((await get(`${t.url}/`)).text).not.toContain('/mailbox');
  await t.api('DELETE', `/connectors/${connector.body.id}`);
  expect((await get(`${t.url}/mailbox`)).status).toBe(200);
});

test('there is no mailbox where the server has another way to send', async () => {
  const t = await appForTest();
  expect((await get(`${t.url}/mailbox`)).status).toBe(404);
});

test('a hundred mails fit into a page of 50 KB', async () => {
  const { t, path } = await withMail();
  await t.sql(`insert into mailbox (tenant_id, id, received_at, message)
    select tenant_id, id || lpad(n::text, 4, '0'), received_at, message from mailbox, generate_series(1, 150) n`);
  const { text } = await get(t.url + path);
  expect(text.match(/<li>/g)).toHaveLength(100);
  expect(Buffer.byteLength(text)).toBeLessThan(50_000);
});
