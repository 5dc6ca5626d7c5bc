/** What the pages of one's own account say, by language: one file a language. */
import type { Language } from '../languages.ts';
import { chinese } from './account/chinese.ts';
import { english } from './account/english.ts';
import { french } from './account/french.ts';
import { german } from './account/german.ts';
import { japanese } from './account/japanese.ts';
import { portuguese } from './account/portuguese.ts';
import { spanish } from './account/spanish.ts';

/** A place such as `{organization}` is filled with what people chose, set apart from the sentence. */
export type AccountWording = {
  readonly title: string;
  readonly back: string;
  readonly cancel: string;
  readonly save: string;
  readonly signOut: string;
  /** What has just been done, by the word in the address. */
  readonly done: Readonly<Record<Done, string>>;
  readonly invitations: {
    readonly title: string;
    readonly from: string;
    readonly as: string;
    readonly until: string;
    readonly accept: string;
    readonly decline: string;
    readonly unproven: string;
    readonly prove: string;
    readonly ended: string;
    readonly full: string;
    readonly closed: string;
    readonly waiting: string;
  };
  /** Offers of ownership; `{person}` is the owner. */
  readonly ownership: {
    readonly title: string;
    readonly from: string;
    readonly accept: string;
    readonly decline: string;
    readonly ended: string;
  };
  readonly profile: {
    readonly title: string;
    readonly name: string;
    readonly avatar: string;
    readonly avatarHint: string;
    readonly avatarBad: string;
  };
  readonly access: {
    readonly title: string;
    readonly address: string;
    readonly none: string;
    readonly unverified: string;
    readonly change: string;
    readonly password: string;
    readonly passwordSet: string;
    readonly passwordUnset: string;
    readonly set: string;
    readonly passkeys: string;
    readonly noPasskeys: string;
    readonly added: string;
    readonly used: string;
    readonly edit: string;
    readonly addPasskey: string;
  };
  readonly sessions: {
    readonly title: string;
    readonly browserOn: string;
    readonly unknown: string;
    readonly here: string;
    readonly seen: string;
    readonly end: string;
    readonly endOthers: string;
  };
  readonly organizations: {
    readonly title: string;
    readonly none: string;
    /** `{time}`: when a membership for a time ends. */
    readonly ends: string;
    readonly over: string;
    readonly leave: string;
    readonly leaveTitle: string;
    readonly leaveTold: string;
    readonly leaveSubmit: string;
    /** To the only owner, of whom there must be one. */
    readonly lastOwner: string;
  };
  /** Those of somebody else that the person has let in. */
  readonly applications: {
    readonly title: string;
    readonly since: string;
    /** `{things}`: what was agreed to. */
    readonly may: string;
    readonly withdraw: string;
  };
  readonly password: {
    readonly setTitle: string;
    readonly changeTitle: string;
    readonly current: string;
    readonly next: string;
    readonly hint: string;
    readonly others: string;
    readonly wrong: string;
    readonly unfit: string;
    readonly submit: string;
  };
  readonly address: {
    readonly title: string;
    readonly told: string;
    readonly next: string;
    readonly same: string;
    readonly taken: string;
    readonly submit: string;
    readonly confirm: string;
  };
  readonly passkey: {
    readonly addTitle: string;
    readonly addTold: string;
    readonly editTitle: string;
    readonly name: string;
    readonly nameHint: string;
    readonly nameBad: string;
    readonly add: string;
    readonly remove: string;
    readonly removeTold: string;
  };
};

export const doneWords = [
  'profile',
  'password',
  'address',
  'passkey',
  'passkey-named',
  'passkey-removed',
  'session',
  'sessions',
  'left',
  'joined',
  'declined',
  'owner',
  'owner-declined',
  'request-withdrawn',
  'application',
] as const;
export type Done = (typeof doneWords)[number];

export const accountWording: Readonly<Record<Language, AccountWording>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  pt: portuguese,
  ja: japanese,
  zh: chinese,
};
