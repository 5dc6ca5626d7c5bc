/**
 * The mails that need no template: the invitation, the code that proves a mailbox, what an inviter is asked for, and one
 * for everything else (a code, or a link). There is always one, in the language asked for or in English.
 *
 * Every name in them was chosen by somebody, so each is made inert first; links and logos are web addresses only.
 */
import { inertName, inertNote } from '../inert.ts';
import { httpUrl } from '../links.ts';
import { asked } from './asked.ts';
import { fill, type MailContent, phrase } from './content.ts';
import { brandOf, frame, inviterOf, type MailInviter, type MailOrganization, subjectOf } from './frame.ts';
import { isJoinRequestMail, joinRequest } from './join-request.ts';
import { layoutHtml } from './layout.ts';
import { ownership } from './ownership.ts';
import { layoutText } from './plain-text.ts';
import { proof } from './proof.ts';
import { chooseWording, type Wording } from './wording.ts';

export type BuiltinContext = {
  organization?: MailOrganization | null;
  inviter?: MailInviter | null;
  link?: string;
  expiresAt?: number | Date;
  roles?: readonly string[];
  /** What a code is good for. */
  purpose?: 'sign-in' | 'invitation' | 'new-address' | 'registration';
  /** Who was invited, where the mail goes to the inviter; and the address that person uses. */
  invitee?: string;
  address?: string;
  /** Whose name and colours the mail carries, where it is not the organization. */
  brand?: Omit<MailOrganization, 'id'>;
  application?: { id: string; name: string } | null;
  code?: string;
  /** A note in the inviter's words. */
  message?: string;
};

export type RenderedMail = { subject: string; html: string; text: string; language: string };

export function renderBuiltin(mail: {
  usageType: string;
  /** Tags in order of preference. */
  locale?: string | readonly string[];
  context: BuiltinContext;
}): RenderedMail {
  const tags = typeof mail.locale === 'string' ? [mail.locale] : (mail.locale ?? []);
  const { wording, dateLocale } = chooseWording(tags);
  const facts = validUntil(wording, dateLocale, mail.context.expiresAt);
  const content = contentOf(mail.usageType, wording, mail.context, facts);
  return {
    subject: content.subject,
    html: layoutHtml(content),
    text: layoutText(content),
    language: wording.language,
  };
}

function contentOf(
  usageType: string,
  wording: Wording,
  context: BuiltinContext,
  facts: MailContent['facts'],
): MailContent {
  if (usageType === 'OrganizationInvitation') return invitation(wording, context, facts);
  if (usageType.startsWith('Invitation') && usageType.endsWith('Request'))
    return asked(wording, context, usageType === 'InvitationApprovalRequest');
  if (isJoinRequestMail(usageType)) return joinRequest(wording, context, usageType);
  if (usageType === 'OwnershipOffered') return ownership(wording, context, facts);
  return context.purpose ? proof(wording, context, context.purpose) : codeOrLink(wording, context, facts);
}

function invitation(wording: Wording, context: BuiltinContext, facts: MailContent['facts']): MailContent {
  const words = wording.invitation;
  const brand = brandOf(context.organization);
  const inviter = inviterOf(context.inviter);
  const names = { organization: brand.name, ...(inviter && { inviter: inviter.name }) };
  const link = httpUrl(context.link);
  const roles = (context.roles ?? []).map((role) => inertName(role, 60)).filter(Boolean);
  const note = context.message ? inertNote(context.message) : '';
  return {
    ...frame(wording, brand),
    subject: subjectOf(inviter ? words.subject : words.subjectAlone, names),
    title: fill(words.title, names),
    paragraphs: [phrase(inviter ? words.body : words.bodyAlone, names)],
    note: note ? { label: fill(inviter ? words.note : words.noteAlone, names), text: note } : undefined,
    button: link ? { label: words.button, url: link } : undefined,
    facts: [
      ...(inviter ? [{ label: words.invitedBy, value: inviter.full }] : []),
      ...(roles.length > 0
        ? [{ label: roles.length > 1 ? words.roles : words.role, value: listOf(wording, roles) }]
        : []),
      ...facts,
    ],
    footer: [fill(words.why, names), words.ignore],
  };
}

function codeOrLink(wording: Wording, context: BuiltinContext, facts: MailContent['facts']): MailContent {
  const words = wording.code;
  const code = context.code === undefined ? '' : inertName(context.code, 64);
  const link = httpUrl(context.link);
  const note = context.message ? inertNote(context.message) : '';
  return {
    ...frame(wording, brandOf(context.brand ?? context.organization)),
    subject: code ? words.subject : words.linkSubject,
    title: code ? words.title : words.linkTitle,
    paragraphs: code || link ? [phrase(code ? words.body : words.linkBody, {})] : [],
    code: code || undefined,
    note: note ? { label: wording.invitation.noteAlone, text: note } : undefined,
    button: link ? { label: words.button, url: link } : undefined,
    facts,
    footer: [words.why, words.ignore],
  };
}

function validUntil(
  wording: Wording,
  locale: string,
  expiresAt: number | Date | undefined,
): MailContent['facts'] {
  if (expiresAt === undefined || Number.isNaN(Number(expiresAt))) return [];
  const format = dateFormat(locale);
  return [
    { label: wording.validUntil, value: `${format.format(expiresAt).replaceAll('\u202f', ' ')}\u00a0UTC` },
  ];
}

const listOf = (wording: Wording, items: string[]): string => listFormat(wording.language).format(items);

/** Formats cost far more to make than to use, and there are as many as there are languages of ours. */
function remembered<T>(make: (locale: string) => T): (locale: string) => T {
  const made = new Map<string, T>();
  return (locale) => {
    const known = made.get(locale) ?? make(locale);
    if (made.size < 64) made.set(locale, known);
    return known;
  };
}

const dateFormat = remembered(
  (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }),
);
const listFormat = remembered((locale) => new Intl.ListFormat(locale, { type: 'conjunction' }));
