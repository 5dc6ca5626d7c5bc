/** What the page of a link for many says beyond what the page of an invitation does. */
import { type Language, languageFor } from '../languages.ts';
import { chinese } from './join/chinese.ts';
import { english } from './join/english.ts';
import { french } from './join/french.ts';
import { german } from './join/german.ts';
import { japanese } from './join/japanese.ts';
import { portuguese } from './join/portuguese.ts';
import { spanish } from './join/spanish.ts';

export type Ending = { readonly title: string; readonly told: string; readonly next: string };

export type JoinWording = {
  readonly title: string;
  readonly signIn: string;
  readonly signInToAsk: string;
  readonly signInButton: string;
  readonly ready: string;
  readonly join: string;
  readonly askFirst: string;
  readonly ask: string;
  readonly asked: string;
  readonly address: string;
  readonly addressButton: string;
  readonly domain: string;
  readonly notForYou: string;
  readonly failed: string;
  readonly ended: Ending;
  readonly unknown: Ending;
  /** On the account page. */
  readonly account: {
    readonly title: string;
    readonly told: string;
    /** Of a request that nobody has answered. */
    readonly withdraw: string;
    readonly ended: string;
    /** What was asked; `{time}` is when. */
    readonly requests: string;
    readonly askedAt: string;
  };
};

const known: Record<Language, JoinWording> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
};

export const joinWordingIn = (language: Language): JoinWording => known[language];

export const joinWordingFor = (acceptLanguage: string | undefined, fallback: string): JoinWording =>
  joinWordingIn(languageFor(undefined, acceptLanguage, fallback));
