import type { Wording } from '../wording.ts';

export const english: Wording = {
  language: 'en',
  pending: {
    title: '{inviter} invites you to {organization}',
    titleAlone: 'You are invited to {organization}',
    heading: '{inviter} invites you to join {organization}',
    headingAlone: 'You are invited to join {organization}',
    invitee: 'Invited address',
    inviter: 'Invited by',
    role: 'Your role',
    roles: 'Your roles',
    validUntil: 'Valid until',
    howTitle: 'How to join',
    how: 'Open the application that {organization} uses and sign in with {invitee}. It completes the acceptance; looking at this page accepts nothing.',
    unexpected: 'Not expecting this? You can ignore it. Nothing happens unless you accept.',
  },
  accepted: {
    title: 'This invitation has been accepted',
    told: 'It brought a member to {organization} on {ended}, so the link has done its work.',
    next: 'If that was you, open the application and sign in. If it was not, tell {inviter}.',
    nextAlone: 'If that was you, open the application and sign in. If it was not, tell whoever invited you.',
  },
  rejected: {
    title: 'This invitation was declined',
    told: 'The invitation to {organization} was declined on {ended}.',
    next: 'Changed your mind? Ask {inviter} to invite you again.',
    nextAlone: 'Changed your mind? Ask whoever invited you to do it again.',
  },
  revoked: {
    title: 'This invitation was withdrawn',
    told: 'The invitation to {organization} was withdrawn on {ended}.',
    next: 'If you think that is a mistake, ask {inviter} for a new one.',
    nextAlone: 'If you think that is a mistake, ask whoever invited you for a new one.',
  },
  expired: {
    title: 'This invitation has expired',
    told: 'The invitation to {organization} was valid until {ended}.',
    next: 'Ask {inviter} to renew it. You will get a new link by mail.',
    nextAlone: 'Ask whoever invited you to renew it. You will get a new link by mail.',
  },
  superseded: {
    title: 'There is a newer link',
    told: 'The invitation to {organization} was renewed, and only its newest link works.',
    next: 'Look for the latest mail about it and use the link there.',
  },
  disabled: {
    title: '{organization} takes no new members now',
    told: 'The organization is disabled, so nobody can join it at present.',
    next: 'Keep this link and try again later, or ask whoever invited you.',
  },
  gone: {
    title: 'This invitation is no longer there',
    told: 'The link is genuine, but the invitation that it belongs to was deleted.',
    next: 'If you still want to join, ask whoever invited you for a new one.',
  },
  forged: {
    title: 'This link is not valid',
    told: 'It may have been cut off or changed on its way.',
    next: 'Open it again from the mail, or copy all of it into the address bar. If that does not help, ask whoever invited you for a new one.',
  },
  unavailable: {
    title: 'Just a moment',
    told: 'The invitation cannot be shown right now. Nothing has happened to it.',
    next: 'Try again in a minute: your link stays valid.',
  },
};
