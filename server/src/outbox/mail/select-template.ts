/**
 * Which template a mail is made of. First hit wins:
 * stored for the type in the language of the message, stored for the type in the fallback language, stored
 * `Generic` in the fallback language, the connector's for the type, the connector's `Generic`, built in.
 *
 * A language is looked for from the particular to the general (`zh-TW`, `zh-Hant`, `zh`), then among its other
 * regions in the same script, and tags are compared in canonical form. A `Generic` template that shows a code is
 * passed over when the message has none: an invitation must not go out as a verification code. What an inviter is
 * asked for is said by templates of its own type only: a `Generic` one could not say what it is about.
 */
import type { ConfigTemplate } from './connector.ts';
import { languageChain, sameLanguage } from './language.ts';
import { mentions } from './render.ts';

const ownTypes = new Set([
  'InvitationRenewalRequest',
  'InvitationAddressRequest',
  'JoinRequestMade',
  'JoinRequestApproved',
  'JoinRequestDeclined',
  'OwnershipOffered',
  'InvitationApprovalRequest',
]);

export type StoredTemplate = {
  languageTag: string;
  templateType: string;
  details: {
    subject: string;
    content: string;
    contentType?: 'text/html' | 'text/plain';
    replyTo?: string;
    sendFrom?: string;
  };
};

export type TemplateChoice = {
  usageType: string;
  /** `locale` of the message, as it came. */
  locale?: string;
  fallbackLanguage: string;
  stored: readonly StoredTemplate[];
  configured: readonly ConfigTemplate[];
  /** Whether the message has a code to show. */
  hasCode: boolean;
};

export type SelectedTemplate =
  | { source: 'stored'; language: string; template: StoredTemplate }
  | { source: 'connector'; language: string; template: ConfigTemplate }
  | { source: 'built-in'; languages: string[] };

export function selectTemplate(choice: TemplateChoice): SelectedTemplate {
  const { usageType, locale, fallbackLanguage, configured, hasCode } = choice;
  const isOwn = ownTypes.has(usageType);
  const stored =
    findStored(choice, usageType, locale) ??
    findStored(choice, usageType, fallbackLanguage) ??
    (isOwn ? undefined : findStored(choice, 'Generic', fallbackLanguage));
  if (stored) return { source: 'stored', language: stored.languageTag, template: stored };
  const entry =
    configured.find((each) => each.usageType === usageType) ??
    configured.find((each) => !isOwn && each.usageType === 'Generic' && serves(each, usageType, hasCode));
  if (entry) return { source: 'connector', language: fallbackLanguage, template: entry };
  return { source: 'built-in', languages: [locale, fallbackLanguage].filter((tag) => tag !== undefined) };
}

function findStored(choice: TemplateChoice, type: string, language?: string): StoredTemplate | undefined {
  if (!language) return undefined;
  const candidates = choice.stored.filter(
    (each) => each.templateType === type && serves(each.details, choice.usageType, choice.hasCode, type),
  );
  for (const tag of languageChain(language)) {
    const exact = candidates.find((each) => languageChain(each.languageTag)[0] === tag);
    if (exact) return exact;
  }
  return candidates
    .filter((each) => sameLanguage(each.languageTag, language))
    .sort((one, other) => (one.languageTag < other.languageTag ? -1 : 1))[0];
}

function serves(
  template: { subject: string; content: string },
  usageType: string,
  hasCode: boolean,
  type = 'Generic',
): boolean {
  if (type === usageType || hasCode) return true;
  return !mentions(template.content, 'code') && !mentions(template.subject, 'code');
}
