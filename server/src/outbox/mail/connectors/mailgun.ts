/**
 * Mailgun, by its v3 API. Besides `templates`, it reads `deliveries`: usage type → either content or the name of
 * a template kept at Mailgun, which is what configurations for this factory look like elsewhere.
 */
import { type Static, Type } from 'typebox';
import { type ConfigTemplate, defineConnector, type Sender } from '../connector.ts';
import { type SendableMail, writeMailbox } from '../message.ts';
import {
  baseUrl,
  Endpoint,
  HeaderText,
  readTemplates,
  Templates,
  Text,
  templatesItem,
  textItem,
} from './fields.ts';
import { openHttp } from './http.ts';

const Delivery = Type.Object({
  subject: Type.Optional(Text()),
  replyTo: Type.Optional(Text()),
  html: Type.Optional(Type.String({ maxLength: 500_000 })),
  text: Type.Optional(Type.String({ maxLength: 500_000 })),
  template: Type.Optional(Text('Name of a template at Mailgun')),
  variables: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

const MailgunConfig = Type.Object({
  endpoint: Type.Optional(Endpoint),
  domain: Type.String({ pattern: '^[A-Za-z0-9.-]{1,253}$' }),
  apiKey: HeaderText(),
  from: HeaderText('Sender: `Name <address>`'),
  deliveries: Type.Optional(Type.Record(Type.String(), Delivery)),
  templates: Templates,
});

export const mailgun = defineConnector({
  metadata: {
    id: 'mailgun-email',
    target: 'mailgun-email',
    name: { en: 'Mailgun' },
    description: { en: 'Mail through the Mailgun API.' },
    logo: './logo.svg',
    readme: 'Domain, sending key and sender. For domains in the EU: `endpoint` `https://api.eu.mailgun.net`.',
    configTemplate: '{ "domain": "mg.example.com", "apiKey": "", "from": "Acme <no-reply@mg.example.com>" }',
    formItems: [
      textItem('endpoint', 'API address', false, 'https://api.mailgun.net'),
      textItem('domain', 'Domain', true, 'mg.example.com'),
      textItem('apiKey', 'API key', true),
      textItem('from', 'Sender', true, 'Acme <no-reply@mg.example.com>'),
      templatesItem,
    ],
  },
  configSchema: MailgunConfig,
  secretFields: ['apiKey'],
  destinationFields: ['endpoint'],
  sender: (config) => ({ from: config.from }),
  templates: (config) => [...readDeliveries(config.deliveries), ...readTemplates(config.templates)],
  open: openMailgun,
});

function readDeliveries(deliveries: Static<typeof MailgunConfig>['deliveries']): ConfigTemplate[] {
  return Object.entries(deliveries ?? {}).map(([usageType, delivery]) => ({
    usageType,
    contentType: delivery.html === undefined ? 'text/plain' : 'text/html',
    subject: delivery.subject ?? '',
    content: delivery.html ?? delivery.text ?? '',
    text: delivery.html === undefined ? undefined : delivery.text,
    replyTo: delivery.replyTo,
    providerTemplate: delivery.template,
    providerVariables: delivery.variables,
  }));
}

function openMailgun(config: Static<typeof MailgunConfig>): Sender {
  const basic = Buffer.from(`api:${config.apiKey}`).toString('base64');
  return openHttp({
    name: 'Mailgun',
    secrets: [config.apiKey, basic],
    request: (mail) => ({
      url: `${baseUrl(config.endpoint, 'https://api.mailgun.net')}/v3/${config.domain}/messages`,
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(fieldsOf(mail)),
    }),
    providerId: ({ json }) => json.id,
    // 404 is an unknown domain, 402 an unpaid account.
    isAboutAccount: ({ status }) => status === 404 || status === 402,
  });
}

function fieldsOf(mail: SendableMail): [string, string][] {
  const headers = { 'Content-Language': mail.language, ...mail.headers, 'Message-Id': mail.messageId };
  const fields: [string, string | undefined][] = [
    ['from', writeMailbox(mail.fromBox)],
    ['to', mail.to],
    ['subject', mail.subject || undefined],
    ['html', mail.html],
    ['text', mail.text],
    ['template', mail.providerTemplate?.name],
    ['t:variables', mail.providerTemplate && JSON.stringify(mail.providerTemplate.variables)],
    ['o:tracking', 'no'],
    ['h:Reply-To', mail.replyToBox && writeMailbox(mail.replyToBox)],
    ...Object.entries(headers).map(([name, value]): [string, string | undefined] => [`h:${name}`, value]),
  ];
  return fields.filter((field): field is [string, string] => field[1] !== undefined);
}
