import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MailMessage } from '../message.ts';
import { mockEmailService, recordPath } from './mock-email-service.ts';

const template = { usageType: 'SignIn', type: 'text/plain', subject: 'Code', content: 'It is {{code}}' };
const mail: MailMessage = {
  from: 'noreply@example.com',
  to: 'ann@example.com',
  subject: 'Code',
  text: 'It is 123456',
  messageId: '<1@example.com>',
  usageType: 'SignIn',
  payload: { code: '123456', locale: 'en' },
};

/** A folder for temporary files of its own. */
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'usher-mock-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = made;
  onTestFinished(async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    await rm(made, { recursive: true });
  });
  return made;
}
const sender = () =>
  mockEmailService.open({ apiKey: 'k', fromEmail: 'noreply@example.com', templates: undefined });

test('the last mail lies in the file as one line of JSON, for nobody else to read', async () => {
  await folder();
  const config = {
    apiKey: 'k',
    fromEmail: 'noreply@example.com',
    templates: ['SignIn', 'Register', 'ForgotPassword', 'Generic'].map((usageType) => ({
      ...template,
      usageType,
    })),
  };
  expect(mockEmailService.templates(config)[0]).toMatchObject({
    usageType: 'SignIn',
    contentType: 'text/plain',
  });
  const one = mockEmailService.open(config);
  await one.send({ ...mail, to: 'first@example.com' });
  await one.send(mail);
  const text = await readFile(recordPath(), 'utf8');
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toEqual({
    address: 'ann@example.com',
    code: '123456',
    type: 'SignIn',
    payload: mail.payload,
    template,
    subject: 'Code',
    content: 'It is 123456',
  });
  expect((await stat(recordPath())).mode & 0o777).toBe(0o600);
});

test('a link in the place of the file is not followed', async () => {
  const made = await folder();
  const other = join(made, 'other');
  await writeFile(other, 'untouched');
  await symlink(other, recordPath());
  await expect(sender().send(mail)).rejects.toMatchObject({ kind: 'temporary' });
  expect(await readFile(other, 'utf8')).toBe('untouched');
});
