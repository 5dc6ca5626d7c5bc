/**
 * Amazon SES, by its v2 API with requests signed by Signature Version 4.
 *
 * SES puts a Message-ID of its own on every mail and knows no idempotency, so ours travels in `X-Message-Ref`; a
 * repetition after a lost answer can arrive twice. Mails go as simple content, which needs only `ses:SendEmail`.
 */
import { AwsV4Signer } from 'aws4fetch';
import { type Static, Type } from 'typebox';
import { defineConnector, type Sender } from '../connector.ts';
import { type Mailbox, type SendableMail, writeMailbox } from '../message.ts';
import {
  baseUrl,
  Endpoint,
  HeaderText,
  mailboxText,
  readTemplates,
  Templates,
  Text,
  templatesItem,
  textItem,
} from './fields.ts';
import { type HttpRequest, openHttp } from './http.ts';

const SesConfig = Type.Object({
  accessKeyId: HeaderText(),
  accessKeySecret: Text(),
  sessionToken: Type.Optional(HeaderText()),
  region: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
  emailAddress: Type.Optional(HeaderText('Sender address')),
  emailAddressName: Type.Optional(HeaderText('Sender name')),
  emailAddressIdentityArn: Type.Optional(Text()),
  feedbackForwardingEmailAddress: Type.Optional(Text()),
  feedbackForwardingEmailAddressIdentityArn: Type.Optional(Text()),
  configurationSetName: Type.Optional(Text()),
  endpoint: Type.Optional(Endpoint),
  templates: Templates,
});
type Config = Static<typeof SesConfig>;

/** Errors about the account, its identities or its limits. */
const ACCOUNT_ERROR =
  /^(AccountSuspended|SendingPaused|MailFromDomainNotVerified|LimitExceeded|NotFound|TooManyRequests|Throttling)/;

export const ses = defineConnector({
  metadata: {
    id: 'aws-ses-mail',
    target: 'aws-ses',
    name: { en: 'Amazon SES' },
    description: { en: 'Mail through the API of Amazon Simple Email Service.' },
    logo: './logo.svg',
    readme: 'An access key that may `ses:SendEmail`, its region, and a verified sender address.',
    configTemplate: '{ "accessKeyId": "", "accessKeySecret": "", "region": "eu-west-1", "emailAddress": "" }',
    formItems: [
      textItem('accessKeyId', 'Access key id', true),
      textItem('accessKeySecret', 'Access key secret', true),
      textItem('region', 'Region', true, 'eu-west-1'),
      textItem('emailAddress', 'Sender address', false, 'no-reply@example.com'),
      textItem('emailAddressName', 'Sender name', false, 'Acme'),
      textItem('emailAddressIdentityArn', 'ARN of the sender identity', false),
      textItem('feedbackForwardingEmailAddress', 'Address for bounces', false),
      textItem('feedbackForwardingEmailAddressIdentityArn', 'ARN of the bounce identity', false),
      textItem('configurationSetName', 'Configuration set', false),
      textItem('endpoint', 'API address', false),
      templatesItem,
    ],
  },
  configSchema: SesConfig,
  secretFields: ['accessKeySecret', 'sessionToken'],
  destinationFields: ['endpoint', 'region'],
  sender: ({ emailAddress, emailAddressName }) => ({
    from: emailAddress && mailboxText(emailAddress, emailAddressName),
  }),
  templates: (config) => readTemplates(config.templates),
  open: openSes,
});

function openSes(config: Config): Sender {
  return openHttp({
    name: 'Amazon SES',
    secrets: [config.accessKeySecret, config.sessionToken ?? ''],
    request: (mail) => sign(config, JSON.stringify(bodyOf(mail, config))),
    providerId: ({ json }) => json.MessageId,
    isAboutAccount: ({ headers, json }) =>
      ACCOUNT_ERROR.test(headers.get('x-amzn-errortype') ?? String(json.__type ?? '')),
  });
}

async function sign(config: Config, body: string): Promise<HttpRequest> {
  const { accessKeyId, accessKeySecret: secretAccessKey, sessionToken, region } = config;
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = baseUrl(config.endpoint, `https://email.${region}.${suffix}`);
  const signer = new AwsV4Signer({
    ...{ accessKeyId, secretAccessKey, sessionToken, region, service: 'ses', method: 'POST', body },
    url: `${base}/v2/email/outbound-emails`,
    headers: { 'content-type': 'application/json' },
  });
  const { url, headers } = await signer.sign();
  return { url, headers, body };
}

function bodyOf(mail: SendableMail, config: Config) {
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
  const headers = {
    'X-Message-Ref': mail.messageId,
    ...(mail.language && { 'Content-Language': mail.language }),
    ...mail.headers,
  };
  return {
    FromEmailAddress: asciiMailbox(mail.fromBox),
    FromEmailAddressIdentityArn: config.emailAddressIdentityArn,
    Destination: { ToAddresses: [mail.to] },
    ReplyToAddresses: mail.replyToBox && [asciiMailbox(mail.replyToBox)],
    FeedbackForwardingEmailAddress: config.feedbackForwardingEmailAddress,
    FeedbackForwardingEmailAddressIdentityArn: config.feedbackForwardingEmailAddressIdentityArn,
    ConfigurationSetName: config.configurationSetName,
    Content: {
      Simple: {
        Subject: utf8(mail.subject),
        Body: {
          Html: mail.html === undefined ? undefined : utf8(mail.html),
          Text: mail.text === undefined ? undefined : utf8(mail.text),
        },
        Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
  };
}

/** SES takes names beyond ASCII only as encoded words (RFC 2047), each of at most 75 characters. */
export function asciiMailbox(box: Mailbox): string {
  if (/^[\u0020-\u007e]*$/.test(box.name)) return writeMailbox(box);
  const words: string[] = [''];
  for (const character of box.name) {
    if (Buffer.byteLength(words.at(-1) + character) > 45) words.push('');
    words[words.length - 1] += character;
  }
  const encoded = words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`);
  return `${encoded.join(' ')} <${box.address}>`;
}
