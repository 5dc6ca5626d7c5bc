/** What the invitation page says, by language: one file a language, chosen from what the browser asks for. */
import { type Language, languageFor } from '../languages.ts';
import { chinese } from './invitation/chinese.ts';
import { english } from './invitation/english.ts';
import { french } from './invitation/french.ts';
import { german } from './invitation/german.ts';
import { japanese } from './invitation/japanese.ts';
import { portuguese } from './invitation/portuguese.ts';
import { spanish } from './invitation/spanish.ts';

/** A place such as `{organization}` is filled with what people chose, set apart from the sentence. */
export type Wording = {
  readonly language: string;
  readonly open: {
    readonly title: string;
    readonly titleAlone: string;
    readonly heading: string;
    readonly headingAlone: string;
    readonly invitee: string;
    readonly inviter: string;
    readonly role: string;
    readonly roles: string;
    readonly validUntil: string;
    readonly name: string;
    readonly nameHint: string;
    readonly nameMissing: string;
    readonly accept: string;
    readonly decline: string;
    /** Below the buttons: what accepting does to the browser. */
    readonly signsIn: string;
    readonly signedInAs: string;
    readonly member: string;
    readonly unexpected: string;
  };
  readonly passkey: { readonly told: string; readonly button: string };
  readonly code: {
    readonly told: string;
    readonly send: string;
    readonly label: string;
    readonly sent: string;
    /** Where the person may be new. */
    readonly nameHint: string;
    readonly wrong: string;
    readonly ended: string;
    readonly again: string;
    readonly tooMany: string;
    readonly noMail: string;
  };
  readonly other: {
    readonly heading: string;
    readonly told: string;
    readonly switch: string;
    readonly ask: string;
    readonly askAlone: string;
  };
  readonly ask: {
    readonly button: string;
    readonly asked: string;
    readonly nobody: string;
    /** Those who may approve it were asked, and have not answered. */
    readonly approval: string;
  };
  /** For who has just accepted, or comes back signed in. */
  readonly joined: {
    readonly title: string;
    readonly told: string;
    readonly go: string;
    readonly goTo: string;
    readonly account: string;
    readonly passkey: string;
    readonly passkeyButton: string;
  };
  readonly accepted: Ending;
  readonly rejected: Ending;
  readonly revoked: Ending;
  readonly expired: Ending;
  readonly superseded: Ending;
  readonly disabled: Ending;
  readonly waiting: Ending;
  readonly suspended: Ending;
  readonly full: Ending;
  readonly gone: Ending;
  readonly unknown: Ending;
  readonly forged: Ending;
  readonly unavailable: Ending;
  readonly signIn: string;
  readonly otherAccount: string;
  readonly tryAgain: string;
  readonly write: string;
};

export type Ending = {
  readonly title: string;
  /** What happened. */
  readonly told: string;
  /** What to do now; the second where nobody is known to ask. */
  readonly next: string;
  readonly nextAlone?: string;
};

const known: Record<Language, Wording> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
};

export const wordingFor = (acceptLanguage: string | undefined, fallback?: string): Wording =>
  known[languageFor(undefined, acceptLanguage, fallback)];
