import type { Wording } from '../wording.ts';

export const german: Wording = {
  language: 'de',
  colon: ': ',
  linkHint: 'Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:',
  validUntil: 'Gültig bis',
  invitation: {
    subject: '{inviter} lädt Sie zu {organization} ein',
    subjectAlone: 'Einladung zu {organization}',
    title: 'Einladung zu {organization}',
    body: '{inviter} möchte gern mit Ihnen bei {organization} zusammenarbeiten. Nehmen Sie die Einladung an, um loszulegen. Es dauert nur einen Moment.',
    bodyAlone:
      'Sie wurden eingeladen, {organization} beizutreten. Nehmen Sie die Einladung an, um loszulegen. Es dauert nur einen Moment.',
    button: 'Einladung annehmen',
    invitedBy: 'Eingeladen von',
    role: 'Rolle',
    roles: 'Rollen',
    note: 'Nachricht von {inviter}',
    noteAlone: 'Nachricht',
    why: 'Sie erhalten diese E-Mail, weil jemand Sie mit dieser Adresse zu {organization} eingeladen hat.',
    ignore:
      'Falls Sie sie nicht erwartet haben, können Sie sie einfach ignorieren. Ohne Ihre Zustimmung geschieht nichts.',
  },
  code: {
    subject: 'Ihr Bestätigungscode',
    title: 'Ihr Bestätigungscode',
    body: 'Geben Sie diesen Code ein, um fortzufahren. Bitte teilen Sie ihn mit niemandem.',
    linkSubject: 'Bitte fortfahren',
    linkTitle: 'Hier geht es weiter',
    linkBody: 'Öffnen Sie den folgenden Link, um fortzufahren.',
    button: 'Fortfahren',
    why: 'Sie erhalten diese E-Mail, weil jemand Ihre Adresse angegeben hat.',
    ignore: 'Falls Sie das nicht waren, können Sie sie einfach ignorieren.',
  },
};
