/**
 * The words of the built-in mails, one file a language in the folder beside. `{organization}` and `{inviter}` stand
 * for names; the `Alone` sentences are for mails without an inviter.
 */
import { languageChain, sameLanguage } from '../language.ts';
import { chinese } from './wording/chinese.ts';
import { english } from './wording/english.ts';
import { french } from './wording/french.ts';
import { german } from './wording/german.ts';
import { japanese } from './wording/japanese.ts';
import { portuguese } from './wording/portuguese.ts';
import { spanish } from './wording/spanish.ts';

export type Wording = {
  language: string;
  /** Between a label and its value in plain text. */
  colon: string;
  linkHint: string;
  validUntil: string;
  invitation: {
    subject: string;
    subjectAlone: string;
    title: string;
    body: string;
    bodyAlone: string;
    button: string;
    invitedBy: string;
    role: string;
    roles: string;
    note: string;
    noteAlone: string;
    why: string;
    ignore: string;
  };
  /** For everything but invitations: a code, or a link where there is no code. */
  code: {
    subject: string;
    title: string;
    body: string;
    linkSubject: string;
    linkTitle: string;
    linkBody: string;
    button: string;
    why: string;
    ignore: string;
  };
  /** A code with a link that proves a mailbox; `{place}` is the application, or whose pages they are. */
  proof: {
    signIn: Step & { button: string; subjectAlone: string; titleAlone: string };
    newAddress: Step & { button: string };
    /** To accept the invitation to `{organization}`. */
    invitation: Step;
    application: string;
    validFor: string;
    tenMinutes: string;
    why: string;
    ignore: string;
  };
  /** To an inviter, or who takes their place: `{invitee}` holds the invitation and asks for something. */
  asked: {
    renewal: Step & { todo: string };
    /** `{address}` is the one that the person uses. */
    address: Step & { todo: string };
    /** To a member who may approve: the inviter may not give the roles any more, or the policy asks for somebody else. */
    approval: Step & { todo: string; why: string };
    organization: string;
    invitee: string;
    uses: string;
    why: string;
    ignore: string;
  };
  /** `{person}` asks to join `{organization}`; the answer. */
  joinRequest: {
    made: Step;
    approved: Step;
    declined: Step;
    /** To who may answer. */
    todo: string;
    button: string;
    address: string;
    why: string;
    whyMade: string;
  };
  /** An owner offers to hand `{organization}` over. */
  ownership: Step & {
    subjectAlone: string;
    bodyAlone: string;
    todo: string;
    button: string;
    offeredBy: string;
    why: string;
  };
};

type Step = { subject: string; title: string; body: string };

export const wordings: readonly Wording[] = [english, german, french, spanish, portuguese, japanese, chinese];

/** The wording for the first language that there is one for, English at last; with the tag to write dates by. */
export function chooseWording(languages: readonly string[]): { wording: Wording; dateLocale: string } {
  for (const tag of languages) {
    const chain = languageChain(tag);
    const wording =
      wordings.find(({ language }) => chain.includes(language)) ??
      wordings.find(({ language }) => sameLanguage(language, tag));
    if (wording) return { wording, dateLocale: chain[0] ?? wording.language };
  }
  return { wording: english, dateLocale: 'en' };
}
