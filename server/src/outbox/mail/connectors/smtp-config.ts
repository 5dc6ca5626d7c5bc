/** What an SMTP configuration may say. `logger` and `debug` are accepted and have no effect: a wire log holds links. */
import { Type } from 'typebox';
import type { FormItem } from '../connector.ts';
import { HeaderText, Templates, Text, templatesItem, textItem } from './fields.ts';

const LoginAuth = Type.Object(
  {
    type: Type.Optional(Type.String({ pattern: '^([Ll]ogin|LOGIN)$' })),
    user: Type.Optional(Text()),
    pass: Type.Optional(Text()),
  },
  { additionalProperties: false },
);

const OAuth2Type = Type.Optional(Type.String({ pattern: '^(oauth2|OAuth2|OAUTH2)$' }));

const ServiceAccountAuth = Type.Object({
  type: OAuth2Type,
  user: Text(),
  serviceClient: Text(),
  privateKey: Type.Union([
    Type.String({ minLength: 1, maxLength: 20_000 }),
    Type.Object({ key: Type.String({ maxLength: 20_000 }), passphrase: Type.String({ maxLength: 4096 }) }),
  ]),
});

const TokenAuth = Type.Object(
  {
    type: OAuth2Type,
    user: Text(),
    clientId: Type.Optional(Text()),
    clientSecret: Type.Optional(Text()),
    refreshToken: Type.Optional(Text()),
    accessToken: Type.Optional(Text()),
    expires: Type.Optional(Type.Number()),
    accessUrl: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2048 })),
  },
  { not: { required: ['pass'] } },
);

/** The part of Node's TLS options that is data and cannot lead the connection elsewhere. */
const Tls = Type.Object({
  rejectUnauthorized: Type.Optional(Type.Boolean()),
  servername: Type.Optional(Text()),
  minVersion: Type.Optional(Type.Enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])),
  maxVersion: Type.Optional(Type.Enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])),
  ciphers: Type.Optional(Text()),
  ca: Type.Optional(Type.String()),
  cert: Type.Optional(Type.String()),
  key: Type.Optional(Type.String()),
  passphrase: Type.Optional(Type.String()),
});

const Milliseconds = Type.Optional(Type.Number({ minimum: 1 }));
const Flag = Type.Optional(Type.Boolean());

export const SmtpConfig = Type.Object({
  host: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\s/@]+$' }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  auth: Type.Union([LoginAuth, ServiceAccountAuth, TokenAuth]),
  fromEmail: HeaderText('Sender: an address, or `Name <address>`'),
  replyTo: Type.Optional(HeaderText()),
  templates: Templates,
  secure: Flag,
  tls: Type.Optional(Tls),
  servername: Type.Optional(Text()),
  ignoreTLS: Flag,
  requireTLS: Flag,
  name: Type.Optional(HeaderText('Name in EHLO')),
  localAddress: Type.Optional(Text()),
  connectionTimeout: Milliseconds,
  greetingTimeout: Milliseconds,
  socketTimeout: Milliseconds,
  dnsTimeout: Milliseconds,
  logger: Flag,
  debug: Flag,
  disableFileAccess: Flag,
  disableUrlAccess: Flag,
  customHeaders: Type.Optional(
    Type.Record(Type.String(), Type.Union([HeaderText(), Type.Array(HeaderText())])),
  ),
});

const number = (key: string, label: string): FormItem => ({ key, label, type: 'Number', required: false });
const flag = (key: string, label: string): FormItem => ({
  ...{ key, label, type: 'Switch', required: false, defaultValue: false },
});

export const smtpFormItems: FormItem[] = [
  textItem('host', 'Host', true, 'smtp.example.com'),
  { ...number('port', 'Port'), required: true, placeholder: '587' },
  { key: 'auth', label: 'Account', type: 'Json', required: true, defaultValue: { user: '', pass: '' } },
  textItem('fromEmail', 'Sender', true, 'Acme <no-reply@example.com>'),
  textItem('replyTo', 'Reply to', false, 'support@example.com'),
  templatesItem,
  flag('secure', 'TLS from the first byte (port 465)'),
  flag('requireTLS', 'Refuse to send without TLS'),
  flag('ignoreTLS', 'Never upgrade to TLS'),
  { key: 'tls', label: 'TLS options', type: 'Json', required: false, defaultValue: {} },
  textItem('servername', 'TLS server name', false),
  textItem('name', 'Name in EHLO', false),
  textItem('localAddress', 'Local address', false),
  number('connectionTimeout', 'Time to connect (ms)'),
  number('greetingTimeout', 'Time to greeting (ms)'),
  number('socketTimeout', 'Time of silence (ms)'),
  number('dnsTimeout', 'Time to resolve (ms)'),
];
