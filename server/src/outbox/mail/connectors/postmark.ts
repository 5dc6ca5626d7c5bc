/**
 * Postmark, by its server API. A template entry has either content or the alias of a template kept at Postmark.
 * `X-PM-KeepID` makes Postmark keep our Message-ID.
 */
import { type Static, Type } from 'typebox';
import { type ConfigTemplate, defineConnector, type Sender } from '../connector.ts';
import { type SendableMail, writeMailbox } from '../message.ts';
import { baseUrl, Endpoint, HeaderText, Template, Text, templatesItem, textItem } from './fields.ts';
import { openHttp } from './http.ts';

/** Codes about the token, the sender signature and the account, none of them about the mail. */
const ACCOUNT_CODES = new Set([10, 100, 400, 401, 405, 412, 413]);

const AliasTemplate = Type.Object({
  usageType: Text(),
  templateAlias: Text('Alias of a template at Postmark'),
});

const PostmarkConfig = Type.Object({
  serverToken: HeaderText(),
  fromEmail: HeaderText('Sender: an address, or `Name <address>`'),
  replyTo: Type.Optional(HeaderText()),
  messageStream: Type.Optional(Text()),
  endpoint: Type.Optional(Endpoint),
  templates: Type.Optional(Type.Array(Type.Union([AliasTemplate, Template]))),
});

export const postmark = defineConnector({
  metadata: {
    id: 'postmark-mail',
    target: 'postmark-mail',
    name: { en: 'Postmark' },
    description: { en: 'Mail through the Postmark API.' },
    logo: './logo.svg',
    readme: 'The token of a Postmark server, and a sender whose signature or domain is confirmed there.',
    configTemplate: '{ "serverToken": "", "fromEmail": "no-reply@example.com" }',
    formItems: [
      textItem('serverToken', 'Server token', true),
      textItem('fromEmail', 'Sender', true, 'Acme <no-reply@example.com>'),
      textItem('replyTo', 'Reply to', false),
      textItem('messageStream', 'Message stream', false, 'outbound'),
      textItem('endpoint', 'API address', false, 'https://api.postmarkapp.com'),
      templatesItem,
    ],
  },
  configSchema: PostmarkConfig,
  secretFields: ['serverToken'],
  destinationFields: ['endpoint'],
  sender: (config) => ({ from: config.fromEmail, replyTo: config.replyTo }),
  templates: readPostmarkTemplates,
  open: openPostmark,
});

function readPostmarkTemplates({ templates }: Static<typeof PostmarkConfig>): ConfigTemplate[] {
  return (templates ?? []).map((template) => ({
    usageType: template.usageType,
    contentType: ('contentType' in template && template.contentType) || 'text/html',
    subject: 'subject' in template ? template.subject : '',
    content: 'content' in template ? template.content : '',
    providerTemplate: 'templateAlias' in template ? template.templateAlias : undefined,
  }));
}

function openPostmark(config: Static<typeof PostmarkConfig>): Sender {
  const base = baseUrl(config.endpoint, 'https://api.postmarkapp.com');
  return openHttp({
    name: 'Postmark',
    secrets: [config.serverToken],
    request: (mail) => ({
      url: `${base}${mail.providerTemplate ? '/email/withTemplate' : '/email'}`,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'x-postmark-server-token': config.serverToken,
      },
      body: JSON.stringify(bodyOf(mail, config.messageStream)),
    }),
    providerId: ({ json }) => json.MessageID,
    isAboutAccount: ({ json }) => ACCOUNT_CODES.has(Number(json.ErrorCode)),
  });
}

function bodyOf(mail: SendableMail, stream: string | undefined) {
  const headers = {
    'Message-ID': mail.messageId,
    'X-PM-KeepID': 'true',
    ...(mail.language && { 'Content-Language': mail.language }),
    ...mail.headers,
  };
  const content = mail.providerTemplate
    ? { TemplateAlias: mail.providerTemplate.name, TemplateModel: mail.providerTemplate.variables }
    : { Subject: mail.subject, HtmlBody: mail.html, TextBody: mail.text };
  return {
    From: writeMailbox(mail.fromBox),
    To: mail.to,
    ReplyTo: mail.replyToBox && writeMailbox(mail.replyToBox),
    ...content,
    Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
    TrackOpens: false,
    TrackLinks: 'None',
    MessageStream: stream,
  };
}
