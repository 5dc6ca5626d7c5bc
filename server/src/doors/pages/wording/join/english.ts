import type { JoinWording } from '../join.ts';

export const english: JoinWording = {
  title: 'Join {organization}',
  signIn: 'This link lets you join {organization}. Sign in first: the link alone lets nobody in.',
  signInToAsk: 'With this link you can ask to join {organization}. Sign in first.',
  signInButton: 'Sign in to continue',
  ready: 'You are signed in as {person} and can join {organization} now.',
  join: 'Join',
  askFirst: 'You are signed in as {person}. Somebody at {organization} decides whether you join.',
  ask: 'Ask to join',
  asked: 'You have asked to join {organization}. You get a mail as soon as somebody has decided.',
  address: 'Show first that {person} is your address. We send you a code.',
  addressButton: 'Confirm address',
  domain: 'This link is not for addresses like {person}. Perhaps you have another account.',
  notForYou:
    'With this account you cannot join by this link. If you think that is a mistake, ask whoever gave it to you.',
  failed: 'That did not work just now. Please try again.',
  ended: {
    title: 'This link is not good any more',
    told: 'It was replaced or switched off, or has let in as many as it may.',
    next: 'Ask whoever gave it to you for a new one.',
  },
  unknown: {
    title: 'Open the link once more',
    told: 'You see this page only in the browser in which its link was opened, and with the whole link.',
    next: 'Open the link once more, or copy it completely into the address bar.',
  },
  account: {
    title: 'Organizations you can ask to join',
    told: 'They know people by the domain of your address. Somebody there decides.',
    withdraw: 'Take back',
    ended: 'That request has been answered meanwhile.',
    requests: 'Your requests to join',
    askedAt: 'asked {time}',
  },
};
