/**
 * The mails that need no template: the invitation, and one for everything else (a code, or a link). There is
 * always one, in the language asked for or in English.
 *
 * Every name in them was chosen by somebody, so each is made inert first; links and logos are web addresses only.
 */
import { inertAddress, inertName, inertNote, shorten } from '../inert.ts';
import { httpUrl } from '../links.ts';
import { oneLine } from '../render.ts';
import { hexColor } from './color.ts';
import { type Brand, fill, type MailContent, phrase } from './content.ts';
import { layoutHtml } from './layout.ts';
import { layoutText } from './plain-text.ts';
import { chooseWording, type Wording } from './wording.ts';

type MailOrganization = {
  id?: string;
  name: string;
  branding?: Record<string, unknown> | null;
  color?: Record<string, unknown> | null;
};

type MailInviter = {
  name?: string | null;
  username?: string | null;
  primaryEmail?: string | null;
  [field: string]: unknown;
};

export type BuiltinContext = {
  organization?: MailOrganization | null;
  inviter?: MailInviter | null;
  link?: string;
  expiresAt?: number | Date;
  roles?: readonly string[];
  /** What a code is good for. */
  purpose?: 'sign-in' | 'invitation' | 'new-address';
  /** Whose name and colours the mail carries, where it is not the organization. */
  brand?: Omit<MailOrganization, 'id'>;
  application?: { id: string; name: string } | null;
  code?: string;
  /** A note in the inviter's words. */
  message?: string;
};

export type RenderedMail = { subject: string; html: string; text: string; language: string };

const BRAND_COLOR = '#3451d1';
const BRAND_COLOR_DARK = '#7d95ff';

export function renderBuiltin(mail: {
  usageType: string;
  /** Tags in order of preference. */
  locale?: string | readonly string[];
  context: BuiltinContext;
}): RenderedMail {
  const tags = typeof mail.locale === 'string' ? [mail.locale] : (mail.locale ?? []);
  const { wording, dateLocale } = chooseWording(tags);
  const facts = validUntil(wording, dateLocale, mail.context.expiresAt);
  const content =
    mail.usageType === 'OrganizationInvitation'
      ? invitation(wording, mail.context, facts)
      : codeOrLink(wording, mail.context, facts);
  return {
    subject: content.subject,
    html: layoutHtml(content),
    text: layoutText(content),
    language: wording.language,
  };
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
    ...frame(wording, brandOf(context.organization)),
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

const frame = (wording: Wording, brand: Brand) => ({
  language: wording.language,
  colon: wording.colon,
  linkHint: wording.linkHint,
  brand,
});

function brandOf(organization: MailOrganization | null | undefined): Brand {
  const { branding, color } = { branding: organization?.branding ?? {}, color: organization?.color ?? {} };
  const primary = hexColor(color.primaryColor) ?? hexColor(branding.primaryColor);
  return {
    name: inertName(organization?.name ?? '') || inertName(organization?.id ?? ''),
    logoUrl: httpUrl(branding.logoUrl),
    darkLogoUrl: httpUrl(branding.darkLogoUrl),
    color: primary ?? BRAND_COLOR,
    darkColor: hexColor(color.darkPrimaryColor) ?? primary ?? BRAND_COLOR_DARK,
  };
}

/** The name, or the address where there is no name; undefined when neither can be shown. */
function inviterOf(inviter: MailInviter | null | undefined): { name: string; full: string } | undefined {
  const name = inertName(inviter?.name ?? '') || inertName(inviter?.username ?? '');
  const address = inertAddress(inviter?.primaryEmail);
  if (!name) return address ? { name: address, full: address } : undefined;
  return { name, full: address ? `${name} (${address})` : name };
}

function subjectOf(template: string, names: Record<string, string>): string {
  const short = Object.entries(names).map(([key, name]) => [key, shorten(name, 60)]);
  return oneLine(fill(template, Object.fromEntries(short)));
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
