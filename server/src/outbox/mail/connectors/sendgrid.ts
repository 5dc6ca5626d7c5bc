/**
 * SendGrid, by its v3 Web API. Links are not rewritten for tracking: an invitation link is for the invitee only.
 * The provider keeps a Message-ID that it is given, so a repetition can be told by it.
 */
import { type Static, Type } from 'typebox';
import { defineConnector, type Sender } from '../connector.ts';
import type { SendableMail } from '../message.ts';
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

const SendGridConfig = Type.Object({
  apiKey: HeaderText(),
  fromEmail: HeaderText('Sender address'),
  fromName: Type.Optional(HeaderText('Sender name')),
  endpoint: Type.Optional(Endpoint),
  templates: Templates,
});

export const sendgrid = defineConnector({
  metadata: {
    id: 'sendgrid-email-service',
    target: 'sendgrid-mail',
    name: { en: 'SendGrid' },
    description: { en: 'Mail through the SendGrid API.' },
    logo: './logo.svg',
    readme: 'Create an API key with the permission "Mail Send" and verify the sender address or its domain.',
    configTemplate: '{ "apiKey": "", "fromEmail": "no-reply@example.com", "fromName": "" }',
    formItems: [
      textItem('apiKey', 'API key', true),
      textItem('fromEmail', 'Sender address', true, 'no-reply@example.com'),
      textItem('fromName', 'Sender name', false, 'Acme'),
      textItem('endpoint', 'API address', false, 'https://api.sendgrid.com'),
      templatesItem,
    ],
  },
  configSchema: SendGridConfig,
  secretFields: ['apiKey'],
  destinationFields: ['endpoint'],
  sender: ({ fromEmail, fromName }) => ({ from: mailboxText(fromEmail, fromName) }),
  templates: (config) => readTemplates(config.templates),
  open: openSendGrid,
});

function openSendGrid(config: Static<typeof SendGridConfig>): Sender {
  return openHttp({
    name: 'SendGrid',
    secrets: [config.apiKey],
    request: (mail) => ({
      url: `${baseUrl(config.endpoint, 'https://api.sendgrid.com')}/v3/mail/send`,
      headers: { authorization: `Bearer ${config.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(bodyOf(mail)),
    }),
    providerId: ({ headers }) => headers.get('x-message-id'),
  });
}

function bodyOf(mail: SendableMail) {
  const box = ({ name, address }: SendableMail['fromBox']) => ({ email: address, name: name || undefined });
  const content = [
    mail.text !== undefined && { type: 'text/plain', value: mail.text },
    mail.html !== undefined && { type: 'text/html', value: mail.html },
  ];
  const language = mail.language ? { 'Content-Language': mail.language } : {};
  return {
    personalizations: [{ to: [{ email: mail.to }] }],
    from: box(mail.fromBox),
    reply_to: mail.replyToBox && box(mail.replyToBox),
    subject: mail.subject,
    content: content.filter(Boolean),
    headers: { ...language, ...mail.headers, 'Message-ID': mail.messageId },
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: { enable: false },
    },
  };
}
