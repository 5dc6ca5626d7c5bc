/**
 * From what is to be said to a mail that can be sent: choose the template, fill it, address it.
 *
 * `organization` and `inviter` are what the server knows and cannot be supplied by the caller; every other variable
 * is the caller's own. What people typed about themselves is made inert in every template, stored ones included.
 * `link` is the caller's when it is a web address, otherwise the link that the server made.
 */
import { type BuiltinContext, type RenderedMail, renderBuiltin } from './builtin/render-builtin.ts';
import type { ConfigTemplate, ConfiguredSender } from './connector.ts';
import { inertAddress, inertName, inertValue } from './inert.ts';
import { canonicalLanguage } from './language.ts';
import { httpUrl } from './links.ts';
import { type MailMessage, parseMailbox } from './message.ts';
import { renderTemplate } from './render.ts';
import { type SelectedTemplate, type StoredTemplate, selectTemplate } from './select-template.ts';

export type MailToCompose = {
  usageType: string;
  /** The caller's variables; `locale` is the language of the message. */
  payload: Record<string, unknown>;
  /** What the server knows; `link` and `expiresAt` of the invitation among it. */
  context: Omit<BuiltinContext, 'code' | 'message'>;
  templates: {
    stored: readonly StoredTemplate[];
    configured: readonly ConfigTemplate[];
    fallbackLanguage: string;
  };
  /** What the connector's configuration says. */
  sender: ConfiguredSender;
  /** The sender where neither template nor connector names one. */
  defaultFrom: string;
  to: string;
  messageId: string;
  headers?: Record<string, string>;
};

const SUBJECT_LENGTH = 250;

type Parts = Pick<MailMessage, 'subject' | 'html' | 'text' | 'providerTemplate'> & {
  language?: string;
  replyTo?: string;
  sendFrom?: string;
};

export function composeMail(mail: MailToCompose): MailMessage {
  const { usageType, payload, to, messageId, headers } = mail;
  const variables = variablesOf(mail);
  const parts = fillTemplate(mail, variables);
  const replyTo = [parts.replyTo, mail.sender.replyTo].find((text) => text && parseMailbox(text));
  const from = [parts.sendFrom, mail.sender.from].find((text) => text && parseMailbox(text));
  return {
    from: from ?? mail.defaultFrom,
    to,
    replyTo,
    subject: parts.subject.slice(0, SUBJECT_LENGTH).toWellFormed(),
    html: parts.html,
    text: parts.text,
    messageId,
    headers,
    language: parts.language && canonicalLanguage(parts.language),
    usageType,
    payload: { ...payload, ...variables },
    providerTemplate: parts.providerTemplate,
  };
}

function variablesOf({ usageType, payload, context }: MailToCompose): Record<string, unknown> {
  const { organization, inviter, application, invitee, address: wanted } = context;
  const { organization: _organization, inviter: _inviter, link, ...own } = payload;
  const known = {
    ...(organization && { organization: inertValue(organization) }),
    ...(inviter && { inviter: inertValue(inviter) }),
    ...(invitee && { invitee: inertAddress(invitee) ?? inertName(invitee) }),
    ...(wanted && { address: inertAddress(wanted) ?? inertName(wanted) }),
    ...(application && { application: inertValue(application) }),
  };
  // An invitation without an inviter shows nothing in the inviter's place, rather than the placeholder.
  const nobody = usageType === 'OrganizationInvitation' && !inviter ? { inviter: null } : {};
  const address = httpUrl(link) ?? httpUrl(context.link);
  const web = address || link !== undefined || context.link !== undefined ? { link: address ?? '' } : {};
  return { ...own, ...web, ...nobody, ...known };
}

function fillTemplate(mail: MailToCompose, variables: Record<string, unknown>): Parts {
  const locale = typeof mail.payload.locale === 'string' ? mail.payload.locale : undefined;
  const selected = selectTemplate({
    usageType: mail.usageType,
    locale,
    ...mail.templates,
    hasCode: mail.payload.code !== undefined,
  });
  if (selected.source === 'built-in') return fillBuiltin(mail, selected.languages, variables);
  return { ...fillOwn(selected, variables), language: selected.language };
}

function fillOwn(
  selected: Exclude<SelectedTemplate, { source: 'built-in' }>,
  variables: Record<string, unknown>,
): Parts {
  const template = selected.source === 'stored' ? selected.template.details : selected.template;
  const header = (text: string | undefined) =>
    text === undefined ? undefined : renderTemplate(text, variables, { escape: 'header' });
  const plain = template.contentType === 'text/plain';
  const content = renderTemplate(template.content, variables, { escape: plain ? 'none' : 'html' });
  const beside = 'text' in template && template.text;
  const provider = 'providerTemplate' in template ? template.providerTemplate : undefined;
  return {
    subject: header(template.subject) ?? '',
    html: plain || provider ? undefined : content,
    text:
      plain && !provider
        ? content
        : beside
          ? renderTemplate(beside, variables, { escape: 'none' })
          : undefined,
    replyTo: header(template.replyTo),
    sendFrom: 'sendFrom' in template ? header(template.sendFrom) : undefined,
    providerTemplate: provider
      ? {
          name: provider,
          variables: { ...('providerVariables' in template && template.providerVariables), ...variables },
        }
      : undefined,
  };
}

function fillBuiltin(
  mail: MailToCompose,
  languages: string[],
  variables: Record<string, unknown>,
): RenderedMail {
  const { code, message } = mail.payload;
  return renderBuiltin({
    usageType: mail.usageType,
    locale: languages,
    context: {
      ...mail.context,
      link: typeof variables.link === 'string' ? variables.link : undefined,
      code: typeof code === 'string' || typeof code === 'number' ? String(code) : undefined,
      message: typeof message === 'string' ? message : undefined,
    },
  });
}
