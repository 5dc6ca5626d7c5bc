/** What the invitation page says, by language: one file a language, chosen from what the browser asks for. */
import { english } from './wording/english.ts';

/** A place such as `{organization}` is filled with what people chose, set apart from the sentence. */
export type Wording = {
  readonly language: string;
  readonly pending: {
    readonly title: string;
    readonly titleAlone: string;
    readonly heading: string;
    readonly headingAlone: string;
    readonly invitee: string;
    readonly inviter: string;
    readonly role: string;
    readonly roles: string;
    readonly validUntil: string;
    readonly howTitle: string;
    readonly how: string;
    readonly unexpected: string;
  };
  readonly accepted: Ending;
  readonly rejected: Ending;
  readonly revoked: Ending;
  readonly expired: Ending;
  readonly superseded: Ending;
  readonly disabled: Ending;
  readonly gone: Ending;
  readonly forged: Ending;
  readonly unavailable: Ending;
};

export type Ending = {
  readonly title: string;
  /** What happened. */
  readonly told: string;
  /** What to do now; the second where nobody is known to ask. */
  readonly next: string;
  readonly nextAlone?: string;
};

const known: Record<string, Wording> = { en: english };

/** The first language of the header that there is wording for, English otherwise. */
export function wordingFor(acceptLanguage: string | undefined): Wording {
  const wanted = (acceptLanguage ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => part.split(';')[0]!.trim().toLowerCase().split('-')[0]!);
  const found = wanted.find((language) => Object.hasOwn(known, language));
  return known[found ?? 'en']!;
}
