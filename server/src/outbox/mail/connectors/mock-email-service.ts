/**
 * For tests of applications: nothing is sent. The last mail lies, as one line of JSON, in a file of the machine's folder for
 * temporary files, readable by the user of the server only.
 */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { defineConnector, type Sender } from '../connector.ts';
import { DeliveryFailure, mustBeSendable } from '../message.ts';
import { mailboxText, readTemplates, Templates, Text, textItem } from './fields.ts';

const MockEmailConfig = Type.Object({
  apiKey: Text(),
  fromEmail: Text(),
  fromName: Type.Optional(Text()),
  templates: Templates,
});

/** Where clients of the field look for it. */
export const recordPath = (): string => join(tmpdir(), 'logto_mock_email_record.txt');

export const mockEmailService = defineConnector({
  metadata: {
    id: 'mock-email-service',
    target: 'mock-mail',
    name: { en: 'Mock mail service' },
    description: { en: 'Sends nothing: writes the last mail to a file, for tests.' },
    logo: './logo.svg',
    readme: 'The last mail is one line of JSON: address, code, type, payload, template, subject, content.',
    configTemplate: '{ "apiKey": "any", "fromEmail": "noreply@example.com", "fromName": "Example" }',
    formItems: [textItem('apiKey', 'API key', true), textItem('fromEmail', 'Sender', true)],
  },
  configSchema: MockEmailConfig,
  secretFields: ['apiKey'],
  destinationFields: [],
  sender: ({ fromEmail, fromName }) => ({ from: mailboxText(fromEmail, fromName) }),
  templates: ({ templates }) => readTemplates(templates, 'text/plain'),
  open: openRecord,
});

function openRecord({ templates = [] }: Static<typeof MockEmailConfig>): Sender {
  return {
    async send(message) {
      const { to, usageType, payload, subject, html, text } = mustBeSendable(message);
      const line = JSON.stringify({
        address: to,
        code: payload?.code,
        type: usageType,
        payload,
        template: templates.find((one) => one.usageType === usageType) ?? null,
        subject,
        content: html ?? text,
      });
      await write(`${line}\n`);
      return { answer: `Written to ${recordPath()}` };
    },
    close: async () => undefined,
  };
}

async function write(line: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  let file: FileHandle | undefined;
  try {
    // Whoever put a link there does not choose what is overwritten.
    file = await open(recordPath(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
    await file.writeFile(line);
  } catch (error) {
    throw new DeliveryFailure('temporary', `The file could not be written: ${(error as Error).message}`);
  } finally {
    await file?.close();
  }
}
