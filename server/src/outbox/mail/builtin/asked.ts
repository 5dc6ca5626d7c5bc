/** The mail to an inviter whom the holder of the invitation asks for another one; or to who may approve it. */
import { fill, type MailContent, phrase } from './content.ts';
import { addressOf, brandOf, frame, subjectOf } from './frame.ts';
import type { BuiltinContext } from './render-builtin.ts';
import type { Wording } from './wording.ts';

export function asked(wording: Wording, context: BuiltinContext, isApproval: boolean): MailContent {
  const words = wording.asked;
  const brand = brandOf(context.organization);
  const address = context.address === undefined ? undefined : addressOf(context.address);
  const names = {
    organization: brand.name,
    invitee: addressOf(context.invitee),
    ...(address !== undefined && { address }),
  };
  const { subject, title, body, todo } = isApproval
    ? words.approval
    : address === undefined
      ? words.renewal
      : words.address;
  return {
    ...frame(wording, brand),
    subject: subjectOf(subject, names),
    title: fill(title, names),
    paragraphs: [phrase(body, names), phrase(todo, names)],
    facts: [
      { label: words.organization, value: names.organization },
      { label: words.invitee, value: names.invitee },
      ...(address === undefined ? [] : [{ label: words.uses, value: address }]),
    ],
    footer: isApproval ? [words.approval.why] : [words.why, words.ignore],
  };
}
