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
  proof: {
    signIn: {
      subject: 'Ihr Code zur Anmeldung bei {place}',
      subjectAlone: 'Ihr Code zur Anmeldung',
      title: 'Anmelden bei {place}',
      titleAlone: 'Anmelden',
      body: 'Geben Sie diesen Code auf der Seite ein, auf der Sie sich anmelden, oder nutzen Sie die Schaltfläche. Eines von beiden genügt.',
      button: 'Anmelden',
    },
    newAddress: {
      subject: 'Ihr Code zur Bestätigung dieser Adresse',
      title: 'Neue Adresse bestätigen',
      body: 'Geben Sie diesen Code in Ihrem Konto ein oder nutzen Sie die Schaltfläche. Danach melden Sie sich mit dieser Adresse an.',
      button: 'Adresse bestätigen',
    },
    invitation: {
      subject: 'Ihr Code für den Beitritt zu {organization}',
      title: 'Einladung zu {organization}',
      body: 'Geben Sie diesen Code auf der Seite der Einladung ein, um zu zeigen, dass diese Adresse Ihnen gehört. Danach können Sie die Einladung zu {organization} annehmen.',
    },
    application: 'Anwendung',
    validFor: 'Gültig für',
    tenMinutes: '10 Minuten',
    why: 'Sie erhalten diese E-Mail, weil jemand Ihre Adresse angegeben hat. Bitte teilen Sie den Code mit niemandem.',
    ignore: 'Falls Sie das nicht waren, können Sie sie einfach ignorieren. Ohne den Code geschieht nichts.',
  },
  asked: {
    renewal: {
      subject: '{invitee} bittet um eine neue Einladung zu {organization}',
      title: 'Bitte um eine neue Einladung',
      body: '{invitee} hat Ihre Einladung zu {organization} geöffnet, kann sie aber nicht mehr annehmen und bittet Sie um eine neue.',
      todo: 'Um diese Person aufzunehmen, erneuern Sie die Einladung in der Mitgliederverwaltung oder laden Sie die Adresse noch einmal ein.',
    },
    address: {
      subject: '{invitee} möchte {organization} mit einer anderen Adresse beitreten',
      title: 'Bitte um eine andere Adresse',
      body: 'Jemand, der Ihre Einladung für {invitee} zu {organization} geöffnet hat, ist als {address} angemeldet und bittet Sie, stattdessen diese Adresse einzuladen.',
      todo: 'Wenn Sie wissen, dass diese Adresse der Person gehört, laden Sie sie in der Mitgliederverwaltung ein und widerrufen Sie die erste Einladung.',
    },
    approval: {
      subject: '{invitee} wartet darauf, {organization} beizutreten',
      title: 'Eine Einladung braucht Ihre Zustimmung',
      body: '{invitee} möchte eine Einladung zu {organization} annehmen, aber wer sie verschickt hat, darf diese Rollen nicht mehr vergeben. Sie dürfen es.',
      todo: 'Wenn diese Person beitreten soll, genehmigen Sie die Einladung in der Mitgliederverwaltung. Wenn nicht, widerrufen Sie sie.',
      why: 'Sie erhalten diese E-Mail, weil Sie diese Einladung genehmigen dürfen.',
    },
    organization: 'Organisation',
    invitee: 'Eingeladene Adresse',
    uses: 'Genutzte Adresse',
    why: 'Sie erhalten diese E-Mail, weil Sie diese Einladung verschickt haben.',
    ignore:
      'Falls Sie diese Person nicht kennen, brauchen Sie nichts zu tun. Ohne eine Einladung von Ihnen ändert sich nichts.',
  },
};
