/** The mails about a request to join an organization. */
import { httpUrl } from '../links.ts';
import { fill, type MailContent, phrase } from './content.ts';
import { addressOf, brandOf, frame, subjectOf } from './frame.ts';
import type { BuiltinContext } from './render-builtin.ts';
import type { Wording } from './wording.ts';

const kinds = {
  JoinRequestMade: 'made',
  JoinRequestApproved: 'approved',
  JoinRequestDeclined: 'declined',
} as const;
export type JoinRequestMail = keyof typeof kinds;

export const isJoinRequestMail = (usageType: string): usageType is JoinRequestMail => usageType in kinds;

export function joinRequest(
  wording: Wording,
  context: BuiltinContext,
  usageType: JoinRequestMail,
): MailContent {
  const words = wording.joinRequest;
  const brand = brandOf(context.organization);
  const names = { organization: brand.name, person: addressOf(context.address) };
  const { subject, title, body } = words[kinds[usageType]];
  const link = usageType === 'JoinRequestApproved' ? httpUrl(context.link) : undefined;
  const isMade = usageType === 'JoinRequestMade';
  return {
    ...frame(wording, brand),
    subject: subjectOf(subject, names),
    title: fill(title, names),
    paragraphs: [phrase(body, names), ...(isMade ? [phrase(words.todo, names)] : [])],
    button: link ? { label: words.button, url: link } : undefined,
    facts: isMade
      ? [
          { label: wording.asked.organization, value: names.organization },
          { label: words.address, value: names.person },
        ]
      : [],
    footer: [fill(isMade ? words.whyMade : words.why, names)],
  };
}
