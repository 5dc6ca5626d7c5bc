/**
 * Row 17 of the attacks: the secret is in a response. Codes and link tokens are in the mail and nowhere else: in no
 * answer, header, log line, journal entry or delivery, and in no other row of the database.
 */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DeliveryFailure, type MailMessage } from '../../src/outbox/mail/message.ts';
import type { OpenSender } from '../../src/outbox/mail/senders.ts';
import { makeInvitation, makeOrganization, makeUser } from '../builders.ts';
import { appForTest, type TestApp } from '../harness.ts';
import { visitor } from '../visitor.ts';

/** A provider that answers with all that it was given, and fails every second time. */
function echoing(mails: MailMessage[]): OpenSender {
  return {
    sender: {
      async send(message) {
        mails.push(message);
        const answer = `got ${message.subject} ${message.text}`;
        if (mails.length % 2) throw new DeliveryFailure('temporary', answer.slice(-490));
        return { answer };
      },
      close: async () => undefined,
    },
    configured: {},
    templates: [],
  };
}

async function everyRow(t: TestApp): Promise<string> {
  const tables = await t.sql(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  );
  const rows = [];
  for (const { name } of tables)
    rows.push(await t.sql(`select '${name}' as of, to_jsonb(t) as row from ${name} t`));
  return JSON.stringify(rows);
}

test('no answer, log line or row holds a code or link', async () => {
  const mails: MailMessage[] = [];
  const lines: string[] = [];
  const t = await appForTest({
    sender: echoing(mails),
    logTo: { write: (line) => void lines.push(line) },
    config: { logLevel: 'debug' },
  });
  const answers: string[] = [];
  const note = async (response: Response) => {
    answers.push(JSON.stringify([...response.headers]), await response.clone().text());
    return response;
  };
  const person = visitor(t);
  const form = async (path: string, fields: Record<string, string>) => {
    const page = await (await note(await person.get(path))).text();
    const token = /name="form_token" value="([^"]+)"/.exec(page)![1]!;
    const body = new URLSearchParams({ form_token: token, ...fields });
    return note(await person.get(path, { method: 'POST', body }));
  };
  await makeUser(t, 'ann@example.com');
  const organizationId = await makeOrganization(t);
  const invitation = await makeInvitation(t, organizationId, 'ann@example.com', { messagePayload: {} });
  for (const address of ['ann@example.com', 'nobody@example.com'])
    expect((await form('/sign-in', { address })).status).toBe(303);
  await t.drain();
  // Before the failed ones are tried again: nothing of them may wait in the row.
  const during = await everyRow(t);
  t.advance(60_000);
  await t.drain();
  expect((await form('/sign-in/code', { code: '000000' })).status).toBe(422);
  for (const path of [
    '/organization-invitations',
    `/organization-invitations/${invitation.id}`,
    `/organization-invitations/${invitation.id}/deliveries`,
    '/users',
  ])
    answers.push(JSON.stringify((await t.api('GET', path)).body));

  const said = mails.flatMap(({ text = '' }) => [
    ...[...text.matchAll(/\/(?:sign-in\/link|invitations)\/(\S+)/g)].map(([, token]) => token!),
    ...[...text.matchAll(/^\s+(\d{6})$/gm)].map(([, code]) => code!),
  ]);
  const secrets = [...new Set(said)];
  // Two addresses with code and link, and the link of the invitation.
  expect(secrets).toHaveLength(5);
  const after = await everyRow(t);
  for (const secret of secrets) {
    // The last part alone, the MAC, is the secret of a link.
    const part = secret.split('.').at(-1)!;
    for (const [place, text] of Object.entries({
      during,
      after,
      answers: answers.join('\n'),
      log: lines.join('\n'),
    }))
      expect(text.includes(part), `${part} is in ${place}`).toBe(false);
    const digest = createHash('sha256').update(secret).digest('hex');
    expect(after.includes(digest), `a digest of ${secret} is in a row: six digits are guessed`).toBe(false);
  }
  expect(after).toContain('•••');
});
