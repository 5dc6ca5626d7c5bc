/**
 * SMTP, through a pool of connections.
 *
 * A mail has at most 50 seconds in all, so that it ends before its lease does, whatever the server does: a
 * trickling server is cut off, and only the connection of that mail is closed. The server's 5xx about a mail is
 * permanent. Refused credentials are the operator's to mend and a refused connection says nothing about the
 * mail: both are temporary, so that nothing is lost while it is being mended.
 */
import { createTransport } from 'nodemailer';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { defineConnector, isRecord, type Sender } from '../connector.ts';
import {
  DeliveryFailure,
  type DeliveryOutcome,
  type MailMessage,
  mustBeSendable,
  plainAnswer,
  type SendableMail,
} from '../message.ts';
import { readTemplates } from './fields.ts';
import { SmtpConfig, smtpFormItems } from './smtp-config.ts';

const SEND_DEADLINE_MS = 50_000;

type Config = Static<typeof SmtpConfig>;
type SmtpError = Error & { code?: string; responseCode?: number; response?: string; command?: string };

export const smtp = defineConnector({
  metadata: {
    id: 'simple-mail-transfer-protocol',
    target: 'smtp',
    name: { en: 'SMTP' },
    description: { en: 'Any mail server that speaks SMTP.' },
    logo: './logo.svg',
    readme:
      'Host, port and account of your mail server. Use `secure` for port 465; 587 upgrades by STARTTLS.',
    configTemplate: '{ "host": "smtp.example.com", "port": 587, "auth": {}, "fromEmail": "" }',
    formItems: smtpFormItems,
  },
  configSchema: SmtpConfig,
  secretFields: [
    'auth.pass',
    'auth.privateKey',
    'auth.clientSecret',
    'auth.refreshToken',
    'auth.accessToken',
    'tls.key',
    'tls.passphrase',
  ],
  destinationFields: ['host', 'port', 'auth.accessUrl'],
  sender: (config) => ({ from: config.fromEmail, replyTo: config.replyTo }),
  templates: (config) => readTemplates(config.templates),
  open: openSmtp,
});

function openSmtp(config: Config): Sender {
  const pool = createTransport(poolOptions(config));
  // A failure reaches the mail it concerns; what happens on an idle connection concerns nobody.
  pool.on('error', () => {});
  const secrets = secretsOf(config.auth);
  return {
    send: (message, signal) => {
      const deadline = AbortSignal.timeout(SEND_DEADLINE_MS);
      return sendMail(message, signal ? AbortSignal.any([signal, deadline]) : deadline);
    },
    close: async () => pool.close(),
  };

  async function sendMail(message: MailMessage, signal: AbortSignal): Promise<DeliveryOutcome> {
    const mail = mustBeSendable(message);
    try {
      signal.throwIfAborted();
      const info = await pool.sendMail({
        from: mail.fromBox,
        to: { name: '', address: mail.to },
        replyTo: mail.replyToBox,
        subject: mail.subject,
        html: mail.html,
        text: mail.text,
        messageId: mail.messageId,
        headers: headersOf(config, mail),
        envelope: { from: mail.fromBox.address, to: [mail.to] },
        signal,
      });
      return { answer: plainAnswer(info.response, secrets), providerId: info.serverMessageId };
    } catch (error) {
      throw smtpFailure(error as SmtpError, secrets, signal.aborted);
    }
  }
}

function poolOptions(config: Config) {
  const capped = (value: number | undefined, byDefault: number) =>
    Math.min(value ?? byDefault, SEND_DEADLINE_MS);
  const { host, port, secure, tls, servername, ignoreTLS, requireTLS, name, localAddress } = config;
  return {
    ...{ host, port, secure: secure ?? false, servername, ignoreTLS, requireTLS, name, localAddress },
    tls: tls && (Value.Clean(SmtpConfig.properties.tls, structuredClone(tls)) as Config['tls']),
    auth: { ...config.auth, type: isOAuth2(config.auth) ? 'OAuth2' : 'login' },
    pool: true as const,
    maxConnections: 20,
    maxMessages: 100,
    // One new try when a pooled connection turns out to be dead before a byte of the mail was sent.
    maxRequeues: 1,
    connectionTimeout: capped(config.connectionTimeout, 20_000),
    greetingTimeout: capped(config.greetingTimeout, 20_000),
    socketTimeout: capped(config.socketTimeout, 40_000),
    dnsTimeout: capped(config.dnsTimeout, 10_000),
    // Contents are text that we hand over, never paths; and a wire log would hold links and credentials.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    debug: false,
  };
}

const isOAuth2 = (auth: Config['auth']): boolean =>
  /^oauth2$/i.test(auth.type ?? '') ||
  ['serviceClient', 'clientId', 'accessToken'].some((key) => key in auth);

function headersOf(config: Config, mail: SendableMail) {
  const custom = Object.entries(config.customHeaders ?? {}).map(([key, value]) => [key, value]);
  const language = mail.language ? { 'Content-Language': mail.language } : {};
  return { ...Object.fromEntries(custom), ...language, 'Auto-Submitted': 'auto-generated', ...mail.headers };
}

/** Every text value of the account but its user name, to be struck out of answers. */
function secretsOf(auth: Config['auth']): string[] {
  const { user: _user, type: _type, ...rest } = auth;
  const secrets = Object.values(rest).flatMap((value) => (isRecord(value) ? Object.values(value) : [value]));
  const plain = secrets.filter((value) => typeof value === 'string');
  return [...plain, ...plain.map((value) => Buffer.from(value).toString('base64'))];
}

function smtpFailure(error: SmtpError, secrets: string[], aborted: boolean): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  const aboutTheMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  const code = error.responseCode;
  // 530, 534, 535 and 538 ask for other credentials; 503 says that the session, not the mail, was wrong.
  const final = code === undefined || (code >= 500 && ![503, 530, 534, 535, 538].includes(code));
  const kind = aboutTheMail && final ? 'permanent' : 'temporary';
  return new DeliveryFailure(kind, plainAnswer(describe(error, aborted), secrets));
}

function describe(error: SmtpError, aborted: boolean): string {
  if (aborted || error.code === 'EABORT') return 'The mail server took too long.';
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    return `The mail server refused the account: ${error.response ?? error.message}`;
  }
  return error.response ?? `No answer from the mail server: ${error.message}`;
}
