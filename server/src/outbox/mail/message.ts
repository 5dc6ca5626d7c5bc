/**
 * A mail that is ready to leave, and what came of handing it over.
 *
 * Nothing with a control character in an address or header leaves the house: the libraries below do not
 * guard the address field, and `x@y.z\r\nBcc: …` would reach a stranger. A mail has exactly one recipient.
 */

export type MailMessage = {
  /** `Name <address>` or a bare address. */
  from: string;
  /** One bare address. */
  to: string;
  replyTo?: string;
  subject: string;
  html?: string;
  text?: string;
  /** `<id@host>`, the same on every attempt, so that receivers and providers can drop a repetition. */
  messageId: string;
  headers?: Record<string, string>;
  /** BCP 47 tag of the content. */
  language?: string;
  /** What the mail is for and its variables: for receivers that render it themselves. */
  usageType?: string;
  payload?: Record<string, unknown>;
  /** A template that is kept at the provider; it replaces subject and content where the provider knows it. */
  providerTemplate?: { name: string; variables: Record<string, unknown> };
};

export type DeliveryOutcome = {
  /** The provider's answer, at most 500 characters, without secrets. */
  answer: string;
  /** The id under which the provider knows the mail. */
  providerId?: string;
};

/** `permanent`: the same mail would be refused again. `temporary`: worth another attempt later. */
export class DeliveryFailure extends Error {
  readonly kind: 'permanent' | 'temporary';
  /** What to show people, at most 500 characters, without secrets. */
  readonly answer: string;
  readonly retryAfterMs?: number;

  constructor(kind: 'permanent' | 'temporary', answer: string, retryAfterMs?: number) {
    super(answer);
    this.name = 'DeliveryFailure';
    this.kind = kind;
    this.answer = answer;
    this.retryAfterMs = retryAfterMs;
  }
}

export type Mailbox = { name: string; address: string };

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;
const ADDRESS = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,253}$/u;
const NAMED = /^(?:"((?:[^"\\]|\\.)*)"|([^<>"]*?))\s*<([^<>]+)>$/u;
const HEADER_NAME = /^[A-Za-z0-9-]{1,76}$/;
const MESSAGE_ID = /^<[^\s<>@]{1,200}@[^\s<>@]{1,200}>$/;

/** Reads `address`, `<address>`, `Name <address>` or `"Name" <address>`; undefined for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  if (CONTROL.test(trimmed)) return undefined;
  if (ADDRESS.test(trimmed)) return { name: '', address: trimmed };
  const named = NAMED.exec(trimmed);
  const address = named?.[3]?.trim();
  if (!named || !address || !ADDRESS.test(address)) return undefined;
  const name = named[1]?.replaceAll(/\\(.)/g, '$1') ?? named[2] ?? '';
  return { name: name.trim(), address };
}

/** `"Name" <address>`, quoted so that a comma in the name is no second recipient. */
export function writeMailbox({ name, address }: Mailbox): string {
  return name === '' ? address : `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`;
}

export type SendableMail = MailMessage & { fromBox: Mailbox; replyToBox?: Mailbox };

/** The mail with its mailboxes read; throws a permanent failure when any part could be taken for something else. */
export function mustBeSendable(message: MailMessage): SendableMail {
  const refuse = (what: string): never => {
    throw new DeliveryFailure('permanent', `The mail was not sent: ${what}.`);
  };
  if (!ADDRESS.test(message.to) || CONTROL.test(message.to)) refuse('the recipient is not one plain address');
  const fromBox = parseMailbox(message.from) ?? refuse('the sender is not one mailbox');
  const replyToBox = message.replyTo ? parseMailbox(message.replyTo) : undefined;
  if (message.replyTo && !replyToBox) refuse('the reply address is not one mailbox');
  if (CONTROL.test(message.subject)) refuse('the subject has control characters');
  if (!MESSAGE_ID.test(message.messageId)) refuse('the message id is malformed');
  if (message.language && !/^[A-Za-z0-9-]{1,35}$/.test(message.language)) refuse('the language is malformed');
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (!HEADER_NAME.test(name) || CONTROL.test(value)) refuse('a header has characters it must not have');
  }
  if (message.html === undefined && message.text === undefined && !message.providerTemplate) {
    refuse('it has no content');
  }
  return { ...message, fromBox, replyToBox };
}

/** A provider's words on one line, with the secrets of the configuration struck out. */
export function plainAnswer(text: string, secrets: readonly string[]): string {
  let line = text;
  for (const secret of secrets) {
    if (secret.length >= 4) line = line.replaceAll(secret, '•••');
  }
  line = line.replaceAll(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return line.length <= 500 ? line : `${line.slice(0, 499)}…`;
}
