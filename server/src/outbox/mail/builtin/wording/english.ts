import type { Wording } from '../wording.ts';

export const english: Wording = {
  language: 'en',
  colon: ': ',
  linkHint: 'If the button doesn’t work, copy this address into your browser:',
  validUntil: 'Valid until',
  invitation: {
    subject: '{inviter} invited you to join {organization}',
    subjectAlone: 'You’re invited to join {organization}',
    title: 'Join {organization}',
    body: '{inviter} would like to work with you in {organization}. Accept the invitation to get started. It only takes a moment.',
    bodyAlone:
      'You have been invited to join {organization}. Accept the invitation to get started. It only takes a moment.',
    button: 'Accept invitation',
    invitedBy: 'Invited by',
    role: 'Role',
    roles: 'Roles',
    note: 'Message from {inviter}',
    noteAlone: 'Message',
    why: 'You received this email because someone entered your address to invite you to {organization}.',
    ignore: 'If you weren’t expecting it, you can safely ignore it. Nothing happens unless you accept.',
  },
  code: {
    subject: 'Your verification code',
    title: 'Your verification code',
    body: 'Enter this code to continue. Please don’t share it with anyone.',
    linkSubject: 'Continue',
    linkTitle: 'Continue where you left off',
    linkBody: 'Open the link below to continue.',
    button: 'Continue',
    why: 'You received this email because someone entered your address.',
    ignore: 'If that wasn’t you, you can safely ignore it.',
  },
};
