import type { JoinWording } from '../join.ts';

export const german: JoinWording = {
  title: '{organization} beitreten',
  signIn:
    'Mit diesem Link können Sie {organization} beitreten. Melden Sie sich zuerst an: Der Link allein lässt niemanden hinein.',
  signInToAsk:
    'Mit diesem Link können Sie anfragen, ob Sie {organization} beitreten dürfen. Melden Sie sich zuerst an.',
  signInButton: 'Anmelden und fortfahren',
  ready: 'Sie sind als {person} angemeldet und können {organization} jetzt beitreten.',
  join: 'Beitreten',
  askFirst: 'Sie sind als {person} angemeldet. Jemand bei {organization} entscheidet, ob Sie beitreten.',
  ask: 'Beitritt anfragen',
  asked: 'Sie haben bei {organization} angefragt. Sobald jemand entschieden hat, bekommen Sie eine E-Mail.',
  address: 'Zeigen Sie zuerst, dass {person} Ihre Adresse ist. Wir senden Ihnen einen Code.',
  addressButton: 'Adresse bestätigen',
  domain: 'Dieser Link gilt nicht für Adressen wie {person}. Vielleicht haben Sie noch ein anderes Konto.',
  notForYou:
    'Mit diesem Konto können Sie über diesen Link nicht beitreten. Wenn Sie das für ein Versehen halten, fragen Sie die Person, von der Sie ihn haben.',
  failed: 'Das hat gerade nicht geklappt. Bitte versuchen Sie es noch einmal.',
  ended: {
    title: 'Dieser Link gilt nicht mehr',
    told: 'Er wurde ersetzt oder abgeschaltet, oder es sind schon so viele beigetreten, wie es durften.',
    next: 'Bitten Sie die Person, von der Sie ihn haben, um einen neuen.',
  },
  unknown: {
    title: 'Öffnen Sie den Link noch einmal',
    told: 'Diese Seite sehen Sie nur in dem Browser, in dem der Link geöffnet wurde, und nur mit dem ganzen Link.',
    next: 'Öffnen Sie den Link noch einmal oder kopieren Sie ihn ganz in die Adresszeile.',
  },
  account: {
    title: 'Organisationen, bei denen Sie anfragen können',
    told: 'Sie kennen die Domain Ihrer Adresse. Jemand dort entscheidet.',
    withdraw: 'Zurückziehen',
    ended: 'Die Anfrage wurde inzwischen beantwortet.',
    requests: 'Ihre Beitrittsanfragen',
    askedAt: 'angefragt {time}',
  },
};
