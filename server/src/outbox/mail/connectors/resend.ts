/**
 * Resend, by its API. The Message-ID is the idempotency key: within a day, a repetition of a mail that Resend has
 * already taken is answered as the first time and not sent again. Link tracking is a setting of the domain there.
 */
import { type Static, Type } from 'typebox';
import { defineConnector, type Sender } from '../connector.ts';
import { writeMailbox } from '../message.ts';
import {
  baseUrl,
  Endpoint,
  HeaderText,
  mailboxText,
  readTemplates,
  Templates,
  templatesItem,
  textItem,
} from './fields.ts';
import { openHttp } from './http.ts';

const ResendConfig = Type.Object({
  apiKey: HeaderText(),
  fromEmail: HeaderText('Sender address'),
  fromName: Type.Optional(HeaderText('Sender name')),
  replyTo: Type.Optional(HeaderText()),
  endpoint: Type.Optional(Endpoint),
  templates: Templates,
});

export const resend = defineConnector({
  metadata: {
    id: 'resend-email',
    target: 'resend-email',
    name: { en: 'Resend' },
    description: { en: 'Mail through the Resend API.' },
    logo: './logo.svg',
    readme: 'An API key with sending access, and a sender on a domain that is verified at Resend.',
    configTemplate: '{ "apiKey": "", "fromEmail": "no-reply@example.com", "fromName": "" }',
    formItems: [
      textItem('apiKey', 'API key', true),
      textItem('fromEmail', 'Sender address', true, 'no-reply@example.com'),
      textItem('fromName', 'Sender name', false, 'Acme'),
      textItem('replyTo', 'Reply to', false),
      textItem('endpoint', 'API address', false, 'https://api.resend.com'),
      templatesItem,
    ],
  },
  configSchema: ResendConfig,
  secretFields: ['apiKey'],
  destinationFields: ['endpoint'],
  sender: (config) => ({ from: mailboxText(config.fromEmail, config.fromName), replyTo: config.replyTo }),
  templates: (config) => readTemplates(config.templates),
  open: openResend,
});

function openResend(config: Static<typeof ResendConfig>): Sender {
  return openHttp({
    name: 'Resend',
    secrets: [config.apiKey],
    request: (mail) => ({
      url: `${baseUrl(config.endpoint, 'https://api.resend.com')}/emails`,
      headers: {
        authorization: `Bearer ${config.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': mail.messageId.slice(1, -1).slice(0, 256),
      },
      body: JSON.stringify({
        from: writeMailbox(mail.fromBox),
        to: [mail.to],
        reply_to: mail.replyToBox && writeMailbox(mail.replyToBox),
        subject: mail.subject,
        html: mail.html,
        text: mail.text,
        headers: {
          ...(mail.language && { 'Content-Language': mail.language }),
          ...mail.headers,
          'Message-ID': mail.messageId,
        },
      }),
    }),
    providerId: ({ json }) => json.id,
    // The first attempt with this key is still under way; its answer comes with the next one.
    isAboutAccount: ({ json }) => json.name === 'concurrent_idempotent_requests',
  });
}
