/** What the pages around signing in say, by language: one file a language. */
import type { Language } from '../languages.ts';
import { chinese } from './sign-in/chinese.ts';
import { english } from './sign-in/english.ts';
import { french } from './sign-in/french.ts';
import { german } from './sign-in/german.ts';
import { japanese } from './sign-in/japanese.ts';
import { portuguese } from './sign-in/portuguese.ts';
import { spanish } from './sign-in/spanish.ts';

/** A place such as `{application}` is filled with what people chose, set apart from the sentence. */
export type SignInWording = {
  readonly signIn: {
    readonly title: string;
    readonly registerTitle: string;
    readonly againTitle: string;
    /** Below the title: where one is going. */
    readonly to: string;
    readonly toIn: string;
    readonly againWhy: string;
    readonly address: string;
    readonly addressBad: string;
    readonly next: string;
    readonly or: string;
    readonly usePassword: string;
    readonly usePasskey: string;
    readonly useCode: string;
    readonly noAccount: string;
    readonly register: string;
    readonly haveAccount: string;
    readonly signIn: string;
    readonly terms: string;
    readonly privacy: string;
  };
  readonly code: {
    readonly title: string;
    readonly sent: string;
    readonly sentPerhaps: string;
    readonly link: string;
    readonly code: string;
    readonly name: string;
    readonly nameHint: string;
    readonly submit: string;
    readonly again: string;
    readonly sentAgain: string;
    readonly otherAddress: string;
    readonly bad: string;
    readonly wrong: string;
    readonly wrongOnce: string;
    readonly ended: string;
    /** Too many wrong codes in a day: only the link proves the address now. */
    readonly onlyLink: string;
  };
  readonly password: {
    readonly title: string;
    readonly identifier: string;
    readonly password: string;
    readonly submit: string;
    readonly missing: string;
    readonly wrong: string;
    readonly tooMany: string;
  };
  readonly passkey: {
    readonly title: string;
    readonly told: string;
    readonly submit: string;
    readonly failed: string;
    readonly needsScript: string;
  };
  readonly link: {
    readonly title: string;
    readonly told: string;
    readonly submit: string;
    readonly not: string;
    readonly endedTitle: string;
    readonly ended: string;
    readonly fresh: string;
  };
  /** The link by which somebody confirms a new address of their account. */
  readonly newAddress: {
    readonly title: string;
    readonly told: string;
    readonly submit: string;
    readonly taken: string;
  };
  readonly consent: {
    readonly title: string;
    readonly as: string;
    readonly switch: string;
    readonly sees: string;
    readonly organizations: string;
    readonly organizationsHint: string;
    readonly allow: string;
    readonly decline: string;
    readonly goes: string;
    /** OpenID Connect scopes in plain words; one without words is shown by its name. */
    readonly scopes: Readonly<Record<ScopeInWords, string>>;
  };
  readonly signOut: {
    readonly title: string;
    readonly told: string;
    readonly submit: string;
    readonly stay: string;
    readonly doneTitle: string;
    readonly done: string;
    readonly signIn: string;
  };
  readonly problems: {
    readonly tooMany: string;
    readonly noMail: string;
    readonly suspended: string;
    readonly noAccount: string;
    readonly outdatedTitle: string;
    readonly outdated: string;
    readonly account: string;
  };
};

type ScopeInWords =
  | 'openid'
  | 'offline_access'
  | 'profile'
  | 'email'
  | 'phone'
  | 'address'
  | 'roles'
  | 'identities'
  | 'custom_data'
  | 'urn:logto:scope:organizations'
  | 'urn:logto:scope:organization_roles';

export const signInWording: Readonly<Record<Language, SignInWording>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
};
