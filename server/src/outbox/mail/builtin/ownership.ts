/** The mail to a member to whom an owner offers to hand the organization over. */
import { httpUrl } from '../links.ts';
import { fill, type MailContent, phrase } from './content.ts';
import { brandOf, frame, inviterOf, subjectOf } from './frame.ts';
import type { BuiltinContext } from './render-builtin.ts';
import type { Wording } from './wording.ts';

export function ownership(
  wording: Wording,
  context: BuiltinContext,
  validUntil: MailContent['facts'],
): MailContent {
  const words = wording.ownership;
  const brand = brandOf(context.organization);
  const owner = inviterOf(context.inviter);
  const names = { organization: brand.name, ...(owner && { inviter: owner.name }) };
  const link = httpUrl(context.link);
  return {
    ...frame(wording, brand),
    subject: subjectOf(owner ? words.subject : words.subjectAlone, names),
    title: fill(words.title, names),
    paragraphs: [phrase(owner ? words.body : words.bodyAlone, names), phrase(words.todo, names)],
    button: link ? { label: words.button, url: link } : undefined,
    facts: [...(owner ? [{ label: words.offeredBy, value: owner.full }] : []), ...validUntil],
    footer: [fill(words.why, names)],
  };
}
