/** The mail that proves a mailbox: a code to type, and a link where one leads on. */
import { inertName } from '../inert.ts';
import { httpUrl } from '../links.ts';
import { fill, type MailContent, phrase } from './content.ts';
import { brandOf, frame, subjectOf } from './frame.ts';
import type { BuiltinContext } from './render-builtin.ts';
import type { Wording } from './wording.ts';

export function proof(
  wording: Wording,
  context: BuiltinContext,
  purpose: NonNullable<BuiltinContext['purpose']>,
): MailContent {
  const words = wording.proof;
  const brand = brandOf(context.brand ?? context.organization);
  const application = inertName(context.application?.name ?? '');
  const names = { place: application || brand.name, organization: brandOf(context.organization).name };
  const link = httpUrl(context.link);
  const { subject, title, body, button } = stepOf(wording, purpose, names);
  return {
    ...frame(wording, brand),
    subject: subjectOf(subject, names),
    title: fill(title, names),
    paragraphs: [phrase(body, names)],
    code: context.code,
    button: button && link ? { label: button, url: link } : undefined,
    facts: [
      ...(application ? [{ label: words.application, value: application }] : []),
      { label: words.validFor, value: words.tenMinutes },
    ],
    footer: [words.why, words.ignore],
  };
}

function stepOf(
  { proof: words, code }: Wording,
  purpose: string,
  names: { place: string; organization: string },
) {
  switch (purpose) {
    case 'new-address':
      return words.newAddress;
    case 'invitation':
      return names.organization ? { ...words.invitation, button: undefined } : { ...code, button: undefined };
    case 'registration':
      return { ...code, button: undefined };
    default:
      return names.place
        ? words.signIn
        : { ...words.signIn, subject: words.signIn.subjectAlone, title: words.signIn.titleAlone };
  }
}
